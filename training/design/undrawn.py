"""Unusual settings of a design that its drawing does not show, each as title and value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from training.specs.base import Part
from training.specs.model import ModelSpec

#: Settings that a box, a wire or a caption shows.
DRAWN = frozenset({
    "num_layers", "width", "num_heads", "num_kv_heads", "attention_head_width", "context_length",
    "vocab_size", "position", "rope_theta", "rope_fraction", "rope_scaling", "norm",
    "norm_placement", "has_embedding_norm", "has_qk_norm", "block_order", "has_shared_norm",
    "feedforward", "feedforward_width", "is_tied", "logit_soft_cap", "embedding_gradient",
    "attention", "embedding_width", "num_token_types", "head",
})  # fmt: skip


def undrawn(spec: ModelSpec) -> list[str]:
    """``Dropout 0.1`` for each that differs from its default, in the order of the spec."""
    return list(_unusual(spec, DRAWN))


def _unusual(part: Part, without: frozenset[str] = frozenset()) -> Iterator[str]:
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if name in without or value == field.get_default(call_default_factory=True):
            continue
        if isinstance(value, Part):
            yield from _unusual(value)
        else:
            yield f"{field.title} {_written(value)}".rstrip()


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
