"""Scores with a KenLM binary, where the package ``kenlm`` is installed; it is none of our own.

KenLM reads the file itself, so use binaries of people you trust. Lines are cut into words as
everywhere here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from training.corpus.ngram_lm.model import Scores
from training.corpus.places import lines_of_words
from training.corpus.signals.batch import TextBatch
from training.errors import DataError

BINARY_FILE = "model.bin"
#: First bytes of every binary of KenLM.
MAGIC = b"mmap lm http://kheafield.com/code"


@dataclass(frozen=True)
class KenlmBinary:
    """A binary that KenLM has opened."""

    model: Any

    @classmethod
    def open(cls, folder: Path) -> Self:
        """DataError when KenLM is not installed, or does not read the file."""
        try:
            import kenlm
        except ImportError as error:
            raise DataError(
                "This n-gram model is a KenLM binary, and the package kenlm is not installed.",
                advice="Install it (pip install kenlm==0.3.0; it needs a C++ compiler), or give "
                "the model's ARPA file, which needs nothing.",
            ) from error
        try:
            return cls(kenlm.Model(str(folder / BINARY_FILE)))
        except (OSError, RuntimeError) as error:
            raise DataError(
                f"KenLM does not read this binary: {str(error).splitlines()[0][:300]}.",
                advice="Give a binary that this version of KenLM made, or the ARPA file.",
            ) from error

    @property
    def order(self) -> int:
        """Words of its longest n-grams."""
        return int(self.model.order)

    def score(self, batch: TextBatch) -> Scores:
        """Scores of every text."""
        totals = np.zeros(len(batch))
        predicted = np.zeros(len(batch), dtype=np.int64)
        unknown = np.zeros(len(batch), dtype=np.int64)
        for place, text in enumerate(batch.texts.to_pylist()):
            for words in lines_of_words(text):
                for value, _, is_unknown in self.model.full_scores(" ".join(words)):
                    totals[place] += value
                    unknown[place] += is_unknown
                predicted[place] += len(words) + 1
        return Scores(totals, predicted, unknown)
