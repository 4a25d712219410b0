"""The compiled back-off scorer: log10 probabilities of word ids under mapped tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.ngram_lm.estimate_kernels import longer
from training.corpus.ngram_lm.word_kernels import END, START, UNKNOWN, find
from training.corpus.signals.kernels import compiled

_MOST_CONTEXT = 4


@compiled
def score(
    ids: Any, offsets: Any, unigrams: Any, keys: Any, numbers: Any, has_gaps: bool, each: Any
) -> Any:
    """([texts] log10 probability, [texts] words outside the vocabulary).

    ``keys`` and ``numbers`` are tuples of the tables of order 2 to 5. A word's probability is that
    of the longest n-gram that is there, with the back-offs of all longer contexts. In a model of
    our own an n-gram is there only if the shorter ones are; ``has_gaps`` says that others may not
    be so. ``each`` takes the log10 probability of every id, if it has room for them.
    A context is the words before, nearest first, as far as any n-gram reaches.
    """
    num_texts = len(offsets) - 1
    totals = np.zeros(num_texts, dtype=np.float64)
    unknown = np.zeros(num_texts, dtype=np.int64)
    is_wanted = len(each) >= len(ids)
    context = np.zeros(_MOST_CONTEXT, dtype=np.int64)
    backoffs = np.zeros(_MOST_CONTEXT, dtype=np.float64)
    found = np.zeros(_MOST_CONTEXT, dtype=np.float64)
    for text in range(num_texts):
        known, context[0], backoffs[0] = 1, START, unigrams[START, 1]
        for place in range(offsets[text], offsets[text + 1]):
            word = np.int64(ids[place])
            unknown[text] += word == UNKNOWN
            found[:] = 0.0
            found[0] = unigrams[word, 1]
            value, matched = _longest(
                word, context, known, unigrams[word, 0], keys, numbers, has_gaps, found
            )
            for back in range(matched - 1, known):
                value += backoffs[back]
            totals[text] += value
            if is_wanted:
                each[place] = value
            if word == END:
                known, context[0], backoffs[0] = 1, START, unigrams[START, 1]
                continue
            known = min(matched, _MOST_CONTEXT)
            for back in range(known - 1, 0, -1):
                context[back] = context[back - 1]
            context[0] = word
            backoffs[:] = found
    return totals, unknown


@compiled
def _longest(
    word: Any, context: Any, known: int, alone: Any, keys: Any, numbers: Any, has_gaps: bool,
    found: Any,
) -> Any:  # fmt: skip
    """(probability of the longest n-gram that is there, its words).

    ``found`` gets the back-offs of it and of all shorter ones, from the second on.
    """
    value, matched, key = np.float64(alone), 1, longer(np.uint64(0), word)
    for back in range(known):
        key = longer(key, context[back])
        slot = find(keys[back], key)
        if slot >= 0:
            value = np.float64(numbers[back][slot, 2])
            matched = back + 2
            if back + 1 < _MOST_CONTEXT:
                found[back + 1] = numbers[back][slot, 3]
        elif not has_gaps:
            break
    return value, matched
