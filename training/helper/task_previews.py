"""Previews of task sets: rows as they will be read, rows of a split, tokens with their loss."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from training.corpus.pii.redact import redact
from training.errors import DataError
from training.helper.first_rows import MAX_ROWS, UploadedFile
from training.specs.tasks import Shape
from training.specs.tokenize import TooLong
from training.tasks.encoding import Encoded, ExampleEncoder
from training.tasks.reading import ReadChoices, ReadRow, RowContent
from training.tasks.taskset import TaskSet

MAX_TOKENS = 600
_MAX_CHARS = 800
_BEYOND = 2_000
_NUM_CACHED = 4


def preview_rows(
    upload: str, file: str = "", shape: str = "auto", columns: dict[str, str] | None = None
) -> dict[str, Any]:
    """The first rows of one file of an upload, as the verb ``tasks`` would read them.

    {"files": names, "shape", "columns", "unused", "rows": [{"file", "line", "fields"}], "faults":
    [{"file", "line", "reason"}], "refused"}; ``file`` is a name of the upload, the first usable one
    when it is empty; of a row it is the member of an archive. Line 0 stands for a whole member.
    """
    chosen = UploadedFile.of(upload, file)
    named = {name: column for name, column in (columns or {}).items() if column}
    content = RowContent(ReadChoices(shape=str(Shape(shape)), columns=named))
    rows, faults, refused = chosen.first(content)
    answer: dict[str, Any] = {
        "files": chosen.names,
        "file": chosen.name or "It",
        "rows": [_shown(row) for row in rows],
        "faults": faults,
        "refused": refused,
    }
    if chosen.path is None:
        return answer
    mapping = content.mapping
    return {
        **answer,
        "shape": str(mapping.shape) if mapping else "",
        "columns": mapping.columns if mapping else {},
        "unused": content.unused,
    }


def _shown(row: ReadRow) -> dict[str, Any]:
    return {"file": row.member, "line": row.line, "fields": _fields(row.example)}


def task_rows(folder: str, split: str, start: int = 0, count: int = MAX_ROWS) -> dict[str, Any]:
    """Rows of one split of a task set: {"num_rows", "rows": [{"file", "line", "fields"}]}."""
    tasks = TaskSet.open(Path(folder))
    page = tasks.page(split, max(0, start), min(count, MAX_ROWS))
    rows = [{**row["origin"], "fields": _fields(row)} for row in page]
    return {"num_rows": tasks.splits[split], "rows": rows}


def preview_examples(
    folder: str,
    tokenizer: str,
    template: str = "auto",
    split: str = "train",
    start: int = 0,
    count: int = 3,
    sequence_length: int = 0,
    too_long: str = "truncate",
) -> dict[str, Any]:
    """Rows of a split as tokens with their loss: {"num_rows", "examples": [...]}.

    ``tokenizer`` is the folder of a tokenizer or a model. An example holds "file", "line" and
    either "refused" or "tokens" [[text, id, has_loss, is_cut], ...], "num_tokens",
    "num_loss_tokens", "num_cut_tokens" (behind the end of a row) and "is_left_out".
    """
    tasks = TaskSet.open(Path(folder))
    encoder = _encoder(tokenizer, template, str(tasks.shape))
    page = tasks.page(split, max(0, start), min(count, MAX_ROWS))
    examples = []
    for row, encoded in zip(page, encoder.encode(page), strict=True):
        shown = (
            {"refused": encoded}
            if isinstance(encoded, str)
            else _example(encoder, encoded, sequence_length, too_long)
        )
        examples.append({**row["origin"], **shown})
    return {"num_rows": tasks.splits[split], "template": template, "examples": examples}


@functools.lru_cache(maxsize=_NUM_CACHED)
def _encoder(folder: str, template: str, shape: str) -> ExampleEncoder:
    """Artifacts never change, so what was loaded is good for as long as the process lives."""
    if not (Path(folder) / "tokenizer.json").is_file():
        raise DataError("This model brings no tokenizer.json along.")
    return ExampleEncoder(Path(folder), template, Shape(shape))


def _example(
    encoder: ExampleEncoder, encoded: Encoded, sequence_length: int, too_long: str
) -> dict[str, Any]:
    """Tokens of one example; those that a row of this length would not take are marked."""
    size = len(encoded.ids)
    room = sequence_length + 1 if sequence_length else size
    has_loss = encoded.has_loss.copy()
    has_loss[:1] = False
    is_left_out = (size > room and too_long == TooLong.DROP) or not has_loss[:room].any()
    tokens = [
        [_text(encoder, encoded, place), int(encoded.ids[place]), bool(has_loss[place]),
         place >= room]
        for place in range(min(size, MAX_TOKENS))
    ]  # fmt: skip
    return {
        "refused": "",
        "tokens": tokens,
        "num_tokens": size,
        "num_shown": len(tokens),
        "num_loss_tokens": int(has_loss[:room].sum()),
        "num_cut_tokens": max(0, size - room),
        "is_left_out": is_left_out,
    }


def _text(encoder: ExampleEncoder, encoded: Encoded, place: int) -> str:
    """What a token stands for in the text; parts of one character show their piece."""
    begin, end = encoded.places[place]
    if begin == end:
        return str(encoder.tokenizer.id_to_token(int(encoded.ids[place])))
    if place and encoded.places[place - 1] == (begin, end):
        return "·"
    return encoded.text[begin:end]


def _fields(example: dict[str, Any]) -> list[list[str]]:
    """(name, text) of everything a row holds, turns one by one, masked, long texts cut."""
    fields: list[list[str]] = []
    for name, value in example.items():
        if name in ("row_id", "origin"):
            continue
        if isinstance(value, list):
            fields += [[turn["role"], _cut(turn["content"])] for turn in value]
        elif value:
            fields.append([name, _cut(str(value))])
    return fields


def _cut(text: str) -> str:
    """Masked and not too long; a value at the end of what is shown is masked whole."""
    text = redact(text[: _MAX_CHARS + _BEYOND]).text
    return text if len(text) <= _MAX_CHARS else text[:_MAX_CHARS] + "…"
