"""Weights in safetensors, one file or several with an index, read tensor by tensor as float32.

Names and shapes are taken from the files' headers and held against the architecture before
anything is allocated.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from training.errors import DataError
from training.export.folder import HEAD
from training.export.native import Tensors, native_class
from training.export.shapes import Shapes, check_shapes, expected_shapes
from training.importing.source import Source, refuse_foreign
from training.specs.model import ModelSpec

INDEX = "model.safetensors.index.json"
MAX_JSON_BYTES = 64 << 20
_TYPES = {"F64", "F32", "F16", "BF16"}
#: Buffers that some checkpoints hold beside the weights.
_BUFFERS = (".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq", ".embeddings.position_ids")
#: Of encoders: the tied head once more, and heads of tasks that the class has not.
_TIED_AGAIN = (".decoder.weight", ".decoder.bias", "generator_lm_head.weight")
_OTHER_HEADS = (
    "bert.pooler.", "roberta.pooler.", "deberta.pooler.", "cls.seq_relationship.",
    # of DeBERTa's own heads, which transformers reads under other names
    "lm_predictions.", "mask_predictions.",
)  # fmt: skip
#: Names of the first BERT, written for another library.
_OLD_LEAVES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
_LISTED = 4


def read_json_file(path: Path, name: str, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """A JSON file of limited size; DataError when it is none."""
    if path.stat().st_size > max_bytes:
        raise DataError(f"{name} has {path.stat().st_size:,} bytes; accepted: up to {max_bytes:,}.")
    refuse_foreign(path, name)
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name} is not readable JSON ({error}).") from error


def read_safetensors(source: Source, spec: ModelSpec) -> Tensors:
    """Every weight under our names, float32; DataError for what is missing or does not fit."""
    places = {
        _native_name(name, spec): (file, name)
        for file in _weight_files(source)
        for name in _header(source.files[file], file)
        if not _is_spare(name, spec)
    }
    headers = {file: _header(source.files[file], file) for file in _weight_files(source)}
    expected = expected_shapes(spec)
    if spec.is_tied:
        places.pop(HEAD, None)
    found = {name: headers[file][stored] for name, (file, stored) in places.items()}
    check_shapes(found, expected)
    read: Tensors = {}
    for file in headers:
        with safe_open(source.files[file], framework="pt") as tensors:
            for name, (place, stored) in places.items():
                if place == file:
                    read[name] = as_float32(tensors.get_tensor(stored), name)
    native = native_class(spec)
    return native.ours(read, spec) if native else read


def as_float32(tensor: Tensor, name: str) -> Tensor:
    """The weight in single precision; DataError when a number of it is not finite."""
    single = tensor.to(torch.float32)
    if not bool(torch.isfinite(single).all()):
        raise DataError(
            f"{name} holds numbers that are not finite (NaN or infinity).",
            advice="The file is damaged or the model diverged; take another copy.",
        )
    return single


def _weight_files(source: Source) -> list[str]:
    """Names of the safetensors files that make up the model."""
    if INDEX in source.files:
        index = read_json_file(source.files[INDEX], INDEX)
        named = index.get("weight_map") if isinstance(index, dict) else None
        if not isinstance(named, dict) or not all(isinstance(v, str) for v in named.values()):
            raise DataError(f"{INDEX} has no readable weight_map.")
        files = sorted(set(named.values()))
        missing = [file for file in files if file not in source.files]
        if missing:
            raise DataError(
                f"{INDEX} names files that are not there: {', '.join(missing[:_LISTED])}.",
                advice="Upload all parts of the model together.",
            )
        return files
    files = sorted(name for name in source.files if name.endswith(".safetensors"))
    if "model.safetensors" in files:
        return ["model.safetensors"]
    if len(files) > 1:
        raise DataError(
            f"There are {len(files)} weights files and no {INDEX}.",
            advice="Upload the index beside the parts.",
        )
    return files


def _header(path: Path, name: str) -> Shapes:
    """{stored name: shape} of one file; DataError when it is none or holds other types."""
    refuse_foreign(path, name)
    found: Shapes = {}
    try:
        with safe_open(path, framework="pt") as tensors:
            for key in tensors.keys():  # noqa: SIM118 - not a mapping
                if key.endswith(_BUFFERS):
                    continue
                piece = tensors.get_slice(key)
                if piece.get_dtype() not in _TYPES:
                    raise DataError(
                        f"{name}: {key} has the type {piece.get_dtype()}; accepted: "
                        f"{', '.join(sorted(_TYPES))}.",
                        advice="Import the model before it was quantised, or a GGUF file.",
                    )
                found[key] = tuple(piece.get_shape())
    except SafetensorError as error:
        raise DataError(
            f"{name} is not a whole safetensors file ({error}).",
            advice="Upload it again; a file that was cut off looks like this.",
        ) from error
    return found


def _is_spare(name: str, spec: ModelSpec) -> bool:
    """Whether files hold a tensor that the class does not need."""
    if spec.is_causal:
        return False
    is_other_head = name.startswith(_OTHER_HEADS) and not spec.has_sentence_head
    return is_other_head or name.endswith(_TIED_AGAIN)


def _native_name(name: str, spec: ModelSpec) -> str:
    """GPT-2's own files leave out the prefix that transformers writes; BERT's have old names."""
    native = native_class(spec)
    is_bare = native is not None and native.name.startswith("GPT2")
    if is_bare and not name.startswith(("transformer.", "lm_head.")):
        return f"transformer.{name}"
    for old, new in _OLD_LEAVES.items():
        name = name.replace(old, new)
    return name
