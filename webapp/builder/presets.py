"""Starting points for a step: named sets of values, and a model by one number, its depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from training.registry import MODEL_PRESETS, load_dotted
from training.specs.clean import PRESETS as RULES

#: By name: a page loads no room that may bring torch; this file of it does not.
_BY_DEPTH = "training.model.presets:by_depth"
MIN_DEPTH, MAX_DEPTH = 1, 64


@dataclass(frozen=True)
class Preset:
    """One button: what it is called and which values it sets, by dotted path."""

    name: str
    title: str


def presets_of(verb: str) -> list[Preset]:
    """The presets of a verb; [] for most."""
    if verb == "train":
        return [Preset(row.name, row.title) for row in MODEL_PRESETS.values()]
    if verb == "clean":
        return [Preset(name, name.capitalize()) for name in RULES]
    return []


def preset_values(verb: str, name: str) -> dict[str, Any]:
    """{dotted path: value} that a preset sets; {} when there is no such preset."""
    find = _FINDERS.get(verb)
    return find(name) if find is not None else {}


def depth_values(text: str) -> dict[str, Any]:
    """What the depth dial sets; {} for anything that is no depth."""
    if not text.strip().isdecimal() or not MIN_DEPTH <= int(text) <= MAX_DEPTH:
        return {}
    model, learning_rate = load_dotted(_BY_DEPTH)(int(text))
    sizes = {f"model.{name}": getattr(model, name) for name in ("num_layers", "width", "num_heads")}
    zeroed = {"model.num_kv_heads": 0, "model.feedforward_width": 0}
    return {**sizes, **zeroed, "optimizer.learning_rate": learning_rate}


def _model(name: str) -> dict[str, Any]:
    row = MODEL_PRESETS.get(name)
    return {"model": row.load().model_dump(mode="json")} if row else {}


def _rules(name: str) -> dict[str, Any]:
    rules = RULES.get(name)
    return {"rules": rules.model_dump(mode="json")} if rules else {}


_FINDERS: dict[str, Callable[[str], dict[str, Any]]] = {"train": _model, "clean": _rules}
