"""Web pages: the article without its furniture, in whatever encoding the page is."""

from __future__ import annotations

import gzip
import importlib.util
import json

import pytest

from tests.training.corpus.extract.reading import read

PARAGRAPH = "This paragraph is the article itself, long enough to be taken for content. " * 4
PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>The Title</title>
<style>p {{ color: red }}</style></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/x">Other</a></li></ul></nav>
<article><h1>Heading</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH}</p></article>
<script>alert("never")</script><footer>Copyright somebody</footer></body></html>"""


def test_main_content_leaves_menus_scripts_and_footers_out(tmp_path):
    reading = read(tmp_path, "html", PAGE.encode())
    text = reading.texts[0]
    assert "article itself" in text
    for absent in ("Home", "alert", "color", "Copyright", "<p>"):
        assert absent not in text
    assert json.loads(reading.rows[0]["meta"]) == {"title": "The Title", "language": "en"}


def test_the_whole_text_keeps_menus_and_no_script(tmp_path):
    text = read(tmp_path, "html", PAGE.encode(), html_content="whole").texts[0]
    assert "Home" in text
    assert "alert" not in text


@pytest.mark.parametrize("content", ["main", "resiliparse"])
def test_both_ways_find_the_article(tmp_path, content):
    text = read(tmp_path, "html", PAGE.encode(), html_content=content).texts[0]
    assert "article itself" in text
    assert "Home" not in text


def test_a_library_that_is_not_installed_is_named(tmp_path):
    if importlib.util.find_spec("trafilatura") is not None:
        pytest.skip("trafilatura is installed here")
    refused = read(tmp_path, "html", PAGE.encode(), html_content="trafilatura").result.refused
    assert "trafilatura, which is not installed" in refused


PROSE = "The men who had been up all night walked home between the boats, and nobody spoke. " * 3


COWS, CATS = PROSE.replace("men", "cows"), PROSE.replace("men", "cats")


def article(*, before: str = "", after: str = "", inner: str = "") -> str:
    return f"""<body><div id="page">{before}<div class="story"><h1>The tide</h1><p>{PROSE}</p>
{inner}<p>{PROSE}</p></div>{after}</div></body>"""


TEASERS = "".join(
    f'<div><h3><a href="/{n}">Another story {n} with a title</a></h3><p>It begins with a sentence '
    f"that is long enough to look like prose, and is cut off here ...</p></div>"
    for n in range(8)
)


@pytest.mark.parametrize(
    ("place", "markup", "absent"),
    [
        ("after", f"<div>{TEASERS}</div>", "Another story"),
        ("after", f'<div class="relatedArticles"><p>{COWS}</p></div>', "cows"),
        ("after", f'<ul id="comments"><li>{CATS}</li></ul>', "cats"),
        ("before", '<div role="navigation">A menu of many words in a line.</div>', "menu"),
        ("inner", "<p>Share this</p>", "Share this"),
        ("inner", '<p hidden>Nobody sees this sentence, however long it is.</p>', "Nobody"),
        ("inner", "<figure><figcaption>A boat, by a photographer.</figcaption></figure>",
         "photographer"),
    ],
)  # fmt: skip
def test_furniture_around_and_in_an_article_is_left_out(tmp_path, place, markup, absent):
    text = read(tmp_path, "html", article(**{place: markup}).encode()).texts[0]
    assert text.count("nobody spoke") == 6
    assert text.startswith("The tide")
    assert absent not in text


def test_a_name_that_means_furniture_elsewhere_does_not_lose_the_article(tmp_path):
    page = f'<body><form><div class="widget author-meta"><p>{PROSE}</p></div></form></body>'
    assert "nobody spoke" in read(tmp_path, "html", page.encode()).texts[0]


def test_tables_and_code_keep_their_lines(tmp_path):
    inner = """<table><tr><th>Name</th><th>Age</th></tr><tr><td>Ada</td><td>36</td></tr></table>
<pre>if x:
    y()</pre>"""
    text = read(tmp_path, "html", article(inner=inner).encode()).texts[0]
    assert "Name Age\n\nAda 36" in text
    assert "if x:\n    y()" in text


def test_bytes_that_are_utf8_are_utf8_whatever_the_page_says(tmp_path):
    page = f'<head><meta charset="iso-8859-1"></head><body><p>“{PROSE}” café</p></body>'
    reading = read(tmp_path, "html", page.encode())
    assert "“The men" in reading.texts[0]
    assert not reading.result.warnings


CHINESE = "今天天气很好，我们在公园里看到了很多人，他们都在说这个地方的事情。" * 6
TRADITIONAL = "今天天氣很好，我們在公園裡看到了很多人，他們都在說這個地方的事情。" * 6


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("gb18030", CHINESE), ("utf-16", CHINESE), ("utf-8", CHINESE), ("big5", TRADITIONAL)],
)
def test_chinese_pages_are_decoded(tmp_path, encoding, text):
    page = f"<html><body><article><p>{text}</p><p>{text}</p></article></body></html>"
    assert text[:30] in read(tmp_path, "html", page.encode(encoding)).texts[0]


def test_a_declaration_that_lies_is_not_believed(tmp_path):
    page = f'<html><head><meta charset="utf-8"></head><body><p>{CHINESE}</p></body></html>'
    reading = read(tmp_path, "html", page.encode("gb18030"))
    assert CHINESE[:20] in reading.texts[0]
    assert reading.result.warnings == {"converted from GB18030": 1}


def test_a_page_of_scripts_shows_no_text(tmp_path):
    page = b"<html><body><script>var a = 1;</script></body></html>"
    assert read(tmp_path, "html", page).result.refused.startswith("shows no text")


def test_a_page_nested_without_end_is_read_whole_and_that_is_said(tmp_path):
    page = b"<html><body>" + b"<div>" * 20_000 + b"deep words" + b"</div>" * 20_000
    reading = read(tmp_path, "html", page)
    assert reading.texts == ["deep words"]
    assert "nested deeper than 2,000" in next(iter(reading.result.warnings))


def test_markup_in_text_stays_text(tmp_path):
    words = "Write &lt;script&gt;x&lt;/script&gt; to see. " * 9
    page = f"<html><body><p>{words}</p></body></html>"
    assert "<script>x</script>" in read(tmp_path, "html", page.encode()).texts[0]


def test_real_articles_are_found(tmp_path, shared_data):
    """The gold texts of ten pages, word for word: most of the words, few others."""
    from benchmarks.extraction import overlap, shingles

    gold = json.loads((shared_data / "articles/gold.json").read_text(encoding="utf-8"))
    scores = []
    for key in list(gold)[:10]:
        page = gzip.decompress((shared_data / f"articles/html/{key}.html.gz").read_bytes())
        texts = read(tmp_path, "html", page).texts
        scores.append(overlap(shingles(texts[0]), shingles(gold[key]["text"])).f1)
    assert sum(scores) / len(scores) > 0.8
