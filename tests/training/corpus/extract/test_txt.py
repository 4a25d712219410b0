"""Plain text keeps its text; lines that cannot be read are counted and named."""

from __future__ import annotations

import io

import pytest

from tests.training.corpus.extract.reading import read
from training.corpus.extract import txt
from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.options import ReadOptions
from training.errors import FileRefusedError

TEN_LINES = [f"This is line {number} of the file.".encode() for number in range(1, 11)]


def test_a_file_is_one_document_by_default(tmp_path):
    reading = read(tmp_path, "txt", b"one\n\ntwo\n")
    assert reading.texts == ["one\n\ntwo"]


def test_paragraphs_are_split_at_blank_lines(tmp_path):
    reading = read(tmp_path, "txt", b"a\nb\n \t\n\n\nc\n", split="paragraphs")
    assert reading.texts == ["a\nb", "c"]
    assert [(row["ordinal"], row["line"], row["offset"]) for row in reading.rows] == [
        (0, 1, 0),
        (1, 6, 9),
    ]


def test_lines_are_documents_when_asked(tmp_path):
    reading = read(tmp_path, "txt", b"a\r\n\r\nb c\r\n", split="lines")
    assert reading.texts == ["a", "b c"]


def test_cr_only_line_ends_are_converted_and_said(tmp_path):
    reading = read(tmp_path, "txt", b"one\rtwo\r\rthree", split="paragraphs")
    assert reading.texts == ["one\ntwo", "three"]
    assert reading.result.warnings == {"lines end with CR only": 1}


def test_invalid_utf8_in_line_7_drops_that_line_and_names_it(tmp_path):
    lines = [*TEN_LINES]
    lines[6] = b"caf\xe9 " + lines[6]
    reading = read(tmp_path, "txt", b"\n".join(lines))
    assert reading.faults == [
        (7, "the line is not valid UTF-8: byte 4 is 0xe9; save the file as UTF-8")
    ]
    assert reading.texts == [b"\n".join(lines[:6] + lines[7:]).decode()]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"\xc0\xaf", "not valid UTF-8"),
        (b"\xed\xa0\x80", "not valid UTF-8"),
        (b"a\x00b", "holds a NUL character"),
        (("e" + "\u0301" * 100_000).encode(), "combining marks"),
    ],
    ids=["overlong", "surrogate", "NUL", "combining"],
)
def test_hostile_lines_are_left_out_by_number(tmp_path, bad, reason):
    lines = [*TEN_LINES * 20]
    lines[3] = bad
    reading = read(tmp_path, "txt", b"\n".join(lines))
    assert [line for line, _ in reading.faults] == [4]
    assert reason in reading.faults[0][1]
    assert reading.texts == [b"\n".join(lines[:3] + lines[4:]).decode()]


def test_odd_characters_are_kept_and_counted(tmp_path):
    text = "abc \u202e reversed \u200b hidden"
    reading = read(tmp_path, "txt", text.encode())
    assert reading.texts == [text]
    assert reading.result.warnings == {
        "documents with characters that change the writing direction": 1,
        "documents with invisible characters": 1,
    }


def test_a_line_beyond_16_mib_refuses_the_file(tmp_path):
    reading = read(tmp_path, "txt", b"short\n" + b"x" * (16 << 20) + b"y\nshort\n")
    assert reading.result.refused == "line 2 is longer than 16 MiB; break it into lines"


def test_a_line_of_exactly_16_mib_is_read(tmp_path):
    reading = read(tmp_path, "txt", b"x" * (16 << 20) + b"\nshort\n", split="lines")
    assert [len(text) for text in reading.texts] == [16 << 20, 5]


def test_a_document_beyond_64_mib_asks_for_a_split(tmp_path):
    data = (b"z" * 1023 + b"\n") * (65 << 10)
    assert "split it by paragraphs or lines" in read(tmp_path, "txt", data).result.refused
    assert read(tmp_path, "txt", data, split="lines").result.num_documents == 65 << 10


def test_only_the_first_hundred_faults_are_listed_and_all_are_counted(tmp_path):
    good = b"a good long line of plain text, longer than the bad one\n"
    reading = read(tmp_path, "txt", (good + b"\xff\n") * 250)
    assert reading.result.num_faults == 250
    assert [line for line, _ in reading.faults] == list(range(2, 202, 2))


def test_a_file_of_which_nothing_is_left_is_refused_with_the_first_reason(tmp_path):
    reading = read(tmp_path, "txt", b"a line with a \x00 in it\n")
    assert reading.result.refused == (
        "gave no document: 1 line was left out, line 1: the line holds a NUL character"
    )


def test_chinese_text_comes_through(tmp_path):
    assert read(tmp_path, "txt", "第一段。\n\n第二段。".encode(), split="paragraphs").texts == [
        "第一段。",
        "第二段。",
    ]


class Endless(io.RawIOBase):
    """Ten gigabytes of one line, of which nobody should read more than a part."""

    def __init__(self) -> None:
        self.num_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        size = min(len(buffer), (10 << 30) - self.num_read)
        buffer[:size] = b"a " * (size // 2) + b"a" * (size % 2)
        self.num_read += size
        return size


def test_a_line_of_ten_gigabytes_is_refused_before_its_end_is_read():
    endless = Endless()
    source = ByteSource("long.txt", io.BufferedReader(endless))
    with pytest.raises(FileRefusedError, match="line 1 is longer than 16 MiB"):
        list(txt.read(source, ReadOptions()))
    assert endless.num_read < 20 << 20
