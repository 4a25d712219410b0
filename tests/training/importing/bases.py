"""Small random models of every class that can be taken over, saved by transformers itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BloomConfig,
    BloomForCausalLM,
    DebertaConfig,
    DebertaForMaskedLM,
    ElectraConfig,
    ElectraForMaskedLM,
    ElectraForPreTraining,
    FalconConfig,
    FalconForCausalLM,
    GlmConfig,
    GlmForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    RobertaConfig,
    RobertaForMaskedLM,
)

from tests.training.refusals import write_yaml
from training import cli

VOCAB_SIZE = 260
TOKENS = (torch.arange(40) * 7 % VOCAB_SIZE).reshape(2, 20)
_COMMON: dict[str, Any] = {
    "vocab_size": VOCAB_SIZE,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "initializer_range": 0.2,
}
_WITHOUT_GROUPS = {
    name: value
    for name, value in _COMMON.items()
    if name not in {"intermediate_size", "num_key_value_heads"}
}
_ENCODER = {name: value for name, value in _COMMON.items() if name != "num_key_value_heads"}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
BASES = {
    "llama": (LlamaForCausalLM, LlamaConfig(**_COMMON, tie_word_embeddings=True)),
    "llama with biases, untied": (
        LlamaForCausalLM,
        LlamaConfig(**_COMMON, attention_bias=True, mlp_bias=True),
    ),
    "llama with wide heads": (LlamaForCausalLM, LlamaConfig(**_COMMON, head_dim=16)),
    "llama3 scaling": (LlamaForCausalLM, LlamaConfig(**_COMMON, rope_parameters=LLAMA3)),
    "linear scaling": (
        LlamaForCausalLM,
        LlamaConfig(
            **_COMMON,
            rope_parameters={"rope_type": "linear", "factor": 2.0, "rope_theta": 10_000.0},
        ),
    ),
    "mistral": (MistralForCausalLM, MistralConfig(**_COMMON, sliding_window=None)),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**_COMMON, head_dim=12)),
    "gpt_neox": (
        GPTNeoXForCausalLM,
        GPTNeoXConfig(**_WITHOUT_GROUPS, intermediate_size=48, rotary_pct=0.5),
    ),
    "gpt_neox, sequential": (
        GPTNeoXForCausalLM,
        GPTNeoXConfig(**_WITHOUT_GROUPS, intermediate_size=48, use_parallel_residual=False),
    ),
    "bloom": (
        BloomForCausalLM,
        BloomConfig(
            vocab_size=VOCAB_SIZE, hidden_size=32, n_layer=2, n_head=4, initializer_range=0.2
        ),
    ),
    "falcon 7B": (FalconForCausalLM, FalconConfig(**_WITHOUT_GROUPS)),
    "falcon 40B": (
        FalconForCausalLM,
        FalconConfig(**_WITHOUT_GROUPS, num_kv_heads=2, new_decoder_architecture=True),
    ),
    "falcon 11B": (
        FalconForCausalLM,
        FalconConfig(
            **_WITHOUT_GROUPS,
            num_kv_heads=2,
            new_decoder_architecture=True,
            num_ln_in_parallel_attn=1,
        ),
    ),
    "falcon with ALiBi": (
        FalconForCausalLM,
        FalconConfig(
            **_WITHOUT_GROUPS, alibi=True, bias=True, multi_query=False, parallel_attn=False
        ),
    ),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**_COMMON, tie_word_embeddings=True)),
    "gpt2": (
        GPT2LMHeadModel,
        GPT2Config(
            vocab_size=VOCAB_SIZE, n_embd=32, n_layer=2, n_head=4, n_positions=64,
            initializer_range=0.2,
        ),
    ),
    "glm": (
        GlmForCausalLM,
        GlmConfig(**_COMMON, head_dim=8, pad_token_id=None, eos_token_id=0),
    ),
    "bert": (BertForMaskedLM, BertConfig(**_ENCODER)),
    "bert with both heads": (BertForPreTraining, BertConfig(**_ENCODER)),
    "roberta": (RobertaForMaskedLM, RobertaConfig(**_ENCODER, type_vocab_size=1)),
    "deberta": (
        DebertaForMaskedLM,
        DebertaConfig(
            **_ENCODER,
            relative_attention=True,
            position_biased_input=False,
            pos_att_type=["p2c", "c2p"],
            max_relative_positions=12,
        ),
    ),
    "electra generator": (ElectraForMaskedLM, ElectraConfig(**_ENCODER, embedding_size=16)),
    "electra discriminator": (ElectraForPreTraining, ElectraConfig(**_ENCODER, embedding_size=16)),
}  # fmt: skip


def logits_of(output: Any) -> torch.Tensor:
    """Of tokens, where a class has logits of sentences too."""
    found: torch.Tensor | None = getattr(output, "prediction_logits", None)
    return output.logits if found is None else found


def build(name: str) -> PreTrainedModel:
    """A random model of that class, biases and norms random too."""
    torch.manual_seed(0)
    cls, config = BASES[name]
    model = cls(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def write_tokenizer(folder: Path, num_added: int = 4) -> None:
    """256 bytes and some special tokens."""
    letters = {
        letter: index for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))
    }
    tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    names += [f"<|extra_{number}|>" for number in range(num_added - 3)]
    tokenizer.add_special_tokens(names[:num_added])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": "<|endoftext|>"}))


def write_base(folder: Path, name: str, **saving: Any) -> Path:
    """A Hugging Face folder as somebody else would upload it."""
    build(name).save_pretrained(folder, **saving)
    write_tokenizer(folder)
    return folder


def imported(source: Path, out: Path) -> Path:
    """Run the verb ``import``; returns the artifact's folder."""
    spec = write_yaml(out.with_suffix(".yaml"), {"path": str(source)})
    assert cli.main(["import", str(spec), "--out", str(out)]) == 0
    return out / "output"
