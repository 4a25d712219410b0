"""Weights of a GGUF file, dequantised to float32, under our names.

llama.cpp stores the rows of query and key of LLaMA models in the order of interleaved rotary pairs;
they are put back into halves. Quantised blocks are undone by the gguf package, in numpy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor

from training.errors import DataError
from training.export.native import Tensors
from training.export.shapes import Shapes, check_shapes, our_shapes
from training.importing.gguf_header import Header, TensorEntry, read_header
from training.importing.source import Source, refuse_foreign
from training.importing.tokenizer import stage_gguf_tokenizer
from training.importing.weights import as_float32
from training.model.positions import scaled
from training.specs.huggingface import spec_of_config
from training.specs.model import ModelSpec
from training.specs.model_choices import RopeScaling, RopeScalingPart

_LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_NAMES = {
    "token_embd": "model.embed_tokens",
    "position_embd": "model.positions",
    "output_norm": "model.norm",
    "output": "lm_head",
}
_FUSED = "attn_qkv"
_ROPE_FACTORS = "rope_freqs.weight"
#: Architectures of llama.cpp and the class that each is in transformers.
_TYPES = {"llama": "llama", "qwen2": "qwen2", "gpt2": "gpt2"}
_LLAMA3_CONTEXT = 8192
_MAX_LAYER_DIGITS = 4
#: Some converters wrote GPT-2's tied head a second time.
_GPT2_HEAD = "output.weight"


def read_gguf(source: Source, tokenizer_folder: Path) -> tuple[ModelSpec, Tensors]:
    """(architecture, weights); the tokenizer's files are written into ``tokenizer_folder``.

    DataError for what is not GGUF, another architecture, or a quantisation that cannot be undone.
    """
    path, name = source.files[source.gguf], Path(source.gguf).name
    refuse_foreign(path, name)
    header = read_header(path, name)
    spec = _spec(header, name)
    is_gpt2 = header.metadata["general.architecture"] == "gpt2"
    apart = {_ROPE_FACTORS, _GPT2_HEAD} if is_gpt2 else {_ROPE_FACTORS}
    entries = {n: entry for n, entry in header.tensors.items() if n not in apart}
    _check(entries, spec, path.stat().st_size, name)
    data = np.memmap(path, dtype=np.uint8, mode="r")
    if _ROPE_FACTORS in header.tensors:
        divisors = _values(header.tensors[_ROPE_FACTORS], data)
        spec = spec.replace(rope_scaling=_llama3(divisors, spec, name))
    stage_gguf_tokenizer(header.metadata, spec, tokenizer_folder, name)
    is_interleaved = header.metadata["general.architecture"] == "llama"
    tensors: Tensors = {}
    for entry in entries.values():
        named = _named(entry.name, _values(entry, data), spec)
        for ours, tensor in named.items():
            halves = _halves(ours, tensor, spec) if is_interleaved else tensor
            tensors[ours] = as_float32(halves.contiguous(), entry.name)
    return spec, tensors


def _spec(header: Header, name: str) -> ModelSpec:
    """The architecture, checked as a config.json is."""
    kind = header.metadata.get("general.architecture")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise DataError(
            f"{name}: the architecture is {str(kind)[:60]!r}; accepted: {', '.join(_TYPES)}.",
            advice="Models of these classes can be imported: Llama (SmolLM2, Mistral), Qwen2, "
            "GPT-2.",
        )
    num_parts = header.metadata.get("split.count", 1)
    if num_parts != 1:
        raise DataError(
            f"{name} is one of {num_parts!r:.20} parts of a model; only whole GGUF files are read.",
            advice="Join them with llama-gguf-split --merge, or import the safetensors folder.",
        )
    config = _gpt2_config(header) if kind == "gpt2" else _llama_config(header, kind)
    spec, _ = spec_of_config({key: v for key, v in config.items() if v is not None})
    return spec.resolve()


def _llama_config(header: Header, kind: str) -> dict[str, Any]:
    def value(key: str) -> Any:
        return header.metadata.get(f"{kind}.{key}")

    scaling = value("rope.scaling.type")
    return {
        "model_type": "mistral" if value("attention.sliding_window") else _TYPES[kind],
        "vocab_size": _vocab_size(header),
        "hidden_size": value("embedding_length"),
        "intermediate_size": value("feed_forward_length"),
        "num_hidden_layers": value("block_count"),
        "num_attention_heads": value("attention.head_count"),
        "num_key_value_heads": value("attention.head_count_kv"),
        "head_dim": _head_width(header, kind),
        "max_position_embeddings": value("context_length"),
        "rms_norm_eps": value("attention.layer_norm_rms_epsilon"),
        "rope_theta": value("rope.freq_base"),
        "rope_scaling": None
        if scaling in (None, "none")
        else {"rope_type": scaling, "factor": value("rope.scaling.factor")},
        "sliding_window": value("attention.sliding_window"),
        "tie_word_embeddings": "output.weight" not in header.tensors,
        "attention_bias": kind == "llama" and "blk.0.attn_q.bias" in header.tensors,
        "mlp_bias": kind == "llama" and "blk.0.ffn_up.bias" in header.tensors,
    }


def _head_width(header: Header, kind: str) -> Any:
    """Of queries and keys; refused where positions turn only a part of them."""
    width = header.metadata.get(f"{kind}.attention.key_length")
    turned = header.metadata.get(f"{kind}.rope.dimension_count")
    if width and turned and width != turned:
        raise DataError(
            f"GGUF: {kind}.rope.dimension_count is {turned!r:.40}; accepted: {width!r:.40}, the "
            "width of a head.",
            advice="Models whose positions turn only a part of each head cannot be taken over.",
        )
    return width or turned


def _gpt2_config(header: Header) -> dict[str, Any]:
    def value(key: str) -> Any:
        return header.metadata.get(f"gpt2.{key}")

    return {
        "model_type": "gpt2",
        "vocab_size": _vocab_size(header),
        "n_embd": value("embedding_length"),
        "n_layer": value("block_count"),
        "n_head": value("attention.head_count"),
        "n_positions": value("context_length"),
        "n_inner": value("feed_forward_length"),
        "layer_norm_epsilon": value("attention.layer_norm_epsilon"),
    }


def _vocab_size(header: Header) -> int | None:
    embedding = header.tensors.get("token_embd.weight")
    return embedding.shape[0] if embedding else None


def _check(entries: dict[str, TensorEntry], spec: ModelSpec, num_bytes: int, name: str) -> None:
    """Types that can be undone, places inside the file, names and shapes of this architecture."""
    found: Shapes = {}
    for entry in entries.values():
        size = _num_bytes(entry, name)
        if entry.offset + size > num_bytes:
            raise DataError(
                f"{name} is not a whole GGUF file: {entry.name} ends behind the end of the file.",
                advice="Upload it again; it was cut off.",
            )
        with torch.device("meta"):
            named = _named(entry.name, torch.empty(entry.shape), spec)
        found |= {ours: tuple(tensor.shape) for ours, tensor in named.items()}
    check_shapes(found, our_shapes(spec))


def _num_bytes(entry: TensorEntry, name: str) -> int:
    """Size of a tensor's data; DataError for a quantisation that cannot be undone."""
    try:
        kind = gguf.GGMLQuantizationType(entry.type_id)
        block, size = gguf.GGML_QUANT_SIZES[kind]
        gguf.quants.dequantize(np.zeros(size, dtype=np.uint8), kind)
    except (ValueError, KeyError, NotImplementedError) as error:
        known = getattr(locals().get("kind"), "name", f"number {entry.type_id}")
        raise DataError(
            f"{name}: {entry.name} is quantised as {known}, which cannot be undone.",
            advice="Accepted are F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K and "
            "IQ types; take one of these files of the model.",
        ) from error
    if entry.shape[-1] % block:
        raise DataError(
            f"{name}: the rows of {entry.name} have {entry.shape[-1]} numbers, which is no "
            f"multiple of the {block} of a block."
        )
    return int(np.prod(entry.shape, dtype=object)) // block * size


def _values(entry: TensorEntry, data: np.memmap[Any, Any]) -> Tensor:
    kind = gguf.GGMLQuantizationType(entry.type_id)
    block, size = gguf.GGML_QUANT_SIZES[kind]
    rows = entry.shape[-1] // block * size
    num_bytes = int(np.prod(entry.shape[:-1])) * rows
    raw = np.asarray(data[entry.offset : entry.offset + num_bytes])
    values = gguf.quants.dequantize(raw.reshape(*entry.shape[:-1], rows), kind)
    return torch.from_numpy(np.array(values, dtype=np.float32)).reshape(entry.shape)


def _named(name: str, tensor: Tensor, spec: ModelSpec) -> Tensors:
    """Our name and layout; GPT-2's fused projection becomes three. Unknown names stay."""
    stem, _, leaf = name.rpartition(".")
    if stem in _NAMES:
        # The table of positions is a parameter itself, and no module with one.
        return {f"{_NAMES[stem]}.{leaf}": tensor}
    prefix, layer, part = [*stem.split("."), "", ""][:3]
    if prefix != "blk" or not layer.isdecimal() or len(layer) > _MAX_LAYER_DIGITS:
        return {name: tensor}
    ours = f"model.layers.{int(layer)}"
    if part == _FUSED:
        parts = tensor.chunk(3)
        return {
            f"{ours}.self_attn.{letter}_proj.{leaf}": piece
            for letter, piece in zip("qkv", parts, strict=False)
        }
    return {f"{ours}.{_LAYER_NAMES[part]}.{leaf}" if part in _LAYER_NAMES else name: tensor}


def _halves(name: str, tensor: Tensor, spec: ModelSpec) -> Tensor:
    """Rows of query and key from interleaved pairs (0 1, 2 3 ...) to halves (0 E/2 ...)."""
    heads = {"q_proj": spec.num_heads, "k_proj": spec.num_kv_heads}.get(name.split(".")[-2])
    if heads is None:
        return tensor
    pairs = tensor.reshape(heads, spec.head_width // 2, 2, *tensor.shape[1:])
    return pairs.transpose(1, 2).reshape(tensor.shape)


def _llama3(stored: Tensor, spec: ModelSpec, name: str) -> RopeScalingPart:
    """Llama 3's stretching, which llama.cpp stores as one divisor per frequency."""
    part = RopeScalingPart(
        kind=RopeScaling.LLAMA3,
        factor=max(1.0, float(stored.max())),
        original_context_length=_LLAMA3_CONTEXT,
    )
    even = torch.arange(0, spec.head_width, 2, dtype=torch.float)
    frequency = 1.0 / (spec.rope_theta ** (even / spec.head_width))
    expected = frequency / scaled(frequency, part)
    if stored.shape != expected.shape or not torch.allclose(expected, stored, rtol=1e-3):
        raise DataError(
            f"{name}: its rotary divisors ({_ROPE_FACTORS}) are not those of Llama 3.",
            advice="Import the model's safetensors folder.",
        )
    return part
