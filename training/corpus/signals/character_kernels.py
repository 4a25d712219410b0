"""One compiled pass over characters: a histogram of profiles, tokens, words, sentences, lines.

A *token* stands between white space; a character of a script without spaces is one of its own. A
*raw word* is a run of letters, digits and underscores, or a run of other characters that are not
white space (the regular expression ``\\w+|[^\\w\\s]+``). Most characters follow one of their kind:
these cost a look into two small tables.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.columns import (
    CAPITAL_WORDS,
    DIGIT_LINES,
    LETTERED_TOKENS,
    LETTERLESS_WORDS,
    LINE_CHARACTERS,
    LINE_TOKENS,
    LONGEST_TOKEN,
    NUM_RUN_COLUMNS,
    RAW_WORDS,
    RICH_LINES,
    SENTENCES,
    TOKENS,
    UPPERCASE_LINES,
)
from training.corpus.signals.kernels import compiled, decode
from training.corpus.signals.profiles import (
    ALONE,
    ASCII_LETTER,
    HALF,
    LETTER,
    LINE_FEED,
    NUM_PROFILES,
    OTHER_CASE,
    SENTENCE_END,
    SPACE,
    UPPER,
    WORD,
)

#: A line with fewer tokens is a poor one (C4).
RICH_TOKENS = 3
_KIND = WORD | SPACE | LINE_FEED | ALONE
_UNKNOWN = np.uint64(NUM_PROFILES - 1)


@compiled
def character_facts(
    data: Any, offsets: Any, ids: Any, traits: Any, weights: Any, marks: Any
) -> Any:
    """([texts, columns of weights] sums over characters, [texts, NUM_RUN_COLUMNS] of runs).

    ``marks`` is `profiles.Profiles.marks`.
    """
    num_texts = len(offsets) - 1
    sums = np.zeros((num_texts, weights.shape[1]), dtype=np.int64)
    runs = np.zeros((num_texts, NUM_RUN_COLUMNS), dtype=np.int64)
    histogram = np.zeros(NUM_PROFILES, dtype=np.int64)
    for text in range(num_texts):
        histogram[:] = 0
        _count(data, offsets[text], offsets[text + 1], ids, traits, marks, histogram, runs[text])
        for profile in range(NUM_PROFILES):
            if histogram[profile]:
                for column in range(weights.shape[1]):
                    sums[text, column] += histogram[profile] * weights[profile, column]
    return sums, runs


@compiled
def _count(
    data: Any, at: int, end: int, ids: Any, traits: Any, marks: Any, histogram: Any, row: Any
) -> None:
    """Count the characters of one text by profile, and its runs."""
    kind = SPACE | LINE_FEED
    # Traits since the last change of kind, of the raw word, of the token.
    piece, word, token, is_said = 0, 0, 0, False
    # Characters so far and when the token began; upper case and digits so far, when the line began.
    size, token_size, mark, line_mark = 0, 0, 0, 0
    while at <= end:
        # Behind the text stands a line feed.
        profile, num_bytes = np.uint64(10), 1
        if at < end:
            profile = np.uint64(data[np.uint64(at)])
            if profile >= 0x80:
                code, num_bytes = decode(data, at)
                profile = np.uint64(ids[code]) if code < len(ids) else _UNKNOWN
            histogram[profile] += 1
        at += num_bytes
        seen = traits[profile]
        here = seen & _KIND
        if here != kind or here & ALONE:
            word |= piece
            token |= piece
            piece = 0
            if (here ^ kind) & (WORD | SPACE):
                is_said = _end_word(row, kind, word, is_said)
                word = 0
            if (here | kind) & (SPACE | ALONE):
                if kind & SPACE == 0:
                    _end_token(row, token, size - token_size)
                token, token_size = 0, size
            if here & LINE_FEED:
                _end_line(row, mark - line_mark)
                line_mark = mark
            kind = here
        piece |= seen
        size += 1
        mark += marks[profile]
    row[SENTENCES] += is_said


@compiled
def _end_word(row: Any, kind: int, word: int, is_said: bool) -> bool:
    """Count a raw word; whether something was said since the last end of a sentence."""
    if kind & SPACE:
        return is_said
    row[RAW_WORDS] += 1
    row[CAPITAL_WORDS] += (word & (UPPER | OTHER_CASE)) == UPPER
    row[LETTERLESS_WORDS] += (word & ASCII_LETTER) == 0
    if kind & WORD:
        return True
    if word & SENTENCE_END:
        row[SENTENCES] += is_said
        return False
    return is_said


@compiled
def _end_token(row: Any, token: int, size: int) -> None:
    """Count a token of so many characters."""
    row[TOKENS] += 1
    row[LETTERED_TOKENS] += (token & LETTER) != 0
    row[LONGEST_TOKEN] = max(row[LONGEST_TOKEN], size)
    row[LINE_TOKENS] += 1
    row[LINE_CHARACTERS] += size


@compiled
def _end_line(row: Any, mark: int) -> None:
    """Count a line by what was in it."""
    size = row[LINE_CHARACTERS]
    row[RICH_LINES] += row[LINE_TOKENS] >= RICH_TOKENS
    row[UPPERCASE_LINES] += 2 * (mark >> HALF) > size
    row[DIGIT_LINES] += 2 * (mark & ((1 << HALF) - 1)) > size
    row[LINE_TOKENS], row[LINE_CHARACTERS] = 0, 0
