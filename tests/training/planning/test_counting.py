"""The planner's numbers are those of the module that is built, not estimates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from tests.training.model.shapes import DEBERTA, ENCODERS, EVERY_SPEC
from training.loop.optimizer import build_optimizer
from training.model.backends.sdpa import HALF_PRECISION
from training.model.building import build_model
from training.model.network import TrainyardModel
from training.objectives.cross_entropy import head_loss
from training.planning.flops import count_flops, six_nd, table_flops
from training.planning.memory import Shape, activation_bytes_per_token, kv_cache_bytes, plan_memory
from training.planning.params import count_parameters, count_tensors
from training.registry import MODEL_PRESETS
from training.specs.disentangled_parts import DisentangledTerms
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import (
    AttentionDirection,
    BlockOrder,
    FeedForward,
    Norm,
    NormPlacement,
    Position,
)
from training.specs.optimization import OptimizerPart

KEPT = {**EVERY_SPEC, **ENCODERS, "mask decoder": DEBERTA.replace(mask_decoder_steps=2)}
#: Which part of the count a module's parameters belong to.
PART_OF = {
    "q_norm": "norms",
    "k_norm": "norms",
    "embed_tokens": "token_embedding",
    "positions": "position_embedding",
    "blank_positions": "position_embedding",
    "mask_positions": "position_embedding",
    "self_attn": "attention",
    "mlp": "feedforward",
    "norm": "norms",
    "input_layernorm": "norms",
    "post_attention_layernorm": "norms",
    "attention_norm": "norms",
    "feedforward_norm": "norms",
    "embedding_norm": "norms",
    "lm_head": "head",
    "head_transform": "head",
    "discriminator": "head",
    "sentence_head": "head",
    "token_types": "token_embedding",
    "embedding_projection": "token_embedding",
}
#: Parts of the name of a module that come first: a norm within the head is the head's.
WHOLE = ("head_transform", "discriminator", "sentence_head")


@st.composite
def specs(draw: st.DrawFn) -> ModelSpec:
    """Any small architecture."""
    heads = draw(st.sampled_from([1, 2, 3, 4, 6]))
    placement = draw(st.sampled_from(NormPlacement))
    is_parallel = placement == NormPlacement.PRE and draw(st.booleans())
    head, is_tied = draw(st.sampled_from(Head)), draw(st.booleans())
    is_encoder = head == Head.DISCRIMINATOR or draw(st.booleans())
    position = draw(st.sampled_from(Position))
    if is_encoder and position == Position.ALIBI:
        position = Position.NONE
    if not is_encoder and position == Position.DISENTANGLED:
        position = Position.ROPE
    num_shared = draw(st.sampled_from([k for k in range(1, heads + 1) if heads % k == 0]))
    context_length = draw(st.integers(8, 40))
    is_disentangled = position == Position.DISENTANGLED
    can_factorise = head != Head.LINEAR or not is_tied
    embedding_width = draw(st.sampled_from([0, 12])) if can_factorise else 0
    return ModelSpec(
        num_layers=draw(st.integers(1, 4)),
        width=heads * draw(st.sampled_from([8, 10, 16])),
        num_heads=heads,
        num_kv_heads=0 if is_disentangled else num_shared,
        context_length=context_length,
        disentangled_terms=draw(st.sampled_from(DisentangledTerms)),
        farthest_distance=draw(st.sampled_from([0, 6, 50])) if is_disentangled else 0,
        distance_buckets=draw(st.sampled_from([0, 4])) if is_disentangled else 0,
        shares_position_projections=draw(st.booleans()),
        mask_decoder_steps=draw(st.sampled_from([0, 2])) if is_encoder and not is_parallel else 0,
        vocab_size=draw(st.integers(5, 300)),
        position=position,
        norm=draw(st.sampled_from(Norm)),
        norm_placement=placement,
        has_norm_biases=draw(st.booleans()),
        has_embedding_norm=draw(st.booleans()),
        has_qk_norm=draw(st.booleans()),
        has_qkv_biases=draw(st.booleans()),
        rope_fraction=draw(st.sampled_from([0.25, 0.5, 1.0])),
        block_order=BlockOrder.PARALLEL if is_parallel else BlockOrder.SEQUENTIAL,
        has_shared_norm=is_parallel and draw(st.booleans()),
        feedforward=draw(st.sampled_from(FeedForward)),
        feedforward_width=draw(st.sampled_from([0, 24, 56])),
        has_biases=draw(st.booleans()),
        is_tied=is_tied,
        embedding_width=embedding_width,
        num_token_types=draw(st.integers(0, 2)),
        first_position=2 * (position == Position.LEARNED and draw(st.booleans())),
        has_blank_positions=position == Position.LEARNED and draw(st.booleans()),
        attention=AttentionDirection.BIDIRECTIONAL if is_encoder else AttentionDirection.CAUSAL,
        head=head,
        has_sentence_head=draw(st.booleans()),
    ).resolve()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_parameters_are_those_of_the_module_part_by_part(spec: ModelSpec) -> None:
    built: Counter[str] = Counter()
    with torch.device("meta"):
        model = TrainyardModel(spec)
    model.tie_head()
    named = list(model.named_parameters())
    for name, parameter in named:
        pieces = name.split(".")
        known = (*WHOLE, *PART_OF)
        part = next(PART_OF[piece] for piece in known if piece in pieces)
        built[part] += parameter.numel()
    counted = count_parameters(spec)
    assert {part: n for part, n in vars(counted).items() if n} == dict(built)
    assert counted.total == sum(built.values())
    assert count_tensors(spec) == len(named)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs(), st.integers(1, 3))
def test_operations_are_those_that_torch_counts(spec: ModelSpec, num_rows: int) -> None:
    model, length = build_model(spec, seed=0), spec.context_length
    tokens = torch.zeros(num_rows, length, dtype=torch.long)
    # the plain kernel, because torch counts none of the fused one's products on CPU
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        total = model(tokens).logits.sum()
        forward = counter.get_total_flops()
        total.backward()
    counted = count_flops(spec)
    table = table_flops(spec)
    assert forward == counted.forward_full * num_rows * length + table
    assert counter.get_total_flops() == counted.training_full * num_rows * length + 3 * table


def test_the_causal_half_counts_each_pair_once() -> None:
    spec = ModelSpec(num_layers=1, width=8, num_heads=1, context_length=8, vocab_size=5).resolve()
    counted = count_flops(spec)
    pairs = sum(query + 1 for query in range(8))
    assert counted.attention_causal * 8 == pairs * 4 * 8
    assert counted.attention_full * 8 == 64 * 4 * 8


def test_six_nd_is_near_the_exact_count_where_attention_is_small() -> None:
    spec = ModelSpec(
        num_layers=12, width=768, num_heads=12, context_length=64, vocab_size=1000
    ).resolve()
    assert six_nd(spec, 1) == pytest.approx(count_flops(spec).training, rel=0.02)


def saved_bytes(model: TrainyardModel, forward: Callable[[], Tensor]) -> int:
    """Bytes of distinct memory that autograd keeps, parameters left out."""
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    shapes = {p.shape for p in model.parameters()} | {p.shape[::-1] for p in model.parameters()}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        # lowered copies of weights are counted as weights by the planner
        is_weight = tensor.shape in shapes and tensor.dtype in HALF_PRECISION
        if tensor.untyped_storage().data_ptr() not in own and not is_weight:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        forward()
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def hidden_of(model: TrainyardModel, tokens: Tensor) -> Tensor:
    """The forward pass of the loop; its head is part of the loss."""
    return model(tokens, returns_hidden=True).hidden_states[0]


@pytest.mark.parametrize("spec", KEPT.values(), ids=KEPT)
def test_activations_are_what_autograd_keeps(spec: ModelSpec) -> None:
    spec = spec.resolve().replace(context_length=256)
    model = build_model(spec, seed=0)
    tokens = torch.zeros(4, 256, dtype=torch.long)
    planned = 4 * 256 * activation_bytes_per_token(spec, Shape(4, 256))
    assert saved_bytes(model, lambda: hidden_of(model, tokens)) == pytest.approx(planned, rel=0.01)


def test_activations_with_dropout_on_cpu_count_the_written_out_matrix() -> None:
    spec = EVERY_SPEC["GQA tied"].resolve().replace(context_length=256, dropout=0.1)
    model = build_model(spec, seed=0).train()
    tokens = torch.zeros(2, 256, dtype=torch.long)
    shape = Shape(2, 256, has_mixing_matrix=True)
    planned = 2 * 256 * activation_bytes_per_token(spec, shape)
    assert saved_bytes(model, lambda: hidden_of(model, tokens)) == pytest.approx(planned, rel=0.03)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bf16", "fp16"])
@pytest.mark.parametrize(("length", "share"), [(256, 0.65), (64, 0.8)], ids=["tiles", "short"])
def test_activations_in_half_precision_are_smaller_and_what_autograd_keeps(
    length: int, share: float, dtype: torch.dtype
) -> None:
    """Short rows attend in fp32, so that less is gained there."""
    spec = EVERY_SPEC["MHA tied"].resolve().replace(context_length=length)
    model = build_model(spec, seed=0)
    tokens = torch.zeros(4, length, dtype=torch.long)

    def forward() -> Tensor:
        with torch.autocast("cpu", dtype):
            return hidden_of(model, tokens)

    fp32, half = (
        4 * length * activation_bytes_per_token(spec, Shape(4, length, is_half=is_half))
        for is_half in (False, True)
    )
    assert half < share * fp32
    assert saved_bytes(model, forward) == pytest.approx(half, rel=0.01)


@pytest.mark.parametrize("is_bf16", [False, True], ids=["fp32", "bf16"])
@pytest.mark.parametrize("spec", EVERY_SPEC.values(), ids=EVERY_SPEC)
def test_weights_gradients_and_moments_are_those_of_a_real_step(
    spec: ModelSpec, is_bf16: bool
) -> None:
    model = build_model(spec.resolve(), seed=0)
    optimizer = build_optimizer(model, OptimizerPart())
    with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
        hidden = hidden_of(model, torch.zeros(2, 8, dtype=torch.long)).flatten(0, 1)
        loss = head_loss(hidden, model.lm_head.weight, torch.ones(16, dtype=torch.long))
    loss.backward()
    optimizer.step()
    plan = plan_memory(spec, Shape(2, 8, is_half=is_bf16))
    weights = sum(p.nbytes for p in model.parameters())
    gradients = sum(p.grad.nbytes for p in model.parameters() if p.grad is not None)
    moments = sum(value.nbytes for state in optimizer.state.values() for value in state.values())
    assert (plan.weights, plan.gradients) == (weights, gradients)
    assert plan.optimizer == pytest.approx(moments, rel=0.02)


@pytest.mark.parametrize("name", ["MHA tied", "GQA tied", "MQA untied"])
def test_the_cache_is_as_large_as_planned(name: str) -> None:
    spec = EVERY_SPEC[name].resolve()
    cache = build_model(spec, seed=0)(
        torch.zeros(1, 20, dtype=torch.long), use_cache=True
    ).past_key_values
    real = sum(key.nbytes + value.nbytes for key, value in cache.layers.values())
    assert kv_cache_bytes(spec, 20) == real


@pytest.mark.parametrize(
    ("name", "vocab_size", "millions"),
    [
        ("llama-tiny", 4096, 1.3),
        ("gpt2-tiny", 4096, 1.4),
        ("llama-15m", 32_000, 15.2),
        ("llama-42m", 32_000, 41.7),
        ("llama-110m", 32_000, 109.5),
        ("gpt2-small", 50_257, 124.4),
        ("pythia-70m", 50_304, 70.4),
        ("bloom-560m", 250_880, 559.2),
        ("qwen3-0.6b", 151_936, 596.0),
        ("falcon-7b", 65_024, 6921.7),
        ("glm-tiny", 4096, 1.3),
        ("glm4-9b", 151_552, 9399.9),
        ("bert-tiny", 4096, 1.4),
        ("bert-base", 30_522, 109.5),
        ("roberta-base", 50_265, 124.7),
        ("deberta-tiny", 4096, 1.6),
        ("deberta-base", 50_265, 139.2),
        ("electra-tiny", 4096, 1.1),
        ("electra-small", 30_522, 13.5),
        ("electra-small-generator", 30_522, 4.6),
    ],
)
def test_presets_have_the_size_of_their_title(name: str, vocab_size: int, millions: float) -> None:
    spec = MODEL_PRESETS[name].load().replace(vocab_size=vocab_size)
    assert list(spec.problems()) == []
    assert count_parameters(spec).total / 1e6 == pytest.approx(millions, abs=0.06)
