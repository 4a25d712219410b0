"""JATS, PubMed and feeds: titles, abstracts, sections, entries; references never."""

from __future__ import annotations

import json

import pytest

from tests.training.corpus.extract.reading import read
from training.corpus.extract.formats import recognised
from training.errors import FileRefusedError

PAPER = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) v1.0//EN" "JATS-archivearticle1.dtd">
<article article-type="research-article" xml:lang="en"><front><journal-meta>
<journal-title-group><journal-title>A Journal</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="doi">10.1/x</article-id>
<title-group><article-title>Of <italic>Things</italic></article-title></title-group>
<pub-date><year>2019</year></pub-date>
<abstract><sec><title>Aim</title><p>We look.</p></sec></abstract></article-meta></front>
<body><sec><label>1.</label><title>Begin</title><p>It was known [<xref ref-type="bibr">1</xref>,
<xref ref-type="bibr">2</xref>] that f() is&nbsp;small, see <xref ref-type="fig">Fig. 1</xref>.</p>
<fig><label>Fig. 1</label><caption><p>What it shows.</p></caption><graphic/></fig>
<table-wrap><caption><p>Numbers.</p></caption><table><tr><td>1</td></tr></table></table-wrap>
<list><list-item><p>one</p></list-item><list-item><p>two</p></list-item></list></sec></body>
<back><ref-list><ref><mixed-citation>Nobody 1999</mixed-citation></ref></ref-list></back></article>
"""
PUBMED = """<?xml version="1.0"?><PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID>12</PMID><Article><Journal><JournalIssue><PubDate>
<Year>2001</Year></PubDate></JournalIssue><Title>J</Title></Journal>
<ArticleTitle>First.</ArticleTitle><Abstract><AbstractText Label="AIM">To see.</AbstractText>
<AbstractText Label="RESULT">We saw.</AbstractText></Abstract><Language>eng</Language></Article>
</MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>13</PMID><Article><ArticleTitle>No abstract.</ArticleTitle>
</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"""
RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://c"><channel>
<title>Channel</title><item><title>One &amp; all</title><link>http://a/1</link>
<pubDate>Mon, 1 Jan 2020</pubDate><description>short</description>
<content:encoded><![CDATA[<p>Long text.</p><script>alert(1)</script><p>More.</p>]]>
</content:encoded></item><item><title>Empty</title></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>Two</title>
<link href="http://a/2"/><updated>2020</updated><author><name>Me</name></author>
<content type="html">&lt;p&gt;Body.&lt;/p&gt;</content></entry></feed>"""


def test_a_paper_gives_title_abstract_and_body_without_references(tmp_path):
    reading = read(tmp_path, "jats", PAPER.encode())
    assert reading.texts[0].split("\n\n") == [
        "Of Things", "Aim", "We look.", "Begin",
        "It was known that f() is small, see Fig. 1.", "- one", "- two",
    ]  # fmt: skip
    meta = json.loads(str(reading.rows[0]["meta"]))
    assert meta == {
        "title": "Of Things", "doi": "10.1/x", "journal": "A Journal", "year": "2019",
        "language": "en",
    }  # fmt: skip


def test_captions_and_parts_are_options(tmp_path):
    captions = read(tmp_path, "jats", PAPER.encode(), keeps_jats_captions=True).texts[0]
    assert "What it shows.\n\nNumbers." in captions
    assert "Fig. 1\n\n" not in captions
    only = read(tmp_path, "jats", PAPER.encode(), jats_parts=("abstract",)).texts
    assert only == ["Of Things\n\nAim\n\nWe look."]


def test_records_of_pubmed_are_papers_and_those_without_abstract_are_told(tmp_path):
    reading = read(tmp_path, "jats", PUBMED.encode())
    assert reading.texts == ["First.\n\nAim: To see.\n\nResult: We saw."]
    meta = json.loads(str(reading.rows[0]["meta"]))
    assert (meta["pmid"], meta["year"]) == ("12", "2001")
    assert list(reading.result.left_out.values()) == [1]


@pytest.mark.parametrize(
    ("data", "text", "address"),
    [
        (RSS, "One & all\n\nLong text.\n\nMore.", "http://a/1"),
        (ATOM, "Two\n\nBody.", "http://a/2"),
    ],
)
def test_entries_of_feeds_are_documents(tmp_path, data, text, address):
    reading = read(tmp_path, "feed", data.encode())
    assert reading.texts == [text]
    assert json.loads(str(reading.rows[0]["meta"]))["url"] == address


ATOM_TYPES = """<feed xmlns="http://www.w3.org/2005/Atom">
<entry><title>1 &lt;b 2</title><link rel="self" href="http://a/self"/><link href="http://a/1"/>
<content>if x &lt;y then z &amp;amp; on</content></entry>
<entry><title type="html">&lt;b&gt;B&lt;/b&gt;</title><content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>One.</p>
<p>a &lt; b<br/>c</p><script>s()</script></div></content></entry>
<entry><title>C</title><summary>&lt;p&gt;No type.&lt;/p&gt;</summary></entry></feed>"""


def test_texts_of_atom_are_read_by_their_type(tmp_path):
    reading = read(tmp_path, "feed", ATOM_TYPES.encode())
    assert reading.texts == [
        "1 <b 2\n\nif x <y then z &amp; on",
        "B\n\nOne.\n\na < b\nc",
        "C\n\nNo type.",
    ]
    assert json.loads(str(reading.rows[0]["meta"]))["url"] == "http://a/1"


@pytest.mark.parametrize("data", [PAPER, PUBMED, RSS, ATOM])
@pytest.mark.parametrize("keep", [0.35, 0.8])
def test_cut_off_anywhere_it_is_named_with_line_and_byte(tmp_path, data, keep):
    cut = data.encode()[: int(len(data) * keep)]
    kind = recognised("a.xml", cut, len(cut)).format
    result = read(tmp_path, kind, cut).result
    told = result.refused or result.faults_told()
    assert "the XML breaks at column" in told
    assert "line " in told
    assert "byte " in told


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.xml", PAPER, "jats"), ("a.nxml", PAPER, "jats"), ("a.xml", PUBMED, "jats"),
        ("a.rss", RSS, "feed"), ("a.xml", ATOM, "feed"), ("a.txt", ATOM, "feed"),
        ("a.xml", "<posts><row/></posts>", "stackexchange"),
        ("a.html", "<article><p>x</p></article>", "html"),
    ],
)  # fmt: skip
def test_xml_is_known_by_its_root(name, data, kind):
    assert recognised(name, data.encode(), len(data)).format == kind


def test_other_xml_is_refused_with_what_is_read():
    with pytest.raises(FileRefusedError, match="the root element <catalogue>; read are MediaWiki"):
        recognised("a.xml", b"<?xml version='1.0'?><catalogue/>", 40)
    with pytest.raises(FileRefusedError, match="is no XML with a known root"):
        recognised("a.xml", b"plain words", 11)


def test_entities_of_html_are_known_without_being_declared_and_others_stay(tmp_path):
    feed = (
        RSS.replace("short", "")
        .replace("Long text.", "Long")
        .replace("One &amp; all", "a&eacute;&zzz;")
    )
    assert read(tmp_path, "feed", feed.encode()).texts == ["aé&zzz;\n\nLong\n\nMore."]
