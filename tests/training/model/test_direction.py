"""Attention that looks both ways, or at a prefix whole: isolated, and equal in every back end."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import DynamicCache

from tests.training.model.shapes import EVERY_SPEC, LLAMA
from tests.training.model.test_isolation import CPU_BACKENDS, leaks, logits_of, positions_of
from tests.training.model.test_tiles import heads, value_and_gradients
from tests.training.model.twins import build_transformers
from training.errors import SpecError
from training.export.native import match_native
from training.model.backends.choice import supported
from training.model.backends.sdpa import attend_rows
from training.model.backends.tiles import TILE, TiledAttention
from training.model.masks import Documents, MaskKind
from training.model.position_bias import buckets
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection, Position

ROWS = [[7, 80, 9], [32, 32, 32], [1, 3, 2, 5, 60, 25], [96]]
PREFIXES = [[3, 40, 9], [0, 31, 32], [1, 0, 1, 5, 59, 2], [50]]
VOCAB_SIZE = 211
BOTH = AttentionDirection.BIDIRECTIONAL
DIRECTIONS = [AttentionDirection.PREFIX, BOTH]
#: ALiBi looks back alone; disentangled attention has no back ends (``test_disentangled``).
ELSEWHERE = {Position.ALIBI, Position.DISENTANGLED}
#: One of each other kind of position, and shared heads.
KINDS = {
    "rope": LLAMA.replace(num_kv_heads=2),
    "learned": EVERY_SPEC["GPT-2"],
    "relative": EVERY_SPEC["relative, post-norm"],
    "sinusoidal": EVERY_SPEC["sinusoidal, DeepNorm"],
    "none": EVERY_SPEC["no positions, sandwich, GeGLU"],
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def spec(request: pytest.FixtureRequest) -> ModelSpec:
    return request.param.resolve()


@pytest.fixture
def tokens() -> Tensor:
    return torch.randint(VOCAB_SIZE, (4, 96), generator=torch.Generator().manual_seed(3))


def documents_for(direction: AttentionDirection) -> Documents:
    is_prefix = direction == AttentionDirection.PREFIX
    return Documents.of_lengths(ROWS, PREFIXES if is_prefix else None)


def test_every_kind_of_position_is_here() -> None:
    assert {spec.position for spec in KINDS.values()} == set(Position) - ELSEWHERE


def test_a_prefix_is_seen_whole_and_the_rest_looks_back() -> None:
    documents = Documents.of_lengths([[4, 3]], [[2, 0]])
    assert documents.may_attend()[0].int().tolist() == [
        [1, 1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 1, 1, 1],
    ]
    assert documents.may_attend(is_causal=False)[0].sum() == 4 * 4 + 3 * 3
    assert documents.to("cpu").prefixes == ((2, 0),)


@pytest.mark.parametrize("prefixes", [[[5, 0]], [[-1, 0]], [[2]], [[2, 0, 0]]])
def test_prefixes_that_do_not_fit_are_refused(prefixes: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="prefixes of row 0"):
        Documents.of_lengths([[4, 3]], prefixes)


@pytest.mark.parametrize("position", ["running", "reset"])
@pytest.mark.parametrize("backend", CPU_BACKENDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_changing_one_document_leaves_the_others_bit_unchanged(
    spec: ModelSpec, direction: AttentionDirection, backend: str, position: str, tokens: Tensor
) -> None:
    documents = documents_for(direction)
    model = build_transformers(spec.replace(attention=direction), seed=1).eval()
    model.attention_backend = backend
    assert leaks(model, tokens, documents, positions_of(position, documents)) == []


@pytest.mark.parametrize("backend", CPU_BACKENDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_back_ends_agree_with_the_written_out_mask(
    spec: ModelSpec, direction: AttentionDirection, backend: str, tokens: Tensor
) -> None:
    documents = documents_for(direction)
    model = build_transformers(spec.replace(attention=direction, init_std=0.2), seed=1).eval()
    model.attention_backend = "dense"
    expected = logits_of(model, tokens, documents, None)
    model.attention_backend = backend
    found = logits_of(model, tokens, documents, None)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_token_feels_what_it_may_see_and_nothing_else(
    spec: ModelSpec, direction: AttentionDirection
) -> None:
    """Change one token: who may look at it moves, nobody else (one layer, so no detours)."""
    documents = documents_for(direction)
    spec = spec.replace(attention=direction, num_layers=1, init_std=0.2)
    model = build_transformers(spec, seed=1).eval()
    tokens = torch.full((4, 96), 5)
    before = logits_of(model, tokens, documents, None)
    may = documents.may_attend(is_causal=direction != AttentionDirection.BIDIRECTIONAL)
    for changed in (0, 8, 40, 90):
        other = tokens.clone()
        other[:, changed] = 17
        moved = (logits_of(model, other, documents, None) != before).any(-1)
        assert torch.equal(moved, may[:, :, changed])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_back_ends_that_can_train_agree_on_gradients(
    spec: ModelSpec, direction: AttentionDirection, tokens: Tensor
) -> None:
    gradients = []
    for backend in ("per_document", "dense"):
        model = build_transformers(spec.replace(attention=direction), seed=1)
        model.attention_backend = backend
        model(tokens, documents_for(direction)).logits.square().mean().backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    for ours, reference in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, reference, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_whole_rows_are_rows_of_one_document(spec: ModelSpec, backend: str, tokens: Tensor) -> None:
    model = build_transformers(spec.replace(attention=BOTH), seed=1).eval()
    plain = logits_of(model, tokens, None, None)
    model.attention_backend = backend
    whole = logits_of(model, tokens, Documents.of_lengths([[96]] * 4), None)
    torch.testing.assert_close(whole, plain, atol=1e-5, rtol=1e-5)


def test_padding_is_not_looked_at_in_either_direction(spec: ModelSpec, tokens: Tensor) -> None:
    model = build_transformers(spec.replace(attention=BOTH), seed=1).eval()
    mask = torch.ones(4, 96, dtype=torch.long)
    mask[:, 60:] = 0
    with torch.no_grad():
        padded = model(tokens, attention_mask=mask).logits[:, :60]
        alone = model(tokens[:, :60]).logits
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=1e-5)


def test_the_prompt_of_a_prefix_model_is_its_prefix(spec: ModelSpec) -> None:
    model = build_transformers(
        spec.replace(attention=AttentionDirection.PREFIX, init_std=0.2), seed=1
    ).eval()
    tokens = torch.randint(VOCAB_SIZE, (1, 20), generator=torch.Generator().manual_seed(7))
    documents = Documents.of_lengths([[20]], [[12]])
    cache = DynamicCache(config=model.config)
    with torch.no_grad():
        whole = model(tokens, documents).logits
        steps = [model(tokens[:, :12], past_key_values=cache).logits]
        steps += [
            model(tokens[:, at : at + 1], past_key_values=cache).logits for at in range(12, 20)
        ]
    torch.testing.assert_close(torch.cat(steps, dim=1), whole, atol=1e-5, rtol=1e-5)
    text = model.generate(tokens[:, :12], max_new_tokens=6, do_sample=False)
    with torch.no_grad():
        given = Documents.of_lengths([[17]], [[12]])
        assert torch.equal(text[:, 12:], model(text[:, :-1], given).logits[:, 11:].argmax(-1))


def test_what_a_model_cannot_do_is_said(tokens: Tensor) -> None:
    both = build_transformers(LLAMA.replace(attention=BOTH).resolve(), seed=1)
    with pytest.raises(ValueError, match="cannot write one"):
        both.generate(tokens[:, :4], max_new_tokens=2)
    with pytest.raises(ValueError, match="there is no cache"):
        both(tokens, use_cache=True)
    with pytest.raises(ValueError, match="want prefix attention, not bidirectional"):
        both(tokens, Documents.of_lengths(ROWS, PREFIXES))
    spec = LLAMA.replace(attention=AttentionDirection.PREFIX).resolve()
    prefix = build_transformers(spec, seed=1)
    with pytest.raises(ValueError, match="leave use_cache on"):
        prefix.generate(tokens[:, :4], max_new_tokens=2, use_cache=False)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_alibi_is_refused_where_tokens_look_ahead(direction: AttentionDirection) -> None:
    with pytest.raises(SpecError) as caught:
        ModelSpec.model_validate({"position": "alibi", "attention": direction})
        problems = list(LLAMA.replace(position=Position.ALIBI, attention=direction).problems())
        raise SpecError(problems)
    (problem,) = caught.value.problems
    assert (problem.field, problem.got) == ("position", "alibi")
    assert "looks ahead" in problem.message
    assert "relative" in problem.expected
    assert problem.fix == (("position", Position.ROPE),)


def test_no_class_of_transformers_that_is_causal_is_taken_for_another(spec: ModelSpec) -> None:
    for direction in DIRECTIONS:
        assert f"attention is {direction}" in match_native(spec.replace(attention=direction))


def test_buckets_of_both_directions_are_those_of_t5() -> None:
    from transformers.models.t5.modeling_t5 import T5Attention

    model = build_transformers(KINDS["relative"].replace(attention=BOTH).resolve(), seed=1)
    relative = model.model.positions
    numbers = torch.arange(32.0)[:, None].expand(32, 4)
    relative.weight.data = numbers.clone()
    bias = relative.bias(300, torch.device("cpu"))
    back = torch.arange(-299, 300)
    expected = T5Attention._relative_position_bucket(-back, True, 32, 128)
    assert torch.equal(bias.numbers[0, bias.of(back)].long(), expected)
    assert buckets(3, torch.device("cpu")).tolist() == [0, 1, 2]


def test_reasons_and_choices_on_a_gpu() -> None:
    assert "prefix whole" in str(
        supported("varlen", "cuda", MaskKind.PREFIX, True, dtype=torch.bfloat16)
    )
    assert supported("varlen", "cuda", MaskKind.FULL_DOCUMENT, True, dtype=torch.bfloat16) is None
    assert supported("flex", "cuda", MaskKind.PREFIX, True) is None
    assert "does not keep packed documents apart" in str(
        supported("sdpa", "cpu", MaskKind.FULL_DOCUMENT, True)
    )


@pytest.mark.parametrize("num_shared", [4, 1], ids=["MHA", "MQA"])
@pytest.mark.parametrize("num_tokens", [5, TILE, 3 * TILE - 7])
def test_tiles_of_both_directions_are_exact(num_tokens: int, num_shared: int) -> None:
    inputs = heads(num_tokens, num_shared, torch.float32)

    def reference(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return scaled_dot_product_attention(query, key, value, enable_gqa=True)

    ours = value_and_gradients(lambda q, k, v: TiledAttention.apply(q, k, v, False), inputs)
    for mine, theirs in zip(ours, value_and_gradients(reference, inputs), strict=True):
        torch.testing.assert_close(mine, theirs, atol=2e-5, rtol=1e-5)
    half = heads(num_tokens, num_shared, torch.bfloat16)
    mixed = attend_rows(*half, 0.0, is_causal=False)
    exact = reference(*(tensor.detach().float() for tensor in half))
    assert (mixed - exact).norm() < 0.02 * exact.norm()
