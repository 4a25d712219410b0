"""Bad rows are left out by line and reason; good ones before and after them are kept."""

from __future__ import annotations

import json
import random

import pytest

from tests.training.corpus.extract.reading import read

GOOD = b'{"text": "A good row of text."}\n'

BAD_ROWS = [
    (b'{"title": "no text"}', "the row has no field 'text'"),
    (b'{"text": 3}', "the field 'text' is a number, not text"),
    (b'{"text": null}', "the field 'text' is null, not text"),
    (b'{"text": ["a"]}', "the field 'text' is a list, not text"),
    (b'{"text": true}', "the field 'text' is true or false, not text"),
    (b'{"text": "  \\n "}', "the field 'text' is empty"),
    (b'{"text": ""}', "the field 'text' is empty"),
    (b'{"text": "a\\u0000b"}', "the field 'text' holds a NUL character"),
    (b'{"text": "a", }', "the line is not JSON"),
    (b'{"text": "a", "x": NaN}', "NaN is no JSON number"),
    (b'{"text": "a", "x": -Infinity}', "-Infinity is no JSON number"),
    (b'{"text": "a", "x": 1e999}', "the number 1e999 is too large"),
    (b'{"text": "a", "x": ' + b"7" * 5_000 + b"}", "a number has 5,000 digits"),
    (b'{"text": "a", "text": "b"}', "the key 'text' is given twice"),
    (b'{"text": "\\ud800"}', "a lone surrogate"),
    (b'{"text": "\\uD800 x"}', "a lone surrogate"),
    (b'{"text": "a"} {"text": "b"}', "something follows the object at column 15"),
    (b'{"text": "a\xff"}', "the line is not valid UTF-8: byte 12 is 0xff"),
    (b'["a"]', "the line is a list, not an object"),
    (b'"text"', "the line is text, not an object"),
    (b"[" * 200_000, "nests lists or objects too deeply; a few hundred levels are read"),
    (
        b'{"text": ' + b'{"a":' * 200_000,
        "nests lists or objects too deeply; a few hundred levels are read",
    ),
    (
        json.dumps({"text": "a", **{f"k{n}": 0 for n in range(20_000)}}).encode(),
        "an object has 20,001 keys; at most 10,000 are read",
    ),
]


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS, ids=[reason for _, reason in BAD_ROWS])
def test_a_bad_row_is_left_out_by_line_and_reason(tmp_path, row, reason):
    reading = read(tmp_path, "jsonl", GOOD * 3 + row + b"\n" + GOOD * 2)
    assert reading.texts == ["A good row of text."] * 5
    assert [line for line, _ in reading.faults] == [4]
    assert reason in reading.faults[0][1]


def test_a_row_without_text_in_a_file_without_text_names_the_fields_looked_for(tmp_path):
    reading = read(tmp_path, "jsonl", b'{"title": "x"}\n')
    assert "has no text in any of the fields text, content, body" in reading.result.refused
    assert "it has title; name the one that holds text in text_field" in reading.result.refused


def test_abstracts_of_papers_are_read_as_they_come(tmp_path):
    row = b'{"pmid": 7, "title": "A trial", "abstract": "Twelve patients were treated."}\n'
    assert read(tmp_path, "jsonl", row).texts == ["Twelve patients were treated."]


@pytest.mark.parametrize("data", [b'[\n{"text": "a"},\n{"text": "b"}\n]\n', b'[{"text": "a"}]'])
def test_a_json_array_is_refused_with_how_to_convert_it(tmp_path, data):
    assert "jq -c '.[]'" in read(tmp_path, "jsonl", data).result.refused


def test_blank_lines_are_counted_and_harmless(tmp_path):
    reading = read(tmp_path, "jsonl", b"\n" + GOOD + b"\n\n" + GOOD)
    assert len(reading.texts) == 2
    assert reading.result.warnings == {"blank lines": 3}
    assert [row["line"] for row in reading.rows] == [2, 5]


def test_a_last_line_cut_short_says_that_the_file_may_be_cut(tmp_path):
    reading = read(tmp_path, "jsonl", GOOD + GOOD[:20])
    assert len(reading.texts) == 1
    assert reading.faults[0][0] == 2
    assert reading.faults[0][1].endswith("the file may be cut off here")


def test_a_line_beyond_16_mib_is_left_out_and_the_next_ones_are_read(tmp_path):
    long_row = b'{"text": "' + b"x" * (17 << 20) + b'"}\n'
    reading = read(tmp_path, "jsonl", GOOD + long_row + GOOD)
    assert reading.faults == [(2, "the line is longer than 16 MiB")]
    assert [row["offset"] for row in reading.rows] == [0, len(GOOD) + len(long_row)]


def test_the_text_field_is_found_or_named(tmp_path):
    data = b'{"id": "7", "content": "c", "other": "o"}\n'
    assert read(tmp_path, "jsonl", data).texts == ["c"]
    assert read(tmp_path, "jsonl", data, field="other").texts == ["o"]
    assert "no field 'prose'" in read(tmp_path, "jsonl", data, field="prose").result.refused


def test_other_fields_are_kept_as_meta(tmp_path):
    reading = read(tmp_path, "jsonl", '{"text": "t", "url": "é", "n": [1, 2.5]}\n'.encode())
    assert json.loads(reading.rows[0]["meta"]) == {"url": "é", "n": [1, 2.5]}


def test_other_fields_beyond_64_kib_are_left_out_and_counted(tmp_path):
    row = json.dumps({"text": "t", "html": "x" * 70_000}).encode()
    reading = read(tmp_path, "jsonl", row)
    assert reading.rows[0]["meta"] == "{}"
    assert list(reading.result.warnings.values()) == [1]


def test_the_documents_place_in_the_file_is_its_line(tmp_path):
    reading = read(tmp_path, "jsonl", GOOD + b"bad\n" + GOOD)
    assert [(row["ordinal"], row["line"], row["offset"]) for row in reading.rows] == [
        (0, 1, 0),
        (2, 3, len(GOOD) + 4),
    ]


def test_random_damage_never_raises_and_loses_only_damaged_lines(tmp_path):
    dice = random.Random(7)
    for _ in range(60):
        lines = [bytearray(json.dumps({"text": f"row {n} " * 8}).encode()) for n in range(30)]
        damaged = dice.sample(range(30), 5)
        for index in damaged:
            lines[index][dice.randrange(len(lines[index]))] = dice.randrange(32, 256)
        reading = read(tmp_path, "jsonl", b"\n".join(map(bytes, lines)))
        whole = {f"row {n} " * 8 for n in range(30) if n not in damaged}
        assert whole <= set(reading.texts)
        assert len(reading.texts) + reading.result.num_faults == 30
