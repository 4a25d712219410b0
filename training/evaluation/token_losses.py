"""The verb ``losses``: a model and tokens in, the loss of every token of some documents out.

Each document is read by itself, as packed rows that keep documents apart are. One that is longer
than the context is read in windows that overlap by half, so that every token but those of the
first window sees at least half a context before it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from training.benchmarks.prompts import Request
from training.corpus.stopping import ends_on_stop
from training.errors import DataError
from training.evaluation.likelihood import Scorer
from training.evaluation.loading import load_measured
from training.evaluation.losses import (
    DOCUMENTS,
    DOCUMENTS_FILE,
    FORMAT_VERSION,
    INFO_FILE,
    KIND,
    LOSSES_FILE,
    Losses,
)
from training.folder.artifact import load_manifest
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.losses import LossesSpec
from training.specs.optimization import Precision
from training.tokenizers.load import TOKENIZER_FILE
from training.tokens.store import TOKENIZER_FOLDER, TokenStore
from training.units import perplexity

_AT_ONCE = 64
_EDGES = 24


def run(spec: LossesSpec, job: Job) -> None:
    """Read and write; DataError when tokens are another tokenizer's."""
    torch.set_num_threads(spec.num_threads)
    folder = Path(os.path.realpath(job.folder.root / spec.model))
    inputs = {"tokens": job.input(spec.tokens, "tokens")}
    if not (folder / "state.json").is_file():
        inputs["model"] = job.input(spec.model, "model")
    store = TokenStore.open(inputs["tokens"])
    with ends_on_stop(job):
        job.phase("loading the model")
        measured = load_measured(
            job, folder, device=str(spec.device), precision=Precision.FP32,
            batch_tokens=spec.batch_tokens,
        )  # fmt: skip
        _require_same_tokenizer(measured.tokenizer_folder, store)
        with job.write_output(KIND, inputs=inputs) as artifact:
            rows, every = _read(spec, job, measured.scorer, store, artifact.path)
            table = pa.Table.from_pylist(rows, DOCUMENTS)
            pq.write_table(table, artifact.path / DOCUMENTS_FILE, compression="zstd")
            info = {
                "format_version": FORMAT_VERSION,
                "model": measured.described(folder),
                "tokens_id": load_manifest(store.folder).id,
                "tokens_path": os.path.relpath(store.folder, job.folder.output.resolve()),
                "split": str(spec.split),
                "context_length": measured.scorer.context_length,
                **_summary(rows, every),
            }
            write_json(artifact.path / INFO_FILE, info)
            artifact.counts.update(
                documents=len(rows), tokens=info["num_targets"], loss=info["loss"],
                model=measured.identity.name,
            )  # fmt: skip


def _require_same_tokenizer(folder: Path, store: TokenStore) -> None:
    own = store.folder / TOKENIZER_FOLDER
    if (folder / TOKENIZER_FILE).read_bytes() != (own / TOKENIZER_FILE).read_bytes():
        raise DataError(
            "The tokens were made by another tokenizer than the model's, so their ids mean other "
            "pieces.",
            advice="Tokenize the corpus with the model's tokenizer, and name these tokens.",
        )


def _read(
    spec: LossesSpec, job: Job, scorer: Scorer, store: TokenStore, out: Path
) -> tuple[list[dict[str, Any]], Losses]:
    first, last = store.documents(str(spec.split))
    count = min(spec.max_documents or last - first, last - first)
    chosen = np.linspace(first, last, count, endpoint=False).astype(np.int64).tolist()
    if not chosen:
        raise DataError(f"The split {spec.split} holds no document.", advice="Name the other one.")
    job.phase("reading documents")
    rows: list[dict[str, Any]] = []
    parts: list[Losses] = []
    at = 0
    with (out / LOSSES_FILE).open("wb") as file:
        for start in range(0, len(chosen), _AT_ONCE):
            batch = chosen[start : start + _AT_ONCE]
            for document, losses in zip(batch, losses_of(scorer, store, batch), strict=True):
                file.write(losses.astype("<f4").tobytes())
                targets = _targets(store, document, losses)
                rows.append(_row(store, document, losses, targets, at))
                parts.append(targets)
                at += len(losses)
            job.progress(len(rows), len(chosen), "documents")
    return rows, np.concatenate(parts)


def losses_of(scorer: Scorer, store: TokenStore, documents: Sequence[int]) -> list[Losses]:
    """The loss of each token of some documents in nats; NaN for the first of each."""
    texts = [store.document_tokens(document).astype(np.int64).tolist() for document in documents]
    windows = [list(_windows(ids, scorer.context_length)) for ids in texts]
    found = iter(scorer.token_losses([one for own in windows for one in own]))
    return [
        np.array([np.nan, *(loss for _ in own for loss in next(found))], dtype=np.float32)
        for own in windows
    ]


def _windows(ids: Sequence[int], context: int) -> Iterator[Request]:
    """Overlapping requests that score every token but the first once."""
    step, scored = max(1, context // 2), 1
    while scored < len(ids):
        # The first window is filled; each later one goes half a context further.
        end = min(len(ids), context + 1 if scored == 1 else scored + step)
        begin = max(0, end - context - 1)
        yield Request(tuple(ids[begin:end]), end - scored, 1)
        scored = end


def _targets(store: TokenStore, document: int, losses: Losses) -> Losses:
    """The losses that count: of examples, those of tokens with loss."""
    counts = np.isfinite(losses)
    if store.loss_mask is not None:
        first = int(store.offsets[document])
        counts &= store.loss_mask[first : first + len(losses)].astype(bool)
    return losses[counts]


def _row(
    store: TokenStore, document: int, losses: Losses, targets: Losses, first: int
) -> dict[str, Any]:
    return {
        "document": document,
        "doc_id": store.doc_id(document),
        "source": store.source(document),
        "num_tokens": len(losses),
        "num_targets": len(targets),
        "loss": float(targets.mean(dtype=np.float64)) if len(targets) else None,
        "largest": float(targets.max()) if len(targets) else None,
        "first": first,
    }


def _summary(rows: Sequence[dict[str, Any]], every: Losses) -> dict[str, Any]:
    """Of all targets, of each source, and how losses of tokens and of documents are spread."""
    sums: dict[str, list[float]] = {}
    for row in rows:
        entry = sums.setdefault(row["source"], [0, 0, 0.0])
        entry[0] += 1
        entry[1] += row["num_targets"]
        entry[2] += (row["loss"] or 0.0) * row["num_targets"]
    loss = float(every.mean(dtype=np.float64)) if len(every) else 0.0
    means = np.array([row["loss"] for row in rows if row["loss"] is not None])
    return {
        "loss": loss,
        "perplexity": perplexity(loss),
        "num_targets": len(every),
        "sources": [
            {"source": name, "documents": int(n), "targets": int(t), "loss": s / max(1, t)}
            for name, (n, t, s) in sums.items()
        ],
        "token_histogram": _histogram(every),
        "document_histogram": _histogram(means),
    }


def _histogram(values: Any) -> dict[str, list[float]]:
    top = float(np.ceil(values.max())) if len(values) else 1.0
    counts, edges = np.histogram(values, bins=_EDGES, range=(0.0, max(1.0, top)))
    return {"edges": [round(edge, 4) for edge in edges.tolist()], "counts": counts.tolist()}
