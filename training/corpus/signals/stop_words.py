"""Share of a text's words that are function words; prose has many, lists and debris have few.

One closed list serves English words and Chinese characters together: the scripts do not overlap.
Counted twice: as occurrences over all words (Data-Juicer's ratio), and as distinct hits on a short
list (Gopher's rule; ours is not case-sensitive).
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from training.corpus.signals.batch import Float64, Int64, TextBatch, share

ENGLISH = (
    "a about above after again against all also am an and any are as at be because been before "
    "being below between both but by can could did do does down each few for from further had "
    "has have he her here hers him his how i if in into is it its just may me might more most "
    "must my no nor not of off on once only or other our out over own same shall she should so "
    "some such than that the their them then there these they this those through to too under "
    "until up upon us very was we were what when where which while who whom why will with would "
    "you your"
)
CHINESE = (
    "的是在了不和有这我他她它们也就都与及或而但于以为被把从到"
    "之其个着过得所对由因此如若则又还很更最那哪吗呢吧"
)

GOPHER = "the be to of and that have with"
COMMON_CHINESE = "的一是在不了有和人这中大为上个国我以要他"


def stop_word_share(batch: TextBatch) -> Float64:
    """Function words over words, 0 for a text without words."""
    facts, _ = batch.vocabulary_facts
    return share(facts[:, 1], batch.words.counts)


def distinct_stop_words(batch: TextBatch) -> Int64:
    """How many of Gopher's eight words, and of twenty common Chinese characters, come at all."""
    facts, _ = batch.vocabulary_facts
    return facts[:, 2]


def common_words() -> frozenset[str]:
    """The short list."""
    return frozenset(GOPHER.split()) | frozenset(COMMON_CHINESE)


def stop_words() -> frozenset[str]:
    """The list, as words."""
    return frozenset(ENGLISH.split()) | frozenset(CHINESE)


@functools.cache
def stop_word_hashes() -> npt.NDArray[np.uint64]:
    """The hashes of the list."""
    return np.sort(TextBatch.of(sorted(stop_words())).words.hashes)


@functools.cache
def common_hashes() -> npt.NDArray[np.uint64]:
    """The hashes of the short list."""
    return np.sort(TextBatch.of(sorted(common_words())).words.hashes)
