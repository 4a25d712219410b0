"""The model card beside exported weights: README.md as the Hugging Face Hub reads it.

Metadata in YAML first (model-index by the Hub's documentation of model cards; Mitchell 2019 for
what a card should say), then the sections of the report that a user of the model needs. Every
number comes from the run's folder.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml

from training.errors import SpecError
from training.folder.artifact import ArtifactDraft, describe_files
from training.folder.atomic import read_json, write_bytes
from training.folder.layout import JobFolder
from training.registry import PerplexityKind, perplexity_kind
from training.report.benchmarks import model_index_results
from training.report.collect import collect
from training.report.outcome import evaluations
from training.report.render import render_card
from training.units import perplexity

CARD = "README.md"
#: What the Hub calls a licence that nobody stated.
_UNKNOWN = "unknown"
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NATIVE = {"LlamaForCausalLM": "llama", "GPT2LMHeadModel": "gpt2"}


def write_card(folder: JobFolder, draft: ArtifactDraft, *, step: int | None = None) -> None:
    """Write the card of a run's model into ``draft``, which holds its other files already.

    ``step`` names the checkpoint that was exported where it is not the run's own choice. A folder
    that is no readable run keeps the README that is there.
    """
    files = {name: entry for name, entry in describe_files(draft.path).items() if name != CARD}
    if step is not None:
        draft.counts["step"] = step
    output = {"counts": draft.counts, "files": files}
    try:
        data = collect(folder, _title(folder, draft), output=output)
    except SpecError:
        return
    if step is not None:
        _choose(data["result"], data["validations"], step)
    write_bytes(draft.path / CARD, card_text(data).encode())


def is_run(folder: Path) -> bool:
    """Whether a folder is a training job's."""
    stored = read_json(folder / "spec.json")
    return isinstance(stored, dict) and stored.get("verb") == "train"


def card_text(data: dict[str, Any]) -> str:
    """Metadata and Markdown."""
    header = yaml.safe_dump(metadata(data), sort_keys=False, allow_unicode=True)
    return f"---\n{header}---\n\n{render_card(data)}"


def metadata(data: dict[str, Any]) -> dict[str, Any]:
    """What the Hub indexes; what is not known is left out."""
    counts, sources = data["output"].get("counts", {}), data["sources"]
    is_adapter = bool(counts.get("is_adapter"))
    languages = [name for name in sources["languages"] if _LANGUAGE.fullmatch(name)]
    found: dict[str, Any] = {
        "license": data["licence"] or _UNKNOWN,
        "language": languages,
        "library_name": _library(counts, is_adapter=is_adapter),
        "pipeline_tag": "text-generation",
        "tags": _tags(counts, is_adapter=is_adapter),
        "datasets": sources["names"],
        "base_model": data["result"].get("base_name"),
        "model-index": _model_index(data),
    }
    if found["base_model"]:
        found["base_model_relation"] = "adapter" if is_adapter else "finetune"
    return {name: value for name, value in found.items() if value}


def _library(counts: dict[str, Any], *, is_adapter: bool) -> str:
    if is_adapter:
        return "peft"
    return "transformers" if counts.get("is_native") else "trainyard"


def _tags(counts: dict[str, Any], *, is_adapter: bool) -> list[str]:
    native = _NATIVE.get(str(counts.get("architecture")))
    return ["trainyard", *([native] if native else []), *(["lora"] if is_adapter else [])]


def _model_index(data: dict[str, Any]) -> list[dict[str, Any]]:
    """One result per text and per set that the exported weights were measured on."""
    results = [
        {
            "task": {"type": "text-generation", "name": "Language modelling"},
            "dataset": {"type": _slug(text), "name": text},
            "metrics": [
                {"type": "loss", "name": "loss, nats per token", "value": round(loss, 6)},
                *_perplexity(loss, perplexity_kind(data["spec"])),
            ],
        }
        for text, _step, loss in evaluations(data)
        if not text.endswith("before tuning")
    ]
    step = data["result"].get("exported_step")
    results += model_index_results(data, step)
    return [{"name": data["title"], "results": results}] if results else []


def _perplexity(loss: float, kind: PerplexityKind | None) -> list[dict[str, Any]]:
    value = perplexity(loss)
    if kind is None or not math.isfinite(value):
        return []
    name = kind.title.lower()
    return [{"type": _slug(name), "name": name, "value": round(value, 4)}]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _title(folder: JobFolder, draft: ArtifactDraft) -> str:
    return f"{draft.counts.get('architecture') or 'Model'} of run {folder.root.name}"


def _choose(result: dict[str, Any], validations: list[dict[str, Any]], step: int) -> None:
    """The evaluation of another step than the run's own; nothing where that was not measured."""
    at = next((event for event in validations if event["step"] == step), None)
    if result.get("exported_step") != step:
        result.update(general_loss=None, general_loss_before=None, test_loss=None)
    loss = at["loss"] if at else None
    is_number = isinstance(loss, int | float)
    result.update(exported_step=step, exported_loss=loss if is_number else None)
