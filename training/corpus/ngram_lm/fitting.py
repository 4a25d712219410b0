"""From texts to the files of a model: words, n-grams, probabilities, ARPA.

1. Words are counted; the most frequent ones get ids.
2. Texts are read again as ids, and their n-grams counted on the disk.
3. Probabilities go into mapped tables, and from there into ``model.arpa``.

Memory: 300 MB for counting and 16 bytes per distinct word, plus what `estimate` maps: about 22
bytes per n-gram. A 5-gram model has some three n-grams for each word of its text, so 100 MB of text
(18 million words) want 1.2 GB of mapped files to be fast, and about 4 GB of disk meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.corpus.ngram_lm.arpa import write_arpa
from training.corpus.ngram_lm.counting import WINDOWS_AT_ONCE, NgramCounter
from training.corpus.ngram_lm.discounts import Discounts
from training.corpus.ngram_lm.estimate import estimate
from training.corpus.ngram_lm.model import INFO_FILE, WORDS_FILE
from training.corpus.ngram_lm.vocabulary import MARKS, Spellings, Vocabulary, WordCounter
from training.corpus.signals.batch import TextBatch
from training.errors import DataError
from training.folder.atomic import write_json

#: Raised when the files are read in another way.
_FORMAT_VERSION = 1


@dataclass(frozen=True)
class Fitted:
    """What came of it; ``unknown_fraction`` of the words of the text are outside the vocabulary."""

    num_words: int
    vocab_size: int
    unknown_fraction: float
    counts: list[int]
    discounts: list[Discounts]


@dataclass(frozen=True)
class Fitting:
    """One fit. ``batches()`` gives the same texts each time; ``tell(phase)`` names what begins."""

    batches: Callable[[], Iterable[TextBatch]]
    order: int
    vocab_size: int
    min_count: int
    tell: Callable[[str], None] = lambda phase: None
    check: Callable[[], None] = lambda: None
    windows_at_once: int = WINDOWS_AT_ONCE

    def run(self, folder: Path, work: Path) -> Fitted:
        """Write the model into ``folder``; ``work`` takes files that can go afterwards."""
        self.tell("counting words")
        counter = WordCounter()
        for batch in self.batches():
            counter.add(batch)
        if counter.num_words == 0:
            raise DataError("The text holds no word to learn from.")
        words = counter.most_frequent(self.vocab_size, self.min_count)
        if not len(words):
            raise DataError(
                f"No word of the text is seen {self.min_count:,} times.",
                advice="Lower min_count, or give more text.",
            )
        vocabulary = Vocabulary.of(words)
        self.tell("counting n-grams")
        spellings = Spellings(vocabulary.num_words)
        ngrams = NgramCounter(self.order, work, self.windows_at_once, self.check)
        num_unknown = 0
        for batch in self.batches():
            ids, starts, bounds = vocabulary.ids_of(batch)
            spellings.learn(batch, ids, starts)
            ngrams.add(ids, bounds)
            num_unknown += int((ids == 0).sum())
        orders = ngrams.orders()
        if not all(map(len, orders)):
            # No line is so long: the longest n-grams that there are must be counted as such.
            highest = next(place for place, one in enumerate(orders) if not len(one))
            again = work / "again"
            again.mkdir()
            return replace(self, order=highest).run(folder, again)
        self.tell("estimating probabilities")
        discounts = estimate(orders, vocabulary.num_words, folder, work, self.check)
        np.save(folder / WORDS_FILE, vocabulary.table)
        self.tell("writing the model")
        write_arpa(folder, orders, spellings.words, self.check)
        counts = [vocabulary.num_words, *(len(one) for one in orders[1:])]
        write_info(folder, counts=counts, has_gaps=False)
        return Fitted(
            counter.num_words, vocabulary.num_words - len(MARKS),
            num_unknown / counter.num_words, counts, discounts,
        )  # fmt: skip


def write_info(folder: Path, *, counts: list[int], has_gaps: bool, form: str = "tables") -> None:
    """``ngram.json``: what a scorer must know. ``form`` is "kenlm" for a binary of KenLM's."""
    info = {
        "format_version": _FORMAT_VERSION,
        "form": form,
        "order": len(counts),
        "counts": counts,
        "has_gaps": has_gaps,
    }
    write_json(folder / INFO_FILE, info)
