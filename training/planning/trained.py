"""How much of a model learns: all of it, some layers, or LoRA's matrices beside it. No torch.

Counts what ``training.tuning`` makes; tests hold both equal.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.planning.params import (
    block_parameters,
    block_tensors,
    count_parameters,
    count_tensors,
    embedding_tensors,
)
from training.specs.model import ModelSpec
from training.specs.tuning import FreezePart, LoraPart, TuningPart

LORA = "lora"


@dataclass(frozen=True)
class Trained:
    """Numbers of scalars and of tensors that learn, and that are added to the model.

    ``layers_below``: lowest blocks that no gradient goes through. ``targets``: projections with
    LoRA beside them; only then is ``is_adapter`` true, and a checkpoint holds those alone.
    """

    num_parameters: int
    num_tensors: int
    num_added: int = 0
    num_added_tensors: int = 0
    layers_below: int = 0
    targets: tuple[str, ...] = ()
    rank: int = 0
    is_dora: bool = False

    @property
    def is_adapter(self) -> bool:
        """Whether the model's own weights stay as they are."""
        return bool(self.targets)


def all_of(spec: ModelSpec) -> Trained:
    """Everything learns."""
    return Trained(count_parameters(spec).total, count_tensors(spec))


def count_trained(spec: ModelSpec, tuning: TuningPart | None) -> Trained:
    """What of a resolved ``spec`` learns when it is tuned so; None: everything."""
    if tuning is None or tuning.method == "full":
        return all_of(spec)
    if tuning.method == LORA:
        return _lora(spec, tuning.lora)
    return _frozen(spec, tuning.freeze)


def lora_sides(spec: ModelSpec, target: str) -> tuple[int, int]:
    """Numbers of inputs and outputs of a projection."""
    inner, shared = spec.num_heads * spec.head_width, spec.num_kv_heads * spec.head_width
    sides = {
        "q_proj": (spec.width, inner),
        "k_proj": (spec.width, shared),
        "v_proj": (spec.width, shared),
        "o_proj": (inner, spec.width),
        "down_proj": (spec.feedforward_width, spec.width),
    }
    return sides.get(target, (spec.width, spec.feedforward_width))


def _lora(spec: ModelSpec, part: LoraPart) -> Trained:
    """Two matrices beside every target, and with DoRA a length for each of its outputs."""
    added = sum(
        part.rank * sum(lora_sides(spec, name)) + part.uses_dora * lora_sides(spec, name)[1]
        for name in part.targets
    )
    tensors = len(part.targets) * (3 if part.uses_dora else 2) * spec.num_layers
    return Trained(
        num_parameters=added * spec.num_layers,
        num_tensors=tensors,
        num_added=added * spec.num_layers,
        num_added_tensors=tensors,
        targets=tuple(part.targets),
        rank=part.rank,
        is_dora=part.uses_dora,
    )


def _frozen(spec: ModelSpec, part: FreezePart) -> Trained:
    layers = min(spec.num_layers, part.first_layers)
    if part.all_but_top:
        layers = max(0, spec.num_layers - part.all_but_top)
    counted = count_parameters(spec)
    frozen = layers * block_parameters(spec)
    tensors = layers * block_tensors(spec)
    has_frozen_tables = part.embeddings or bool(part.all_but_top)
    if has_frozen_tables:
        frozen += counted.token_embedding + counted.position_embedding
        tensors += embedding_tensors(spec)
    return Trained(
        num_parameters=counted.total - frozen,
        num_tensors=count_tensors(spec) - tensors,
        layers_below=layers if has_frozen_tables else 0,
    )
