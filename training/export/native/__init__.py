"""Which transformers class a spec is, and the same weights under that class's names.

A native folder needs no code of ours and none from the folder: transformers, vLLM, llama.cpp and
others read it.
"""

from __future__ import annotations

from training.export.native.base import NativeClass, Tensors
from training.export.native.deberta import Deberta
from training.export.native.encoders import (
    Bert,
    BertForPreTraining,
    ElectraDiscriminator,
    ElectraGenerator,
    Roberta,
)
from training.export.native.glm import Glm
from training.export.native.gpt2 import Gpt2
from training.export.native.llama import Llama, Qwen2, Qwen3
from training.export.native.neox_bloom_falcon import Bloom, Falcon, GptNeoX
from training.specs.model import ModelSpec

__all__ = ["CLASSES", "NativeClass", "Tensors", "match_native", "native_class"]

CLASSES: tuple[NativeClass, ...] = (
    Llama(),
    Qwen2(),
    Qwen3(),
    Glm(),
    Gpt2(),
    GptNeoX(),
    Bloom(),
    Falcon(),
    Bert(),
    BertForPreTraining(),
    Roberta(),
    ElectraGenerator(),
    ElectraDiscriminator(),
    Deberta(),
)
_NUM_REASONS = 2


def native_class(spec: ModelSpec) -> NativeClass | None:
    """The transformers class that a resolved spec is, if any."""
    return next((cls for cls in CLASSES if cls.reason_against(spec) is None), None)


def match_native(spec: ModelSpec) -> str:
    """The name of the native class, or why there is none: what the two nearest lack."""
    found = native_class(spec)
    if found is not None:
        return found.name
    reasons = [str(cls.reason_against(spec)) for cls in CLASSES]
    return " ".join(sorted(reasons, key=lambda reason: reason.count(","))[:_NUM_REASONS])
