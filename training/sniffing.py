"""Looks at the first bytes of a file: which encoding, which line ends, or why it is not text.

Decides nothing about single lines (``lines.py`` and the parsers do); refuses only what as a whole
is no text: empty files, images and archives under a text's name, UTF-16 without a mark, noise.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from training.errors import FileRefusedError

SNIFF_BYTES = 1 << 16
#: Above this share of undecodable or control characters a file is not taken for UTF-8 text.
MAX_STRANGE_FRACTION = 0.1

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program (ELF)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a ZIP archive (also docx, epub, xlsx)"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"%PDF-", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "an SQLite database"),
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


@dataclass(frozen=True)
class Sniffed:
    """Encoding without its mark, length of the mark in bytes, and what ends a line."""

    encoding: str
    num_mark_bytes: int
    newline: bytes


def sniff(head: bytes, num_bytes: int) -> Sniffed:
    """Judge a file by its first bytes and its size; FileRefusedError when it is not text."""
    if num_bytes == 0:
        raise FileRefusedError("is empty (0 bytes)")
    encoding, mark = "utf-8", 0
    for signature, name in _MARKS:
        if head.startswith(signature):
            encoding, mark = name, len(signature)
            break
    if num_bytes == mark:
        raise FileRefusedError("holds nothing but a byte-order mark")
    if num_bytes == 1:
        raise FileRefusedError("holds a single byte, which is no document")
    if other := signature_name(head):
        raise FileRefusedError(f"is {other}, not text")
    text = head[mark:].decode(encoding, errors="replace")
    if not mark:
        _refuse_unmarked_utf16(head)
    _refuse_noise(text)
    if not text.strip() and num_bytes <= SNIFF_BYTES:
        raise FileRefusedError("holds nothing but blank lines")
    newline = b"\r" if "\r" in text and "\n" not in text else b"\n"
    return Sniffed(encoding, mark, newline)


def signature_name(head: bytes) -> str:
    """What a file is by its first bytes ("a PDF"), empty when they are of no known kind."""
    return next((name for mark, name in _SIGNATURES if head.startswith(mark)), "")


def _refuse_unmarked_utf16(head: bytes) -> None:
    # Western text in UTF-16 has a zero in every second byte; UTF-8 text has none at all.
    for start, order in ((1, "little"), (0, "big")):
        zeros = head[start::2].count(0)
        if zeros * 10 > 4 * len(head) // 2 and zeros * 10 > 9 * head.count(0):
            raise FileRefusedError(
                f"looks like UTF-16 ({order} endian) without a byte-order mark; save it as UTF-8"
            )


def _refuse_noise(text: str) -> None:
    strange = len(_STRANGE.findall(text))
    if strange > MAX_STRANGE_FRACTION * len(text):
        share = round(100 * strange / len(text))
        raise FileRefusedError(
            f"is not UTF-8 text: {share} % of its beginning cannot be decoded or are control "
            "characters; save it as UTF-8"
        )
