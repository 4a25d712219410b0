"""Bytes that are no text, and text that is odd: 8 and 12 files."""

from __future__ import annotations

import gzip
import random

from tests.hostile.case import Case, accepted, quarantined, refused

GOOD = b"A line of plain words.\n"


def _noise(chance: random.Random) -> bytes:
    return chance.randbytes(5_000_000)


BYTES = [
    refused("zero.txt", b"", "is empty (0 bytes)"),
    refused("one.txt", b"x", "holds a single byte"),
    refused("mark.txt", b"\xef\xbb\xbf", "holds nothing but a byte-order mark"),
    refused("newlines.txt", b"\n" * 5_000, "holds nothing but blank lines"),
    Case("noise.txt", _noise, refused="is not UTF-8 text"),
    refused("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(500), "is a PNG image, not text"),
    refused("program.csv", b"\x7fELF\x02\x01\x01" + bytes(500), "is a program (ELF), not text"),
    refused(
        "packed.jsonl", gzip.compress(b'{"text": "x"}\n', mtime=0), "but it is a gzip archive; name"
    ),
]

_RUSSIAN = "Это обычный русский текст, в котором достаточно слов для узнавания. " * 4
_FRENCH = "Le café était déjà fermé à l'été, près de la forêt où naît la rivière. " * 4

TEXTS = [
    quarantined("byte.txt", GOOD * 6 + b"bad \xff byte\n" + GOOD, "byte 5 is 0xff", line=7),
    accepted("utf16.txt", _RUSSIAN.encode("utf-16"), "converted from UTF-16-LE"),
    accepted("utf16-unmarked.txt", _FRENCH.encode("utf-16-le"), "converted from UTF-16-LE"),
    accepted("latin1.txt", _FRENCH.encode("latin-1"), "converted from "),
    quarantined("overlong.txt", GOOD + b"a \xc0\xaf b\n", "0xc0", line=2),
    quarantined("cesu8.txt", GOOD * 5 + b"\xed\xa0\xbd\xed\xb8\x80\n", "0xed", line=6),
    quarantined("nul.txt", GOOD + b"a\0b\n" + GOOD, "holds a NUL character", line=2),
    accepted("bidi.txt", "plain \u202etxet".encode(), "change the writing direction"),
    accepted("tags.txt", "a\u200bb \U000e0041\U000e0042".encode(), "invisible characters"),
    quarantined(
        "marks.txt", GOOD + b"a" + "\u0301".encode() * 1_000_000 + b"\n", "stacks 100", line=2
    ),
    accepted("returns.txt", GOOD.replace(b"\n", b"\r") * 5, "lines end with CR only"),
    refused("long-line.txt", b"words " * (3 << 20), "line 1 is longer than 16 MiB"),
]
