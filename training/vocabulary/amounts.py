"""How much text there is and how many tokens it became, added up by source and by language.

Words are those of ``training.corpus.signals``: runs of letters, and every character of scripts
without spaces, so each Chinese character is a word. A token is *partial* when it holds only a part
of a character: a byte that stands for what has no piece (byte fallback).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from training.corpus.language.identify import NAMES
from training.corpus.signals.batch import TextBatch
from training.vocabulary.spelling import Alphabet, Speller, is_byte_piece, text_of

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TextAmounts:
    """Documents, bytes of UTF-8, characters and words."""

    documents: int = 0
    num_bytes: int = 0
    characters: int = 0
    words: int = 0

    @staticmethod
    def of(texts: Sequence[str], batch: TextBatch) -> Int64:
        """[texts, 4] in the order of the fields; ``batch`` holds the same texts."""
        sizes = np.diff(batch.offsets)
        characters = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        columns = [np.ones(len(texts), np.int64), sizes, characters, batch.words.counts]
        return np.stack(columns, axis=1)

    @classmethod
    def from_row(cls, row: Int64) -> Self:
        """Of one row or the sum of rows."""
        return cls(*map(int, row))


@dataclass(frozen=True)
class TokenAmounts:
    """Tokens, those that stand for something unknown, and those that are parts of characters."""

    tokens: int = 0
    unknown: int = 0
    partial: int = 0

    @classmethod
    def from_row(cls, row: Int64) -> Self:
        """Of one row or the sum of rows."""
        return cls(*map(int, row))


def languages_in(batch: TextBatch, told: Sequence[str]) -> list[str]:
    """The language of each text: as it was told, else the likeliest; empty where there is none."""
    if all(told):
        return list(told)
    codes = batch.languages.codes.tolist()
    return [one or NAMES[code] for one, code in zip(told, codes, strict=True)]


class TokenCounter:
    """Counts the tokens of texts by what they stand for."""

    def __init__(self, speller: Speller) -> None:
        size = 1 + max(speller.vocabulary.values())
        self._is_partial = np.zeros(size, dtype=bool)
        for piece, index in speller.vocabulary.items():
            self._is_partial[index] = is_partial(piece, speller)
        self._unknown = -1 if speller.unknown_id is None else speller.unknown_id

    def row(self, ids: Int64) -> tuple[int, int, int]:
        """(tokens, unknown, partial) of one text."""
        unknown = int((ids == self._unknown).sum()) if self._unknown >= 0 else 0
        return len(ids), unknown, int(self._is_partial[ids].sum())


class Groups:
    """Sums of rows by a label."""

    def __init__(self, num_columns: int) -> None:
        self._num_columns = num_columns
        self.sums: dict[str, Int64] = {}

    def add(self, labels: Sequence[str], rows: Int64) -> None:
        """Add each row [N, columns] to its label's sum."""
        for label in set(labels):
            chosen = np.fromiter((one == label for one in labels), bool, len(labels))
            zero = np.zeros(self._num_columns, np.int64)
            self.sums[label] = self.sums.get(label, zero) + rows[chosen].sum(axis=0)

    def total(self) -> Int64:
        """Over all labels."""
        zero = np.zeros(self._num_columns, np.int64)
        return sum(self.sums.values(), zero)


def num_fields(amounts: type[TextAmounts] | type[TokenAmounts]) -> int:
    """Columns of such rows."""
    return len(fields(amounts))


def is_partial(piece: str, speller: Speller) -> bool:
    """Whether a piece holds only a part of a character."""
    if piece in speller.added:
        return False
    if speller.form.alphabet == Alphabet.BYTES:
        return "�" in text_of(piece, speller.form)
    # A byte below 128 is a whole character: line ends have no other piece in many models.
    return is_byte_piece(piece) and int(piece[3:5], 16) >= 0x80


def figures(text: TextAmounts, tokens: TokenAmounts) -> dict[str, float]:
    """What is told of a group; 0 where there is nothing to divide by."""

    def over(part: int, whole: int) -> float:
        return part / whole if whole else 0.0

    return {
        "tokens": tokens.tokens,
        "tokens_per_character": over(tokens.tokens, text.characters),
        "tokens_per_word": over(tokens.tokens, text.words),
        "bytes_per_token": over(text.num_bytes, tokens.tokens),
        "unknown_fraction": over(tokens.unknown, tokens.tokens),
        "partial_fraction": over(tokens.partial, tokens.tokens),
    }
