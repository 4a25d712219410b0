"""What is written into the boxes of a diagram: names of parts, their shapes, what they do."""

from __future__ import annotations

from training.planning.params import position_parameters
from training.registry import FEEDFORWARDS, NORMS
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import (
    AttentionDirection,
    FeedForward,
    Norm,
    Position,
    RopeScaling,
)
from training.units import format_count

_NORM_NAMES = {Norm.RMSNORM: "RMSNorm", Norm.LAYERNORM: "LayerNorm"}
_FEEDFORWARD_NAMES = {
    FeedForward.SWIGLU: "SwiGLU",
    FeedForward.GEGLU: "GeGLU",
    FeedForward.GELU: "GELU (tanh)",
    FeedForward.GELU_EXACT: "GELU",
    FeedForward.RELU: "ReLU",
    FeedForward.SILU: "SiLU",
}
_MASKS = {
    AttentionDirection.CAUSAL: "causal mask",
    AttentionDirection.PREFIX: "prefix both ways",
    AttentionDirection.BIDIRECTIONAL: "looks both ways",
}
_HEADS = {
    Head.LINEAR: "Output head",
    Head.TRANSFORM: "Head with transform",
    Head.DISCRIMINATOR: "Discriminator",
}
#: Kinds of position that are added to the embedding.
ADDED = frozenset({Position.LEARNED, Position.SINUSOIDAL})


def norm_name(spec: ModelSpec) -> str:
    """As people write it; a norm that is not known here by the name of its row."""
    return _NORM_NAMES.get(spec.norm) or NORMS[spec.norm].name


def feedforward_name(spec: ModelSpec) -> str:
    """As people write it."""
    return _FEEDFORWARD_NAMES.get(spec.feedforward) or FEEDFORWARDS[spec.feedforward].name


def heads(spec: ModelSpec) -> str:
    """Query heads, their width, and how keys and values are shared."""
    told = f"{spec.num_heads} {_heads(spec.num_heads)} × {spec.head_width}"
    if spec.num_kv_heads == spec.num_heads:
        return told
    return f"{told}, {spec.num_kv_heads} k/v {_heads(spec.num_kv_heads)}"


def _heads(number: int) -> str:
    return "head" if number == 1 else "heads"


def attention_lines(spec: ModelSpec, *, is_narrow: bool = False) -> list[str]:
    """What happens inside attention, in its order."""
    lines = [heads(spec)]
    if is_narrow and spec.num_kv_heads != spec.num_heads:
        lines = [heads(spec.replace(num_kv_heads=spec.num_heads)), f"{spec.num_kv_heads} k/v heads"]
    if spec.has_qk_norm:
        lines.append("RMSNorm on q and k")
    lines += _position_lines(spec, is_narrow=is_narrow)
    lines.append(_MASKS[spec.attention])
    return lines


def _position_lines(spec: ModelSpec, *, is_narrow: bool) -> list[str]:
    if spec.position == Position.ROPE:
        base = "" if is_narrow else f", base {spec.rope_theta:,.0f}"
        lines = [f"RoPE turns q and k{base}"]
        if spec.rope_fraction < 1:
            lines.append(f"{100 * spec.rope_fraction:.0f} % of each head")
        if spec.rope_scaling.kind != RopeScaling.NONE:
            lines.append(f"stretched {spec.rope_scaling.factor:g} times ({spec.rope_scaling.kind})")
        return lines
    if spec.position == Position.ALIBI:
        return ["ALiBi on the scores" if is_narrow else "ALiBi: scores fall with distance"]
    if spec.position == Position.RELATIVE:
        return ["bias by distance" if is_narrow else "learned bias by distance and head"]
    if spec.position == Position.DISENTANGLED:
        return ["distances as vectors" if is_narrow else "distances have vectors of their own"]
    return []


def position_box(spec: ModelSpec) -> tuple[str, list[str]]:
    """Title and lines of positions that are added to the embedding."""
    if spec.position == Position.LEARNED:
        rows = spec.context_length + spec.first_position
        return "Learned positions", [f"{rows:,} × {spec.token_width:,}"]
    return "Sinusoidal positions", ["fixed waves, nothing learnt"]


def position_count(spec: ModelSpec) -> str:
    """Numbers in the table of positions; "" where there is none."""
    number = position_parameters(spec)
    return format_count(number) if number else ""


def feedforward_lines(spec: ModelSpec, *, is_narrow: bool = False) -> list[str]:
    """Widths, and what the projections are."""
    gate = "gate × up, down" if spec.is_gated else "up, down"
    if is_narrow:
        return [f"{spec.feedforward_width:,} wide", gate]
    widths = f"{spec.width:,} → {spec.feedforward_width:,} → {spec.width:,}"
    return [widths, gate] if spec.is_gated else [widths]


def embedding_lines(spec: ModelSpec) -> list[str]:
    """Its matrix, and what leads from there to the stream."""
    lines = [f"{spec.vocab_size:,} pieces × {spec.token_width:,}"]
    if spec.embedding_gradient < 1:
        lines[0] += f", gradient × {spec.embedding_gradient:g}"
    if spec.num_token_types:
        lines.append(f"+ {spec.num_token_types} token types")
    if spec.has_embedding_projection:
        lines.append(f"projected to {spec.width:,}")
    return lines


def head_title(spec: ModelSpec) -> str:
    """What stands on top."""
    return _HEADS[spec.head]


def head_lines(spec: ModelSpec) -> list[str]:
    """From the stream to the scores."""
    if spec.head == Head.DISCRIMINATOR:
        return [f"dense, GELU, {spec.width:,} → one score per token"]
    lines = [f"dense, GELU, {norm_name(spec)}"] if spec.head == Head.TRANSFORM else []
    tied = ", the embedding's matrix" if spec.is_tied else ""
    return [*lines, f"{spec.head_input_width:,} → {spec.vocab_size:,} pieces{tied}"]


def outcome(spec: ModelSpec) -> str:
    """What comes out."""
    return "replaced?" if spec.head == Head.DISCRIMINATOR else "logits"


def shares_matrix(spec: ModelSpec) -> bool:
    """Whether the head multiplies by the embedding's matrix."""
    return spec.is_tied and spec.head != Head.DISCRIMINATOR
