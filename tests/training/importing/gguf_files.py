"""GGUF files of the tiny bases, written by the gguf package with llama.cpp's names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from tokenizers import pre_tokenizers
from transformers import PreTrainedModel

from tests.training.importing.bases import VOCAB_SIZE, build

_LAYER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "ln_1": "attn_norm",
    "ln_2": "ffn_norm",
    "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output",
    "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
}
_TOP = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "transformer.wte": "token_embd",
    "transformer.wpe": "position_embd",
    "transformer.ln_f": "output_norm",
}


def write_gguf(
    path: Path,
    name: str,
    *,
    kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32,
    has_head_twice: bool = False,
    **changes: Any,
) -> Path:
    """Write the base ``name``; ``changes`` replace metadata by key (None leaves it out)."""
    model = build(name)
    arch = model.config.model_type
    writer = gguf.GGUFWriter(path, arch)
    for key, value in {**_metadata(model, arch), **_tokenizer(), **changes}.items():
        if value is not None:
            _add(writer, key, value)
    tensors = _tensors(model, arch)
    if has_head_twice:
        tensors["output.weight"] = tensors["token_embd.weight"]
    for theirs, tensor in tensors.items():
        quantised = kind if tensor.ndim == 2 else gguf.GGMLQuantizationType.F32
        writer.add_tensor(theirs, gguf.quants.quantize(tensor, quantised), raw_dtype=quantised)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _metadata(model: PreTrainedModel, arch: str) -> dict[str, Any]:
    config = model.config
    common = {
        f"{arch}.embedding_length": config.hidden_size,
        f"{arch}.block_count": config.num_hidden_layers,
        f"{arch}.context_length": config.max_position_embeddings,
        f"{arch}.attention.head_count": config.num_attention_heads,
    }
    if arch == "gpt2":
        inner = 4 * config.hidden_size
        return {
            **common,
            "gpt2.feed_forward_length": inner,
            "gpt2.attention.layer_norm_epsilon": config.layer_norm_epsilon,
        }
    return {
        **common,
        f"{arch}.feed_forward_length": config.intermediate_size,
        f"{arch}.attention.head_count_kv": config.num_key_value_heads,
        f"{arch}.attention.layer_norm_rms_epsilon": config.rms_norm_eps,
        f"{arch}.rope.freq_base": config.rope_parameters["rope_theta"],
    }


def _tokenizer() -> dict[str, Any]:
    pieces = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "<|endoftext|>", "<|im_start|>"]
    pieces += ["<|im_end|>", "Ġt"]
    assert len(pieces) == VOCAB_SIZE
    kinds = [3 if piece.startswith("<|") else 1 for piece in pieces]
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": pieces,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.merges": ["Ġ t"],
        "tokenizer.ggml.eos_token_id": 256,
        "tokenizer.chat_template": "{{ messages }}",
    }


def _add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    if isinstance(value, str):
        writer.add_string(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, list):
        writer.add_array(key, value)
    else:
        writer.add_uint32(key, value)


def _tensors(model: PreTrainedModel, arch: str) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    tied = model.config.tie_word_embeddings
    for name, tensor in model.state_dict().items():
        stem, _, leaf = name.rpartition(".")
        if tied and stem == "lm_head":
            continue
        if arch == "llama" and stem.endswith(("q_proj", "k_proj")):
            heads = model.config.num_attention_heads
            heads = heads if stem.endswith("q_proj") else model.config.num_key_value_heads
            # The converter's own permutation: halves become interleaved pairs.
            pairs = tensor.reshape(heads, 2, -1, *tensor.shape[1:])
            tensor = pairs.transpose(1, 2).reshape(tensor.shape)
        if arch == "gpt2" and tensor.dim() == 2 and "wte" not in stem and "wpe" not in stem:
            tensor = tensor.T
        found[_renamed(stem, leaf)] = tensor.contiguous().to(torch.float32).numpy()
    return found


def _renamed(stem: str, leaf: str) -> str:
    if stem in _TOP:
        return f"{_TOP[stem]}.{leaf}"
    layer, _, part = stem.partition(".layers." if ".layers." in stem else ".h.")[2].partition(".")
    return f"blk.{layer}.{_LAYER[part]}.{leaf}"
