"""PDF: the text layer without page furniture; what cannot be read is told with its remedy."""

from __future__ import annotations

import json

import pytest

from tests.training.corpus.extract.pdfs import pdf
from tests.training.corpus.extract.reading import read

BODY = [
    "The quick brown fox jumps over the lazy dog and runs into the deep forest beyond",
    "the hills, where it meets other animals that have lived there for a very long",
    "time.",
    "A second paragraph stands here and it also takes more than a single line of the",
    "page.",
]


def book(num_pages: int) -> list[list[str]]:
    return [
        ["A Manual of Everything", *[f"{line}" for line in BODY], f"Page {n} words", str(n + 2)]
        for n in range(1, num_pages + 1)
    ]


def test_headers_and_page_numbers_go_and_are_counted(tmp_path):
    reading = read(tmp_path, "pdf", pdf(book(6), title="Manual"))
    assert "Manual of Everything" not in reading.texts[0]
    assert not [line for line in reading.texts[0].splitlines() if line.strip().isdigit()]
    assert reading.result.removed["page headers and footers"] >= 6
    assert reading.result.removed["page numbers"] == 6
    assert json.loads(reading.rows[0]["meta"]) == {"title": "Manual", "num_pages": 6}


def test_they_stay_when_that_is_asked(tmp_path):
    reading = read(tmp_path, "pdf", pdf(book(6)), removes_page_furniture=False)
    assert reading.texts[0].count("A Manual of Everything") == 6
    assert reading.result.removed == {}


def test_a_header_that_alternates_between_left_and_right_pages_goes_too(tmp_path):
    heads = ["The Title of the Book", "The Name of the Chapter"]
    pages = [[heads[n % 2], f"Words of page {chr(65 + n)} " * 4] for n in range(8)]
    text = read(tmp_path, "pdf", pdf(pages)).texts[0]
    assert "Title of the Book" not in text
    assert "Name of the Chapter" not in text
    assert text.count("Words of page") == 32


def test_a_number_that_is_no_page_number_stays(tmp_path):
    pages = [["1984", *BODY], ["42", *BODY], ["7", *BODY], ["2001", *BODY]]
    text = read(tmp_path, "pdf", pdf(pages)).texts[0]
    assert {"1984", "42", "7", "2001"} <= set(text.split())


def test_dot_leaders_go_and_a_sentence_with_dots_stays(tmp_path):
    pages = [["1 Introduction ........ 5", "2 Methods . . . . . . . 17", "And then ... nothing."]]
    reading = read(tmp_path, "pdf", pdf(pages))
    assert reading.texts == ["And then ... nothing."]
    assert reading.result.removed == {"lines with dot leaders": 2}


def test_hyphens_at_line_ends_go_unless_they_belong(tmp_path):
    lines = ["We take the informa-", "tion from a well-", "known place.", "It is well-known."]
    reading = read(tmp_path, "pdf", pdf([lines]))
    assert "information" in reading.texts[0]
    assert reading.texts[0].count("well-known") == 2


def test_full_lines_become_paragraphs(tmp_path):
    text = read(tmp_path, "pdf", pdf([BODY])).texts[0]
    assert len(text.splitlines()) == 2


def test_each_page_is_a_document_when_asked(tmp_path):
    reading = read(tmp_path, "pdf", pdf([["first"], [], ["third"]]), pdf_document="page")
    assert [(row["page"], row["ordinal"], row["text"]) for row in reading.rows] == [
        (1, 0, "first"),
        (3, 2, "third"),
    ]


def test_pages_without_text_are_named(tmp_path):
    reading = read(tmp_path, "pdf", pdf([["text"], [], ["more"], []]))
    assert reading.result.warnings == {"pages without text: 2, 4": 2}
    assert reading.rows[0]["page"] == 1


def test_a_scan_is_refused_with_the_remedy(tmp_path):
    refused = read(tmp_path, "pdf", pdf([[], []])).result.refused
    assert refused.startswith("has no text layer: its 2 pages are images (scanned) or empty")
    assert "ocrmypdf" in refused


def test_a_password_is_asked_to_be_removed(tmp_path):
    refused = read(tmp_path, "pdf", pdf([["secret words"]], password="x")).result.refused
    assert refused.startswith("is protected by a password; remove it first")
    assert "qpdf" in refused


def test_a_pdf_that_only_forbids_copying_is_read_and_that_is_said(tmp_path):
    reading = read(tmp_path, "pdf", pdf([["open words"]], password=""))
    assert reading.texts == ["open words"]
    assert "protected against copying" in next(iter(reading.result.warnings))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_pdf_is_refused_whole(tmp_path, share):
    data = pdf(book(20))
    reading = read(tmp_path, "pdf", data[: int(share * len(data))])
    assert reading.result.refused.startswith("is cut off or no PDF: its end (%%EOF) is missing")
    assert reading.rows == []


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF\n", b"%PDF-1.4\n" + b"\xff" * 5_000 + b"%%EOF"])
def test_a_pdf_with_nothing_in_it_is_damaged(tmp_path, data):
    assert read(tmp_path, "pdf", data).result.refused.startswith("is damaged or no PDF")
