"""Compiled loops over characters and tokens between white space."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, decode

_ALPHABETIC, _DIGIT, _HAN, _ALONE = np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8)
_SPACE = np.uint8(16)


@compiled
def character_facts(data: Any, offsets: Any, kinds: Any) -> Any:
    """[texts, 6]: characters, digits, Han, tokens, tokens with a letter, symbols.

    White space is no character here. A token is a run between white space; a character of a
    script without spaces is a token of its own. Symbols are # and ellipses ("..." or one sign).
    """
    num_texts = len(offsets) - 1
    facts = np.zeros((num_texts, 6), dtype=np.int64)
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        characters, digits, han, tokens, lettered, symbols = 0, 0, 0, 0, 0, 0
        is_open, has_letter, dots = False, False, 0
        while at < end:
            code, num_bytes = np.int64(data[at]), 1
            if code >= 0x80:
                code, num_bytes = decode(data, at)
            at += num_bytes
            kind = kinds[code] if code < len(kinds) else np.uint8(0)
            space, alone = (kind & _SPACE) != 0, (kind & _ALONE) != 0
            if is_open and (space or alone):
                tokens += 1
                lettered += has_letter
                is_open, has_letter = False, False
            dots = dots + 1 if code == 46 else 0
            if dots == 3 or code == 35 or code == 0x2026:
                symbols += 1
                dots = 0
            if space:
                continue
            is_letter = (kind & _ALPHABETIC) != 0
            characters += 1
            digits += (kind & _DIGIT) != 0
            han += (kind & _HAN) != 0
            if alone:
                tokens += 1
                lettered += is_letter
            else:
                is_open, has_letter = True, has_letter or is_letter
        row = facts[text]
        row[0], row[1], row[2] = characters, digits, han
        row[3], row[4], row[5] = tokens + is_open, lettered + (is_open and has_letter), symbols
    return facts
