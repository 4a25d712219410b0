"""LoRA on our own decoder: what is left is read by plain transformers and peft."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from tests.training.importing.bases import TOKENS
from tests.training.tuning.runs import make_base, make_tokens, tune, tuning_data
from training.export.native import native_class
from training.folder.artifact import load_manifest
from training.loop.base import load_base

# peft asks transformers for an attribute that was renamed.
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")

LORA = {"rank": 4, "alpha": 8, "dropout": 0.1}
KINDS = {
    "LoRA": {"targets": ["q_proj", "v_proj"]},
    "every projection": {
        "targets": ["q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
    },
    "DoRA": {"targets": ["q_proj", "v_proj", "up_proj"], "uses_dora": True},
    "rsLoRA": {"targets": ["q_proj", "k_proj", "o_proj"], "uses_rslora": True},
}


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tokens(tmp_path_factory.mktemp("tokens") / "tokens")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["llama", "gpt2"])
def test_the_adapter_in_plain_peft_gives_our_logits(
    name: str, kind: str, tokens: Path, tmp_path: Path
) -> None:
    base = make_base(tmp_path, name)
    tuning = {"method": "lora", "lora": {**LORA, **KINDS[kind]}}
    out = tune(tmp_path / "run", tuning_data(tokens, base, tuning=tuning, num_steps=8))
    plain = AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        untouched = plain(TOKENS).logits
        adapted = PeftModel.from_pretrained(plain, out / "output").eval()
        theirs = adapted(TOKENS).logits
        merged = load_base(out / "output")
        ours = merged.model()(TOKENS).logits
        of_checkpoint = load_base(out / "checkpoints" / "step-00000008").model()(TOKENS).logits
    largest = theirs.abs().max()
    assert (theirs - ours).abs().max() <= 1e-5 * largest
    assert (of_checkpoint - ours).abs().max() <= 1e-5 * largest
    native = native_class(merged.spec)
    assert native is not None
    weights = adapted.merge_and_unload().state_dict()
    for weight, tensor in native.tensors(merged.tensors, merged.spec).items():
        assert (weights[weight] - tensor).abs().max() <= 1e-5, weight
    assert (theirs - untouched).abs().max() > 1e-2, "nothing was learnt"
    counts = load_manifest(out / "output").counts
    assert counts["is_adapter"] is True
    assert counts["tuning"] == "lora"
    assert counts["num_trainable"] == counts["num_parameters"]
    assert counts["general_perplexity_before"] != counts["general_perplexity"]
