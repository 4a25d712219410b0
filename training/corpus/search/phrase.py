"""A phrase as search takes it: its characters, and what speeds up looking for them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.search.folding import SPACE, TABLE_SIZE, Table, exact_table, fold_table
from training.errors import DataError

MAX_CHARACTERS = 1_000


@dataclass(frozen=True)
class Phrase:
    """``text`` without white space at its ends; a run of white space inside matches any other."""

    text: str
    ignores_case: bool = False

    @classmethod
    def of(cls, text: str, *, ignores_case: bool = False) -> Phrase:
        """DataError when there is nothing to look for, or too much."""
        words = text.split()
        if not words:
            raise DataError("There is no phrase to look for.", advice="Type at least one sign.")
        shown = " ".join(words)
        if len(shown) > MAX_CHARACTERS:
            raise DataError(
                f"The phrase has {len(shown):,} characters, and {MAX_CHARACTERS:,} are accepted.",
                advice="A part of it finds the same documents.",
            )
        if any(0xD800 <= ord(sign) < 0xE000 for sign in shown):
            raise DataError("The phrase holds half of a character (a lone surrogate).")
        return cls(shown, ignores_case)

    @property
    def table(self) -> Table:
        """Which characters count as equal."""
        return fold_table() if self.ignores_case else exact_table()

    @functools.cached_property
    def codes(self) -> npt.NDArray[np.int32]:
        """What must follow one another, as the table writes it."""
        return _mapped(self.text, self.table)

    @functools.cached_property
    def pairs(self) -> npt.NDArray[np.bool_]:
        """[65,536]: whether a hit may begin with these two bytes."""
        found = np.zeros((256, 256), dtype=np.bool_)
        seconds = np.ones(256, dtype=np.bool_)
        if len(self.codes) > 1:
            seconds[:] = False
            seconds[[one[0] for one in _variants(int(self.codes[1]), self.table)]] = True
        for one in _variants(int(self.codes[0]), self.table):
            if len(one) > 1:
                found[one[0], one[1]] = True
            else:
                found[one[0]] |= seconds
        return found.reshape(-1)

    @functools.cached_property
    def grams(self) -> npt.NDArray[np.uint32]:
        """Hashes of the grams that every text with the phrase has; [] for a short phrase."""
        from training.corpus.search import kernels

        folded = _mapped(self.text, fold_table()).tolist()
        data = np.frombuffer("".join(map(chr, folded)).encode(), dtype=np.uint8)
        hashes = np.empty(len(data), dtype=np.uint32)
        return np.unique(hashes[: kernels.gram_hashes(data, 0, len(data), len(data), hashes)])

    def find(
        self,
        data: npt.NDArray[np.uint8],
        offsets: npt.NDArray[np.int64],
        is_wanted: npt.NDArray[np.bool_],
        most: int,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """`kernels.find` of this phrase."""
        from training.corpus.search import kernels

        found: tuple[Any, Any] = kernels.find(
            data, offsets, is_wanted, self.table, self.codes, self.pairs, most
        )
        return found

    def places(self, text: str, most: int = 1_000) -> list[tuple[int, int]]:
        """Where the phrase stands in one text: (start, stop) in characters."""
        data = text.encode("utf-8", "surrogatepass")
        offsets = np.array([0, len(data)], dtype=np.int64)
        _, found = self.find(np.frombuffer(data, dtype=np.uint8), offsets, np.ones(1, bool), most)
        return character_places(data, [(start, stop) for _, start, stop in found.tolist()])


def character_places(data: bytes, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ascending places in bytes as places in characters."""
    result, at, characters = [], 0, 0
    for start, stop in places:
        characters += len(data[at:start].decode("utf-8", "surrogatepass"))
        size = len(data[start:stop].decode("utf-8", "surrogatepass"))
        result.append((characters, characters + size))
        at, characters = stop, characters + size
    return result


def _mapped(text: str, table: Table) -> npt.NDArray[np.int32]:
    codes = np.array([ord(sign) for sign in text], dtype=np.int32)
    is_known = codes < TABLE_SIZE
    codes[is_known] = table[codes[is_known]]
    return codes


def _variants(code: int, table: Table) -> list[bytes]:
    """Every character that counts as this one, in UTF-8."""
    if code >= TABLE_SIZE:
        return [chr(code).encode()]
    same = np.flatnonzero(table == code).tolist()
    assert code != SPACE or len(same) > 1
    return [chr(one).encode() for one in same if not 0xD800 <= one < 0xE000]
