"""Reads an ARPA file, anybody's, into n-grams with ids; every fault names its line.

As in KenLM a missing back-off is 0, a missing <unk> gets 10 ^ -100, and
the context of an n-gram must be an n-gram too. Lines are read one after another; memory is 40 bytes
per n-gram and the words.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from training.corpus.ngram_lm.vocabulary import (
    END_WORD,
    MARKS,
    MOST_WORDS,
    START_WORD,
    UNKNOWN_WORD,
    UInt64,
)
from training.errors import DataError

MOST_ORDER = 5
#: What KenLM takes for an unknown word when the file has none.
MISSING_UNKNOWN = -100.0
_MOST_LINE = 1 << 16
_NUMBER = re.compile(r"ngram +(\d+) *= *(\d+)")
#: Marks as some tools write them.
_OTHER_MARKS = {"<UNK>": UNKNOWN_WORD}


class Lines(Protocol):
    """An open file, or something like it."""

    def readline(self, most: int, /) -> bytes:
        """The next line with its line feed, or the first ``most`` bytes of it; empty at the end."""


@dataclass(frozen=True)
class Section:
    """The n-grams of one order: keys [n, 2] as `count_kernels` packs them, log10 values [n, 2]."""

    keys: UInt64
    values: npt.NDArray[np.float32]


class ArpaReader:
    """Reads section by section; ``words`` is whole after the first one."""

    def __init__(self, file: Lines, name: str) -> None:
        self._file, self._name, self._line, self._pushed = file, name, 0, ""
        self.numbers = self._header()
        self.words: list[str] = list(MARKS)
        self.has_unknown = False
        self._ids: dict[str, int] = {}

    def sections(self) -> Iterator[Section]:
        """Orders 1, 2 ... in turn; the unigrams in the order of ``words``."""
        yield self._unigrams()
        for order in range(2, len(self.numbers) + 1):
            yield self._section(order)
        if self._next_line() != "\\end\\":
            raise self.fault("is not \\end\\, though all n-grams have been read")

    def _header(self) -> list[int]:
        if self._next_line() != "\\data\\":
            raise self.fault("is not \\data\\, with which an ARPA file begins")
        numbers: list[int] = []
        while match := _NUMBER.fullmatch(line := self._next_line()):
            order, number = int(match[1]), int(match[2])
            if order != len(numbers) + 1 or order > MOST_ORDER:
                raise self.fault(f"tells of order {order}; 1 to {MOST_ORDER} in turn can be read")
            numbers.append(number)
        if not numbers:
            raise self.fault('is not "ngram 1=..."')
        self._pushed = line
        return numbers

    def _unigrams(self) -> Section:
        if self.numbers[0] > MOST_WORDS:
            raise self.fault(f"{self.numbers[0]:,} words are more than {MOST_WORDS:,}")
        values = [[MISSING_UNKNOWN, 0.0], [0.0, 0.0], [0.0, 0.0]]
        for fields in self._rows(1):
            word = _OTHER_MARKS.get(fields[1], fields[1])
            if word in self._ids:
                raise self.fault(f"has the word {word[:60]!r} for the second time")
            pair = self._values(fields, 1)
            if word in MARKS:
                self._ids[word] = MARKS.index(word)
                values[self._ids[word]] = pair
            else:
                self._ids[word] = len(self.words)
                self.words.append(word)
                values.append(pair)
        for mark in (START_WORD, END_WORD):
            if mark not in self._ids:
                raise self.fault(f"ends the words without {mark}, which lines are scored with")
        self.has_unknown = UNKNOWN_WORD in self._ids
        self._ids[UNKNOWN_WORD] = 0
        ids = np.arange(len(values), dtype=np.uint64) << np.uint64(42)
        return Section(
            np.stack([ids, np.zeros_like(ids)], axis=1), np.array(values, dtype=np.float32)
        )

    def _section(self, order: int) -> Section:
        ids, values = array("I"), array("f")
        for fields in self._rows(order):
            try:
                ids.extend(
                    [self._ids[_OTHER_MARKS.get(word, word)] for word in fields[1 : order + 1]]
                )
            except KeyError as error:
                word = str(error.args[0])[:60]
                raise self.fault(f"has the word {word!r}, which is not among the 1-grams") from None
            values.extend(self._values(fields, order))
        return Section(
            packed(np.frombuffer(ids, dtype=np.uint32).reshape(-1, order)),
            np.frombuffer(values, dtype=np.float32).reshape(-1, 2),
        )

    def _rows(self, order: int) -> Iterator[list[str]]:
        if self._next_line() != f"\\{order}-grams:":
            raise self.fault(f"is not \\{order}-grams:")
        for _ in range(self.numbers[order - 1]):
            fields = self._next_line().split()
            if len(fields) not in {order + 1, order + 2}:
                raise self.fault(
                    f"is no {order}-gram: a number, {order} words and perhaps a back-off are"
                )
            yield fields

    def _values(self, fields: list[str], order: int) -> list[float]:
        try:
            pair = [float(fields[0]), float(fields[order + 1]) if len(fields) > order + 1 else 0.0]
        except ValueError:
            raise self.fault("has a number that is none") from None
        if not all(map(math.isfinite, pair)) or pair[0] > 0:
            raise self.fault(f"has the log probability {fields[0][:40]}, which none can be")
        return pair

    def _next_line(self) -> str:
        """The next line that is not blank, without white space at its ends."""
        if pushed := self._pushed:
            self._pushed = ""
            return pushed
        while True:
            self._line += 1
            line = self._file.readline(_MOST_LINE)
            if not line:
                raise self.fault("is behind the end of the file, which is cut off")
            try:
                text = line.decode().strip(" \t\r\n")
            except UnicodeDecodeError:
                raise self.fault("is not UTF-8") from None
            if text:
                return text

    def fault(self, what: str) -> DataError:
        """About the line that was read last."""
        return DataError(
            f"{self._name} cannot be read: line {self._line:,} {what}.",
            advice="Give an ARPA file as lmplz, SRILM or the verb fit_ngram write it.",
        )


def packed(ids: npt.NDArray[np.uint32]) -> UInt64:
    """Keys [n, 2] of n-grams [n, order] whose last word stands last."""
    keys = np.zeros((len(ids), 2), dtype=np.uint64)
    for place, word in enumerate(ids.T[::-1]):
        half, at = divmod(place, 3)
        keys[:, half] |= word.astype(np.uint64) << np.uint64(21 * ((2 if half == 0 else 1) - at))
    return keys
