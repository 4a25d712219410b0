"""How texts are written, by the stored signals of all documents: means, spread, distances."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from training.corpus.mixture import languages_of as commonest
from training.corpus.quality_report.sampling import Mask
from training.corpus.quality_report.statistics import percentiles
from training.corpus.signals.table import SCORES_PREFIX, SignalTable

#: Signals of style, of those a corpus has.
SIGNALS = (
    "mean_word_length", "stop_word_share", "symbol_word_ratio", "digit_share", "mean_line_length",
    "short_line_fraction", "ended_line_fraction", "bullet_line_fraction", "newline_word_ratio",
    "repeated_5gram_share",
)  # fmt: skip
LANGUAGES_SHOWN = 5


class Moments(TypedDict):
    """Mean and standard deviation over documents."""

    mean: float
    deviation: float


def style_of(table: SignalTable, mask: Mask) -> dict[str, Moments]:
    """Of every signal of style, over the documents of a mask; empty without documents."""
    if not mask.any():
        return {}
    found: dict[str, Moments] = {}
    for name in SIGNALS:
        if name in table.values:
            values = table.values[name][mask].astype(np.float64)
            found[name] = {"mean": float(values.mean()), "deviation": float(values.std())}
    return found


def distances(
    styles: list[dict[str, Moments]], whole: dict[str, Moments]
) -> list[list[float | None]]:
    """[S, S] mean over signals of the difference of means, in standard deviations of the whole.

    None for a source without documents.
    """
    names = [name for name, moments in whole.items() if moments["deviation"] > 0]

    def between(one: dict[str, Moments], other: dict[str, Moments]) -> float | None:
        if not one or not other:
            return None
        steps = [
            abs(one[name]["mean"] - other[name]["mean"]) / whole[name]["deviation"]
            for name in names
        ]
        return sum(steps) / len(steps) if steps else 0.0

    return [[between(one, other) for other in styles] for one in styles]


def languages_of(table: SignalTable, mask: Mask) -> list[tuple[str, float]]:
    """(code, share of documents) of the most frequent languages; empty code: none was found."""
    found = commonest(table, mask, LANGUAGES_SHOWN)
    return [(code, float(number / mask.sum())) for code, number in found]


def scores_of(table: SignalTable, mask: Mask) -> dict[str, dict[str, float] | None]:
    """Percentiles of every column that a model gave (perplexities above all)."""
    names = [name for name in sorted(table.values) if name.startswith(SCORES_PREFIX)]
    return {name: percentiles(_finite(table.values[name][mask])) for name in names}


def _finite(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    return values[np.isfinite(values)].astype(np.float64)
