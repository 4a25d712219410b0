"""Which sampled documents bear marks of machine-made text, and a few of them to look at."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.pii.redact import masked_piece
from training.corpus.quality_report.marks import (
    ASSISTANT,
    EVEN_SENTENCES,
    EVEN_SPREAD,
    REPEATED_SHARE,
    STOCK,
    Hit,
    is_stock,
    phrase_hits,
    placeholder_hits,
)
from training.corpus.quality_report.reading import Sampled
from training.corpus.quality_report.words import WordPlaces
from training.corpus.signals.batch import TextBatch

Columns = dict[str, npt.NDArray[Any]]
NUM_EXAMPLES = 6
_BEFORE, _AFTER = 100, 220


def mark_columns(sample: Sampled, repeated_share: npt.NDArray[Any] | None) -> Columns:
    """[n] of each mark; ``repeated_share`` [n] is the signal, None where there is none."""
    count = sample.fact("sentences")
    mean = sample.fact("sentence_words") / np.maximum(count, 1)
    variance = sample.fact("sentence_squares") / np.maximum(count, 1) - mean**2
    has_spread = count >= EVEN_SENTENCES
    spread = np.sqrt(np.maximum(variance, 0)) / np.maximum(mean, 1)
    is_repeated = np.zeros(len(count), dtype=bool)
    if repeated_share is not None:
        is_repeated = repeated_share > REPEATED_SHARE
    columns: Columns = {
        "has_assistant": sample.fact("assistant") > 0,
        "has_placeholder": sample.fact("placeholders") > 0,
        "has_stock": is_stock(sample.fact("stock"), sample.fact("words")),
        "is_even": has_spread & (spread <= EVEN_SPREAD),
        "is_repeated": is_repeated,
        "has_spread": has_spread.astype(np.int64),
        "spread": np.where(has_spread, spread, 0.0),
    }
    weak = sum(columns[name].astype(int) for name in ("has_stock", "is_even", "is_repeated"))
    columns["machine_made"] = columns["has_assistant"] | columns["has_placeholder"] | (weak >= 2)
    return columns


def examples_of(
    sample: Sampled, marks: Columns, rows: npt.NDArray[np.int64]
) -> list[dict[str, Any]]:
    """The first few marked documents among ``rows``: place, marks, and a masked piece of text."""
    found = [row for row in rows.tolist() if marks["machine_made"][row]]
    # What an assistant says of itself tells the most.
    found.sort(key=lambda row: not marks["has_assistant"][row])
    return [_example(sample, marks, row) for row in found[:NUM_EXAMPLES]]


def _example(sample: Sampled, marks: Columns, row: int) -> dict[str, Any]:
    text = sample.texts.of(row).tobytes().decode()
    batch = TextBatch.of([text])
    words = WordPlaces.of(batch)
    hits = [*phrase_hits(words, ASSISTANT), *placeholder_hits(batch), *phrase_hits(words, STOCK)]
    hit = min(hits, key=lambda one: one.start) if hits else Hit(0, 0, 0)
    at = len(batch.data[: hit.start].tobytes().decode())
    piece = masked_piece(text, max(0, at - _BEFORE), at + _AFTER)
    names = {
        "has_assistant": "assistant", "has_placeholder": "placeholder", "has_stock": "stock",
        "is_even": "even", "is_repeated": "repeated",
    }  # fmt: skip
    return {
        "index": int(sample.places[row]),
        "marks": [name for column, name in names.items() if marks[column][row]],
        "is_cut_before": at > _BEFORE,
        "is_cut_after": at + _AFTER < len(text),
        "text": " ".join(piece.split()),
    }
