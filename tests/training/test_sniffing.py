"""Files that are no text are refused with one sentence, whatever their name."""

from __future__ import annotations

import random
import time

import pytest

from tests.training.corpus.extract.reading import read
from training.sniffing import SNIFF_BYTES, recognise

NOISE = random.Random(1).randbytes(200_000)

REFUSED = [
    (b"", "is empty (0 bytes)"),
    (b"a", "holds a single byte, which is no document"),
    (b"\xef\xbb\xbf", "holds nothing but a byte-order mark"),
    (b"\xff\xfe", "holds nothing but a byte-order mark"),
    (b"\n\r\n \n", "holds nothing but blank lines"),
    (b"\n" * 100_000, "holds nothing but blank lines"),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + NOISE[:500], "is a PNG image, not text"),
    (b"\x7fELF\x02\x01\x01" + NOISE[:500], "is a program (ELF), not text"),
    (b"\x1f\x8b\x08" + NOISE[:500], "is a gzip archive, not text"),
    (b"PK\x03\x04" + NOISE[:500], "is a ZIP archive"),
    (b"%PDF-1.7\n", "is a PDF, not text"),
    (NOISE, "is not UTF-8 text"),
    (b"\0" * 5_000, "is not UTF-8 text"),
]


@pytest.mark.parametrize("format", ["txt", "md", "jsonl"])
@pytest.mark.parametrize(("data", "sentence"), REFUSED, ids=[text for _, text in REFUSED])
def test_what_is_no_text_is_refused(tmp_path, format, data, sentence):
    reading = read(tmp_path, format, data)
    assert sentence in reading.result.refused
    assert reading.result.num_documents == 0


def test_json_lines_are_utf8_or_say_that_they_are_not(tmp_path):
    refused = [
        ("Привет, мир! ".encode("cp1251") * 50, "is not UTF-8 text"),
        ("A plain line.\n".encode("utf-16-le") * 20, "looks like UTF-16 (little endian) without"),
        ("A plain line.\n".encode("utf-16-be") * 20, "looks like UTF-16 (big endian) without"),
    ]
    for data, sentence in refused:
        assert sentence in read(tmp_path, "jsonl", data).result.refused


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-be", "utf-16-le"])
def test_marked_encodings_are_converted_and_say_so(tmp_path, encoding):
    text = "Grüße, 世界 𝔘\nzweite Zeile"
    mark = {"utf-16-be": b"\xfe\xff", "utf-16-le": b"\xff\xfe"}.get(encoding, b"")
    reading = read(tmp_path, "txt", mark + text.encode(encoding))
    assert reading.texts == [text]
    is_utf8 = encoding == "utf-8-sig"
    assert any("converted from UTF" in message for message in reading.result.warnings) != is_utf8


def test_utf16_cut_in_the_middle_of_a_character_loses_only_its_last_line(tmp_path):
    data = "first\nsecond".encode("utf-16")[:-1]
    reading = read(tmp_path, "txt", data)
    assert reading.texts == ["first"]
    assert reading.faults[0][0] == 2


def test_half_a_character_in_utf16_loses_only_its_line(tmp_path):
    data = b"\xff\xfe" + "one\n".encode("utf-16-le") + b"\x00\xd8" + "x\ntwo\n".encode("utf-16-le")
    reading = read(tmp_path, "txt", data)
    assert reading.texts == ["one\ntwo"]
    assert [line for line, _ in reading.faults] == [2]


def test_latin_1_loses_its_lines_by_number_and_keeps_the_others(tmp_path):
    data = ("plain text without any accents at all\n" * 5 + "café\n").encode("latin-1")
    reading = read(tmp_path, "txt", data)
    assert reading.faults == [
        (6, "the line is not valid UTF-8: byte 4 is 0xe9; save the file as UTF-8")
    ]
    assert reading.texts[0].count("plain") == 5


@pytest.mark.parametrize(
    "start", [b"<!---->", b"<?a?>", b"<!DOCTYPE a[", b"<!--", b"<!DOCTYPE [[]", b"<", b"<a "]
)
def test_no_beginning_of_markup_takes_long(start: bytes) -> None:
    head = (start * SNIFF_BYTES)[: SNIFF_BYTES - 20] + b"x words words"
    before = time.process_time()
    recognise(head, 1 << 20)
    assert time.process_time() - before < 1
