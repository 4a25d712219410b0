"""Compiled loops over the sampled texts: where words stand, sentences, brackets.

The words are those of ``signals.kernels.hash_words``. Plain Python oracles stand in the tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.quality_report import characters
from training.corpus.signals.characters import LETTER as _LETTER
from training.corpus.signals.characters import WHOLE_WORD as _WHOLE_WORD
from training.corpus.signals.kernels import FNV_PRIME, FNV_START, compiled, decode, mix

#: Bits of a word's flags: only letters and marks; one character of a script without spaces.
LETTERS, ALONE = 1, 2
#: Columns of `sentence_facts`.
SENTENCES, WHOLE, BEGUN, ENDED, SENTENCE_WORDS, SENTENCE_SQUARES = range(6)
NUM_SENTENCE_FACTS = 6
#: A shorter piece between two ends is a heading, a name, an abbreviation.
LEAST_WORDS = 3
_DEEPEST = 256
_LONGEST_NUMBERING = 3
_LOWER, _SPACE, _END = characters.LOWER, characters.SPACE, characters.END
_WIDE_END, _CLOSER, _DIGIT = characters.WIDE_END, characters.CLOSER, characters.DIGIT
_NEWLINE, _QUOTE, _UNDERSCORE = 10, 34, 95
_ROUND = (40, 41)
#: Colon, semicolon, dash.
_BEFORE_FACES = (58, 59, 45)
_NO_NUMBERING = 1_000


@compiled
def word_places(
    data: Any, offsets: Any, classes: Any, lowers: Any, roles: Any,
    hashes: Any, sizes: Any, starts: Any, stops: Any, flags: Any,
) -> Any:  # fmt: skip
    """Write every word's hash, characters, first byte, byte behind it and flags.

    Returns words per text as offsets [texts + 1].
    """
    num_texts = len(offsets) - 1
    bounds = np.zeros(num_texts + 1, dtype=np.int64)
    word = 0
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        state, size, start, is_plain = FNV_START, 0, at, True
        while at <= end:
            code, num_bytes, kind = 0, 1, 0
            if at < end:
                code, num_bytes = decode(data, at)
                kind = classes[code] if code < len(classes) else 0
            if kind == 1:
                if size == 0:
                    start, is_plain = at, True
                state = (state ^ np.uint64(lowers[code])) * FNV_PRIME
                size += 1
                if code == _UNDERSCORE or roles[code] == _DIGIT:
                    is_plain = False
                at += num_bytes
                continue
            if size:
                hashes[word], sizes[word] = mix(state), size
                starts[word], stops[word] = start, at
                flags[word] = LETTERS if is_plain else 0
                word += 1
                state, size = FNV_START, 0
            if kind == 2:
                hashes[word] = mix((FNV_START ^ np.uint64(code)) * FNV_PRIME)
                sizes[word], starts[word], stops[word] = 1, at, at + num_bytes
                flags[word] = ALONE
                word += 1
            at += num_bytes
        bounds[text + 1] = word
    return bounds


@compiled
def doubled_words(
    data: Any, bounds: Any, hashes: Any, sizes: Any, starts: Any, stops: Any, flags: Any
) -> Any:
    """[texts] words of two letters or more that stand twice, with only spaces between."""
    counts = np.zeros(len(bounds) - 1, dtype=np.int64)
    for text in range(len(counts)):
        for word in range(bounds[text] + 1, bounds[text + 1]):
            if hashes[word] != hashes[word - 1] or flags[word] != LETTERS or sizes[word] < 2:
                continue
            is_alone = True
            for at in range(stops[word - 1], starts[word]):
                is_alone = is_alone and (data[at] == 32 or data[at] == 9)
            counts[text] += is_alone
    return counts


@compiled
def _role(table: Any, code: Any) -> Any:
    return table[code] if code < len(table) else 0


@compiled
def _is_end(data: Any, at: Any, end: Any, roles: Any) -> Any:
    """Whether white space before ``at`` ends a sentence: no lower-case letter comes behind it."""
    while at < end:
        code, num_bytes = decode(data, at)
        role = _role(roles, code)
        if code == _NEWLINE:
            return True
        if role != _SPACE:
            return role != _LOWER
        at += num_bytes
    return True


@compiled
def _tally(facts: Any, words: Any, first_role: Any, is_ended: Any) -> None:
    """Count one sentence, unless it is too short."""
    if words >= LEAST_WORDS:
        is_well_begun = first_role != _LOWER
        facts[SENTENCES] += 1
        facts[WHOLE] += is_well_begun and is_ended
        facts[BEGUN] += is_well_begun
        facts[ENDED] += is_ended
        facts[SENTENCE_WORDS] += words
        facts[SENTENCE_SQUARES] += words * words


@compiled
def sentence_facts(data: Any, offsets: Any, classes: Any, roles: Any) -> Any:
    """[texts, 6]: sentences, whole ones, well begun, well ended, their words, sum of squares.

    A sentence ends at a mark before white space, at a wide mark, and at a line break; not where a
    lower-case letter follows (an abbreviation, a wrapped line). Only those of three words or more
    are counted. Well begun: its first letter or digit is no lower-case letter.
    """
    num_texts = len(offsets) - 1
    facts = np.zeros((num_texts, NUM_SENTENCE_FACTS), dtype=np.int64)
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        words, first_role, is_in_word, is_ended = 0, -1, False, False
        while at <= end:
            # The end of the text is one more line break.
            code, num_bytes = decode(data, at) if at < end else (np.int64(_NEWLINE), 1)
            at += num_bytes
            kind, role = _role(classes, code), _role(roles, code)
            if kind:
                words += kind == _WHOLE_WORD or not is_in_word
                first_role = role if first_role < 0 else first_role
            is_in_word = kind == _LETTER
            is_over = role == _WIDE_END
            if role == _SPACE:
                if code == _NEWLINE or is_ended:
                    is_over = _is_end(data, at, end, roles)
                    is_ended = is_ended and is_over
            elif role == _END or is_over:
                is_ended = True
            elif role != _CLOSER:
                is_ended = False
            if is_over:
                _tally(facts[text], words, first_role, is_ended)
                words, first_role, is_in_word, is_ended = 0, -1, False, False
    return facts


@compiled
def _partner(stack: Any, depth: Any, number: Any) -> Any:
    """Place of the nearest open bracket of this kind; -1 where there is none."""
    place = depth - 1
    while place >= 0 and stack[place] != number:
        place -= 1
    return place


@compiled
def unmatched_brackets(data: Any, offsets: Any, brackets: Any, roles: Any) -> Any:
    """[texts] brackets and curly quotes without a partner, and lines with an odd straight quote.

    Not counted: the bracket of a numbering that begins a line (``a)``, ``12)``), and faces.
    """
    num_texts = len(offsets) - 1
    counts = np.zeros(num_texts, dtype=np.int64)
    stack = np.zeros(_DEEPEST, dtype=np.int64)
    for text in range(num_texts):
        # ``size``: characters of the piece between spaces that begins a line; none of later ones.
        depth, num_quotes, before, size = 0, 0, np.int64(0), 0
        at, end = offsets[text], offsets[text + 1]
        while at < end:
            code, num_bytes = decode(data, at)
            at += num_bytes
            number = np.int64(_role(brackets, code))
            num_quotes += code == _QUOTE
            if code == _NEWLINE:
                counts[text] += num_quotes & 1
                num_quotes, size = 0, 0
            elif number and before in _BEFORE_FACES and code in _ROUND:
                pass
            elif number > 0 and depth < _DEEPEST:
                stack[depth] = number
                depth += 1
            elif number > 0:
                counts[text] += 1
            elif number < 0:
                place = _partner(stack, depth, -number)
                is_numbering = code == _ROUND[1] and 0 < size <= _LONGEST_NUMBERING
                counts[text] += depth - 1 - place if place >= 0 else not is_numbering
                depth = max(place, 0) if place >= 0 else depth
            if code != _NEWLINE:
                is_piece_over = _role(roles, code) == _SPACE and size > 0
                size = _NO_NUMBERING if is_piece_over else size + (_role(roles, code) != _SPACE)
            before = code
        counts[text] += depth + (num_quotes & 1)
    return counts
