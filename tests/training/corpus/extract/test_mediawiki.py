"""Dumps of wikis: prose out of wikitext, redirects and other namespaces told, nothing slow."""

from __future__ import annotations

import bz2
import json
import time
from xml.sax.saxutils import escape

import pytest

from tests.training.corpus.extract.reading import read
from training.corpus.extract.wikitext import WikiText

HEAD = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/"><siteinfo><namespaces>'
    '<namespace key="0" /><namespace key="6">Datei</namespace>'
    '<namespace key="14">Kategorie</namespace></namespaces></siteinfo>\n'
)
WIKITEXT = """{{Infobox|a={{b|c}}|d=[[x]]}}
'''Foo''' ({{IPA|x}}) is a [[bar|baz]] in [[Qux]].<ref name="a">See [http://x y]</ref><ref name=b />
[[Datei:A.png|thumb|A [[caption]] here]]<!-- hidden -->
== History ==
It is {{convert|5|km|mi}}&nbsp;long. [http://a.b label], {{lang|fr|été}}.
* one
{| class="wikitable"
! A !! B
|-
| 1 || style="x" | 2
|}
== See also ==
[[Kategorie:Zoo]]
=== Empty ===
== References ==
<references />"""
TEXT = "Foo is a baz in Qux.\n\nHistory\n\nIt is 5 km long. label, été.\n- one"


def page(title: str, text: str, *, namespace: int = 0, inside: str = "") -> str:
    return (
        f"<page><title>{title}</title><ns>{namespace}</ns><id>7</id>{inside}<revision><id>1</id>"
        f"<timestamp>2020-01-01T00:00:00Z</timestamp><model>wikitext</model>"
        f'<text xml:space="preserve">{escape(text)}</text></revision></page>\n'
    )


PAGES = [
    page("Foo", WIKITEXT),
    page("Talk", "words", namespace=1),
    page("Bar", "#REDIRECT [[Foo]]", inside='<redirect title="Foo" />'),
    page("Only a template", "{{stub}}"),
    page("Baz", "Second page."),
]
DUMP = (HEAD + "".join(PAGES) + "</mediawiki>").encode()


def test_pages_become_their_prose_and_what_is_left_out_is_told(tmp_path):
    reading = read(tmp_path, "mediawiki", DUMP)
    assert reading.texts == [f"Foo\n\n{TEXT}", "Baz\n\nSecond page."]
    assert [row["line"] for row in reading.rows] == [2, 21]
    assert DUMP[int(str(reading.rows[1]["offset"])) :].startswith(b"<page><title>Baz")
    assert json.loads(str(reading.rows[0]["meta"]))["title"] == "Foo"
    assert reading.result.left_out == {
        "pages of the namespace 1": 1,
        "redirects": 1,
        "pages without text (only templates, tables or files)": 1,
    }


def test_tables_and_other_namespaces_are_options(tmp_path):
    reading = read(tmp_path, "mediawiki", DUMP, keeps_wiki_tables=True, wiki_namespaces=(0, 1))
    assert "A\tB\n1\t2" in reading.texts[0]
    assert reading.texts[1] == "Talk\n\nwords"


def test_a_packed_dump_is_read_and_named_inside(tmp_path):
    reading = read(tmp_path, "bz2", bz2.compress(DUMP), name="wiki-pages-articles.xml.bz2")
    assert len(reading.texts) == 2
    assert reading.rows[0]["member"] == "wiki-pages-articles.xml"


@pytest.mark.parametrize("cut", [40, 300])
def test_of_a_dump_cut_off_the_whole_pages_stay_and_the_cut_is_named(tmp_path, cut):
    reading = read(tmp_path, "mediawiki", DUMP[:-cut])
    assert reading.texts == [f"Foo\n\n{TEXT}"]
    (fault,) = reading.result.faults
    assert fault["what"] == "record"
    assert fault["line"] in (20, 21)
    assert "what follows is not read; copy or download the file again" in fault["reason"]


def test_entities_are_never_declared(tmp_path):
    evil = b'<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + DUMP
    refused = read(tmp_path, "mediawiki", evil).result.refused
    assert refused.startswith("declares XML entities, which are not read")


def test_a_page_nested_too_deeply_costs_itself(tmp_path):
    deep = "<page>" + "<a>" * 5_000 + "</a>" * 5_000 + "</page>\n"
    data = (HEAD + deep + PAGES[4] + "</mediawiki>").encode()
    reading = read(tmp_path, "mediawiki", data)
    assert reading.texts == ["Baz\n\nSecond page."]
    assert reading.faults == [(2, "<page> nests more than 200 elements in one another")]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("x", "x"),
        ("a {{unclosed", "a unclosed"),
        ("a }} b ]] c", "a }} b ]] c"),
        ("[[a|b", "a|b"),
        ("[[Berlin]]er [[:Category:X]]", "Berliner Category:X"),
        ("= Head =\n\nText", "Head\n\nText"),
        ("中文[[維基|百科]]{{a}}。", "中文百科。"),
        ("a<ref>b {{c}} d</ref>e", "ae"),
        ("{{a|{{b|{{c}}}}}}d", "d"),
        ("{{Infobox\n| name = X\n|}}\nText {{b}}", "Text"),
        ("{{a|\n{|\n| 1\n|}}}\nText", "Text"),
        ("{|\n| {{a\n|b\n|}}\n|}\nText", "Text"),
    ],
)
def test_wikitext_of_a_line(source, text):
    assert WikiText([]).text(source) == text


EVIL = [
    "{{",
    "[[",
    "{|\n",
    "<ref>",
    "<ref ",
    "<!--",
    "[http:",
    "'",
    "= ",
    "\n",
    "\n|}",
    "{{a|",
    "__A",
]


@pytest.mark.parametrize("evil", EVIL)
def test_no_wikitext_takes_long(evil):
    start = time.process_time()
    WikiText([]).text(evil * 100_000)
    assert time.process_time() - start < 3


@pytest.mark.parametrize("begin", ["[http:", "<ref ", "{{a|", "\t(", "__"])
def test_no_wikitext_of_one_long_word_takes_long(begin):
    start = time.process_time()
    WikiText([]).text(begin + "a" * 200_000)
    assert time.process_time() - start < 5
