"""Chains of jobs that people ask for in one go: from text to a trained model and its report.

A step names the output of an earlier step as ``step:<n>``; the dashboard turns that into the job
made for step n, the demo into that step's folder. Sizes are chosen for two ordinary cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.registry import VERBS

#: Continued while training; the first set for Python's documentation, the second for any text.
PYTHON_PROMPTS = ["The", "This function returns", "If the argument is"]
PROMPTS = ["The", "It is", "In the"]


#: The whole way from documents to a model, and from examples to a tuned one: what a verb reads is
#: made by an earlier one.
CHAIN = ("extract", "clean", "tokenizer", "tokenize", "train", "report")
TUNING_CHAIN = ("import", "tasks", "tokenize", "train", "report")


#: Of a report.
_MAX_TITLE_CHARS = 200


@dataclass(frozen=True)
class Step:
    """One job of a chain."""

    verb: str
    title: str
    spec: dict[str, Any]


def step(number: int) -> str:
    """Reference to the output of step ``number``."""
    return f"step:{number}"


def default_inputs(verbs: Sequence[str]) -> dict[str, dict[str, str]]:
    """{verb: {input field: verb that makes it}} of a chain: the nearest earlier maker.

    Of several fields that take the same kind the first is linked: it is the main one.
    """
    found: dict[str, dict[str, str]] = {}
    for number, verb in enumerate(verbs):
        makers = {VERBS[earlier].produces: earlier for earlier in verbs[:number]}
        found[verb] = {}
        for name, kind in VERBS[verb].load_spec().artifact_fields().items():
            if makers.get(kind) not in {None, *found[verb].values()}:
                found[verb][name] = makers[kind]
    return found


def small_run(
    text: dict[str, Any],
    *,
    num_processes: int = 1,
    num_threads: int = 0,
    title: str = "Train a small model",
) -> list[Step]:
    """About a minute of training: documents, corpus, tokenizer, tokens, a 1 M model, report.

    ``text`` holds the extract fields that say what to read: ``{"builtin": "cpython"}``,
    ``{"upload": "artifact:<id>"}`` or ``{"inputs": [{"path": ...}]}``; or ``{"documents": ...}``
    for text that has been read already.
    """
    given = str(text.get("documents", ""))
    is_python = text.get("builtin") == "cpython"
    first = [] if given else [Step("extract", "Read the text", text)]
    at = len(first)
    rules = {"documents": given or step(0), "rules": _GENTLE_RULES, "text_files": False}
    tokenizer = {"corpus": step(at), "vocab_size": 2_048, "allow_smaller": True}
    # People's own text may be one long file: its end is held out, rather than whole documents.
    held_out = {"method": "hash" if is_python else "cut", "fraction": 0.05}
    tokenize = {"corpus": step(at), "tokenizer": step(at + 1), "validation": held_out}
    training = _training(
        step(at + 2),
        prompts=PYTHON_PROMPTS if is_python else PROMPTS,
        num_processes=num_processes,
        num_threads=num_threads,
    )
    return [
        *first,
        Step("clean", "Clean the documents", rules),
        Step("tokenizer", "Train a tokenizer", tokenizer),
        Step("tokenize", "Turn text into tokens", tokenize),
        Step("train", title, training),
        Step(
            "report", "Write the report", {"run": step(at + 3), "title": title[:_MAX_TITLE_CHARS]}
        ),
    ]


#: Short and technical documents in any language are welcome in a first run; only debris goes.
_GENTLE_RULES: dict[str, Any] = {
    # A whole book may be one document.
    "word_count": {"at_least": 10, "at_most": 1_000_000_000},
    "stop_words": {"is_on": False},
    "duplicate_lines": {"at_most": 0.5},
    "repeated_5grams": {"at_most": 0.5},
}


def _training(
    tokens: str, *, prompts: list[str], num_processes: int, num_threads: int
) -> dict[str, Any]:
    return {
        "tokens": tokens,
        "model": {"num_layers": 4, "width": 128, "num_heads": 4, "context_length": 128},
        "num_steps": 300,
        "batch_size": 16,
        "optimizer": {"learning_rate": 2e-3},
        "schedule": {"warmup_steps": 30},
        "validation": {"every_steps": 50, "max_rows": 32},
        "checkpoints": {"every_steps": 50},
        "samples": {"prompts": prompts, "max_new_tokens": 40},
        "num_processes": num_processes,
        "num_threads": num_threads,
    }
