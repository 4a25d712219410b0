"""Items of a benchmark exactly as a model would read them, before anything is scored; no torch.

Prompts, examples and tokens come from the code that scores (``training.benchmarks.prompts``).
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.benchmarks.benchmark import Benchmark, BenchmarkItem
from training.benchmarks.items import ReadItem
from training.benchmarks.prompts import Asked, Encoder, Prompter, chosen_items, encoder_of
from training.benchmarks.reading import BenchmarkContent
from training.corpus.contamination.words import cut
from training.errors import DataError
from training.folder.artifact import require_kind
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.helper.first_rows import UploadedFile
from training.specs.benchmark import AnswerForm, ItemKind
from training.specs.evaluate import ContaminationPart, EvaluateSpec
from training.specs.huggingface import spec_of_config
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection
from training.tokenizers.load import TOKENIZER_FILE, load_tokenizer, vocabulary
from training.tokens.store import tokenizer_of_run

MAX_ITEMS = 10
#: Of one prompt in an answer; its end is shown, where the question stands.
MAX_CHARACTERS = 8_000
_NUM_OPEN = 4
_STATE, _BASE = "state.json", "base.json"


@dataclass(frozen=True)
class Reader:
    """What of a model decides how it reads: its tokens and its context."""

    encoder: Encoder
    context_length: int


def preview_items(
    folder: str, model: str, settings: dict[str, Any], offset: int = 0, limit: int = 5
) -> dict[str, Any]:
    """Scored items in order as the model in ``model`` (artifact or checkpoint) would read them.

    ``settings`` are ``prompt`` and ``contamination`` of an evaluate spec. {"num_items",
    "context_length", "items"}; an item has its prompt, its choices with the tokens scored, and
    ``troubles``: what will be wrong with it, each with its remedy. DataError or SpecError says why
    nothing can be asked.
    """
    spec = EvaluateSpec.parse({"model": model, "benchmark": folder, **settings})
    reader = _reader(str(Path(os.path.realpath(model))))
    items = _items(folder)
    chosen = chosen_items(items, spec.prompt)
    prompter = Prompter(items, chosen, spec.prompt, reader.encoder, has_unconditional=False)
    shown = chosen[max(0, offset) : max(0, offset) + min(limit, MAX_ITEMS)]
    return {
        "num_items": len(chosen),
        "context_length": reader.context_length,
        "items": [_told(prompter, item, reader, spec.contamination) for item in shown],
    }


def _told(
    prompter: Prompter, item: BenchmarkItem, reader: Reader, part: ContaminationPart
) -> dict[str, Any]:
    about = {name: getattr(item, name) for name in ("name", "set", "file", "line", "kind")}
    try:
        asked = prompter.ask(item)
    except DataError as error:
        return {**about, "prompt": "", "is_cut": False, "choices": [], "num_tokens": 0,
                "troubles": [str(error)]}  # fmt: skip
    longest = max(len(request.ids) for request in asked.requests)
    return {
        **about,
        "prompt": asked.prompt[-MAX_CHARACTERS:],
        "is_cut": len(asked.prompt) > MAX_CHARACTERS,
        "num_tokens": longest,
        "choices": _choices(asked),
        "troubles": _troubles(item, longest, reader.context_length, part),
    }


def _choices(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "text": text[:MAX_CHARACTERS],
            "is_right": place == asked.item.answer,
            "num_scored": request.num_scored,
            "num_before": len(request.ids) - request.num_scored,
        }
        for place, (text, request) in enumerate(
            zip(asked.item.choices, asked.requests, strict=True)
        )
    ]


def _troubles(
    item: BenchmarkItem, longest: int, context_length: int, part: ContaminationPart
) -> list[str]:
    """Sentences, each with what can be done."""
    found = []
    # The last token is only predicted, never read.
    too_many = longest - (context_length + 1)
    if too_many > 0:
        found.append(
            f"Question and longest answer are {longest:,} tokens, {too_many:,} more than the "
            f"model's context of {context_length:,} holds: so many are left out at the beginning. "
            "Fewer examples are shorter."
        )
    num_words = len(cut(item.question))
    if num_words < part.least_words:
        num_words = len(cut(f"{item.question}\n{item.right}"))
    if num_words < part.least_words:
        found.append(
            f"With its answer it has {num_words} words, fewer than contamination.least_words "
            f"({part.least_words}): nobody can tell whether the model has read it."
        )
    return found


@functools.lru_cache(maxsize=_NUM_OPEN)
def _items(folder: str) -> Sequence[BenchmarkItem]:
    """Artifacts never change, so what was read is good for as long as the process lives."""
    return Benchmark.open(Path(folder)).items()


@functools.lru_cache(maxsize=_NUM_OPEN)
def _reader(model: str) -> Reader:
    tokenizer_folder, spec = _tokenizer_and_spec(Path(model))
    if tokenizer_folder is None or not (tokenizer_folder / TOKENIZER_FILE).is_file():
        raise DataError(
            "The model's tokenizer is gone, so nobody can say how it reads.",
            advice="Choose the exported model, which holds its own tokenizer.",
        )
    if spec.attention == AttentionDirection.BIDIRECTIONAL:
        raise DataError(
            "The model reads both ways, so it gives no probability to a continuation.",
            advice="Choose a causal model, or one that sees a prefix.",
        )
    tokenizer = load_tokenizer(tokenizer_folder)
    end_id = vocabulary(tokenizer_folder, tokenizer).eos_id
    return Reader(encoder_of(tokenizer, end_id), spec.context_length)


def _tokenizer_and_spec(folder: Path) -> tuple[Path | None, ModelSpec]:
    """Of a model, an adapter with its base, or a checkpoint of a run; None: its tokens are gone."""
    if (folder / _STATE).is_file():
        job = folder.parent.parent
        stored = read_json(JobFolder(job).spec)
        spec = stored.get("spec", {}) if isinstance(stored, dict) else {}
        tokens = tokenizer_of_run(job)
        if spec.get("base"):
            base = Path(os.path.realpath(job / str(spec["base"])))
            return tokens, _tokenizer_and_spec(base)[1]
        return tokens, ModelSpec.model_validate(spec.get("model", {}))
    require_kind(folder, "model")
    if not (folder / "config.json").is_file() and (folder / _BASE).is_file():
        named = read_json(folder / _BASE)
        path = str(named.get("path", "")) if isinstance(named, dict) else ""
        tokenizer, spec = _tokenizer_and_spec(Path(os.path.realpath(folder / path)))
        own = (folder / TOKENIZER_FILE).is_file()
        return (folder if own else tokenizer), spec
    return folder, spec_of_config(read_json(folder / "config.json"))[0]


def preview_item_rows(
    upload: str,
    file: str = "",
    kind: str = "auto",
    columns: dict[str, Any] | None = None,
    answers: str = "auto",
) -> dict[str, Any]:
    """The first rows of one file of an upload as items, as the verb ``benchmark`` reads them.

    {"files": names, "file", "kind", "columns", "items", "faults": [{"file", "line", "reason"}],
    "refused"}; an item is {"line", "member", "question", "choices": [{"text", "is_right"}]}.
    """
    chosen = UploadedFile.of(upload, file)
    named = {name: column for name, column in (columns or {}).items() if column}
    content = BenchmarkContent(str(ItemKind(kind)), named, str(AnswerForm(answers)))
    rows, faults, refused = chosen.first(content)
    found = content.found
    return {
        "files": chosen.names,
        "file": chosen.name,
        "kind": found.kind if found else "",
        "columns": found.told() if found else {},
        "items": [_row(row) for row in rows],
        "faults": faults,
        "refused": refused,
    }


def _row(row: ReadItem) -> dict[str, Any]:
    return {
        "line": row.line,
        "member": row.member,
        "name": row.name,
        "question": row.question[:MAX_CHARACTERS],
        "choices": [
            {"text": text[:MAX_CHARACTERS], "is_right": place == row.answer}
            for place, text in enumerate(row.choices)
        ],
    }
