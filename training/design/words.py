"""A design in words: for those who do not see the drawing, and for a terminal."""

from __future__ import annotations

from training.design import captions
from training.specs.model import ModelSpec
from training.specs.model_choices import BlockOrder, NormPlacement

_PLACES = {
    NormPlacement.PRE: "before each branch",
    NormPlacement.POST: "after each sum",
    NormPlacement.SANDWICH: "before and after each branch",
    NormPlacement.DEEPNORM: "after each sum, in which the stream counts more",
}


def in_words(spec: ModelSpec) -> str:
    """The whole graph as a few sentences, in its order."""
    spec = spec.resolve()
    return " ".join([_start(spec), _block(spec), _end(spec)])


def _start(spec: ModelSpec) -> str:
    told = f"Tokens become vectors of {spec.width:,}"
    if spec.position in captions.ADDED:
        told += f", to which {captions.position_box(spec)[0].lower()} are added"
    if spec.has_embedding_norm:
        told += f", then {captions.norm_name(spec)}"
    return f"{told}."


def _block(spec: ModelSpec) -> str:
    is_parallel = spec.block_order == BlockOrder.PARALLEL
    attention = ", ".join(captions.attention_lines(spec))
    inner = captions.feedforward_lines(spec)[0]
    both = f"attention ({attention}) and {captions.feedforward_name(spec)} ({inner})"
    order = "side by side" if is_parallel else "one after the other"
    norm = f"{captions.norm_name(spec)} {_PLACES[spec.norm_placement]}"
    if spec.has_shared_norm:
        norm = f"one {captions.norm_name(spec)} for both branches"
    return f"{spec.num_layers} blocks of {both}, {order}; {norm}."


def _end(spec: ModelSpec) -> str:
    last = f"{captions.norm_name(spec)}, then: " if spec.has_last_norm else ""
    head = f"{captions.head_title(spec)} ({', '.join(captions.head_lines(spec))})"
    cap = f", capped at {spec.logit_soft_cap:g}" if spec.logit_soft_cap else ""
    return f"{last}{head}{cap}."
