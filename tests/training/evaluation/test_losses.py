"""The verb ``losses``: each token's loss, windows of long documents, and what pages read of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.corpus.jobs import run_verb
from tests.training.evaluation.test_verb import chain
from tests.training.loop.tiny import make_store
from training.errors import DataError
from training.evaluation.losses import TokenLosses
from training.evaluation.token_losses import _windows
from training.helper.losses import list_losses, read_losses
from training.loop.base import load_base

__all__ = ["chain"]


def measured(tmp_path: Path, chain, **fields) -> TokenLosses:
    out = run_verb(
        "losses", tmp_path / "losses", model=str(chain.model), tokens=str(chain.tokens),
        device="cpu", num_threads=1, **fields,
    )  # fmt: skip
    return TokenLosses.open(out)


def test_each_token_has_the_loss_that_the_model_gives_it(tmp_path: Path, chain) -> None:
    found = measured(tmp_path, chain)
    store = found.store()
    model = load_base(chain.model).model()
    first, last = store.documents("validation")
    assert found.table["document"].to_pylist() == list(range(first, last))
    for document in range(first, last):
        ids = torch.tensor(store.document_tokens(document).astype(np.int64))
        row, losses = found.of(document)
        with torch.no_grad():
            logs = torch.log_softmax(model(ids[None]).logits[0, :-1].float(), -1)
        wanted = -logs.gather(1, ids[1:, None]).flatten()
        assert np.isnan(losses[0])
        np.testing.assert_allclose(losses[1:], wanted, atol=1e-4)
        assert row["loss"] == pytest.approx(wanted.double().mean().item(), abs=1e-4)
    total = sum(r["loss"] * r["num_targets"] for r in found.table.to_pylist())
    assert found.info["loss"] * found.info["num_targets"] == pytest.approx(total, rel=1e-5)


def test_windows_score_every_token_once_with_half_a_context_before() -> None:
    for length in (2, 9, 10, 11, 57, 100):
        ids = list(range(length))
        scored: list[int] = []
        for window in _windows(ids, 8):
            assert len(window.ids) <= 9
            scored += window.ids[-window.num_scored :]
            before = len(window.ids) - window.num_scored
            assert before >= 4 or window.ids[0] == 0
        assert scored == ids[1:]
    assert list(_windows([5], 8)) == []


def test_pages_are_ordered_and_pieces_make_the_text(tmp_path: Path, chain) -> None:
    found = measured(tmp_path, chain, split="train", max_documents=9)
    folder = str(found.folder)
    highest = list_losses(folder, limit=4)
    losses = [row["loss"] for row in highest["documents"]]
    assert (highest["num_documents"], losses) == (9, sorted(losses, reverse=True))
    assert highest["documents"][0]["excerpt"]
    lowest = list_losses(folder, "lowest")["documents"]
    assert lowest[0]["loss"] == min(row["loss"] for row in lowest)
    document = lowest[0]["document"]
    told = read_losses(folder, document)
    text = "".join(piece for piece, _ in told["pieces"])
    excerpt = list_losses(folder, "lowest")["documents"][0]["excerpt"]
    assert excerpt.endswith("…")
    assert len(excerpt) > 100
    assert text.startswith(excerpt.removesuffix("…"))
    assert told["pieces"][0][1] is None
    total = sum(loss for _, loss in told["pieces"] if loss is not None)
    assert total == pytest.approx(lowest[0]["loss"] * lowest[0]["num_targets"], rel=1e-3)
    assert told["top"][0][1] == max(loss for _, loss in told["pieces"] if loss is not None)
    with pytest.raises(DataError, match="not among those"):
        read_losses(folder, 10**6)


def test_tokens_of_another_tokenizer_are_refused(tmp_path: Path, chain) -> None:
    other = make_store(tmp_path / "other")
    with pytest.raises(DataError, match="another tokenizer"):
        run_verb(
            "losses", tmp_path / "job", model=str(chain.model), tokens=str(other), device="cpu"
        )
