"""PDF through pdfium: text page by page, without page furniture, with its lines mended.

Only the text layer is read. Scripts, attachments and forms in a PDF are never touched; a page
that is an image has no text here, and is named.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pypdfium2 as pdfium

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.page_furniture import Furniture, without_furniture
from training.corpus.extract.paragraphs import SOFT_HYPHEN, mended
from training.corpus.extract.records import Fault, Found, Item, Removed, Warned
from training.errors import FileRefusedError
from training.units import format_bytes

MAX_PAGES = 100_000
MAX_TEXT_BYTES = 64 << 20
#: The mark of the end must stand near it (PDF 1.7, implementation notes, within 1,024 bytes).
_END_WITHIN = 4_096
_FPDF_ERR_PASSWORD = 4
_LISTED_PAGES = 20


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """One document for the file, or one for each page that has text."""
    with _opened(source) as document:
        if len(document) > MAX_PAGES:
            raise FileRefusedError(f"has more than {MAX_PAGES:,} pages; split it")
        if _is_restricted(document):
            yield Warned("PDF files protected against copying (no password is needed to read)")
        pages = yield from _pages(document)
        title = (document.get_metadata_value("Title") or "").strip()[:500]
    blank = [number for number, lines in enumerate(pages, start=1) if not lines]
    if len(blank) == len(pages):
        raise FileRefusedError(
            f"has no text layer: its {len(pages):,} pages are images (scanned) or empty; run text "
            "recognition on it first, for example: ocrmypdf in.pdf out.pdf"
        )
    if blank:
        yield Warned(f"pages without text: {_numbers(blank)}", len(blank))
    if options.removes_page_furniture:
        furniture = without_furniture(pages)
        yield from _removed(furniture)
        pages = furniture.pages
    yield from _documents(pages, title, options)


@contextmanager
def _opened(source: ByteSource) -> Iterator[Any]:
    with source.as_seekable() as raw:
        _require_end(raw)
        try:
            document = pdfium.PdfDocument(raw)
        except pdfium.PdfiumError as error:
            raise FileRefusedError(_broken(error)) from error
        try:
            yield document
        finally:
            document.close()


def _require_end(raw: BinaryIO) -> None:
    size = raw.seek(0, 2)
    raw.seek(max(0, size - _END_WITHIN))
    is_ended = b"%%EOF" in raw.read()
    raw.seek(0)
    if not is_ended:
        raise FileRefusedError(
            f"is cut off or no PDF: its end (%%EOF) is missing after {format_bytes(size)}; copy or "
            "download it again"
        )


def _broken(error: pdfium.PdfiumError) -> str:
    if getattr(error, "err_code", None) == _FPDF_ERR_PASSWORD or "assword" in str(error):
        return (
            "is protected by a password; remove it first, for example: "
            "qpdf --decrypt --password=... in.pdf out.pdf"
        )
    reason = str(error).rstrip(".")
    return f"is damaged or no PDF ({reason}); open and save it again in a PDF program"


def _is_restricted(document: Any) -> bool:
    return int(pdfium.raw.FPDF_GetSecurityHandlerRevision(document.raw)) >= 0


def _pages(document: Any) -> Generator[Item, None, list[list[str]]]:
    """Faults of pages on the way; returns the lines of every page."""
    pages: list[list[str]] = []
    num_bytes = 0
    for index in range(len(document)):
        try:
            text = _page_text(document, index)
        except pdfium.PdfiumError as error:
            yield Fault(0, f"the page cannot be read ({error})", page=index + 1, what="page")
            text = ""
        if fault := text_fault(text):
            yield Fault(0, f"the page {fault}", page=index + 1, what="page")
            text = ""
        num_bytes += len(text)
        if num_bytes > MAX_TEXT_BYTES:
            raise FileRefusedError(
                f"holds more than {format_bytes(MAX_TEXT_BYTES)} of text; split it"
            )
        pages.append([line for raw in text.splitlines() if (line := raw.rstrip()).strip()])
    return pages


def _page_text(document: Any, index: int) -> str:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            text: str = text_page.get_text_range()
        finally:
            text_page.close()
    finally:
        page.close()
    # pdfium writes U+FFFE (or U+0002) for a hyphen that only ends a line.
    text = text.replace("\ufffe", SOFT_HYPHEN).replace("\x02", SOFT_HYPHEN)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _documents(pages: list[list[str]], title: str, options: ReadOptions) -> Iterator[Item]:
    num_pages = len(pages)
    meta = json.dumps(
        ({"title": title} if title else {}) | {"num_pages": num_pages}, ensure_ascii=False
    )
    texts, num_mended = mended(pages) if options.mends_lines else (_as_they_are(pages), 0)
    if num_mended:
        yield Removed("hyphens at line ends", num_mended)
    found = [(number, text) for number, text in enumerate(texts, start=1) if text.strip()]
    if not found:
        yield Fault(0, "nothing is left but page headers and footers", what="document")
        return
    if options.pdf_document == "file":
        found = [(found[0][0], _joined([text for _, text in found], options))]
    for number, text in found:
        yield from text_warnings(text)
        yield Found(number - 1, text, 0, 0, meta, page=number)


def _as_they_are(pages: list[list[str]]) -> list[str]:
    return ["\n".join(lines).replace(SOFT_HYPHEN, "-\n") for lines in pages]


def _joined(texts: list[str], options: ReadOptions) -> str:
    """Pages after each other; a sentence that goes on over the edge is not broken there."""
    if not options.mends_lines:
        return "\n\n".join(texts)
    whole = texts[0]
    for text in texts[1:]:
        goes_on = text[:1].islower() and whole[-1:].isalpha() | (whole[-1:] in ",;-")
        whole += (" " if goes_on else "\n\n") + text
    return whole


def _removed(furniture: Furniture) -> Iterator[Removed]:
    for what, count in furniture.counts.items():
        if count:
            yield Removed(what, count)


def _numbers(pages: list[int]) -> str:
    shown = ", ".join(map(str, pages[:_LISTED_PAGES]))
    return shown + (" ..." if len(pages) > _LISTED_PAGES else "")
