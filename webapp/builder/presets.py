"""Starting points for a step: named sets of values, and a model by one number, its depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.registry import MODEL_PRESETS, RULE_PRESETS, Row, load_dotted
from training.specs.objective_problems import usual_objective
from webapp.builder.values import as_index

#: By name: a page loads no room that may bring torch; this file of it does not.
_BY_DEPTH = "training.model.presets:by_depth"
#: Verb -> the part of its spec that presets fill, and their table.
_TABLES: dict[str, tuple[str, dict[str, Row]]] = {
    "train": ("model", MODEL_PRESETS),
    "clean": ("rules", RULE_PRESETS),
}
MIN_DEPTH, MAX_DEPTH = 1, 64


@dataclass(frozen=True)
class Preset:
    """One button: what it is called and which values it sets, by dotted path."""

    name: str
    title: str


def presets_of(verb: str) -> list[Preset]:
    """The presets of a verb; [] for most."""
    _field, rows = _TABLES.get(verb, ("", {}))
    return [Preset(row.name, row.title) for row in rows.values()]


def preset_values(verb: str, name: str) -> dict[str, Any]:
    """{dotted path: value} that a preset sets; {} when there is no such preset."""
    field, rows = _TABLES.get(verb, ("", {}))
    if name not in rows:
        return {}
    preset = rows[name].load()
    values = {field: preset.model_dump(mode="json")}
    # An encoder cannot be trained to predict the next token, nor a decoder to fill in masks.
    return values | ({"objective": usual_objective(preset)} if field == "model" else {})


def depth_values(text: str) -> dict[str, Any]:
    """What the depth dial sets; {} for anything that is no depth."""
    depth = as_index(text.strip(), MAX_DEPTH)
    if depth is None or depth < MIN_DEPTH:
        return {}
    model, learning_rate = load_dotted(_BY_DEPTH)(depth)
    sizes = {f"model.{name}": getattr(model, name) for name in ("num_layers", "width", "num_heads")}
    zeroed = {"model.num_kv_heads": 0, "model.feedforward_width": 0}
    return {**sizes, **zeroed, "optimizer.learning_rate": learning_rate}
