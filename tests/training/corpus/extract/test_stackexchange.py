"""Posts.xml: a question with its best answers is a document, wherever the answers stand."""

from __future__ import annotations

import json
from xml.sax.saxutils import quoteattr

from tests.training.corpus.extract.reading import read
from tests.training.corpus.jobs import documents_in, run_verb


def post(**attributes: object) -> str:
    written = " ".join(f"{name}={quoteattr(str(value))}" for name, value in attributes.items())
    return f"  <row {written} />\n"


def question(number: int, score: int = 5, accepted: int = 0) -> str:
    return post(
        Id=number, PostTypeId=1, Score=score, AcceptedAnswerId=accepted or "", Title=f"Q{number}?",
        Body=f"<p>Ask {number} &amp; more.</p><pre><code>x = 1\n  y</code></pre>",
        Tags="<a><b-c>", ContentLicense="CC BY-SA 4.0",
    )  # fmt: skip


def answer(number: int, parent: object, score: int = 1) -> str:
    body = f"<p>Answer {number}.</p>"
    return post(Id=number, PostTypeId=2, ParentId=parent, Score=score, Body=body)


def posts(*rows: str) -> bytes:
    return ("<?xml version='1.0'?>\n<posts>\n" + "".join(rows) + "</posts>").encode()


def test_answers_come_to_their_question_the_accepted_one_first(tmp_path):
    data = posts(
        question(1, accepted=4), question(2), answer(3, 1, 9), answer(4, 1, 2), answer(5, 2, 1)
    )
    reading = read(tmp_path, "stackexchange", data)
    assert reading.texts == [
        "Q1?\n\nAsk 1 & more.\n\nx = 1\n  y\n\nAnswer 4.\n\nAnswer 3.",
        "Q2?\n\nAsk 2 & more.\n\nx = 1\n  y\n\nAnswer 5.",
    ]
    meta = json.loads(str(reading.rows[0]["meta"]))
    assert meta["tags"] == ["a", "b-c"]
    assert (meta["score"], meta["answer_scores"]) == (5, [2, 9])
    assert meta["has_accepted_answer"] is True
    assert [row["ordinal"] for row in reading.rows] == [1, 2]
    first = int(str(reading.rows[0]["offset"]))
    assert data[first:].startswith(b'<row Id="1"')


def test_scores_and_numbers_leave_out_and_it_is_told(tmp_path):
    data = posts(
        question(1), answer(2, 1, -3), answer(3, 1, 8), answer(4, 1, 7), question(5, -1),
        answer(6, 99), post(Id=7, PostTypeId=5, Body="wiki"),
    )  # fmt: skip
    reading = read(tmp_path, "stackexchange", data, max_answers=1)
    assert [text.split("\n\n")[-1] for text in reading.texts] == ["Answer 3."]
    assert sorted(reading.result.left_out.values()) == [1, 1, 1, 2]


def test_a_post_with_broken_numbers_is_a_fault_of_its_line(tmp_path):
    data = posts(question(1), answer(2, "one"), post(Id="9" * 40, PostTypeId=1, Body="x"))
    reading = read(tmp_path, "stackexchange", data)
    assert len(reading.texts) == 1
    assert [line for line, _ in reading.faults] == [4, 5]
    assert reading.result.faults[0]["offset"] > 0


def test_a_post_that_comes_twice_counts_once_and_is_told(tmp_path):
    reading = read(tmp_path, "stackexchange", posts(question(1), question(1)), name="Posts.xml")
    assert len(reading.texts) == 1
    assert reading.result.left_out == {"posts that stand in the file twice": 1}


def test_of_a_file_cut_off_the_posts_before_the_cut_are_read(tmp_path):
    data = posts(question(1), answer(2, 1), question(3))
    reading = read(tmp_path, "stackexchange", data[:-40])
    assert len(reading.texts) == 1
    assert "the XML breaks" in reading.faults[0][1]


def test_a_tag_without_end_is_refused(tmp_path):
    data = posts(question(1)).replace(b"</posts>", b'<row Body="' + b"x" * (20 << 20))
    refused = read(tmp_path, "stackexchange", data).result.refused
    assert refused.startswith("has a tag longer than 16.8 MB at line ")


def test_a_reader_that_is_ended_half_way_leaves_nothing_and_costs_no_other_file(tmp_path):
    many = "".join(question(number) + answer(10**6 + number, number) for number in range(1, 90_000))
    (tmp_path / "Posts.xml").write_bytes(posts(many))
    (tmp_path / "good.txt").write_text("good words")
    inputs = [{"path": "../Posts.xml"}, {"path": "../good.txt"}]
    output = run_verb("extract", tmp_path / "job", inputs=inputs, cpu_limit_seconds=3)
    assert [row["text"] for row in documents_in(output)] == ["good words"]
    refused = json.loads((output / "files.json").read_text())[0]["refused"]
    assert refused.startswith("takes ")
    assert not (output / "streams.tmp").exists()
