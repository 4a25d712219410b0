"""Blocks that are computed again in the backward pass: the same bits, and less kept in between."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from tests.training.model.shapes import ENCODERS, EVERY_SPEC
from tests.training.objectives.test_cross_entropy import Peak
from tests.training.planning.test_counting import hidden_of
from training.model.backends.tiles import _mask as remembered_mask
from training.model.building import build_model
from training.model.masks import Documents
from training.model.network import TrainyardModel
from training.planning.memory import Shape, activation_bytes_per_token
from training.registry import TUNINGS
from training.specs.model import ModelSpec
from training.specs.optimization import Recomputation
from training.specs.tuning import TuningPart

SPEC = ModelSpec(
    num_layers=4, width=32, num_heads=2, context_length=128, vocab_size=64, dropout=0.1
).resolve()
TOKENS = torch.arange(256).view(2, 128) % 64
AGAIN = [Recomputation.SELECTIVE, Recomputation.FULL]
#: What draws, what follows the last product, what attention is written out, and neither.
DESIGNS: dict[str, dict[str, Any]] = {
    "dropout": {},
    "branches alone": {"attention_dropout": 0.0},
    "nothing drawn": {"dropout": 0.0},
    "sandwich": {"dropout": 0.0, "norm_placement": "sandwich", "has_qk_norm": True},
    "parallel, relative": {
        "norm": "layernorm", "block_order": "parallel", "position": "relative", "dropout": 0.0,
    },
}  # fmt: skip


def documents() -> Documents:
    """Short ones that share a call, and long ones in tiles."""
    return Documents.of_lengths([[20, 97, 11], [5, 6, 117]])


def passed(model: TrainyardModel, dtype: torch.dtype | None, *, packed: bool) -> Tensor:
    with torch.autocast("cpu", dtype or torch.bfloat16, enabled=dtype is not None):
        if packed:
            return model.hidden_states(TOKENS, documents(), None)
        return hidden_of(model, TOKENS)


def gradients(
    spec: ModelSpec,
    how: Recomputation,
    dtype: torch.dtype | None = None,
    *,
    packed: bool = False,
    tuning: TuningPart | None = None,
) -> list[Tensor]:
    model = build_model(spec, 0).train()
    if tuning is not None:
        TUNINGS[tuning.method].load()(model, tuning, 0)
    model.model.recomputation = how
    torch.manual_seed(3)
    loss = passed(model, dtype, packed=packed).float().square().sum()
    # As where there are more lengths of documents than masks that are remembered.
    remembered_mask.cache_clear()
    loss.backward()
    return [p.grad for p in model.parameters() if p.grad is not None]


def assert_equal_bits(kept: list[Tensor], again: list[Tensor]) -> None:
    assert len(kept) == len(again) > 8
    assert all(one.equal(other) for one, other in zip(kept, again, strict=True))


@pytest.mark.parametrize("how", AGAIN)
@pytest.mark.parametrize("dtype", [None, torch.bfloat16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("changes", DESIGNS.values(), ids=DESIGNS)
def test_gradients_are_equal_bit_for_bit(
    changes: dict[str, Any], dtype: torch.dtype | None, how: Recomputation
) -> None:
    spec = ModelSpec.model_validate(SPEC.model_dump() | changes).resolve()
    assert_equal_bits(gradients(spec, Recomputation.NONE, dtype), gradients(spec, how, dtype))


@pytest.mark.parametrize("how", AGAIN)
def test_so_are_those_of_packed_rows_in_tiles_and_of_adapters(how: Recomputation) -> None:
    tuning = TuningPart.model_validate({"method": "lora", "lora": {"dropout": 0.1}})
    one, other = (
        gradients(SPEC, each, torch.bfloat16, packed=True, tuning=tuning)
        for each in (Recomputation.NONE, how)
    )
    assert_equal_bits(one, other)


def test_only_products_are_not_made_again() -> None:
    """Operations of products: none more with selective, a forward pass of the blocks with full."""
    flops = {}
    for how in Recomputation:
        with FlopCounterMode(display=False) as counter:
            gradients(SPEC.replace(dropout=0.0), how)
        flops[how] = counter.get_total_flops()
    assert flops[Recomputation.SELECTIVE] == flops[Recomputation.NONE]
    # all blocks but the last, and of each all but its last product
    assert 1.15 < flops[Recomputation.FULL] / flops[Recomputation.NONE] < 1 + 0.75 / 3


def kept_bytes(spec: ModelSpec, how: Recomputation, dtype: torch.dtype | None) -> int:
    """Bytes of tensors that live when the forward pass of the loop has ended."""
    model = build_model(spec, 0).train()
    model.model.recomputation = how
    own = {parameter.untyped_storage()._cdata for parameter in model.parameters()}
    with Peak() as peak:
        hidden = passed(model, dtype, packed=False)
    assert hidden.requires_grad
    return sum(size for storage, size in peak.living.items() if storage not in own)


PLANNED = {name: EVERY_SPEC[name] for name in ("MHA tied", "GQA tied", "GPT-2", "Falcon 7B")}


@pytest.mark.parametrize("dtype", [None, torch.bfloat16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("spec", [*PLANNED.values(), ENCODERS["BERT"]], ids=[*PLANNED, "BERT"])
def test_a_block_keeps_what_is_planned(spec: ModelSpec, dtype: torch.dtype | None) -> None:
    """Of two depths the difference, so that what the ends of a model keep is left out."""
    planned, measured = {}, {}
    for how in Recomputation:
        shape = Shape(2, 128, is_half=dtype is not None, recomputation=how)
        deep, flat = (spec.replace(num_layers=n, context_length=128).resolve() for n in (5, 2))
        per_token = [activation_bytes_per_token(one, shape) for one in (deep, flat)]
        planned[how] = 256 * (per_token[0] - per_token[1])
        measured[how] = kept_bytes(deep, how, dtype) - kept_bytes(flat, how, dtype)
    for how in AGAIN:
        assert measured[how] == pytest.approx(planned[how], rel=0.02), how
    none, selective, full = (measured[how] for how in Recomputation)
    assert full < 0.5 * selective < 0.45 * none
