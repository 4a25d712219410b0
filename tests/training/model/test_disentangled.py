"""Disentangled attention and the mask decoder: buckets, sharing, absolute positions, isolation."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear, softmax
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

from tests.training.model.shapes import DEBERTA
from tests.training.model.twins import build_transformers, native_of, twin_of
from training.errors import Problem
from training.export.native import match_native, native_class
from training.model.disentangled import Disentangled, bucketed
from training.model.masks import Documents
from training.model.pretrained import TrainyardPreTrained
from training.specs.disentangled_parts import DisentangledTerms
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection, BlockOrder, NormPlacement

WIDE = {"init_std": 0.2}


@pytest.fixture
def tokens() -> Tensor:
    return torch.randint(2, 211, (2, 40), generator=torch.Generator().manual_seed(5))


def built(**changes: object) -> TrainyardPreTrained:
    return build_transformers(DEBERTA.resolve().replace(**WIDE, **changes), seed=2).eval()


@pytest.mark.parametrize(("reach", "farthest"), [(8, 64), (32, 512), (6, 20), (4, 128)])
def test_buckets_are_those_of_the_second_version(reach: int, farthest: int) -> None:
    back = torch.arange(-600, 601)
    theirs = make_log_bucket_position(back, reach, farthest).long().clamp(-reach, reach - 1)
    ours = bucketed(back, reach, farthest).clamp(-reach, reach - 1)
    assert torch.equal(ours, theirs)


def test_far_distances_share_a_row() -> None:
    positions = built(farthest_distance=4).model.positions
    assert isinstance(positions, Disentangled)
    found = positions.distances(40, None)
    assert found.table.shape[0] == 8
    assert found.index[20, 20] == 4
    assert found.index[20, 17:25].tolist() == [7, 6, 5, 4, 3, 2, 1, 0]
    assert found.index[39, 0] == 7
    assert found.index[0, 39] == 0


def test_shared_projections_add_no_parameters(tokens: Tensor) -> None:
    own, shared = built(), built(shares_position_projections=True)
    more = sum(p.numel() for p in own.parameters()) - sum(p.numel() for p in shared.parameters())
    assert more == 2 * (2 * 64 * 64 + 64)
    assert not torch.allclose(own(tokens).logits, shared(tokens).logits)


def by_hand(model: TrainyardPreTrained, tokens: Tensor) -> Tensor:
    """Hidden states after the mask decoder, by transformers' own sums of scores."""
    twin = twin_of(without_decoder(model))
    with torch.no_grad():
        read = twin.deberta(tokens, output_hidden_states=True).hidden_states[-2]
        layer = twin.deberta.encoder.layer[-1]
        assert model.model.mask_positions is not None
        asking = read + model.model.mask_positions.weight[: tokens.shape[1]]
        for _ in range(model.spec.mask_decoder_steps):
            asking = one_step(layer, twin.deberta.encoder, asking, read)
    return asking


def one_step(
    layer: torch.nn.Module, encoder: torch.nn.Module, asking: Tensor, read: Tensor
) -> Tensor:
    own = layer.attention.self
    weights = own.in_proj.weight.view(4, 3, 16, 64)
    query, key, value = (linear(x, weights[:, part].reshape(64, 64))
                         for part, x in enumerate((asking, read, read)))  # fmt: skip
    query, value = query + own.q_bias, value + own.v_bias
    query, key, value = (x.unflatten(-1, (4, 16)).transpose(1, 2) for x in (query, key, value))
    query = query / math.sqrt(3 * 16)
    places = torch.arange(read.shape[1])
    back = (places[:, None] - places)[None]
    scores = query @ key.mT + own.disentangled_att_bias(
        query, key, back, encoder.rel_embeddings.weight, 3
    )
    mixed = (softmax(scores, -1) @ value).transpose(1, 2).flatten(2)
    attended = layer.attention.output(mixed, asking)
    return layer.output(layer.intermediate(attended), attended)


def without_decoder(model: TrainyardPreTrained) -> TrainyardPreTrained:
    plain = build_transformers(model.spec.replace(mask_decoder_steps=0), seed=0)
    missing = plain.load_state_dict(model.state_dict(), strict=False)
    assert missing.unexpected_keys == ["model.mask_positions.weight"]
    return plain.eval()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_mask_decoder_asks_with_absolute_positions(tokens: Tensor, steps: int) -> None:
    model = built(mask_decoder_steps=steps)
    with torch.no_grad():
        hidden = model(tokens, returns_hidden=True).hidden_states[0]
    torch.testing.assert_close(hidden, by_hand(model, tokens), atol=1e-5, rtol=1e-5)


def test_a_mask_decoder_keeps_our_class_and_says_why() -> None:
    spec = DEBERTA.resolve().replace(mask_decoder_steps=2)
    assert native_class(spec) is None
    assert "there is a mask decoder" in match_native(spec)
    assert native_of(built()).name == "DebertaForMaskedLM"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mask_decoder_steps": 2},
        {"distance_buckets": 8},
        {"norm_placement": NormPlacement.PRE, "mask_decoder_steps": 1},
    ],
    ids=str,
)
def test_documents_are_isolated_bit_for_bit(tokens: Tensor, changes: dict[str, object]) -> None:
    model = built(**changes)
    documents = Documents.of_lengths([[15, 25], [40]])
    positions = documents.reset_positions()
    changed = tokens.clone()
    changed[0, :15] = (changed[0, :15] + 7) % 211
    with torch.no_grad():
        one, other = (model(t, documents, positions).logits for t in (tokens, changed))
        alone = model(tokens[:1, 15:]).logits[0]
    assert torch.equal(one[0, 15:], other[0, 15:])
    assert not torch.equal(one[0, :15], other[0, :15])
    torch.testing.assert_close(one[0, 15:], alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("terms", DisentangledTerms)
def test_every_parameter_gets_a_gradient(tokens: Tensor, terms: DisentangledTerms) -> None:
    model = built(disentangled_terms=terms, mask_decoder_steps=2)
    model(tokens, labels=tokens).loss.backward()
    named = dict(model.named_parameters())
    assert [name for name, parameter in named.items() if parameter.grad is None] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"attention": AttentionDirection.CAUSAL}, "position"),
        ({"num_kv_heads": 2}, "num_kv_heads"),
        ({"distance_buckets": 2}, "distance_buckets"),
        ({"distance_buckets": 128}, "distance_buckets"),
        ({"mask_decoder_steps": 2, "block_order": BlockOrder.PARALLEL,
          "norm_placement": NormPlacement.PRE}, "mask_decoder_steps"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_go_together_is_refused(changes: dict[str, object], field: str) -> None:
    (problem,) = found_problems(DEBERTA.replace(**changes))
    assert problem.field == field
    assert problem.expected
    assert found_problems(DEBERTA.replace(**{**changes, **dict(problem.fix)})) == []


def found_problems(spec: ModelSpec) -> list[Problem]:
    return list(spec.problems())
