"""A text as pieces, cut where the loss of its tokens begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from training.corpus.pii.redact import Redacted

Decode = Callable[[Sequence[int]], str]
Pieces = list[tuple[str, bool]]


def loss_pieces(
    ids: Sequence[int], has_loss: npt.NDArray[np.bool_], decode: Decode, text: str
) -> Pieces:
    """``text``, which is ``decode(ids)``, as (piece, whether it carried loss); joined they are it.

    ``has_loss`` [N] is one for each id. A piece ends where the text of all tokens before it ends,
    because decoders join tokens: of a run of them alone a space may be lost. ``text`` may be cut.
    """
    changes = np.flatnonzero(np.diff(has_loss.astype(np.int8))) + 1
    pieces: Pieces = []
    begin = 0
    for first, end in zip([0, *changes.tolist()], [*changes.tolist(), len(ids)], strict=True):
        if begin >= len(text):
            break
        stop = len(text) if end == len(ids) else max(begin, len(decode(ids[:end])))
        if stop > begin:
            pieces.append((text[begin:stop], bool(has_loss[first])))
        begin = stop
    return pieces


def moved_pieces(pieces: Pieces, masked: Redacted, length: int) -> Pieces:
    """The pieces of a text as pieces of what is left of it with placeholders, up to ``length``.

    A value on the border of two belongs to the first.
    """
    found: Pieces = []
    at = end = 0
    for piece, has_loss in pieces:
        ((_, stop),) = masked.moved([(at, at + len(piece))])
        at += len(piece)
        if cut := masked.text[end : min(stop, length)]:
            found.append((cut, has_loss))
        end = max(end, stop)
    return found
