"""Tokenizers and task sets made for tests, through the verbs and the library itself."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.conftest import REPOSITORY
from tests.training.corpus.jobs import run_verb
from training.folder.artifact import write_artifact
from training.specs.tokenizer import TokenizerSpec
from training.tokenizers.build import build_tokenizer, save_tokenizer

MARKS = [
    "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
]  # fmt: skip
DATA = REPOSITORY.parent / "shared" / "data"


def tokenizer_of(folder: Path, marks: list[str] = MARKS, template: str = "") -> Path:
    """A tokenizer artifact of 256 bytes, some merges and these special tokens."""
    spec = TokenizerSpec.parse(
        {
            "corpus": "c",
            "vocab_size": 256 + len(marks) + 60,
            "allow_smaller": True,
            "extra_special_tokens": marks,
        }
    )
    texts = ["the user asked the assistant and the answer was yes no you are \n\n"] * 40
    with write_artifact(folder, "tokenizer") as draft:
        save_tokenizer(build_tokenizer(spec, lambda: texts), spec, draft.path)
        if template:
            (draft.path / "chat_template.jinja").write_text(template)
    return folder


@functools.cache
def tokenizer() -> Path:
    """One tokenizer with all marks, made once per run of the tests."""
    return tokenizer_of(Path(tempfile.mkdtemp()) / "tokenizer")


def set_of(folder: Path, rows: list[Any], name: str = "rows.jsonl", **fields: Any) -> Path:
    """A task set of these rows, made through JSON lines by the verb."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return run_verb("tasks", folder / "tasks", inputs=[{"path": f"../{name}"}], **fields)


def set_from(folder: Path, name: str, data: bytes, **fields: Any) -> Path:
    """A task set of one file with these bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return run_verb("tasks", folder / "tasks", inputs=[{"path": f"../{name}"}], **fields)


def rows_in(output: Path, split: str) -> list[dict[str, Any]]:
    """Every row of a split, read by pyarrow alone."""
    rows: list[dict[str, Any]] = pq.read_table(output / f"{split}.parquet").to_pylist()
    return rows


def all_rows(output: Path) -> list[dict[str, Any]]:
    """Rows of all splits in order of their lines."""
    rows = [row for split in ("train", "validation", "test") for row in rows_in(output, split)]
    return sorted(rows, key=lambda row: (row["origin"]["file"], row["origin"]["line"]))


def instruction(number: int, **changes: Any) -> dict[str, Any]:
    """An instruction row."""
    row = {"instruction": f"Add {number} and 1.", "input": "", "output": f"It is {number + 1}."}
    return {**row, **changes}


def chat(*turns: tuple[str, str]) -> dict[str, Any]:
    """A dialogue row of (role, content) pairs."""
    return {"messages": [{"role": role, "content": content} for role, content in turns]}
