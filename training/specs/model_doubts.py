"""Architectures that can be built and are unsound, or hold a setting that does nothing.

Each doubt is a sentence with a fix of one click. Presets named after released models raise none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from training.errors import Problem
from training.specs.model_choices import Norm, NormPlacement, Position, RopeScaling

if TYPE_CHECKING:
    from training.specs.model import ModelSpec

_NARROWEST_HEAD, _WIDEST_HEAD, _USUAL_HEAD = 16, 256, 64
_MOST_POST_LAYERS = 24
_LONG_CONTEXT, _LONG_BASE = 16_384, 500_000.0
_LONG_WRITTEN_OUT = 2048
_LARGE_STD, _USUAL_STD = 0.1, 0.02
_USUAL_ASPECT = (4, 1024)
#: Sizes of products that GPUs like.
_PAD_TO = 64
#: A gate adds a third matrix: from here on its feed-forward is wider than one without a gate.
_WIDE_GATE = 3.9
_EMBEDDING_SHARE = 0.6


def design_doubts(spec: ModelSpec) -> Iterator[Problem]:
    """Field paths are those of a model."""
    yield from _idle(spec)
    yield from _positions(spec)
    yield from _heads(spec)
    yield from _norms(spec)
    yield from _sizes(spec)
    yield from _embedding(spec)


def _doubt(field: str, sentence: str, *fix: tuple[str, Any]) -> Problem:
    return Problem(field, sentence, fix=fix)


def _idle(spec: ModelSpec) -> Iterator[Problem]:
    """Settings that do nothing beside the others."""
    is_rope, is_alibi = spec.position == Position.ROPE, spec.position == Position.ALIBI
    if spec.has_norm_biases and spec.norm == Norm.RMSNORM:
        sentence = "RMSNorm has no bias, so this does nothing"
        yield _doubt("has_norm_biases", sentence, ("has_norm_biases", False))
    if spec.is_alibi_scaled and not is_alibi:
        sentence = "without ALiBi there are no slopes, so this does nothing"
        yield _doubt("is_alibi_scaled", sentence, ("is_alibi_scaled", False))
    if spec.rope_fraction < 1 and not is_rope:
        sentence = "without RoPE nothing is turned, so this does nothing"
        yield _doubt("rope_fraction", sentence, ("rope_fraction", 1.0))
    if spec.rope_scaling.kind != RopeScaling.NONE and not is_rope:
        sentence = "without RoPE nothing is stretched, so this does nothing"
        yield _doubt("rope_scaling.kind", sentence, ("rope_scaling.kind", "none"))


def _positions(spec: ModelSpec) -> Iterator[Problem]:
    if spec.position == Position.SINUSOIDAL and spec.init_std < _LARGE_STD:
        sentence = (
            f"waves of size 0.7 are added to embeddings that begin at {spec.init_std:g}, so tokens "
            "are hardly told apart in the first steps"
        )
        yield _doubt("position", sentence, ("position", Position.ROPE.value))
    if spec.position == Position.RELATIVE and spec.context_length >= _LONG_WRITTEN_OUT:
        sentence = (
            "a learned bias needs attention that is written out: memory grows with the square of "
            f"{spec.context_length:,} tokens"
        )
        yield _doubt("position", sentence, ("position", Position.ROPE.value))
    is_short = spec.rope_theta < _LONG_BASE and spec.rope_scaling.kind == RopeScaling.NONE
    if spec.position == Position.ROPE and spec.context_length > _LONG_CONTEXT and is_short:
        sentence = (
            f"a base of {spec.rope_theta:,.0f} turns too fast for {spec.context_length:,} tokens: "
            "far ones look alike"
        )
        yield _doubt("rope_theta", sentence, ("rope_theta", _LONG_BASE))


def _heads(spec: ModelSpec) -> Iterator[Problem]:
    if spec.attention_head_width or spec.width % spec.num_heads:
        return
    # by name: the model's own file imports this one
    from training.specs.model import nearest_divisor

    width = spec.head_width
    usual = nearest_divisor(spec.width, max(1, round(spec.width / _USUAL_HEAD)))
    fix = [("num_heads", usual), ("num_kv_heads", 0)] if usual != spec.num_heads else []
    if width < _NARROWEST_HEAD:
        sentence = f"heads of {width} numbers hold little; 32 to 128 are usual"
        yield _doubt("num_heads", sentence, *fix)
    elif width > _WIDEST_HEAD:
        sentence = (
            f"heads of {width} numbers are wider than fused kernels take; 64 to 128 are usual"
        )
        yield _doubt("num_heads", sentence, *fix)
    elif width % 8:
        sentence = f"heads of {width} numbers are no multiple of 8, which costs speed on GPUs"
        yield _doubt("num_heads", sentence, *(fix if (spec.width // usual) % 8 == 0 else []))


def _norms(spec: ModelSpec) -> Iterator[Problem]:
    if spec.norm_placement == NormPlacement.POST and spec.num_layers > _MOST_POST_LAYERS:
        sentence = (
            f"norms after the sums of {spec.num_layers} layers make gradients vanish at the bottom"
        )
        yield _doubt("norm_placement", sentence, ("norm_placement", NormPlacement.DEEPNORM.value))
    if spec.init_std > _LARGE_STD:
        sentence = f"weights with a spread of {spec.init_std:g} make the first logits large"
        yield _doubt("init_std", sentence, ("init_std", _USUAL_STD))


def _sizes(spec: ModelSpec) -> Iterator[Problem]:
    low, high = _USUAL_ASPECT
    aspect = spec.width / spec.num_layers
    if not low <= aspect <= high:
        layers = max(1, min(256, round(spec.width / _USUAL_HEAD)))
        sentence = (
            f"{spec.num_layers:,} layers of a width of {spec.width:,} are far from the usual shape "
            "(16 to 256 of width for each layer)"
        )
        yield _doubt("num_layers", sentence, ("num_layers", layers))
    if spec.is_gated and spec.feedforward_width >= _WIDE_GATE * spec.width:
        sentence = (
            f"with a gate there are three matrices, so {spec.feedforward_width:,} is half as many "
            "parameters again as four times the width without one"
        )
        yield _doubt("feedforward_width", sentence, ("feedforward_width", 0))
    if spec.vocab_size > _PAD_TO and spec.vocab_size % _PAD_TO:
        padded = -(-spec.vocab_size // _PAD_TO) * _PAD_TO
        sentence = (
            f"{spec.vocab_size:,} rows are no multiple of {_PAD_TO}, which costs speed on GPUs; "
            "unused rows cost nothing but memory"
        )
        yield _doubt("vocab_size", sentence, ("vocab_size", padded))


def _embedding(spec: ModelSpec) -> Iterator[Problem]:
    if spec.is_tied and spec.embedding_gradient < 1:
        sentence = (
            "the head shares the matrix and moves it in full, so shrinking the embedding's own "
            "gradient changes little"
        )
        yield _doubt("embedding_gradient", sentence, ("is_tied", False))
    if spec.is_tied or not spec.vocab_size or spec.width % spec.num_heads:
        return
    from training.planning.params import count_parameters

    count = count_parameters(spec)
    share = (count.token_embedding + count.head) / count.total
    if share > _EMBEDDING_SHARE:
        sentence = (
            f"embedding and head hold {100 * share:.0f} % of all parameters; sharing one matrix "
            "leaves more for the blocks"
        )
        yield _doubt("is_tied", sentence, ("is_tied", True))
