"""Items as a model would read them: the very prompts and tokens of an evaluation, and no torch."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.training.benchmarks.made import make_benchmark
from tests.training.corpus.jobs import run_verb
from tests.training.tasks.made import tokenizer_of
from training.errors import DataError, SpecError
from training.folder.artifact import write_artifact
from training.helper.asking import preview_item_rows, preview_items

ROWS = [
    {"id": f"q{n}", "question": f"How much is {n} and 1, if one counts from zero on?",
     "choices": [f"It is {n + 1}.", f"It is {n}."], "answer": n % 2,
     "split": "train" if n < 3 else "test"}
    for n in range(8)
] + [{"id": "long", "question": "Why? " * 80, "choices": ["so", "no"], "answer": 0,
      "split": "test"}, {"id": "short", "question": "Is it?", "choices": ["y", "n"], "answer": 1,
      "split": "test"}]  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.export.folder import export_model
    from training.model.building import build_model
    from training.specs.model import ModelSpec

    folder = tmp_path_factory.mktemp("model")
    tokenizer = tokenizer_of(folder / "tokenizer" / "output")
    small = {"vocab_size": 320, "num_layers": 1, "width": 32, "num_heads": 2, "context_length": 200}
    with write_artifact(folder / "model" / "output", "model") as draft:
        export_model(build_model(ModelSpec.model_validate(small).resolve(), seed=1), tokenizer,
                     draft.path)  # fmt: skip
    return folder / "model" / "output"


def test_prompts_and_tokens_are_those_that_are_scored(tmp_path: Path, model: Path) -> None:
    benchmark = make_benchmark(tmp_path / "made", ROWS)
    prompt = {"num_examples": 2, "examples_split": "train", "seed": 3}
    evaluation = run_verb(
        "evaluate", tmp_path / "e", model=str(model), benchmark=str(benchmark), prompt=prompt,
        num_threads=1, device="cpu", contamination={"items": "mark"},
    )  # fmt: skip
    scored = pq.read_table(evaluation / "items.parquet").to_pylist()
    found = preview_items(str(benchmark), str(model), {"prompt": prompt}, limit=10)
    assert found["num_items"] == len(scored) == 7
    assert found["context_length"] == 200
    for item, row in zip(found["items"], scored, strict=True):
        assert item["prompt"] == row["prompt"]
        assert [c["is_right"] for c in item["choices"]] == [n == row["answer"] for n in (0, 1)]
        if not row["num_cut"]:
            scored_tokens = [choice["num_tokens"] for choice in row["choices"]]
            assert [choice["num_scored"] for choice in item["choices"]] == scored_tokens
        too_long = [text for text in item["troubles"] if "more than the model's context" in text]
        assert bool(too_long) == bool(row["num_cut"])
        if too_long:
            assert f"{row['num_cut']:,} more" in too_long[0]
            assert "Fewer examples are shorter" in too_long[0]
    (short,) = [one for one in found["items"] if one["name"] == "short"]
    assert "fewer than contamination.least_words" in short["troubles"][0]


def test_too_few_examples_are_told_item_by_item(tmp_path: Path, model: Path) -> None:
    benchmark = make_benchmark(tmp_path / "made", ROWS[:3])
    found = preview_items(str(benchmark), str(model), {"prompt": {"num_examples": 3}})
    assert all("3 examples are asked for" in one["troubles"][0] for one in found["items"])
    assert preview_items(str(benchmark), str(model), {}, offset=2)["items"][0]["name"] == "q2"
    assert preview_items(str(benchmark), str(model), {}, offset=99)["items"] == []
    with pytest.raises(DataError, match="no split 'dev'"):
        preview_items(str(benchmark), str(model), {"prompt": {"split": "dev"}})
    with pytest.raises(SpecError, match="template"):
        preview_items(str(benchmark), str(model), {"prompt": {"template": "no place"}})
    bare = shutil.copytree(model, tmp_path / "bare", ignore=shutil.ignore_patterns("tokenizer*"))
    with pytest.raises(DataError, match=r"tokenizer\.json"):
        preview_items(str(benchmark), str(bare), {})


def test_rows_of_an_upload_are_shown_with_those_that_cannot_be_used(tmp_path: Path) -> None:
    lines = [*ROWS[:2], {**ROWS[2], "answer": 7}, {**ROWS[3], "choices": ["one"]}]
    with write_artifact(tmp_path / "upload", "upload") as draft:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (draft.path / "0").write_text(text)
        (draft.path / "1").write_text("x")
        listed = [{"name": name, "file": str(n), "sha256": ""}
                  for n, name in enumerate(("quiz.jsonl", "picture.png"))]  # fmt: skip
        (draft.path / "files.json").write_text(json.dumps(listed))
    found = preview_item_rows(str(tmp_path / "upload"))
    assert (found["file"], found["kind"], len(found["items"])) == ("quiz.jsonl", "choice", 2)
    assert found["items"][1]["choices"][1] == {"text": "It is 1.", "is_right": True}
    assert [fault["line"] for fault in found["faults"]] == [3, 4]
    assert "7" in found["faults"][0]["reason"]
    other = preview_item_rows(str(tmp_path / "upload"), file="picture.png")
    assert "of no format that holds rows" in other["refused"]
    named = preview_item_rows(str(tmp_path / "upload"), columns={"question": "nothing"})
    assert "nothing" in named["refused"]
