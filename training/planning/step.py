"""Seconds of one optimizer step, part by part, from a machine's measured curves. No torch.

Walks through what the model does (``training.model``): for each micro-batch the products, norms,
attention and loss, forward and backward; then reduction and optimizer, once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from training.planning.memory import Shape, keeps_attention
from training.planning.speed import Speed
from training.planning.trained import Trained, all_of
from training.specs.model import ModelSpec
from training.specs.model_choices import Norm, Position
from training.specs.optimization import Recomputation

#: Heads of the measured attention calls.
MEASURED_HEADS = 8
#: Of forward and backward pass together: the latter has twice the products.
FORWARD_SHARE = 1 / 3
#: Short documents share a call of so many tokens (``training.model.backends.per_document``).
SHARED_TOKENS = 64


@dataclass(frozen=True)
class StepSeconds:
    """Where the time of one optimizer step goes, on one thread or GPU."""

    products: float = 0.0
    attention: float = 0.0
    elementwise: float = 0.0
    head: float = 0.0
    optimizer: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return float(sum(asdict(self).values()))

    def times(self, factor: float) -> StepSeconds:
        """Every part so many times."""
        return StepSeconds(**{name: value * factor for name, value in asdict(self).items()})


def step_seconds(
    spec: ModelSpec,
    shape: Shape,
    speed: Speed,
    *,
    num_micro_batches: int = 1,
    document_length: int = 0,
    trained: Trained | None = None,
) -> StepSeconds:
    """One step of ``num_micro_batches`` passes of ``shape``.

    ``document_length``: tokens of a typical document where documents do not see each other, so
    that attention is cheaper; 0 takes whole rows.
    """
    spec = spec.resolve()
    passed = pass_seconds(spec, shape, speed, document_length).times(num_micro_batches)
    trained = trained or all_of(spec)
    passed = _of_trained(passed, trained)
    num_parameters = trained.num_parameters
    once = speed.curves["optimizer"].at(num_parameters)
    once += speed.curves["optimizer_tensor"].at(1) * trained.num_tensors
    added = (num_micro_batches - 1) * speed.curves["accumulate"].at(num_parameters)
    return replace(passed, optimizer=once + added)


def _of_trained(passed: StepSeconds, trained: Trained) -> StepSeconds:
    """Frozen weights need no gradient, which is a third of their products' time."""
    if not trained.is_adapter:
        return passed
    return replace(passed, products=passed.products * 2 / 3, head=passed.head * 2 / 3)


def pass_seconds(
    spec: ModelSpec, shape: Shape, speed: Speed, document_length: int = 0
) -> StepSeconds:
    """Forward and backward pass of one micro-batch."""
    curves, elements = speed.curves, shape.num_tokens * spec.width
    norm = curves["rmsnorm" if spec.norm == Norm.RMSNORM else "layernorm"].at(elements)
    around = norm + curves["embedding"].at(spec.vocab_size * spec.width)
    if spec.position in {Position.LEARNED, Position.SINUSOIDAL}:
        around += curves["residual"].at(elements)
    block = block_seconds(spec, shape, speed, document_length)
    blocks, again = block.times(spec.num_layers), _again(spec, shape, block)
    return replace(
        blocks,
        products=blocks.products + again.products,
        attention=blocks.attention + again.attention,
        elementwise=blocks.elementwise + again.elementwise + around,
        head=shape.num_tokens * speed.surfaces["head"].at(spec.vocab_size, spec.width),
    )


def _again(spec: ModelSpec, shape: Shape, block: StepSeconds) -> StepSeconds:
    """What is computed a second time: of all blocks but the last, their forward pass or a part."""
    forward = block.times(FORWARD_SHARE * (spec.num_layers - 1))
    if shape.recomputation == Recomputation.FULL:
        return forward
    if shape.recomputation == Recomputation.NONE:
        return StepSeconds()
    is_kept = keeps_attention(spec, shape)
    return replace(forward, products=0.0, attention=0.0 if is_kept else forward.attention)


def block_seconds(
    spec: ModelSpec, shape: Shape, speed: Speed, document_length: int = 0
) -> StepSeconds:
    """Forward and backward pass of one block; the bare sum of its parts while none was timed."""
    curves, tokens = speed.curves, shape.num_tokens
    inner = spec.num_heads * spec.head_width
    shared = spec.num_kv_heads * spec.head_width
    elements = tokens * spec.width
    norm = curves["rmsnorm" if spec.norm == Norm.RMSNORM else "layernorm"].at(elements)
    gated = spec.is_gated
    rest = spec.norms_per_block * norm + 2 * curves["residual"].at(elements)
    rest += curves["swiglu" if gated else "gelu"].at(tokens * spec.feedforward_width)
    if spec.position == Position.ROPE:
        turned = tokens * spec.rotary_width
        rest += curves["turn"].at(turned * spec.num_heads)
        rest += curves["turn"].at(turned * spec.num_kv_heads)
    if spec.has_qk_norm:
        rest += curves["rmsnorm"].at(tokens * inner) + curves["rmsnorm"].at(tokens * shared)
    if spec.residual_drop:
        rest += 2 * curves["dropout"].at(elements)
    parts = StepSeconds(
        products=_products(spec, speed, tokens, inner, shared),
        attention=_attention(spec, shape, speed, document_length),
        elementwise=rest,
    )
    if "block" not in curves:
        return parts
    # Whole blocks were timed too: what lies between the parts is shared out over them.
    bare = parts.products + parts.elementwise
    ratio = curves["block"].at(bare) / bare
    return replace(parts, products=parts.products * ratio, elementwise=parts.elementwise * ratio)


def _products(spec: ModelSpec, speed: Speed, tokens: int, inner: int, shared: int) -> float:
    """The linear layers of a block; one that is not square counts by the area of its weight."""
    product = speed.surfaces["product"]
    num_into = 2 if spec.is_gated else 1
    shapes = {
        (spec.width, inner): 2,
        (spec.width, shared): 2,
        (spec.width, spec.feedforward_width): num_into + 1,
    }
    areas: dict[float, int] = {}
    for (into, out), count in shapes.items():
        side = float(into * out) ** 0.5
        areas[side] = areas.get(side, 0) + count
    return sum(count * product.at(side, tokens) for side, count in areas.items())


def _attention(spec: ModelSpec, shape: Shape, speed: Speed, document_length: int) -> float:
    """All heads of a block over all rows, or over the documents in them."""
    name = "attention_dropout" if spec.attention_drop else "attention"
    length = min(document_length or shape.sequence_length, shape.sequence_length)
    per_head = speed.surfaces[name].at(length, spec.head_width) / MEASURED_HEADS
    seconds = shape.num_tokens / length * spec.num_heads * per_head
    if length < shape.sequence_length:
        # documents of different lengths are calls of their own, short ones share one
        num_calls = shape.num_tokens / max(length, SHARED_TOKENS)
        seconds += num_calls * speed.curves["attention_call"].at(1)
    return seconds
