"""A trained n-gram model opened for scoring: texts in, log10 probability and perplexity out.

Perplexity is 10 ^ (-log10 p / (words + lines)), as KenLM and CCNet have it: every line ends with a
mark that is predicted too. The tables stay on the disk and are mapped; several threads may score.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from training.corpus.ngram_lm.estimate import UNIGRAMS_FILE, table_file
from training.corpus.ngram_lm.tables import Table
from training.corpus.ngram_lm.vocabulary import Int64, Vocabulary
from training.corpus.signals.batch import TextBatch
from training.errors import DataError
from training.folder.atomic import read_json

INFO_FILE = "ngram.json"
WORDS_FILE = "words.npy"
MOST_ORDER = 5
#: The tables that a scorer is handed, whatever the order of the model.
_TABLES = range(2, MOST_ORDER + 1)

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Per text: log10 probability, what was predicted (words and line ends), unknown words."""

    log10: Float64
    num_predicted: Int64
    num_unknown: Int64

    @property
    def perplexity(self) -> Float64:
        """[texts]; 0 for a text without a word, which has none."""
        result = np.zeros(len(self.log10))
        is_some = self.num_predicted > 0
        mean = -self.log10[is_some] / self.num_predicted[is_some]
        result[is_some] = 10.0 ** np.minimum(mean, 300.0)
        return result


class Scorer(Protocol):
    """What scores texts."""

    def score(self, batch: TextBatch) -> Scores:
        """Scores of a batch."""


def open_model(folder: Path) -> Scorer:
    """The scorer of an ``ngram_model`` artifact, whichever form it has."""
    if (read_json(folder / INFO_FILE) or {}).get("form") == "kenlm":
        from training.corpus.ngram_lm.kenlm_binary import KenlmBinary

        return KenlmBinary.open(folder)
    return NgramModel.open(folder)


@dataclass(frozen=True)
class NgramModel:
    """Tables of our own, made by ``fit_ngram`` or from somebody's ARPA file."""

    vocabulary: Vocabulary
    unigrams: npt.NDArray[np.float32]
    tables: tuple[Table, ...]
    has_gaps: bool

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map the tables in ``folder``; DataError when they cannot be read."""
        try:
            info = read_json(folder / INFO_FILE)
            words = np.load(folder / WORDS_FILE, mmap_mode="r")
            unigrams = np.load(folder / UNIGRAMS_FILE, mmap_mode="r")
            tables = tuple(
                Table.open(folder / table_file(order)) if order <= info["order"]
                else Table.nothing()
                for order in _TABLES
            )  # fmt: skip
            return cls(Vocabulary(words, len(unigrams)), unigrams, tables, info["has_gaps"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"The n-gram model in {folder.parent.name} cannot be read: {error}.",
                advice="Fit it again.",
            ) from error

    def score(self, batch: TextBatch) -> Scores:
        """Scores of every text."""
        return self._score(batch, np.zeros(0))

    def score_words(self, batch: TextBatch) -> Float64:
        """The log10 probability of every word and line end, one text after another."""
        each = np.zeros(int(batch.offsets[-1] - batch.offsets[0]) + 2 * len(batch))
        scores = self._score(batch, each)
        return each[: int(scores.num_predicted.sum())]

    def _score(self, batch: TextBatch, each: Float64) -> Scores:
        from training.corpus.ngram_lm import score_kernels

        ids, _, bounds = self.vocabulary.ids_of(batch)
        keys: Any = tuple(table.keys for table in self.tables)
        numbers: Any = tuple(table.numbers for table in self.tables)
        totals, unknown = score_kernels.score(
            ids, bounds, self.unigrams, keys, numbers, self.has_gaps, each
        )
        return Scores(totals, np.diff(bounds), unknown)
