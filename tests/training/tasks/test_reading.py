"""What is read as which shape, and the sentence for each row that cannot be used."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.corpus.jobs import events_of, extract_texts, run_verb
from tests.training.tasks.made import all_rows, chat, instruction, rows_in, set_from, set_of
from training.errors import DataError, SpecError
from training.folder.artifact import changed_files, load_manifest

GOOD = [instruction(n) for n in range(30)]


def first_fault(output) -> str:
    (file,) = json.loads((output / "files.json").read_text())
    return f"line {file['faults'][0]['line']}: {file['faults'][0]['reason']}"


@pytest.mark.parametrize(
    ("row", "shape", "expected"),
    [
        ({"text": "a b"}, "text", {"text": "a b"}),
        (
            {"text": "good", "label": 1, "lang": "en"},
            "classification",
            {"text": "good", "label": "1", "metadata": '{"lang": "en"}'},
        ),
        (
            {"instruction": "add", "output": "3", "task_type": "maths"},
            "instruction",
            {"system": "", "instruction": "add", "input": "", "output": "3", "task_type": "maths"},
        ),
        (
            {"conversation": chat(("user", "q"), ("assistant", "a"))["messages"]},
            "chat",
            chat(("user", "q"), ("assistant", "a")),
        ),
        (
            {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
             "system": "s"},
            "sharegpt",
            chat(("system", "s"), ("user", "q"), ("assistant", "a")),
        ),
        (
            {"prompt": "q", "chosen": "a", "rejected": "b"},
            "preference",
            {**chat(("user", "q")), "chosen": "a", "rejected": "b"},
        ),
        (
            {"conversations": [{"from": "human", "value": "q"}],
             "chosen": {"from": "gpt", "value": "a"}, "rejected": {"from": "gpt", "value": "b"}},
            "preference",
            {**chat(("user", "q")), "chosen": "a", "rejected": "b"},
        ),
    ],
)  # fmt: skip
def test_a_shape_is_recognised_and_kept_under_one_name(tmp_path, row, shape, expected) -> None:
    output = set_of(tmp_path, [row])
    assert load_manifest(output).counts["shape"] == shape
    (kept,) = all_rows(output)
    assert kept.pop("origin") == {"file": "rows.jsonl", "line": 1}
    assert len(kept.pop("row_id")) == 16
    assert kept == expected
    assert changed_files(output) == []


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"instruction": "a"}, "the row has no column 'output'"),
        ({"instruction": "a", "output": 3}, "the column 'output' is a number, not text"),
        ({"instruction": None, "output": "b"}, "the column 'instruction' is null, not text"),
        ({"instruction": " ", "output": "b"}, "the column 'instruction' is empty"),
        ({"instruction": "a\0", "output": "b"}, "the column 'instruction' holds a NUL character"),
        ([1], "the line is a list, not an object"),
        (instruction(1, output="x" * 2_000), "the row holds 2,012 characters; at most 1,000"),
    ],
)
def test_a_row_of_the_wrong_kind_is_an_error_of_its_line(tmp_path, bad, sentence) -> None:
    output = set_of(tmp_path, [*GOOD, bad], quality={"max_row_chars": 1_000})
    assert first_fault(output).startswith(f"line 31: {sentence}")
    assert load_manifest(output).counts["rows"] == 30
    (warning,) = events_of(tmp_path / "tasks", "warning")
    assert "rows.jsonl: 1 line was left out, line 31" in warning["message"]


@pytest.mark.parametrize(
    ("turns", "sentence"),
    [
        ([], "the column 'messages' holds no turn"),
        ("hello", "the column 'messages' is text, not a list of turns"),
        (["hello"], "turn 1 of 'messages' is text, not an object with role and content"),
        ([{"role": "user"}], "turn 1 of 'messages' has no role and content"),
        ([{"role": "tool", "content": "x"}], "turn 1 of 'messages' has the role 'tool'; accepted"),
        ([{"role": "user", "content": [1]}], "the content of turn 1 of 'messages' is a list"),
        ([{"role": 7, "content": "x"}], "turn 1 of 'messages' has the role a number"),
    ],
)
def test_a_wrong_turn_is_named_by_its_number(tmp_path, turns, sentence) -> None:
    good = [chat(("user", f"q{n}"), ("assistant", "a")) for n in range(10)]
    output = set_of(tmp_path, [*good, {"messages": turns}])
    assert first_fault(output).startswith(f"line 11: {sentence}")


def test_columns_are_taken_by_the_names_of_the_spec(tmp_path) -> None:
    rows = [{"frage": f"q{n}", "antwort": "a", "noise": 1} for n in range(5)]
    output = set_of(tmp_path, rows, columns={"instruction": "frage", "output": "antwort"})
    assert [row["instruction"] for row in all_rows(output)] == [f"q{n}" for n in range(5)]
    info = json.loads((output / "tasks.json").read_text())
    assert info["columns"] == {"instruction": "frage", "output": "antwort"}
    assert info["unused_columns"] == ["noise"]


FILES = {
    "rows.json": json.dumps(GOOD, indent=2),
    "lines.json": "".join(json.dumps(row) + "\n" for row in GOOD),
    "rows.csv": "instruction,output\n"
    + "".join(f'"Add {n}, ""1""\nnow",It is {n}\n' for n in range(30)),
    "semicolons.csv": "instruction;output\n"
    + "".join(f'"Add {n}; now";It is {n}\n' for n in range(30)),
    "rows.tsv": "instruction\toutput\n" + "".join(f"Add {n}\tIt is {n}\n" for n in range(30)),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_rows(tmp_path, name) -> None:
    output = set_from(tmp_path, name, FILES[name].encode())
    rows = all_rows(output)
    assert len(rows) == 30
    assert rows[3]["instruction"].startswith("Add 3")
    lines = [row["origin"]["line"] for row in rows]
    assert lines == sorted(set(lines))


def test_parquet_rows_and_their_turns_are_read(tmp_path) -> None:
    buffer = io.BytesIO()
    rows = [chat(("user", f"q{n}"), ("assistant", "a")) for n in range(20)]
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    output = set_from(tmp_path, "rows.parquet", buffer.getvalue())
    assert len(all_rows(output)) == 20


def test_extracted_documents_are_rows_with_their_origin(tmp_path) -> None:
    extract_texts(tmp_path, [f"Text {n} of some length." for n in range(20)])
    output = run_verb("tasks", tmp_path / "tasks", documents="../extract/output")
    rows = all_rows(output)
    assert [row["text"] for row in rows] == [f"Text {n} of some length." for n in range(20)]
    assert rows[4]["origin"] == {"file": "texts.jsonl", "line": 5}


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.json", b'{"rows": [{"text": "a"}]}', r"one JSON object.*its list 'rows'"),
        ("a.json", b'[{"text": "a"},\n {"text": ]', r"not JSON at line 2, column 11"),
        ("a.json", b'[{"text": "a"}', r"not JSON at line 1, column 15: it is cut off"),
        ("a.json", b"[]", r"is an empty JSON array"),
        ("a.json", b"[1, 2]", r"the element is a number, not an object"),
        ("a.json", b"hello you", r"begins with neither"),
        ("a.jsonl", b'[{"text": "a"}]\n', r"begins with a JSON array; name it \.json"),
        ("a.jsonl", b'{"x": 1}\n{"y": 2}\n', r"columns that fit no shape \('x', 'y'\)"),
        (
            "a.csv",
            b'text\n"never closed\nmore',
            r"quote that is not closed, in the row that begins at line 2; close it, and double",
        ),
        ("a.csv", b"text,text\na,b\n", r"has the column 'text' twice"),
        ("a.csv", b"text,n\na\n", r"line 2: the row has 1 cell, the header has 2"),
        ("a.parquet", b"PAR1 no", r"is no whole Parquet file"),
        ("a.docx", b"hello", r"is of no known format"),
        ("a.jsonl", b"", r"is empty"),
        ("<script>.jsonl", b"\x89PNG\r\n\x1a\n" + b"x" * 50, r"is a PNG image"),
    ],
)
def test_a_file_of_no_use_is_refused_with_the_reason(tmp_path, name, data, sentence) -> None:
    with pytest.raises(DataError, match=sentence):
        set_from(tmp_path, name, data)
    assert not (tmp_path / "tasks" / "output").exists()
    assert not (tmp_path / "tasks" / "output.tmp").exists()


def test_a_parquet_bomb_is_ended_by_its_memory(tmp_path) -> None:
    buffer = io.BytesIO()
    big = pa.table({"text": pa.array(["x" * (40 << 20)] * 12)})
    pq.write_table(big, buffer, compression="zstd", use_dictionary=True)
    assert len(buffer.getvalue()) < 1 << 20
    with pytest.raises(DataError, match=r"memory to be read|at most|broke its parser"):
        set_from(tmp_path, "bomb.parquet", buffer.getvalue(), memory_limit_bytes=1 << 28)


def test_files_of_two_shapes_make_no_set(tmp_path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(GOOD[0]) + "\n")
    (tmp_path / "b.jsonl").write_text('{"text": "alone"}\n')
    with pytest.raises(DataError, match=r"a\.jsonl holds rows of the shape instruction and b"):
        run_verb("tasks", tmp_path / "t", inputs=[{"path": "../a.jsonl"}, {"path": "../b.jsonl"}])


def test_nothing_to_read_is_a_problem_of_the_spec(tmp_path) -> None:
    with pytest.raises(SpecError, match="there is nothing to read"):
        run_verb("tasks", tmp_path / "t")
    with pytest.raises(SpecError, match=r"inputs\.0\.path: cannot be read"):
        run_verb("tasks", tmp_path / "t", inputs=[{"path": "none.jsonl"}])


ODD = [
    (chat(("user", "q"), ("assistant", " ")), "empty_answers"),
    (chat(("user", "q"), ("assistant", "a"), ("user", "and?")), "unfinished"),
    (chat(("assistant", "a"), ("user", "q"), ("assistant", "b")), "unbalanced"),
    (chat(("user", "q0"), ("assistant", "a")), "duplicates"),
]


@pytest.mark.parametrize(("row", "case"), ODD, ids=[case for _, case in ODD])
@pytest.mark.parametrize("choice", ["keep", "drop"])
def test_an_odd_row_is_counted_and_kept_or_dropped_as_asked(tmp_path, row, case, choice) -> None:
    good = [chat(("user", f"q{n}"), ("assistant", "a")) for n in range(10)]
    output = set_of(tmp_path, [*good, row], quality={case: choice})
    (finding,) = json.loads((output / "quality.json").read_text())["findings"]
    assert (finding["name"], finding["count"]) == (case, 1)
    assert finding["num_dropped"] == (choice == "drop")
    assert finding["examples"][0]["line"] == 11
    assert len(all_rows(output)) == (11 if choice == "keep" else 10)


def test_labels_that_are_not_valid_are_errors_of_their_row(tmp_path) -> None:
    rows = [{"text": f"t{n}", "label": "good"} for n in range(9)] + [{"text": "x", "label": "gud"}]
    output = set_of(tmp_path, rows, quality={"labels": ["good", "bad"]})
    assert first_fault(output) == "line 10: the label 'gud' is not valid; accepted: good, bad"


@pytest.mark.parametrize(
    ("name", "shape", "num_rows"),
    [
        ("sft/alpaca_en_demo.json", "instruction", 985),
        ("sft/alpaca_zh_demo.json", "instruction", 992),
        ("preference/dpo_zh_demo.json", "preference", 300),
    ],
)
def test_real_files_become_sets_whose_splits_share_no_row(
    tmp_path, shared_data, name, shape, num_rows
) -> None:
    output = run_verb("tasks", tmp_path / "t", inputs=[{"path": str(shared_data / name)}])
    counts = load_manifest(output).counts
    assert counts["shape"] == shape
    assert counts["rows"] + counts["dropped"] in (999, 1_000, 300)
    assert counts["rows"] == num_rows or shape == "preference"
    ids = [{row["row_id"] for row in rows_in(output, s)} for s in ("train", "validation", "test")]
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]
    assert not ids[1] & ids[2]
    assert sum(map(len, ids)) == counts["rows"]


def test_an_array_of_rows_is_no_text_and_the_sentence_says_what_it_is_for(tmp_path) -> None:
    (tmp_path / "rows.json").write_text('[{"text": "a"}]')
    with pytest.raises(DataError, match=r"make a task set of it, or write one object per line"):
        run_verb("extract", tmp_path / "e", inputs=[{"path": "../rows.json"}])
