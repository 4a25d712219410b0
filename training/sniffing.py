"""Looks at the first bytes of a file: what it is, which encoding, or why it cannot be read.

Parses nothing and decides nothing about single lines (``lines.py`` and the readers do), so the web
process may use it. What as a whole is no document is refused: empty files, images, programs, noise,
and the pointer that Git LFS leaves where a large file should be.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from training.errors import FileRefusedError

SNIFF_BYTES = 1 << 16
#: Above this share of undecodable or control characters a file is not taken for UTF-8 text.
MAX_STRANGE_FRACTION = 0.1
#: Above this share of control bytes it is text in no encoding: noise has a tenth, text has none.
_MAX_CONTROL_FRACTION = 0.01

#: Beginnings of what is read, and what people call it.
_READABLE = (
    (b"PK\x03\x04", "zip", "a ZIP archive (also docx, epub, xlsx)"),
    (b"PK\x05\x06", "zip", "a ZIP archive"),
    (b"\x1f\x8b", "gz", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "zst", "a zstd archive"),
    (b"%PDF-", "pdf", "a PDF"),
    (b"PAR1", "parquet", "a Parquet file"),
    (b"BZh", "bz2", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "xz", "an xz archive"),
    (b"WARC/", "warc", "a web archive (WARC)"),
)
_UNREADABLE = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program (ELF)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it and take what is inside"),
    (b"Rar!", "a RAR archive; unpack it and take what is inside"),
    (b"SQLite format 3\x00", "an SQLite database; export its table as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document; save it as PDF or text"),
    (b"PARE", "an encrypted Parquet file; write it without encryption"),
)
# The 32-bit mark begins with the 16-bit one, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STRANGE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_CONTROL_BYTES = bytes([*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_LFS = b"version https://git-lfs.github.com/spec/"
#: Comments, white space and an XML declaration may stand before the first element.
#: Possessive: tried in every other way too, thirty comments would take minutes.
_HTML = re.compile(
    rb"(?>\s|<!--.*?-->|<\?xml[^>]*>)*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_OFFICE = re.compile(rb"\[Content_Types\]\.xml|word/|xl/|ppt/|mimetypeapplication/vnd\.")
_EPUB = b"mimetypeapplication/epub+zip"
#: What may stand before the root element of XML, and its name with what is in its tag.
_XML_ROOT = re.compile(
    rb"(?>\s|<!--.*?-->|<\?.*?\?>|<!DOCTYPE(?>[^\[>]|\[.*?\])*+>)*+<([\w.-]+(?::[\w.-]+)?)([^>]*)",
    re.S,
)
_XML_KINDS = {
    b"mediawiki": "mediawiki",
    b"rss": "feed", b"feed": "feed", b"rdf:RDF": "feed",
    b"article": "jats", b"pmc-articleset": "jats", b"PubmedArticleSet": "jats",
    b"posts": "stackexchange",
}  # fmt: skip
#: HTML has an element ``article`` too; the one of JATS says what it is.
_JATS = re.compile(rb"JATS|NLM//DTD|article-type=|xmlns:xlink=|xmlns:mml=|dtd-version=")
#: A PDF may begin behind some other bytes (PDF 1.7, implementation notes).
_PDF_WITHIN = 1_024
_TAR_MARK = slice(257, 262)


@dataclass(frozen=True)
class Sniffed:
    """Encoding without its mark, length of the mark in bytes, and what ends a line."""

    encoding: str
    num_mark_bytes: int
    newline: bytes


def recognise(head: bytes, num_bytes: int) -> str:
    """``pdf``, ``epub``, ``zip``, ``tar``, ``gz``, ``zst``, ``bz2``, ``xz``, ``parquet``, ``warc``,
    ``html``, ``text``, or a kind of XML: ``mediawiki``, ``jats``, ``feed``, ``stackexchange``.

    By its first bytes (``SNIFF_BYTES`` of them); FileRefusedError when no reader could use it.
    """
    _refuse_pieces(head, num_bytes)
    for signature, name in _UNREADABLE:
        if head.startswith(signature):
            raise FileRefusedError(f"is {name}" if ";" in name else f"is {name}, not text")
    for signature, kind, _ in _READABLE:
        if head.startswith(signature):
            return _kind_of_zip(head) if kind == "zip" else kind
    if head[_TAR_MARK] == b"ustar":
        return "tar"
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "pdf"
    _refuse_lfs_pointer(head)
    mark = _mark(head)
    if _HTML.match(head.removeprefix(codecs.BOM_UTF8)):
        return "html"
    if xml := _XML_KINDS.get(xml_root(head)):
        return xml
    if mark or not (_is_legacy(head) or unmarked_utf16(head)):
        sniff(head, num_bytes)
    return "text"


def sniff(head: bytes, num_bytes: int, encoding: str = "") -> Sniffed:
    """Judge a text file by its first bytes and its size; FileRefusedError when it is not text.

    ``encoding`` is what was found otherwise; empty means UTF-8, unless a mark says something else.
    """
    _refuse_pieces(head, num_bytes)
    marked = _mark(head)
    mark = len(marked[0]) if marked else 0
    is_guess = not marked and not encoding
    encoding = marked[1] if marked else encoding or "utf-8"
    if other := signature_name(head):
        raise FileRefusedError(f"is {other}, not text")
    _refuse_lfs_pointer(head)
    text = head[mark:].decode(encoding, errors="replace")
    if is_guess and (utf16 := unmarked_utf16(head)):
        order = "little" if utf16 == "utf-16-le" else "big"
        raise FileRefusedError(
            f"looks like UTF-16 ({order} endian) without a byte-order mark; save it as UTF-8"
        )
    _refuse_noise(text)
    if not text.strip() and num_bytes <= SNIFF_BYTES:
        raise FileRefusedError("holds nothing but blank lines")
    newline = b"\r" if "\r" in text and "\n" not in text else b"\n"
    return Sniffed(encoding, mark, newline)


def xml_root(head: bytes) -> bytes:
    """The name of the root element when the file begins as XML does; empty when it is something
    else (an ``article`` of HTML among it).
    """
    mark = _mark(head)
    if mark:
        head = head[len(mark[0]) :].decode(mark[1], errors="replace").encode()
    if not head.lstrip().startswith(b"<"):
        return b""
    found = _XML_ROOT.match(head)
    if not found or (found[1] == b"article" and not _JATS.search(head[: found.end()])):
        return b""
    return found[1]


def signature_name(head: bytes) -> str:
    """What a file is by its first bytes ("a PDF"), empty when they are of no known kind."""
    named = [(mark, name) for mark, _, name in _READABLE] + [*_UNREADABLE]
    return next((name.split(";")[0] for mark, name in named if head.startswith(mark)), "")


def has_mark(head: bytes) -> bool:
    """Whether a byte-order mark says which encoding it is."""
    return _mark(head) is not None


def _mark(head: bytes) -> tuple[bytes, str] | None:
    return next((mark for mark in _MARKS if head.startswith(mark[0])), None)


def _refuse_pieces(head: bytes, num_bytes: int) -> None:
    if num_bytes == 0:
        raise FileRefusedError("is empty (0 bytes)")
    mark = _mark(head)
    if mark and num_bytes == len(mark[0]):
        raise FileRefusedError("holds nothing but a byte-order mark")
    if num_bytes == 1:
        raise FileRefusedError("holds a single byte, which is no document")


def _refuse_lfs_pointer(head: bytes) -> None:
    if head.startswith(_LFS):
        raise FileRefusedError(
            "is a Git LFS pointer, not the file itself; fetch it with `git lfs pull` and take that"
        )


def _kind_of_zip(head: bytes) -> str:
    # A first member's name stands at byte 30, its (stored) content right behind it.
    if head[30:].startswith(_EPUB):
        return "epub"
    if _OFFICE.match(head[30:]):
        raise FileRefusedError(
            "is an Office document (docx, xlsx, pptx, odt); save it as PDF, HTML or CSV"
        )
    return "zip"


def _is_legacy(head: bytes) -> bool:
    """Whether it may be text in another encoding than UTF-8: hardly any control bytes."""
    num_controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return num_controls <= _MAX_CONTROL_FRACTION * len(head)


def unmarked_utf16(head: bytes) -> str:
    """``utf-16-le`` or ``utf-16-be`` for Western text in it that has no mark; else empty."""
    # Western text in UTF-16 has a zero in every second byte; UTF-8 text has none at all.
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = head[start::2].count(0)
        if zeros * 10 > 4 * len(head) // 2 and zeros * 10 > 9 * head.count(0):
            return encoding
    return ""


def _refuse_noise(text: str) -> None:
    strange = len(_STRANGE.findall(text))
    if strange > MAX_STRANGE_FRACTION * len(text):
        share = round(100 * strange / len(text))
        raise FileRefusedError(
            f"is not UTF-8 text: {share} % of its beginning cannot be decoded or are control "
            "characters; save it as UTF-8"
        )
