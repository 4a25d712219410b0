"""Our decoder is transformers' LLaMA and GPT-2: same weights, same logits, same AdamW step."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM
from transformers.modeling_utils import PreTrainedModel

from tests.training.model.twins import build_transformers, same_weights, take_one_step, twin_of
from training.export.folder import HEAD, export_model
from training.model.huggingface import TrainyardForCausalLM
from training.specs.model import ModelSpec
from training.specs.model_choices import Position

TOLERANCE = 1e-5
#: After a step of AdamW, which divides by the gradient's own size: where that is nearly nothing,
#: rounding becomes a visible step.
STEP_TOLERANCE = 1e-4


@pytest.fixture
def tokens() -> Tensor:
    return torch.randint(211, (3, 48), generator=torch.Generator().manual_seed(5))


@pytest.fixture
def ours(native_spec: ModelSpec) -> TrainyardForCausalLM:
    # A wide spread, so that attention is far from uniform and a wrong angle or mask would show.
    return build_transformers(native_spec.replace(init_std=0.2), seed=2).eval()


def test_logits_equal_those_of_transformers(ours: TrainyardForCausalLM, tokens: Tensor) -> None:
    twin = twin_of(ours)
    with torch.no_grad():
        mine, theirs = ours(tokens).logits, twin(tokens).logits
    assert theirs.std() > 0.5  # the comparison is of numbers that mean something
    torch.testing.assert_close(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)


def test_logits_equal_under_any_positions(ours: TrainyardForCausalLM, tokens: Tensor) -> None:
    if ours.spec.position == Position.ALIBI:
        pytest.skip("distances are counted, positions are not looked at")
    twin = twin_of(ours)
    positions = torch.randint(0, 100, tokens.shape, generator=torch.Generator().manual_seed(1))
    causal = torch.ones(3, 1, 48, 48, dtype=torch.bool).tril()
    with torch.no_grad():
        mine = ours(tokens, position_ids=positions).logits
        theirs = twin(tokens, position_ids=positions, attention_mask=causal).logits
    torch.testing.assert_close(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)


def test_one_adamw_step_equals_that_of_transformers(native_spec: ModelSpec, tokens: Tensor) -> None:
    ours = build_transformers(native_spec, seed=2).eval()
    twin = twin_of(ours)
    assert take_one_step(ours, input_ids=tokens, labels=tokens) == pytest.approx(
        take_one_step(twin, input_ids=tokens, labels=tokens), abs=1e-6
    )
    with torch.no_grad():
        mine, theirs = ours(tokens).logits, twin(tokens).logits
    torch.testing.assert_close(mine, theirs, atol=STEP_TOLERANCE, rtol=0)
    stepped = dict(twin.named_parameters())
    for stored, tensor in same_weights(ours).items():
        name = HEAD if stored == "embed_out.weight" else stored
        atol = STEP_TOLERANCE
        if name.endswith(("attn.bias", "k_proj.bias")):
            # no key bias changes the loss (softmax ignores it): its whole gradient is noise
            atol = 2e-3
        torch.testing.assert_close(tensor, stepped[name].detach(), atol=atol, rtol=0)


def test_export_reloaded_by_auto_class_gives_the_same_logits(
    ours: TrainyardForCausalLM, tokens: Tensor, tmp_path: Path
) -> None:
    reloaded = reloaded_from_export(ours, tmp_path)
    with torch.no_grad():
        mine, theirs = ours(tokens).logits, reloaded(tokens).logits
    torch.testing.assert_close(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)


def test_export_reloaded_by_auto_class_takes_the_same_step(
    native_spec: ModelSpec, tokens: Tensor, tmp_path: Path
) -> None:
    ours = build_transformers(native_spec, seed=2).eval()
    reloaded = reloaded_from_export(ours, tmp_path)
    assert take_one_step(ours, input_ids=tokens, labels=tokens) == pytest.approx(
        take_one_step(reloaded, input_ids=tokens, labels=tokens), abs=1e-6
    )
    with torch.no_grad():
        mine, theirs = ours(tokens).logits, reloaded(tokens).logits
    torch.testing.assert_close(mine, theirs, atol=STEP_TOLERANCE, rtol=0)


def reloaded_from_export(ours: TrainyardForCausalLM, folder: Path) -> PreTrainedModel:
    """The exported folder as transformers alone reads it."""
    info = export_model(ours, None, folder / "model")
    model = AutoModelForCausalLM.from_pretrained(
        info.path, trust_remote_code=False, local_files_only=True
    )
    assert type(model).__name__ == info.architecture
    assert info.is_native
    return model.eval()
