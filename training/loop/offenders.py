"""Which rows of a skipped step stand out, and the documents in them: what a person looks at first.

Each row's own loss is measured again, without gradients, dropout or a draw of random numbers, so
that the run goes on as if nobody had looked. A loss that is not finite comes first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from training.corpus.pii.redact import redact
from training.loop.precision import autocast
from training.loop.run import Run
from training.tokenizers.load import load_tokenizer
from training.tokens.order import rows_at_step
from training.tokens.packing import Span

#: Of one step: rows that are measured, rows that are told, documents of a row, characters of each.
_MOST_MEASURED, _MOST_ROWS, _MOST_SPANS, _MOST_CHARS = 256, 3, 3, 160


@dataclass(frozen=True)
class Offender:
    """A row: mean loss of its targets in nats, and its documents with the beginning of each."""

    row: int
    loss: float
    documents: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for an event."""
        return asdict(self)

    def __str__(self) -> str:
        named = "; ".join(
            f"document {one['doc_id'][:12]} of {one['source'] or 'no source'}: “{one['excerpt']}”"
            for one in self.documents
        )
        return f"row {self.row} (loss {self.loss:.4g}): {named}"


def offenders(run: Run, step: int) -> list[Offender]:
    """The rows of ``step`` with the highest loss under today's weights; in this process alone."""
    ids = rows_at_step(run.order, step, run.course)[:_MOST_MEASURED].tolist()
    first = run.course.places(step).start
    losses = [_row_loss(run, row, first + place) for place, row in enumerate(ids)]
    worst = sorted(range(len(ids)), key=lambda place: -_sortable(losses[place]))[:_MOST_ROWS]
    return [Offender(ids[place], losses[place], _documents(run, ids[place])) for place in worst]


def _row_loss(run: Run, row: int, place: int) -> float:
    """As the step saw it: what is drawn for a row depends on its place in the order."""
    run.model.eval()
    try:
        with torch.inference_mode(), autocast(run.spec.precision, run.world.device):
            batch = run.batch(np.array([row]), np.array([place]))
            total = run.objective(run.model, batch).item()
    finally:
        run.model.train()
    return total / max(1, batch.num_targets)


def _sortable(loss: float) -> float:
    return loss if math.isfinite(loss) else math.inf


def _documents(run: Run, row: int) -> list[dict[str, Any]]:
    return [
        {
            "document": span.document,
            "doc_id": run.store.doc_id(span.document),
            "source": run.store.source(span.document),
            "excerpt": excerpt,
        }
        for span, excerpt in _with_excerpts(run, run.rows.row(row)[:_MOST_SPANS])
    ]


def _with_excerpts(run: Run, spans: list[Span]) -> Iterator[tuple[Span, str]]:
    """The beginning of what was read of each document, personal data masked."""
    tokenizer = load_tokenizer(run.store.tokenizer_folder)
    for span in spans:
        stop = span.start + min(span.num_tokens, _MOST_CHARS)
        ids = run.store.document_tokens(span.document)[span.start : stop].tolist()
        text = " ".join(redact(tokenizer.decode(ids, skip_special_tokens=False)).text.split())
        yield span, text[:_MOST_CHARS]
