"""A batch of texts as the kernels see it: bytes and offsets, words hashed once for all signals."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.signals.characters import class_table, lower_table
from training.corpus.signals.profiles import COLUMNS, FIRST_SCRIPT, profiles
from training.specs.signals import Segmentation

if TYPE_CHECKING:
    from training.corpus.language.identify import Languages

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

#: Full stops, question and exclamation marks of several scripts, and the quotes after them.
LINE_ENDERS = ".!?…\"'”’»。！？｡」』؟۔।"
_CHARACTER_COLUMNS = {name: place for place, (name, _) in enumerate(COLUMNS)}


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

    def __init__(
        self,
        texts: pa.LargeStringArray,
        segmentation: Segmentation = Segmentation.CHARACTERS,
    ) -> None:
        self.texts = texts
        self.segmentation = segmentation
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
        if self.segmentation == Segmentation.RJIEBA:
            offsets = self._hash_segmented(hashes, sizes)
            return Words(hashes[: offsets[-1]], sizes[: offsets[-1]], offsets)
        offsets = kernels.hash_words(
            self.data, self.offsets, class_table(), lower_table(), hashes, sizes
        )
        return Words(hashes[: offsets[-1]], sizes[: offsets[-1]], offsets)

    def _hash_segmented(
        self, hashes: npt.NDArray[np.uint64], sizes: npt.NDArray[np.int32]
    ) -> Int64:
        from training.corpus.signals.segment_kernels import hash_segmented
        from training.corpus.signals.segmentation import cuts, han_table

        offsets: Int64 = hash_segmented(
            self.data, self.offsets, class_table(), lower_table(), han_table(), cuts(self), hashes,
            sizes,
        )  # fmt: skip
        return offsets

    @functools.cached_property
    def line_facts(self) -> Int64:
        """[texts, columns], as `line_kernels.line_facts` has them; counted when first asked for."""
        from training.corpus.signals import line_kernels
        from training.corpus.signals.phrase_kernels import notes, url_bytes

        facts: Int64 = line_kernels.line_facts(
            self.data, self.offsets, line_enders(), notes(), url_bytes()
        )
        return facts

    def characters(self, column: str) -> Int64:
        """How many characters of each text are of a kind; see `profiles.COLUMNS`."""
        return self._character_facts[0][:, _CHARACTER_COLUMNS[column]]

    @property
    def scripts(self) -> Int64:
        """[texts, scripts] letters of each script."""
        return self._character_facts[0][:, FIRST_SCRIPT:]

    @property
    def run_facts(self) -> Int64:
        """[texts, columns] of tokens, words and lines, as `character_kernels` has them."""
        return self._character_facts[1]

    @functools.cached_property
    def _character_facts(self) -> tuple[Int64, Int64]:
        from training.corpus.signals import character_kernels

        known = profiles()
        facts: tuple[Int64, Int64] = character_kernels.character_facts(
            self.data, self.offsets, known.ids, known.traits, known.weights, known.marks
        )
        return facts

    @functools.cached_property
    def vocabulary_facts(self) -> tuple[Int64, Float64]:
        """([texts, 3], [texts]), as `vocabulary_kernels.vocabulary_facts` has them."""
        from training.corpus.signals import vocabulary_kernels
        from training.corpus.signals.stop_words import common_hashes, stop_word_hashes

        words = self.words
        facts: tuple[Int64, Float64] = vocabulary_kernels.vocabulary_facts(
            words.hashes, words.offsets, stop_word_hashes(), common_hashes()
        )
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


@functools.cache
def line_enders() -> Int64:
    """Code points that end a sentence at the end of a line, sorted."""
    return np.array(sorted(map(ord, LINE_ENDERS)), dtype=np.int64)


def share(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Float64:
    """part / whole; 0 where there is no whole (an empty text repeats nothing)."""
    result: Float64 = np.zeros(len(whole), dtype=np.float64)
    np.divide(part, whole, out=result, where=whole > 0)
    return result
