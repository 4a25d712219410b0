"""What the first row of a file tells: examples to tune on, or documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.tasks.first_row import begins_with_example


@pytest.mark.parametrize(
    ("name", "data", "is_example"),
    [
        ("a.jsonl", b'\n{"instruction": "Say yes", "input": "", "output": "yes"}\n', True),
        ("a.ndjson", b'{"messages": [{"role": "user", "content": "Hello"}]}\n', True),
        ("a.jsonl", b'{"conversations": [{"from": "human", "value": "Hello"}]}', True),
        ("a.jsonl", b'{"prompt": "p", "chosen": "good", "rejected": "bad"}', True),
        ("a.csv", b"\xef\xbb\xbfinstruction,output\nSay yes,yes\n", True),
        ("a.tsv", b"prompt\tcompletion\nSay yes\tyes\n", True),
        ("a.json", b'[{"instruction": "Say yes", "output": "yes"}]', True),
        ("a.jsonl", b'{"text": "A page", "instruction": "x", "output": "y"}\n', False),
        ("a.jsonl", b'{"text": "A page", "label": "news"}\n', False),
        ("a.csv", b"title,text\nOne,A page\n", False),
        ("a.jsonl", b'["instruction", "output"]\n', False),
        ("a.jsonl", b'{"instruction": "cut off', False),
        ("a.jsonl", b"[" * 100_000, False),
        ("a.jsonl", b"\xff\xfe\x00", False),
        ("a.jsonl", b"", False),
        ("a.csv", b'"', False),
        ("a.txt", b'{"instruction": "Say yes", "output": "yes"}', False),
        ("a", b"", False),
    ],
)
def test_examples_are_known_by_their_first_row(
    tmp_path: Path, name: str, data: bytes, is_example: bool
) -> None:
    path = tmp_path / "stored"
    path.write_bytes(data)
    assert begins_with_example(path, name) is is_example
