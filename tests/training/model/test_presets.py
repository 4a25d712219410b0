"""Each preset is the class of transformers that it is named after, in all but its size."""

from __future__ import annotations

import pytest
import torch

from tests.training.model.twins import native_of, twin_of
from training.model.building import build_model
from training.model.network import TrainyardModel
from training.registry import MODEL_PRESETS
from training.specs.model_choices import AttentionDirection

CLASS_OF = {
    "llama-tiny": "LlamaForCausalLM",
    "llama-15m": "LlamaForCausalLM",
    "llama-42m": "LlamaForCausalLM",
    "llama-110m": "LlamaForCausalLM",
    "gpt2-tiny": "GPT2LMHeadModel",
    "gpt2-small": "GPT2LMHeadModel",
    "pythia-70m": "GPTNeoXForCausalLM",
    "bloom-560m": "BloomForCausalLM",
    "qwen3-0.6b": "Qwen3ForCausalLM",
    "falcon-7b": "FalconForCausalLM",
    "glm-tiny": "GlmForCausalLM",
    "glm4-9b": "GlmForCausalLM",
    "bert-tiny": "BertForMaskedLM",
    "bert-base": "BertForMaskedLM",
    "roberta-base": "RobertaForMaskedLM",
    "deberta-tiny": "DebertaForMaskedLM",
    "deberta-base": "DebertaForMaskedLM",
    "electra-tiny": "ElectraForPreTraining",
    "electra-small": "ElectraForPreTraining",
    "electra-small-generator": "ElectraForMaskedLM",
}
TOLERANCE = 1e-5


def shrunk(name: str) -> TrainyardModel:
    """The preset's options with two layers of small widths."""
    preset = MODEL_PRESETS[name].load()
    heads = 4 if preset.num_heads > 1 else 1
    shared = {0: 0, 1: 1}.get(preset.num_kv_heads, 2)
    spec = preset.replace(
        num_layers=2,
        width=64,
        num_heads=heads,
        num_kv_heads=shared,
        attention_head_width=24 if preset.attention_head_width else 0,
        embedding_width=32 if preset.embedding_width else 0,
        feedforward_width=96 if preset.is_gated else 256,
        context_length=64,
        vocab_size=211,
        init_std=0.2,
        # transformers has no such decoder; its docs say so.
        mask_decoder_steps=0,
        # The one preset that sees a beginning whole; its docs say so.
        attention=AttentionDirection.CAUSAL if name == "glm-tiny" else preset.attention,
    )
    return build_model(spec.resolve(), seed=3).eval()


def test_every_preset_is_named_here() -> None:
    assert set(CLASS_OF) == set(MODEL_PRESETS)


@pytest.mark.parametrize("name", CLASS_OF)
def test_a_preset_gives_the_logits_of_its_class(name: str) -> None:
    ours = shrunk(name)
    tokens = torch.randint(2, 211, (2, 40), generator=torch.Generator().manual_seed(5))
    assert native_of(ours).name == CLASS_OF[name]
    with torch.no_grad():
        mine, theirs = ours(tokens).logits, twin_of(ours)(tokens).logits
    assert theirs.std() > 0.3
    torch.testing.assert_close(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)
