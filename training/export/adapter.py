"""An adapter in peft's plain format, named after the native class, and merging one into weights.

``adapter_config.json`` and ``adapter_model.safetensors`` are what ``PeftModel.from_pretrained``
reads on the exported base. GPT-2 keeps query, key and value in one matrix: their adapters become
one of the sum of their ranks, A stacked and B block-diagonal, which is the same function.
"""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.errors import DataError
from training.export.native import Tensors, native_class
from training.export.native.gpt2 import Gpt2
from training.folder.atomic import read_json, write_json
from training.specs.model import ModelSpec
from training.specs.tuning import LoraPart
from training.tuning.lora import scale_of

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
_PREFIX = "base_model.model."
_FUSED = ("q_proj", "k_proj", "v_proj")
_GPT2_NAMES = {"o_proj": "attn.c_proj", "up_proj": "mlp.c_fc", "down_proj": "mlp.c_proj"}
_FUSED_NAME = "attn.c_attn"
A, B, MAGNITUDE = "lora_A", "lora_B", "lora_magnitude_vector"

#: {projection's full name: {A, B and with DoRA MAGNITUDE: tensor}}
Matrices = dict[str, dict[str, Tensor]]


def write_adapter(
    adapter: Tensors, base: Tensors, spec: ModelSpec, part: LoraPart, name: str, out: Path
) -> None:
    """Write both files into ``out``.

    ``adapter`` holds the adapter's parameters by their names in the module, ``base`` the base's
    weights under our names; ``name`` is what the base is called.
    """
    out.mkdir(parents=True, exist_ok=True)
    matrices = by_projection(adapter)
    is_gpt2 = isinstance(native_class(spec), Gpt2)
    if is_gpt2:
        matrices = _gpt2_matrices(matrices, base, spec)
    tensors = {
        f"{_PREFIX}{projection}.{kind}" + ("" if kind == MAGNITUDE else ".weight"): tensor
        for projection, parts in matrices.items()
        for kind, tensor in parts.items()
    }
    save_file(
        {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()},
        out / ADAPTER_WEIGHTS,
        metadata={"format": "pt"},
    )
    write_json(out / ADAPTER_CONFIG, _config(part, name, is_gpt2=is_gpt2))


def merge_adapter(folder: Path, base: Tensors, spec: ModelSpec) -> Tensors:
    """The base's weights (our names, fp32) with the adapter of ``folder`` in them.

    W' = W + scale B A, and with DoRA each output row set to the learnt length. DataError when the
    adapter is not readable or not of this architecture.
    """
    config = read_json(folder / ADAPTER_CONFIG)
    if not isinstance(config, dict) or not (folder / ADAPTER_WEIGHTS).is_file():
        raise DataError(f"{folder.name} holds no whole adapter.")
    native = native_class(spec)
    merged = dict(native.tensors(base, spec) if native else base)
    is_transposed = isinstance(native, Gpt2)
    for projection, parts in _read_matrices(folder).items():
        weight = merged.get(f"{projection}.weight")
        if weight is None:
            raise DataError(
                f"The adapter is for another architecture: the base has no {projection}."
            )
        rows = weight.T if is_transposed else weight
        changed = _merged(rows, parts, _scale(config, projection, len(parts[A])))
        merged[f"{projection}.weight"] = changed.T if is_transposed else changed
    return native.ours(merged, spec) if native else merged


def by_projection(adapter: Tensors) -> Matrices:
    """Parameters such as ``model...q_proj.lora_A.default.weight``, sorted by projection."""
    found: Matrices = defaultdict(dict)
    for name, tensor in adapter.items():
        kind = next(kind for kind in (A, B, MAGNITUDE) if f".{kind}." in name)
        found[name.partition(f".{kind}.")[0]][kind] = tensor
    return dict(found)


def _merged(weight: Tensor, parts: dict[str, Tensor], scale: float) -> Tensor:
    changed = weight + scale * (parts[B] @ parts[A])
    if MAGNITUDE in parts:
        length = torch.linalg.vector_norm(changed, dim=1, keepdim=True)
        changed = parts[MAGNITUDE].reshape(-1, 1) / length * changed
    return changed.contiguous()


def _gpt2_matrices(matrices: Matrices, base: Tensors, spec: ModelSpec) -> Matrices:
    theirs: Matrices = {}
    for layer in range(spec.num_layers):
        ours, native = f"model.layers.{layer}", f"transformer.h.{layer}"
        for name, target in _GPT2_NAMES.items():
            place = "self_attn" if name == "o_proj" else "mlp"
            if f"{ours}.{place}.{name}" in matrices:
                theirs[f"{native}.{target}"] = matrices[f"{ours}.{place}.{name}"]
        parts = {name: matrices.get(f"{ours}.self_attn.{name}") for name in _FUSED}
        weights = [base[f"{ours}.self_attn.{name}.weight"] for name in _FUSED]
        if any(parts.values()):
            theirs[f"{native}.{_FUSED_NAME}"] = _fused([*parts.values()], weights)
    return theirs


def _fused(parts: list[dict[str, Tensor] | None], weights: list[Tensor]) -> dict[str, Tensor]:
    """One pair of matrices for query, key and value; what has no adapter gets rows of zeros."""
    there = [part for part in parts if part is not None]
    ranks = [len(part[A]) if part else 0 for part in parts]
    mixed = torch.zeros(sum(len(weight) for weight in weights), sum(ranks))
    row = column = 0
    for part, weight, rank in zip(parts, weights, ranks, strict=True):
        if part is not None:
            mixed[row : row + len(weight), column : column + rank] = part[B]
        row, column = row + len(weight), column + rank
    fused = {A: torch.cat([part[A].cpu() for part in there]), B: mixed}
    if MAGNITUDE in there[0]:
        lengths = [
            part[MAGNITUDE].cpu() if part else torch.linalg.vector_norm(weight, dim=1)
            for part, weight in zip(parts, weights, strict=True)
        ]
        fused[MAGNITUDE] = torch.cat([length.reshape(-1) for length in lengths])
    return fused


def _config(part: LoraPart, name: str, *, is_gpt2: bool) -> dict[str, Any]:
    # Only an adapter waits for peft, which brings transformers along.
    from peft import LoraConfig

    targets, ranks, alphas = list(part.targets), {}, {}
    if is_gpt2:
        fused = [target for target in targets if target in _FUSED]
        targets = [_GPT2_NAMES[target] for target in targets if target not in _FUSED]
        if fused:
            rank = len(fused) * part.rank
            ranks[_FUSED_NAME] = rank
            alphas[_FUSED_NAME] = scale_of(part) * (math.sqrt(rank) if part.uses_rslora else rank)
            targets.append(_FUSED_NAME)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        base_model_name_or_path=name,
        inference_mode=True,
        r=part.rank,
        lora_alpha=part.alpha,  # type: ignore[arg-type]  # peft only divides it
        lora_dropout=part.dropout,
        target_modules=targets,
        rank_pattern=ranks,
        alpha_pattern=alphas,
        fan_in_fan_out=is_gpt2,
        use_dora=part.uses_dora,
        use_rslora=part.uses_rslora,
        bias="none",
    ).to_dict()
    return {
        key: sorted(value) if isinstance(value, set) else value for key, value in config.items()
    }


def _read_matrices(folder: Path) -> Matrices:
    found: Matrices = defaultdict(dict)
    for key, tensor in load_file(folder / ADAPTER_WEIGHTS).items():
        name = key.removeprefix(_PREFIX).removesuffix(".weight")
        projection, _, kind = name.rpartition(".")
        if kind not in (A, B, MAGNITUDE):
            raise DataError(f"{folder.name}/{ADAPTER_WEIGHTS}: {key} is no part of LoRA.")
        found[projection][kind] = tensor.float()
    return dict(found)


def _scale(config: dict[str, Any], projection: str, rank: int) -> float:
    alphas = config.get("alpha_pattern") or {}
    alpha = next(
        (value for name, value in alphas.items() if projection.endswith(f".{name}")),
        config.get("lora_alpha", rank),
    )
    return float(alpha) / (math.sqrt(rank) if config.get("use_rslora") else rank)
