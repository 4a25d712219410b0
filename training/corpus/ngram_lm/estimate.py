"""From counted n-grams to probabilities: interpolated modified Kneser-Ney.

Chen and Goodman 1998: p(w | h) = (c(h w) - D) / sum c(h .) + held(h) / sum c(h .) p(w | h'), where
h' is h without its first word and held(h) is what was taken off all of h. Unigrams lean on 1 / |V|,
V being the words, the unknown word and the line end. An unknown word of the text is never
predicted, so it has that last share alone: a text of unknown words is improbable, however many the
model's own text had.

The tables of the result are mapped files of about 22 bytes per n-gram, filled at random places:
they should fit into memory. Besides them the pass over order k needs files of 8 bytes per n-gram of
orders k and k - 1, and 16 bytes per slot of the table of order k - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.ngram_lm.counting import Ngrams
from training.corpus.ngram_lm.discounts import Discounts
from training.corpus.ngram_lm.tables import Table, create_array
from training.corpus.ngram_lm.vocabulary import MARKS, START_WORD

Float64 = npt.NDArray[np.float64]

UNIGRAMS_FILE = "unigrams.npy"
#: What ARPA files say of the beginning of a line, which is never predicted.
NEVER = -99.0
_START = MARKS.index(START_WORD)
_ID_SHIFT = np.uint64(42)
#: N-grams between two looks at whether a stop is wanted.
_ROWS_AT_ONCE = 1 << 20


def table_file(order: int) -> str:
    """Name of the table of one order from 2 on."""
    return f"ngrams-{order}.npy"


def estimate(
    orders: list[Ngrams], num_words: int, folder: Path, work: Path,
    check: Callable[[], None] = lambda: None,
) -> list[Discounts]:  # fmt: skip
    """Write the tables of all orders into ``folder``; the discounts that were applied.

    ``work`` takes files that can go afterwards. ``check`` is called about every second; it may
    raise.
    """
    from training.corpus.ngram_lm import estimate_kernels

    discounts = [Discounts.of(ngrams.counts) for ngrams in orders]
    unigrams = create_array(folder / UNIGRAMS_FILE, np.dtype(np.float32), (num_words, 2))
    values = _unigrams(orders[0], discounts[0], unigrams)
    context = Table.nothing()
    for order, ngrams in enumerate(orders[1:], start=2):
        numbers, column = (unigrams, 1) if order == 2 else (context.numbers, 3)
        totals, held = _scratch(work, "totals", len(numbers)), _scratch(work, "held", len(numbers))
        taken = discounts[order - 1].as_array()
        for part in _pieces(len(ngrams), check):
            estimate_kernels.add_contexts(
                ngrams.keys[part], ngrams.counts[part], order, taken, context.keys, totals, held
            )
        lower, lower_values, at = orders[order - 2], values, 0
        values = _scratch(work, f"values-{order}", len(ngrams))
        for part in _pieces(len(ngrams), check):
            at = estimate_kernels.probabilities(
                ngrams.keys[part], ngrams.counts[part], order, taken, context.keys, totals, held,
                lower.keys, lower_values, values[part], at,
            )  # fmt: skip
        estimate_kernels.set_backoffs(numbers, column, totals, held)
        context = Table.create(folder / table_file(order), len(ngrams))
        for part in _pieces(len(ngrams), check):
            estimate_kernels.fill_table(
                ngrams.keys[part], values[part], order, context.keys, context.numbers
            )
    return discounts


def _unigrams(ngrams: Ngrams, discounts: Discounts, numbers: npt.NDArray[Any]) -> Float64:
    """Fill in the log10 probabilities of all words; those of ``ngrams`` as they are."""
    counts = ngrams.counts.astype(np.float64)
    taken = discounts.as_array()[np.minimum(ngrams.counts, 3)]
    total = counts.sum()
    # The beginning of a line is not among what can follow.
    share = taken.sum() / total / (len(numbers) - 1)
    values: Float64 = (counts - taken) / total + share
    numbers[:, 0] = np.log10(share)
    numbers[ngrams.keys[:, 0] >> _ID_SHIFT, 0] = np.log10(values)
    numbers[_START, 0] = NEVER
    return values


def _pieces(size: int, check: Callable[[], None]) -> Iterator[slice]:
    for start in range(0, size, _ROWS_AT_ONCE):
        check()
        yield slice(start, start + _ROWS_AT_ONCE)


def _scratch(work: Path, name: str, size: int) -> Float64:
    return create_array(work / f"{name}.npy", np.dtype(np.float64), (size,))
