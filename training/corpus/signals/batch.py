"""A batch of texts as the kernels see it: bytes and offsets, words hashed once for all signals."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.signals.characters import class_table, kind_table, lower_table

if TYPE_CHECKING:
    from training.corpus.language.identify import Languages

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

#: Full stops, question and exclamation marks of several scripts, and the quotes after them.
LINE_ENDERS = ".!?…\"'”’»。！？｡」』؟۔।"


@dataclass(frozen=True)
class Words:
    """Every word of a batch: hash, length in characters; ``offsets`` [texts + 1] delimit texts."""

    hashes: npt.NDArray[np.uint64]
    sizes: npt.NDArray[np.int32]
    offsets: Int64

    @property
    def counts(self) -> Int64:
        """Words per text."""
        return np.diff(self.offsets)


class TextBatch:
    """Some texts and what has been computed from them so far."""

    def __init__(self, texts: pa.LargeStringArray) -> None:
        self.texts = texts
        _, offsets, data = texts.buffers()
        count = len(texts)
        every: Int64 = np.frombuffer(offsets, dtype=np.int64)
        self.offsets = every[texts.offset : texts.offset + count + 1]
        self.data: npt.NDArray[np.uint8] = (
            np.frombuffer(data, dtype=np.uint8) if data else np.empty(0, dtype=np.uint8)
        )

    @classmethod
    def of(cls, texts: Sequence[str]) -> TextBatch:
        """A batch of Python strings."""
        return cls(pa.array(texts, pa.large_string()))

    def __len__(self) -> int:
        return len(self.texts)

    @functools.cached_property
    def words(self) -> Words:
        """The words, hashed when first asked for."""
        from training.corpus.signals import kernels

        # At least two bytes for each word: one of its own, one (or a long character) between.
        room = int(self.offsets[-1] - self.offsets[0]) // 2 + len(self) + 1
        hashes, sizes = np.empty(room, dtype=np.uint64), np.empty(room, dtype=np.int32)
        offsets = kernels.hash_words(
            self.data, self.offsets, class_table(), lower_table(), hashes, sizes
        )
        return Words(hashes[: offsets[-1]], sizes[: offsets[-1]], offsets)

    @functools.cached_property
    def line_facts(self) -> Int64:
        """[texts, 7], as `line_kernels.line_facts` has them; counted when first asked for."""
        from training.corpus.signals import line_kernels

        facts: Int64 = line_kernels.line_facts(self.data, self.offsets, line_enders())
        return facts

    @functools.cached_property
    def repeated_lines(self) -> Int64:
        """[texts, 4] of lines, as `line_kernels.repeated_units` has them."""
        return self._repeated(is_paragraph=False)

    @functools.cached_property
    def repeated_paragraphs(self) -> Int64:
        """[texts, 4] of paragraphs."""
        return self._repeated(is_paragraph=True)

    @functools.cached_property
    def character_facts(self) -> Int64:
        """[texts, 6], as `word_kernels.character_facts` has them."""
        from training.corpus.signals import word_kernels

        facts: Int64 = word_kernels.character_facts(self.data, self.offsets, kind_table())
        return facts

    @functools.cached_property
    def pii_counts(self) -> Int64:
        """[texts, kinds] of personal data, as `pii.find.counts` has them."""
        from training.corpus.pii import find

        return find.counts(self)

    @functools.cached_property
    def languages(self) -> Languages:
        """Language and score of each text."""
        from training.corpus.language.identify import languages_of

        return languages_of(self)

    @functools.cached_property
    def script_facts(self) -> Int64:
        """[texts, scripts + 1], as `language.kernels.script_facts` has them."""
        from training.corpus.language.kernels import script_facts
        from training.corpus.language.scripts import SCRIPTS, script_table

        facts: Int64 = script_facts(self.data, self.offsets, script_table(), len(SCRIPTS))
        return facts

    def ngrams(self, window: int) -> tuple[Int64, Int64]:
        """(what `ngram_kernels.ngram_facts` counts of n-grams of this size, of all words)."""
        from training.corpus.signals.ngram_kernels import SMALLEST

        facts, totals = self._ngram_facts
        return facts[:, window - SMALLEST], totals

    def repeated_ngrams(self) -> tuple[Int64, Int64]:
        """(runs of five words that equal an earlier one, all runs of five words) of each text."""
        from training.corpus.signals.ngram_kernels import RATE_WINDOW

        facts, _ = self._ngram_facts
        return facts[:, -1], np.maximum(self.words.counts - (RATE_WINDOW - 1), 0)

    @functools.cached_property
    def _ngram_facts(self) -> tuple[Int64, Int64]:
        from training.corpus.signals import ngram_kernels

        words = self.words
        facts: tuple[Int64, Int64] = ngram_kernels.ngram_facts(
            words.hashes, words.sizes, words.offsets
        )
        return facts

    def _repeated(self, *, is_paragraph: bool) -> Int64:
        from training.corpus.signals import line_kernels

        counts: Int64 = line_kernels.repeated_units(self.data, self.offsets, is_paragraph)
        return counts


@functools.cache
def line_enders() -> Int64:
    """Code points that end a sentence at the end of a line, sorted."""
    return np.array(sorted(map(ord, LINE_ENDERS)), dtype=np.int64)


def share(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Float64:
    """part / whole; 0 where there is no whole (an empty text repeats nothing)."""
    result: Float64 = np.zeros(len(whole), dtype=np.float64)
    np.divide(part, whole, out=result, where=whole > 0)
    return result
