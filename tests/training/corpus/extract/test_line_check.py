"""Documents of nothing but short lines are debris, and are told with value and threshold."""

from __future__ import annotations

import pytest

from tests.training.corpus.extract.reading import read

CHAT = b"hi\nlol\nyes\nok\nno\n" * 10
PROSE = b"A line of prose that says something.\n" * 30
VERSE = "白日依山尽，\n黄河入海流。\n欲穷千里目，\n更上一层楼。\n".encode() * 10


def test_a_chat_log_is_dropped_with_the_value_and_the_threshold(tmp_path):
    reading = read(tmp_path, "txt", CHAT)
    assert reading.texts == []
    fault = reading.result.faults[0]
    assert fault["what"] == "document"
    assert "100 % of its 50 lines are shorter than 10 characters" in fault["reason"]
    assert "at most 70 % are accepted (line_check.max_short_fraction)" in fault["reason"]


@pytest.mark.parametrize("data", [PROSE, VERSE, CHAT[:40], b"one line", PROSE + b"\n\nshort\n" * 9])
def test_prose_verse_and_short_documents_stay(tmp_path, data):
    assert read(tmp_path, "txt", data).result.num_documents == 1


def test_it_can_be_switched_off_and_moved(tmp_path):
    assert read(tmp_path, "txt", CHAT, checks_lines=False).result.num_documents == 1
    assert read(tmp_path, "txt", CHAT, max_short_fraction=1.0).result.num_documents == 1


def test_rows_of_json_lines_are_left_alone(tmp_path):
    data = b'{"text": "' + b"a\\nb\\n" * 30 + b'"}\n'
    assert read(tmp_path, "jsonl", data).result.num_documents == 1
