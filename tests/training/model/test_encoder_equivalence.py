"""Our encoders are transformers': same weights, same logits, same AdamW step, padded or packed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.training.model.shapes import ENCODERS
from tests.training.model.twins import build_transformers, same_weights, take_one_step, twin_of
from training.export.folder import export_model
from training.export.load import load_exported
from training.model.masks import Documents
from training.model.pretrained import TrainyardPreTrained
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec

TOLERANCE = 1e-5
STEP_TOLERANCE = 1e-4
IGNORED = -100


@pytest.fixture(params=list(ENCODERS.values()), ids=list(ENCODERS))
def spec(request: pytest.FixtureRequest) -> ModelSpec:
    return request.param.resolve()


@pytest.fixture
def ours(spec: ModelSpec) -> TrainyardPreTrained:
    # A wide spread, so that attention is far from uniform and a wrong mask would show.
    return build_transformers(spec.replace(init_std=0.2), seed=2).eval()


@pytest.fixture
def tokens() -> Tensor:
    # none of the padding token, which RoBERTa would count positions by
    return torch.randint(2, 211, (3, 48), generator=torch.Generator().manual_seed(5))


@pytest.fixture
def types(spec: ModelSpec) -> Tensor:
    halves = torch.arange(48).expand(3, -1) >= 20
    return halves.long() * (spec.num_token_types - 1)


def scores(output: Any) -> Tensor:
    """Logits by whatever name the class has for them."""
    found = getattr(output, "prediction_logits", None)
    return output.logits if found is None else found


def labels_of(spec: ModelSpec, tokens: Tensor) -> Tensor:
    """Original ids of every third token, or which tokens were replaced."""
    chosen = torch.arange(tokens.shape[1]) % 3 == 1
    if spec.head == Head.DISCRIMINATOR:
        return chosen.long().expand(tokens.shape).clone()
    return torch.where(chosen, tokens, IGNORED)


def test_logits_equal_those_of_transformers(
    ours: TrainyardPreTrained, tokens: Tensor, types: Tensor
) -> None:
    twin = twin_of(ours)
    with torch.no_grad():
        mine = ours(tokens, token_type_ids=types).logits
        theirs = scores(twin(tokens, token_type_ids=types))
    assert theirs.std() > 0.3  # the comparison is of numbers that mean something
    torch.testing.assert_close(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)


def test_logits_equal_where_rows_are_padded(ours: TrainyardPreTrained, tokens: Tensor) -> None:
    twin = twin_of(ours)
    is_real = torch.ones_like(tokens)
    is_real[1, 30:] = is_real[2, 41:] = 0
    tokens = torch.where(is_real.bool(), tokens, 1)
    with torch.no_grad():
        mine = ours(tokens, attention_mask=is_real).logits
        theirs = scores(twin(tokens, attention_mask=is_real))
    real = is_real.bool()
    torch.testing.assert_close(mine[real], theirs[real], atol=TOLERANCE, rtol=TOLERANCE)


def test_packed_documents_have_the_logits_of_transformers_alone(
    ours: TrainyardPreTrained, tokens: Tensor
) -> None:
    twin = twin_of(ours)
    rows = [[48], [10, 38], [5, 20, 23]]
    documents = Documents.of_lengths(rows)
    with torch.no_grad():
        mine = ours(tokens, documents, documents.reset_positions()).logits
        for row, start, end in documents.segments():
            alone = scores(twin(tokens[row : row + 1, start:end]))[0]
            torch.testing.assert_close(mine[row, start:end], alone, atol=TOLERANCE, rtol=TOLERANCE)


def test_one_adamw_step_equals_that_of_transformers(spec: ModelSpec, tokens: Tensor) -> None:
    if spec.has_sentence_head:
        pytest.skip("the class of both heads has a loss of both alone; the heads are compared")
    ours = build_transformers(spec, seed=2).eval()
    twin = twin_of(ours)
    labels = labels_of(spec, tokens)
    mine, theirs = (take_one_step(m, input_ids=tokens, labels=labels) for m in (ours, twin))
    assert mine == pytest.approx(theirs, abs=1e-6)
    stepped = dict(twin.named_parameters())
    for name, tensor in same_weights(ours).items():
        # no key bias changes the loss (softmax ignores it): its whole gradient is noise
        atol = 2e-3 if name.endswith("key.bias") else STEP_TOLERANCE
        torch.testing.assert_close(tensor, stepped[name].detach(), atol=atol, rtol=0)


def test_export_reloaded_by_auto_class_gives_the_same_logits(
    ours: TrainyardPreTrained, tokens: Tensor, tmp_path: Path
) -> None:
    info = export_model(ours, None, tmp_path / "model")
    assert info.is_native
    reloaded = load_exported(info.path)
    assert type(reloaded).__name__ == info.architecture
    with torch.no_grad():
        mine, theirs = ours(tokens).logits, scores(reloaded(tokens))
    torch.testing.assert_close(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)


def test_the_sentence_head_reads_the_first_token(tokens: Tensor) -> None:
    spec = ENCODERS["BERT with both heads"].resolve().replace(init_std=0.2)
    ours = build_transformers(spec, seed=2).eval()
    assert ours.sentence_head is not None
    with torch.no_grad():
        hidden = ours(tokens, returns_hidden=True).hidden_states[0]
        mine = ours.sentence_head(hidden[:, 0])
        theirs = twin_of(ours)(tokens).seq_relationship_logits
    torch.testing.assert_close(mine, theirs, atol=TOLERANCE, rtol=TOLERANCE)
