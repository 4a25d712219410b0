"""Encodes texts in batches of bounded size; ids equal those of encoding each text whole.

The library keeps about a hundred bytes per token while it encodes, so very long texts are cut at
places where the tokenizer starts a new word anyway (``borders``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import numpy.typing as npt
import tokenizers

from training.tokenizers.borders import Borders, borders_of

Ids = npt.NDArray[np.int64]

_BATCH_CHARACTERS = 1_000_000
_PIECE_CHARACTERS = 200_000


def encode_texts(
    tokenizer: tokenizers.Tokenizer,
    texts: Iterable[str],
    *,
    piece_characters: int = _PIECE_CHARACTERS,
    batch_characters: int = _BATCH_CHARACTERS,
) -> Iterator[Ids]:
    """The ids of each text, in order; no special tokens are added or recognised."""
    waiting: list[str] = []
    owners: list[int] = []
    size = num_texts = 0
    for text in texts:
        for _, piece in pieces_of(tokenizer, text, piece_characters):
            waiting.append(piece)
            owners.append(num_texts)
            size += len(piece)
        num_texts += 1
        if size >= batch_characters:
            yield from _encoded(tokenizer, waiting, owners, num_texts)
            waiting, owners, size, num_texts = [], [], 0, 0
    yield from _encoded(tokenizer, waiting, owners, num_texts)


def encode_places(
    tokenizer: tokenizers.Tokenizer, text: str, *, piece_characters: int = _PIECE_CHARACTERS
) -> tuple[Ids, Ids]:
    """(the ids of a text [N], as `encode_texts` has them; their characters [N, 2])."""
    ids: list[Ids] = []
    places: list[Ids] = []
    for start, piece in pieces_of(tokenizer, text, piece_characters):
        (encoding,) = tokenizer.encode_batch([piece], add_special_tokens=False)
        ids.append(np.array(encoding.ids, dtype=np.int64))
        places.append(np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2) + start)
    return np.concatenate(ids), np.concatenate(places)


def pieces_of(
    tokenizer: tokenizers.Tokenizer, text: str, piece_characters: int
) -> list[tuple[int, str]]:
    """Pieces of about so many characters, with their places, that encode to the ids of the text."""
    if len(text) <= piece_characters:
        return [(0, text)]
    return cut(text, piece_characters, borders_of(tokenizer))


def cut(text: str, piece_characters: int, borders: Borders) -> list[tuple[int, str]]:
    """(place, piece) of pieces of about this many characters, cut at borders."""
    pieces, start = [], 0
    while borders.pattern and len(text) - start > piece_characters:
        border = borders.pattern.search(text, start + piece_characters)
        if border is None:
            break
        pieces.append((start, text[start : border.start()]))
        start = border.start() + borders.drops_space
    return [*pieces, (start, text[start:])]


def _encoded(
    tokenizer: tokenizers.Tokenizer, pieces: list[str], owners: list[int], num_texts: int
) -> Iterator[Ids]:
    parts: list[list[list[int]]] = [[] for _ in range(num_texts)]
    # In batches again: one long text alone may be many pieces.
    for start in range(0, len(pieces), 256):
        encoded = tokenizer.encode_batch_fast(pieces[start : start + 256], add_special_tokens=False)
        for owner, encoding in zip(owners[start : start + 256], encoded, strict=True):
            parts[owner].append(encoding.ids)
    for ids in parts:
        yield np.fromiter(chain.from_iterable(ids), dtype=np.int64)
