"""Loss by source: parts that add up to the whole, each that of its documents alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.loop.tiny import VOCAB_SIZE, prepared, series, train, write_byte_tokenizer
from training.events import all_events
from training.folder.artifact import write_artifact
from training.folder.layout import JobFolder
from training.loop.by_source import MAX_SOURCES, OTHERS, SourceTally
from training.loop.callbacks.validator import validation_figures
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore
from training.tokens.writer import StoreWriter


def make_store(folder: Path, sources: list[str], num_documents: int = 60) -> Path:
    random = np.random.default_rng(1)
    with write_artifact(folder, "tokens") as artifact:
        with StoreWriter(artifact.path, vocab_size=VOCAB_SIZE, eos_id=0) as writer:
            for split, count in (("train", num_documents), ("validation", num_documents)):
                writer.start(split)
                for number in range(count):
                    ids = random.integers(1, VOCAB_SIZE, int(random.integers(5, 40)))
                    digest = hashlib.md5(f"{split}{number}".encode()).digest()
                    writer.add(digest, sources[number % len(sources)], ids)
        write_byte_tokenizer(artifact.path / "tokenizer")
    return folder


@pytest.mark.parametrize("isolation", ["document", "none"])
def test_each_source_has_the_loss_of_its_own_targets(tmp_path: Path, isolation: str) -> None:
    store = make_store(tmp_path / "store", ["web", "books"])
    run = prepared(
        tmp_path / "run", store, validation={"every_steps": 1, "max_rows": 0},
        packing={"isolation": isolation}, precision="fp32",
    )  # fmt: skip
    rows = rows_of_split(run.store, "validation", run.spec.sequence_length)
    tally = SourceTally.of(run.store, "validation")
    assert tally is not None
    figures = validation_figures(run, rows, tally)
    counts = {name: count for name, (_, count) in zip(tally.names, tally.sums, strict=True)}
    whole = sum(figures.by_source[name] * counts[name] for name in counts) / sum(counts.values())
    assert figures.whole["loss"] == pytest.approx(whole, abs=1e-5)
    assert figures.whole == pytest.approx(validation_figures(run, rows).whole, abs=1e-5)
    assert set(figures.by_source) == {"web", "books"}
    # One source alone: rows of its documents, place by place.
    total, number = 0.0, 0
    run.model.eval()
    for row in range(len(rows)):
        tokens, documents = rows.gather(np.array([row]))
        batch = run.objective.batch(*_batch_of(rows, row, run))
        with torch.no_grad():
            logits = (
                run.model(batch.input_ids, batch.documents, batch.position_ids).logits[0].float()
            )
        logs = torch.log_softmax(logits, -1)
        for place in range(tokens.shape[1] - 1):
            label = int(batch.labels[0, place])
            if label >= 0 and run.store.source(int(documents[0, place])) == "books":
                total -= float(logs[place, label])
                number += 1
    assert figures.by_source["books"] == pytest.approx(total / number, abs=1e-4)
    assert counts["books"] == number


def _batch_of(rows, row: int, run):
    from training.tokens.batches import Gathered
    from training.tokens.draws import Draws

    ids = np.array([row])
    return Gathered.of(rows, ids), Draws.fixed(ids), run.world.device


def test_many_sources_are_the_largest_and_others(tmp_path: Path) -> None:
    store = TokenStore.open(make_store(tmp_path / "s", [f"s{n}" for n in range(20)], 100))
    tally = SourceTally.of(store, "validation")
    assert tally is not None
    assert len(tally.names) == MAX_SOURCES
    assert tally.names[-1] == OTHERS
    one = TokenStore.open(make_store(tmp_path / "one", ["web"]))
    assert SourceTally.of(one, "validation") is None


def test_a_run_writes_a_series_and_tells_of_each_source(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store", ["web", "a/b <i>"])
    out = train(tmp_path, "run", store, num_steps=8, validation={"every_steps": 4, "max_rows": 8})
    for source in ("web", "a/b <i>"):
        assert [step for step, _ in series(out, f"validation/source/{source}")] == [4, 8]
    told = [e for e in all_events(JobFolder(out).events) if e["kind"] == "validation"]
    assert set(told[-1]["sources"]) == {"web", "a/b <i>"}
