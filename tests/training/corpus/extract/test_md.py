"""Markdown keeps its markup, its fences whole, and its front matter out of the text."""

from __future__ import annotations

import pytest

from tests.training.corpus.extract.reading import read


def test_front_matter_goes_to_meta(tmp_path):
    reading = read(tmp_path, "md", b"---\ntitle: x\n---\n# Head\n\nBody\n")
    assert reading.texts == ["\n".join(["# Head", "", "Body"])]
    assert reading.rows[0]["meta"] == '{"front_matter": "title: x"}'


def test_a_blank_line_inside_a_fence_splits_nothing(tmp_path):
    data = b"para\n\n```python\na = 1\n\nb = 2\n```\n\n~~~~\n```\n\n~~~~\n\nend\n"
    assert read(tmp_path, "md", data, split="paragraphs").texts == [
        "para",
        "```python\na = 1\n\nb = 2\n```",
        "~~~~\n```\n\n~~~~",
        "end",
    ]


def test_inline_code_in_back_quotes_opens_no_fence(tmp_path):
    reading = read(tmp_path, "md", b"```not a fence```\n\nnext\n", split="paragraphs")
    assert reading.texts == ["```not a fence```", "next"]


def test_a_rule_later_in_the_file_is_no_front_matter(tmp_path):
    assert read(tmp_path, "md", b"a\n\n---\n\nb").texts == ["a\n\n---\n\nb"]


@pytest.mark.parametrize(
    "data",
    [
        b"---\nReal text, and no second rule\n",
        b"---\n\nChapter one ends here.\n\n---\n\nChapter two.\n",
        b"---\n" + b"key: value\n" * 2_000,
        b"---\n---\n",
    ],
    ids=["unclosed", "two thematic breaks", "endless", "nothing between"],
)
def test_a_rule_at_the_top_that_opens_no_front_matter_loses_no_text(tmp_path, data):
    reading = read(tmp_path, "md", data)
    assert reading.texts == [data.decode().rstrip("\n")]
    assert reading.rows[0]["meta"] == "{}"


def test_invalid_utf8_is_named_by_line(tmp_path):
    data = b"# A heading that is long\n\nmore text here\n\xff\n"
    reason = "the line is not valid UTF-8: byte 1 is 0xff; save the file as UTF-8"
    assert read(tmp_path, "md", data).faults == [(4, reason)]
