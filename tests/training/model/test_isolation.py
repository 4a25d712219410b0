"""A document in a packed row must not feel the others: to the last bit, with every back end.

The check itself is checked: without the mask it has to find the leak.
"""

from __future__ import annotations

import warnings
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from tests.training.model.twins import build_transformers
from training.errors import SpecError
from training.model.backends.choice import choose_backend, supported
from training.model.huggingface import TrainyardForCausalLM
from training.model.masks import Documents, MaskKind
from training.registry import ATTENTIONS
from training.specs.model import ModelSpec

#: Long and short documents, shared and single pieces, equal neighbours, a whole row of one.
ROWS = [[7, 80, 9], [32, 32, 32], [1, 3, 2, 5, 60, 25], [96]]
VOCAB_SIZE = 211
SMALL = ModelSpec(num_layers=1, width=32, vocab_size=VOCAB_SIZE).resolve()

#: Back ends that compute packed rows on this machine (the GPU ones cannot run here).
CPU_BACKENDS = ["per_document", "flex", "dense"]


@pytest.fixture
def documents() -> Documents:
    return Documents.of_lengths(ROWS)


@pytest.fixture
def tokens() -> Tensor:
    return torch.randint(VOCAB_SIZE, (4, 96), generator=torch.Generator().manual_seed(3))


def positions_of(kind: str, documents: Documents) -> Tensor | None:
    return documents.reset_positions() if kind == "reset" else None


def logits_of(
    model: TrainyardForCausalLM,
    tokens: Tensor,
    documents: Documents | None,
    position_ids: Tensor | None,
) -> Tensor:
    with torch.no_grad(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "flex_attention called without torch.compile")
        return model(tokens, documents, position_ids).logits


def leaks(
    model: TrainyardForCausalLM,
    tokens: Tensor,
    documents: Documents,
    position_ids: Tensor | None,
    *,
    masked: bool = True,
) -> list[tuple[int, int, int]]:
    """Change the first document of every row, then the second ...; name what was felt elsewhere.

    Returns (row, changed, felt) wherever a logit of document ``felt`` moved by a bit.
    """
    given = documents if masked else None
    before = logits_of(model, tokens, given, position_ids)
    spans = [list(pairwise((0, *ends))) for ends in documents.ends]
    found = []
    for changed in range(max(map(len, spans))):
        other = tokens.clone()
        for row, span in enumerate(spans):
            for start, end in span[changed : changed + 1]:
                other[row, start:end] = (other[row, start:end] + 17) % VOCAB_SIZE
        moved = (logits_of(model, other, given, position_ids) != before).any(-1)
        for row, span in enumerate(spans):
            felt = {at for at, (start, end) in enumerate(span) if moved[row, start:end].any()}
            assert (changed in felt) == (changed < len(span))  # a change is seen where it is made
            found += [(row, changed, at) for at in sorted(felt - {changed})]
    return sorted(found)


@pytest.mark.parametrize("position", ["running", "reset"])
@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_changing_one_document_leaves_the_others_bit_unchanged(
    spec: ModelSpec, backend: str, position: str, documents: Documents, tokens: Tensor
) -> None:
    model = build_transformers(spec, seed=1).eval()
    model.attention_backend = backend
    assert leaks(model, tokens, documents, positions_of(position, documents)) == []


@pytest.mark.parametrize("position", ["running", "reset"])
@pytest.mark.parametrize("backend", ["per_document", "dense"])
def test_documents_that_are_all_equally_long_do_not_feel_each_other(
    spec: ModelSpec, backend: str, position: str
) -> None:
    documents = Documents.of_lengths([[48, 48]] * 2)
    tokens = torch.randint(VOCAB_SIZE, (2, 96), generator=torch.Generator().manual_seed(4))
    model = build_transformers(spec, seed=1).eval()
    model.attention_backend = backend
    assert leaks(model, tokens, documents, positions_of(position, documents)) == []


@pytest.mark.parametrize("position", ["running", "reset"])
@pytest.mark.parametrize("backend", ["per_document", "dense"])
def test_isolation_holds_in_bf16_and_for_documents_long_enough_for_tiles(
    spec: ModelSpec, backend: str, position: str
) -> None:
    documents = Documents.of_lengths([[130, 100, 20], [7, 230, 13], [250]])
    tokens = torch.randint(VOCAB_SIZE, (3, 250), generator=torch.Generator().manual_seed(5))
    model = build_transformers(spec.replace(context_length=250), seed=1).eval()
    model.attention_backend = backend
    with torch.autocast("cpu", torch.bfloat16):
        assert leaks(model, tokens, documents, positions_of(position, documents)) == []
        assert leaks(model, tokens, documents, positions_of(position, documents), masked=False)


@pytest.mark.parametrize("position", ["running", "reset"])
def test_the_check_finds_the_leak_when_the_mask_is_removed(
    spec: ModelSpec, position: str, documents: Documents, tokens: Tensor
) -> None:
    model = build_transformers(spec, seed=1).eval()
    found = leaks(model, tokens, documents, positions_of(position, documents), masked=False)
    earlier_into_later = [
        (row, changed, felt)
        for row, lengths in enumerate(ROWS)
        for changed in range(len(lengths))
        for felt in range(changed + 1, len(lengths))
    ]
    assert found == earlier_into_later


def test_gradients_of_a_document_do_not_reach_the_others(
    spec: ModelSpec, documents: Documents, tokens: Tensor
) -> None:
    model = build_transformers(spec, seed=1)
    embedded: list[Tensor] = []
    model.model.embed_tokens.register_forward_hook(lambda *call: embedded.append(call[2]))
    output = model(tokens, documents).logits
    embedded[0].retain_grad()
    output[0, 7:87].square().sum().backward()
    reached = embedded[0].grad.abs().sum(-1) > 0
    assert reached[0, 7:87].all()
    assert not reached[0, :7].any()
    assert not reached[0, 87:].any()
    assert not reached[1:].any()


@pytest.mark.parametrize("backend", CPU_BACKENDS)
def test_packed_rows_give_what_each_document_gives_alone(
    spec: ModelSpec, backend: str, documents: Documents, tokens: Tensor
) -> None:
    model = build_transformers(spec, seed=1).eval()
    model.attention_backend = backend
    packed = logits_of(model, tokens, documents, documents.reset_positions())
    model.attention_backend = "auto"
    for row, start, end in documents.segments():
        alone = logits_of(model, tokens[row : row + 1, start:end], None, None)
        torch.testing.assert_close(packed[row, start:end], alone[0], atol=1e-5, rtol=0)


def test_back_ends_that_can_train_agree_on_gradients(
    spec: ModelSpec, documents: Documents, tokens: Tensor
) -> None:
    gradients = []
    for backend in ("per_document", "dense"):
        model = build_transformers(spec, seed=1)
        model.attention_backend = backend
        model(tokens, documents, labels=tokens).loss.backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    for ours, reference in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, reference, atol=1e-6, rtol=1e-4)


def test_back_ends_agree_on_rows_of_one_document(spec: ModelSpec, tokens: Tensor) -> None:
    model = build_transformers(spec, seed=1).eval()
    plain = logits_of(model, tokens, None, None)
    whole = Documents.of_lengths([[96]] * 4)
    for backend in CPU_BACKENDS:
        model.attention_backend = backend
        torch.testing.assert_close(logits_of(model, tokens, whole, None), plain, atol=1e-5, rtol=0)


def test_every_back_end_the_product_chooses_on_cpu_is_tested_here() -> None:
    chosen = {
        choose_backend("cpu", mask, needs_grad=grad, has_dropout=dropout)
        for mask in MaskKind
        if mask.is_isolating and mask is not MaskKind.SOFT
        for grad in (True, False)
        for dropout in (True, False)
    }
    assert chosen <= set(CPU_BACKENDS)
    for mask in MaskKind:
        if mask.is_isolating and mask is not MaskKind.SOFT:
            able = {name for name in ATTENTIONS if not supported(name, "cpu", mask, False)}
            assert able == set(CPU_BACKENDS)


def test_a_back_end_that_would_leak_is_refused_with_its_reason(
    documents: Documents, tokens: Tensor
) -> None:
    model = build_transformers(SMALL, seed=1)
    model.attention_backend = "sdpa"
    with pytest.raises(SpecError, match=r"does not keep packed documents apart.*per_document"):
        model(tokens, documents)


def test_flex_is_refused_where_it_has_no_backward(documents: Documents, tokens: Tensor) -> None:
    model = build_transformers(SMALL, seed=1)
    model.attention_backend = "flex"
    with pytest.raises(SpecError, match="no backward on CPU"):
        model(tokens, documents)


def test_a_padding_mask_beside_documents_is_refused(documents: Documents, tokens: Tensor) -> None:
    model = build_transformers(SMALL, seed=1)
    padding = torch.ones_like(tokens)
    padding[:, :3] = 0
    with pytest.raises(ValueError, match="cannot be combined"):
        model(tokens, documents, attention_mask=padding)
