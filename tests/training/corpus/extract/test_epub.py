"""EPUB: the spine in its order; a book that leads out of itself or declares entities is refused."""

from __future__ import annotations

import json

import pytest

from tests.training.corpus.extract.reading import read
from tests.training.corpus.extract.test_archives import packed_zip

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
)
OPF = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A Book</dc:title>
<dc:language>en</dc:language></metadata><manifest>
<item id="two" href="text/b%20two.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="pic" href="pic.png" media-type="image/png"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine></package>"""


def chapter(text: str) -> str:
    body = f"<h1>{text}</h1><p>Words\n of it.</p>"
    return f"<html><head><title>x</title></head><body>{body}</body></html>"


def book(**changes: str) -> bytes:
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/content.opf": OPF,
        "OEBPS/text/one.xhtml": chapter("First"),
        "OEBPS/text/b two.xhtml": chapter("Second"),
        "OEBPS/nav.xhtml": chapter("Contents"),
    } | changes
    return packed_zip({name: text.encode() for name, text in members.items() if text}, 0)


def test_chapters_come_in_the_order_of_the_spine_without_the_contents(tmp_path):
    reading = read(tmp_path, "epub", book())
    assert reading.texts == ["First\nWords of it.\n\nSecond\nWords of it."]
    assert json.loads(reading.rows[0]["meta"]) == {"title": "A Book", "language": "en"}


def test_each_chapter_is_a_document_when_asked(tmp_path):
    reading = read(tmp_path, "epub", book(), epub_document="chapter")
    assert [row["ordinal"] for row in reading.rows] == [0, 1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"../evil.xhtml": "x"}, "has a member that leads out of the book (../evil.xhtml)"),
        ({"META-INF/container.xml": ""}, "META-INF/container.xml is missing"),
        ({"OEBPS/content.opf": "<package>"}, "OEBPS/content.opf is no XML"),
        (
            {
                "OEBPS/content.opf": '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                + OPF[21:]
            },
            "declares XML entities",
        ),
        (
            {
                "META-INF/encryption.xml": "<encryption><EncryptedData>"
                '<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
                "</EncryptedData></encryption>"
            },
            "is locked (digital rights management)",
        ),
        ({"OEBPS/text/one.xhtml": "<p></p>", "OEBPS/text/b two.xhtml": "<p></p>"}, "no chapter"),
    ],
)
def test_a_book_that_cannot_be_read_is_refused_with_the_reason(tmp_path, changes, sentence):
    reading = read(tmp_path, "epub", book(**changes))
    assert sentence in reading.result.refused
    assert reading.rows == []


def test_a_missing_chapter_is_named_and_the_others_are_read(tmp_path):
    reading = read(tmp_path, "epub", book(**{"OEBPS/text/one.xhtml": ""}))
    assert reading.texts == ["Second\nWords of it."]
    fault = reading.result.faults[0]
    assert fault["member"] == "OEBPS/text/one.xhtml"
    assert fault["reason"] == "is named in the spine but is not in the book"
