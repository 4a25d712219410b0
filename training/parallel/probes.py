"""The parts of a training step, each timed alone at a few sizes: forward and backward pass.

The calls are those of the model (``training.model``), in its precisions, so that what is measured
is what will run: the products with their bf16 copies, the norms with their lowering.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, embedding, gelu, linear, silu

from training.model.backends.sdpa import attend_causally
from training.model.building import build_model
from training.model.norms import LayerNorm, RMSNorm
from training.model.positions import Rope
from training.model.precision import lowered
from training.objectives.cross_entropy import head_loss
from training.planning.memory import Shape
from training.planning.speed import Curve, Speed, Surface
from training.planning.step import MEASURED_HEADS, block_seconds, pass_seconds
from training.specs.model import ModelSpec

#: Each probe runs for about this long, and at least so often.
_PROBE_SECONDS = 0.04
_FEWEST_RUNS = 3
_MOST_RUNS = 100
#: A call that takes longer is timed once, after one to warm up.
_LONG_SECONDS = 0.2
#: Stands for no time at all where a curve needs a positive one.
LEAST_SECONDS = 1e-9

_ROW_WIDTH = 256
_NUM_HEADS = MEASURED_HEADS
_HEAD_TOKENS = 384
_NUM_LAYERS = 3
#: Whole models run for so many times as long as a part: all that follows is scaled by them.
_PATIENCE = 8


@dataclass(frozen=True)
class Sizes:
    """What is timed. Elements of element-wise parts; ``models`` are (tokens, width)."""

    elements: tuple[int, ...] = (2**12, 2**16, 2**19, 2**21)
    sides: tuple[int, ...] = (48, 128, 320, 1024)
    tokens: tuple[int, ...] = (64, 512, 2048)
    lengths: tuple[int, ...] = (32, 128, 512, 1024)
    head_widths: tuple[int, ...] = (16, 32, 64)
    dropped_lengths: tuple[int, ...] = (32, 128, 512)
    dropped_head_widths: tuple[int, ...] = (32,)
    widths: tuple[int, ...] = (64, 256, 768)
    vocabularies: tuple[int, ...] = (512, 4096, 32_768)
    parameters: tuple[int, ...] = (2**14, 2**18, 2**21, 2**23)
    #: Small models whose blocks are compared with the sum of their parts.
    models: tuple[tuple[int, int], ...] = ((64, 64), (512, 96), (1024, 256))


ALL_SIZES = Sizes()
#: Where products have no instructions a call of these takes as long as one of those elsewhere;
#: beyond them time grows with the work all the same.
SMALL_SIZES = Sizes(
    sides=(48, 128, 320), tokens=(64, 512), lengths=(32, 128, 512), widths=(64, 256),
    vocabularies=(512, 2048), models=((64, 64), (256, 96)),
)  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """Where and how probes run: ``lowered`` is the type of products under autocast, None in fp32.

    In fp16 the loss is scaled besides, which one multiplication of each gradient undoes: nothing
    beside what is timed here.
    """

    device: torch.device
    lowered: torch.dtype | None

    def seconds(self, call: Callable[[], Tensor | None], *, patience: int = 1) -> float:
        """Usual time of ``call`` and, where it gives a tensor, of its backward pass."""
        fewest = _FEWEST_RUNS if self._once(call) < _LONG_SECONDS else 1
        times: list[float] = []
        until = time.monotonic() + patience * _PROBE_SECONDS
        while len(times) < fewest or (time.monotonic() < until and len(times) < _MOST_RUNS):
            times.append(self._once(call))
        # Nearer to the quickest than the middle: other work can only slow down.
        return max(sorted(times)[len(times) // 4], LEAST_SECONDS)

    def leaf(self, *shape: int, is_product: bool = False) -> Tensor:
        """A random tensor with gradient; ``is_product`` gives it the type of products."""
        dtype = self.lowered if self.lowered and is_product else torch.float32
        return torch.randn(shape, device=self.device, dtype=dtype).requires_grad_()

    def _once(self, call: Callable[[], Tensor | None]) -> float:
        started = self._now()
        with torch.autocast(self.device.type, self.lowered, enabled=self.lowered is not None):
            result = call()
        if result is not None and result.requires_grad:
            result.backward(torch.ones_like(result))
        return self._now() - started

    def _now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
            return time.perf_counter()
        # What others do on the machine meanwhile is not counted.
        return time.process_time()


def measure(bench: Bench, sizes: Sizes = ALL_SIZES) -> Speed:
    """Every part in the bench's precision, and what a whole block takes beyond its parts."""
    speed = Speed(_curves(bench, sizes), _surfaces(bench, sizes))
    blocks: list[tuple[float, float]] = []
    for num_tokens, width in sizes.models:
        spec, shape = _small(width, num_tokens, is_half=bench.lowered is not None)
        parts = block_seconds(spec, shape, speed)
        around = pass_seconds(spec, shape, speed).total - _NUM_LAYERS * parts.total
        whole = (whole_pass(bench, spec, shape) - around) / _NUM_LAYERS
        bare = parts.products + parts.elementwise
        blocks.append((bare, max(whole - parts.attention, bare / 2)))
    sums, wholes = zip(*sorted(blocks), strict=True)
    speed.curves["block"] = Curve(sums, wholes)
    return speed


def _curves(bench: Bench, sizes: Sizes) -> dict[str, Curve]:
    return {
        "rmsnorm": _over(sizes.elements, lambda n: norm(bench, RMSNorm, n)),
        "layernorm": _over(sizes.elements, lambda n: norm(bench, LayerNorm, n)),
        "swiglu": _over(sizes.elements, lambda n: swiglu(bench, n)),
        "gelu": _over(sizes.elements, lambda n: plain_gelu(bench, n)),
        "residual": _over(sizes.elements, lambda n: residual(bench, n)),
        "turn": _over(sizes.elements, lambda n: turn(bench, n)),
        "dropout": _over(sizes.elements, lambda n: drop(bench, n)),
        "embedding": _over(sizes.parameters, lambda n: table(bench, n)),
        "optimizer": _over(sizes.parameters, lambda n: optimizer(bench, n)),
        "optimizer_tensor": _over((1,), lambda _: optimizer_overhead(bench)),
        "accumulate": _over(sizes.parameters, lambda n: accumulate(bench, n)),
        "attention_call": _over((1,), lambda _: attention(bench, 1, 16, 16, 0.0)),
    }


def _surfaces(bench: Bench, sizes: Sizes) -> dict[str, Surface]:
    return {
        "product": _grid(sizes.sides, sizes.tokens, lambda side, n: product(bench, side, n)),
        "attention": _grid(
            sizes.lengths,
            sizes.head_widths,
            lambda length, e: attention_of_row(bench, length, e, 0.0),
        ),
        "attention_dropout": _grid(
            sizes.dropped_lengths,
            sizes.dropped_head_widths,
            lambda length, e: attention_of_row(bench, length, e, 0.1),
        ),
        "head": _grid(sizes.vocabularies, sizes.widths, lambda size, d: head(bench, size, d)),
    }


def product(bench: Bench, side: int, num_tokens: int) -> float:
    """A linear layer of ``side`` by ``side``."""
    hidden, weight = bench.leaf(num_tokens, side, is_product=True), bench.leaf(side, side)

    def call() -> Tensor:
        weight.grad = hidden.grad = None
        return linear(hidden, weight)

    return bench.seconds(call)


def norm(bench: Bench, kind: type[nn.Module], num_elements: int) -> float:
    """A norm and the lowering of what it gives."""
    module = kind(ModelSpec(width=_ROW_WIDTH, num_heads=1)).to(bench.device)
    hidden = bench.leaf(num_elements // _ROW_WIDTH, _ROW_WIDTH)

    def call() -> Tensor:
        hidden.grad = None
        module.zero_grad()
        return lowered(module(hidden))

    return bench.seconds(call)


def swiglu(bench: Bench, num_elements: int) -> float:
    """The gate of a SwiGLU layer."""
    gate, up = (bench.leaf(num_elements, is_product=True) for _ in range(2))

    def call() -> Tensor:
        gate.grad = up.grad = None
        return silu(gate) * up

    return bench.seconds(call)


def plain_gelu(bench: Bench, num_elements: int) -> float:
    """The activation of a GELU layer."""
    up = bench.leaf(num_elements, is_product=True)

    def call() -> Tensor:
        up.grad = None
        return gelu(up, approximate="tanh")

    return bench.seconds(call)


def residual(bench: Bench, num_elements: int) -> float:
    """A branch is added to the residual stream, and its gradient to that of the stream."""
    hidden, branch = bench.leaf(num_elements), bench.leaf(num_elements, is_product=True)
    gradient = torch.zeros(num_elements, device=bench.device)

    def call() -> Tensor:
        hidden.grad = branch.grad = None
        gradient.add_(1.0)
        return hidden + branch

    return bench.seconds(call)


def turn(bench: Bench, num_elements: int) -> float:
    """Rotary positions on so many numbers of queries or keys."""
    width = 32
    rope = Rope(ModelSpec(width=width * _NUM_HEADS, num_heads=_NUM_HEADS))
    num_tokens = max(1, num_elements // (width * _NUM_HEADS))
    rotation = rope.rotation(torch.arange(num_tokens, device=bench.device))
    heads = bench.leaf(1, num_tokens, _NUM_HEADS, width, is_product=True)

    def call() -> Tensor:
        heads.grad = None
        return rotation.turn(heads) if rotation else heads

    return bench.seconds(call)


def drop(bench: Bench, num_elements: int) -> float:
    """Dropout on a branch."""
    hidden = bench.leaf(num_elements, is_product=True)

    def call() -> Tensor:
        hidden.grad = None
        return dropout(hidden, 0.1)

    return bench.seconds(call)


def attention_of_row(bench: Bench, length: int, head_width: int, rate: float) -> float:
    """Per row: some rows at once, as a micro-batch has them."""
    num_rows = max(1, 1024 // length)
    return attention(bench, num_rows, length, head_width, rate) / num_rows


def attention(bench: Bench, num_rows: int, length: int, head_width: int, rate: float) -> float:
    """Attention of ``_NUM_HEADS`` heads, laid out as projections leave them."""
    shape = (num_rows, length, _NUM_HEADS, head_width)
    parts = [bench.leaf(*shape, is_product=True) for _ in range(3)]

    def call() -> Tensor:
        for part in parts:
            part.grad = None
        query, key, value = (part.transpose(1, 2) for part in parts)
        return attend_causally(query, key, value, rate).transpose(1, 2).flatten(2)

    return bench.seconds(call)


def head(bench: Bench, vocab_size: int, width: int) -> float:
    """Seconds per token of the vocabulary head and its loss."""
    num_tokens = _HEAD_TOKENS
    hidden, weight = bench.leaf(num_tokens, width), bench.leaf(vocab_size, width)
    labels = torch.randint(vocab_size, (num_tokens,), device=bench.device)

    def call() -> Tensor:
        hidden.grad = weight.grad = None
        return head_loss(hidden, weight, labels)

    return bench.seconds(call) / num_tokens


def table(bench: Bench, num_parameters: int) -> float:
    """The gradient of a token table: zeros, some rows, and its sum with the tied head's."""
    weight = bench.leaf(max(1, num_parameters // _ROW_WIDTH), _ROW_WIDTH)
    ids = torch.randint(len(weight), (256,), device=bench.device)
    tied = torch.zeros_like(weight)

    def call() -> Tensor:
        weight.grad = tied
        return embedding(ids, weight)

    return bench.seconds(call)


def optimizer(bench: Bench, num_parameters: int) -> float:
    """Norm, scale and AdamW step of so many parameters in four matrices."""
    side = num_parameters // 4
    parameters = [nn.Parameter(torch.randn(side, 1, device=bench.device)) for _ in range(4)]
    return bench.seconds(_step(parameters))


def optimizer_overhead(bench: Bench) -> float:
    """What each further tensor costs, however small."""
    few, many = (
        [nn.Parameter(torch.randn(8, 8, device=bench.device)) for _ in range(count)]
        for count in (8, 72)
    )
    return max(LEAST_SECONDS, (bench.seconds(_step(many)) - bench.seconds(_step(few))) / 64)


def accumulate(bench: Bench, num_parameters: int) -> float:
    """The gradients of a further micro-batch are added."""
    total, more = (torch.randn(num_parameters, device=bench.device) for _ in range(2))

    def call() -> None:
        total.add_(more)

    return bench.seconds(call)


def whole_pass(bench: Bench, spec: ModelSpec, shape: Shape) -> float:
    """Forward and backward pass of a small model, loss included."""
    model = build_model(spec, seed=0).to(bench.device)
    ids = torch.randint(
        spec.vocab_size, (shape.micro_batch_size, shape.sequence_length), device=bench.device
    )

    def call() -> Tensor:
        model.zero_grad()
        hidden = model(ids, returns_hidden=True).hidden_states[0].flatten(0, 1)
        return head_loss(hidden, model.lm_head.weight, ids.flatten())

    return bench.seconds(call, patience=_PATIENCE)


def _small(width: int, num_tokens: int, *, is_half: bool) -> tuple[ModelSpec, Shape]:
    """A model of a few blocks, and rows for it."""
    spec = ModelSpec(
        num_layers=_NUM_LAYERS, width=width, num_heads=4, vocab_size=512, context_length=256
    )
    length = min(num_tokens, spec.context_length)
    return spec.resolve(), Shape(num_tokens // length, length, is_half=is_half)


def _step(parameters: list[nn.Parameter]) -> Callable[[], None]:
    adamw = torch.optim.AdamW(parameters, lr=1e-3, fused=True)
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter)
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]

    def call() -> None:
        nn.utils.get_total_norm(gradients)
        torch._foreach_mul_(gradients, 0.999)
        adamw.step()

    return call


def _over(sizes: Sequence[int], seconds: Callable[[int], float]) -> Curve:
    return Curve(tuple(map(float, sizes)), tuple(seconds(size) for size in sizes))


def _grid(
    sizes: Sequence[int], second: Sequence[int], seconds: Callable[[int, int], float]
) -> Surface:
    curves = tuple(_over(sizes, partial(_swapped, seconds, other)) for other in second)
    return Surface(tuple(map(float, second)), curves)


def _swapped(seconds: Callable[[int, int], float], second: int, size: int) -> float:
    return seconds(size, second)
