"""Query, key and value as one matrix, in the ways in which other classes lay it out.

Rows of the fused matrix, E for each: GPT-NeoX, BLOOM and an older Falcon have query, key and value
of head 0, then of head 1 ...; Falcon with shared heads has the query heads of a group, then its key
and its value, then the next group. With K groups of H / K query heads the first is K = H.
"""

from __future__ import annotations

import torch

from training.export.native.base import Tensors
from training.specs.model import ModelSpec

_LEAVES = ("weight", "bias")


def fused(ours: Tensors, prefix: str, spec: ModelSpec) -> Tensors:
    """{"weight", and "bias" where there is one} of the fused projection of a block."""
    groups, heads, width = spec.num_kv_heads, spec.num_heads // spec.num_kv_heads, spec.head_width
    made = {}
    for leaf in _LEAVES:
        if f"{prefix}.q_proj.{leaf}" not in ours:
            continue
        query, key, value = (ours[f"{prefix}.{name}_proj.{leaf}"] for name in "qkv")
        rest = query.shape[1:]
        parts = [
            query.view(groups, heads, width, *rest),
            key.view(groups, 1, width, *rest),
            value.view(groups, 1, width, *rest),
        ]
        made[leaf] = torch.cat(parts, dim=1).flatten(0, 2).contiguous()
    return made


def apart(theirs: Tensors, name: str, prefix: str, spec: ModelSpec) -> Tensors:
    """``fused`` undone: our projections of a block."""
    groups, heads, width = spec.num_kv_heads, spec.num_heads // spec.num_kv_heads, spec.head_width
    made = {}
    for leaf in _LEAVES:
        tensor = theirs.get(f"{name}.{leaf}")
        if tensor is None:
            continue
        split = tensor.view(groups, heads + 2, width, *tensor.shape[1:])
        for letter, part in zip("qkv", split.split([heads, 1, 1], dim=1), strict=True):
            made[f"{prefix}.{letter}_proj.{leaf}"] = part.flatten(0, 2).contiguous()
    return made


def renamed(tensors: Tensors, names: dict[str, str]) -> Tensors:
    """Weights and biases of modules under other names; modules that are not there are left out."""
    return {
        f"{new}.{leaf}": tensors[f"{old}.{leaf}"]
        for old, new in names.items()
        for leaf in _LEAVES
        if f"{old}.{leaf}" in tensors
    }


def flipped(names: dict[str, str]) -> dict[str, str]:
    """New names to old ones."""
    return {new: old for old, new in names.items()}
