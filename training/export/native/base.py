"""What a class of transformers is to a spec: whether they are one, its config, its names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from torch import Tensor

from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import (
    BlockOrder,
    FeedForward,
    Norm,
    NormPlacement,
    Position,
    RopeScaling,
)

if TYPE_CHECKING:
    from transformers.configuration_utils import PreTrainedConfig

Tensors = dict[str, Tensor]

#: Of every config: single precision, and no marks, which the export writes with the tokenizer.
BARE: dict[str, Any] = {"bos_token_id": None, "eos_token_id": None, "dtype": "float32"}


class NativeClass(Protocol):
    """One transformers class that some of our specs are."""

    @property
    def name(self) -> str:
        """The class's name in transformers."""
        ...

    def reason_against(self, spec: ModelSpec) -> str | None:
        """The options in which ``spec`` differs from this class; None when it is one."""
        ...

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """The native config of a resolved spec. Loads transformers, which takes seconds."""
        ...

    def tensors(self, ours: Tensors, spec: ModelSpec) -> Tensors:
        """Our state dict (tied head left out) under the native names and layouts."""
        ...

    def ours(self, theirs: Tensors, spec: ModelSpec) -> Tensors:
        """``tensors`` undone: native names and layouts under our names."""
        ...


def differences(name: str, differs: dict[str, bool]) -> str | None:
    """The sentence that names what is so among ``differs``; None when nothing is."""
    found = [sentence for sentence, is_so in differs.items() if is_so]
    return f"Not a {name}: {', '.join(found)}." if found else None


def unlike(
    spec: ModelSpec,
    *,
    position: Position,
    norm: Norm,
    feedforward: FeedForward,
    order: BlockOrder | None = BlockOrder.SEQUENTIAL,
) -> dict[str, bool]:
    """What differs in the choices that all classes make; ``order`` None is either."""
    placement = spec.norm_placement
    return {
        f"positions are {spec.position}, not {position}": spec.position != position,
        f"norm is {spec.norm}, not {norm}": spec.norm != norm,
        f"norms are placed {placement}, not pre": placement != NormPlacement.PRE,
        f"feed-forward is {spec.feedforward}, not {feedforward}": spec.feedforward != feedforward,
        f"blocks are {spec.block_order}": order is not None and spec.block_order != order,
    }


def parts_of_other_classes(
    spec: ModelSpec, *, qk_norm: bool = False, embedding_norm: bool = False
) -> dict[str, bool]:
    """Parts that some classes have and this one has not, unless it is said."""
    return {
        "blanks have positions of their own": spec.has_blank_positions,
        f"attention is {spec.attention}": not spec.is_causal,
        "queries and keys are normalised": spec.has_qk_norm and not qk_norm,
        "embeddings are normalised": spec.has_embedding_norm and not embedding_norm,
        "logits are capped": bool(spec.logit_soft_cap),
        **_parts_of_encoders(spec),
    }


def _parts_of_encoders(spec: ModelSpec) -> dict[str, bool]:
    return {
        f"embeddings are {spec.token_width} wide": spec.has_embedding_projection,
        f"there are {spec.num_token_types} token types": bool(spec.num_token_types),
        f"positions begin at {spec.first_position}": bool(spec.first_position),
        f"the head is {spec.head}": spec.head != Head.LINEAR,
        "there is a sentence head": spec.has_sentence_head,
        "there is a mask decoder": bool(spec.mask_decoder_steps),
    }


def head_layout_differs(spec: ModelSpec) -> dict[str, bool]:
    """For classes with as many key/value heads as heads, which fill the width."""
    return {
        f"{spec.num_kv_heads} key/value heads for {spec.num_heads} heads": spec.num_kv_heads
        != spec.num_heads,
        f"heads are {spec.head_width} wide": spec.head_width * spec.num_heads != spec.width,
    }


def rope_parameters(spec: ModelSpec) -> dict[str, object]:
    """``rope_parameters`` of transformers' configs."""
    scaling = spec.rope_scaling
    values: dict[str, object] = {"rope_type": "default", "rope_theta": spec.rope_theta}
    if spec.rope_fraction < 1:
        values["partial_rotary_factor"] = spec.rope_fraction
    if scaling.kind == RopeScaling.NONE:
        return values
    values |= {"rope_type": str(scaling.kind), "factor": scaling.factor}
    if scaling.kind == RopeScaling.LLAMA3:
        values |= {
            "low_freq_factor": scaling.low_frequency_factor,
            "high_freq_factor": scaling.high_frequency_factor,
            "original_max_position_embeddings": scaling.original_context_length,
        }
    return values
