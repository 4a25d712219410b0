"""Documents as the pieces that rows are packed from: whole, split over rows, or cut.

A row has T + 1 places: T inputs and, shifted by one, T targets. A document of more tokens is split
into pieces of T + 1 that share one token with the piece before, the last one shorter: every token
but the document's first is then a target exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Int32 = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Pieces:
    """Pieces in the order of their documents, those of one document in order.

    ``documents``: index into the store; ``starts``: first token within the document; ``sizes``: how
    many tokens, at most T + 1. All [N].
    """

    documents: Int32
    starts: Int64
    sizes: Int32

    def __len__(self) -> int:
        return len(self.documents)

    def of_document(self, document: int) -> slice:
        """The places of a document's pieces; empty where it has none."""
        first = int(np.searchsorted(self.documents, document, side="left"))
        return slice(first, int(np.searchsorted(self.documents, document, side="right")))


def split_pieces(documents: Int64, lengths: Int64, sequence_length: int) -> Pieces:
    """Every token of the documents [M], which have ``lengths`` [M] tokens; none of them 0."""
    is_long = lengths > sequence_length + 1
    counts = np.where(is_long, -(-(lengths - 1) // sequence_length), 1)
    owner = np.repeat(np.arange(len(lengths)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = number * sequence_length
    sizes = np.minimum(lengths[owner] - starts, sequence_length + 1)
    return Pieces(documents[owner].astype(np.int32), starts, sizes.astype(np.int32))


def cut_pieces(documents: Int64, lengths: Int64, sequence_length: int) -> Pieces:
    """The first T + 1 tokens of each document."""
    sizes = np.minimum(lengths, sequence_length + 1).astype(np.int32)
    starts = np.zeros(len(documents), dtype=np.int64)
    return Pieces(documents.astype(np.int32), starts, sizes)
