"""Numbers of documents with what they hold: how the funnel, differences and mixtures count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.corpus.signals.table import SignalTable

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Amount:
    """A number of documents, their bytes of text, and their tokens where somebody counted them."""

    documents: int
    bytes: int
    tokens: int | None = None

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.documents + other.documents,
            self.bytes + other.bytes,
            None if self.tokens is None or other.tokens is None else self.tokens + other.tokens,
        )

    def __sub__(self, other: Self) -> Self:
        return type(self)(
            self.documents - other.documents,
            self.bytes - other.bytes,
            None if self.tokens is None or other.tokens is None else self.tokens - other.tokens,
        )


class Measure:
    """Sums over places of documents; ``tokens`` names the column of counts, if there is one."""

    def __init__(self, signals: SignalTable, tokens: str = "") -> None:
        self._num_documents = len(signals)
        self._sizes = np.asarray(signals.values["num_bytes"])
        column = signals.values.get(tokens)
        self._tokens = None if column is None else np.asarray(column)

    @property
    def nothing(self) -> Amount:
        """No document at all."""
        return Amount(0, 0, None if self._tokens is None else 0)

    def everything(self) -> Amount:
        """All documents."""
        tokens = None if self._tokens is None else int(self._tokens.sum(dtype=np.int64))
        return Amount(self._num_documents, int(self._sizes.sum(dtype=np.int64)), tokens)

    def of(self, places: Int64) -> Amount:
        """The documents at these places, each once."""
        tokens = None if self._tokens is None else int(self._tokens[places].sum(dtype=np.int64))
        return Amount(len(places), int(self._sizes[places].sum(dtype=np.int64)), tokens)
