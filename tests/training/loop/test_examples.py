"""A run on a task set takes loss from answers alone, and its examples do not see each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.corpus.jobs import events_of, run_verb
from tests.training.loop.tiny import prepared
from tests.training.tasks.made import instruction, set_of, tokenizer
from training.specs.packing import PackingPart
from training.tokens.batches import make_batch
from training.tokens.labels import IGNORED
from training.tokens.whole import WholeRows

LENGTH = 96


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sums as a token store with the template chatml."""
    folder = tmp_path_factory.mktemp("sums")
    tasks = set_of(folder, [instruction(n) for n in range(80)])
    return run_verb(
        "tokenize", folder / "tokens", tasks=str(tasks), tokenizer=str(tokenizer()), num_threads=1
    )


def test_the_loss_of_a_batch_is_that_of_its_answers(tmp_path: Path, store: Path) -> None:
    run = prepared(tmp_path / "run", store, sequence_length=LENGTH, model=model())
    assert isinstance(run.rows, WholeRows)
    run.model.eval()
    batch = make_batch(run.rows, np.arange(4), PackingPart(), torch.device("cpu"))
    with torch.no_grad():
        total = run.objective(run.model, batch).item()
        expected, count = 0.0, 0
        for row in range(4):
            for span in run.rows.row(row):
                ids = torch.tensor(run.store.document_tokens(span.document).astype(np.int64))
                begin = int(run.store.offsets[span.document])
                assert run.store.loss_mask is not None
                mask = run.store.loss_mask[begin : begin + len(ids)].astype(bool)
                alone = run.model(ids[None]).logits[0].log_softmax(-1)
                for place in np.flatnonzero(mask):
                    expected -= alone[place - 1, ids[place]].item()
                    count += 1
    assert batch.num_targets == count == int((batch.labels != IGNORED).sum())
    assert total == pytest.approx(expected, rel=1e-4)


def test_a_run_says_what_it_cuts(tmp_path: Path, store: Path) -> None:
    run = prepared(tmp_path / "run", store, sequence_length=24, model=model())
    said = [event["message"] for event in events_of(tmp_path / "run", "warning")]
    assert any(
        "longer than rows of 24 tokens; what does not fit is cut off" in text for text in said
    )
    assert len(run.rows) > 0


def model() -> dict[str, object]:
    return {"num_layers": 2, "width": 32, "num_heads": 2, "context_length": 128}
