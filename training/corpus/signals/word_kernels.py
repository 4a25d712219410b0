"""Compiled loops over characters and tokens between white space."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, decode, is_space

_ALPHABETIC, _DIGIT, _HAN, _ALONE = np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8)


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
        is_open, has_letter, dots = False, False, 0
        while at < end:
            code, num_bytes = decode(data, at)
            at += num_bytes
            kind = kinds[code] if code < len(kinds) else np.uint8(0)
            space, alone = is_space(code), (kind & _ALONE) != 0
            if is_open and (space or alone):
                facts[text, 3] += 1
                facts[text, 4] += has_letter
                is_open, has_letter = False, False
            dots = dots + 1 if code == 46 else 0
            if dots == 3 or code == 35 or code == 0x2026:
                facts[text, 5] += 1
                dots = 0
            if space:
                continue
            is_letter = (kind & _ALPHABETIC) != 0
            facts[text, 0] += 1
            facts[text, 1] += (kind & _DIGIT) != 0
            facts[text, 2] += (kind & _HAN) != 0
            if alone:
                facts[text, 3] += 1
                facts[text, 4] += is_letter
            else:
                is_open, has_letter = True, has_letter or is_letter
        if is_open:
            facts[text, 3] += 1
            facts[text, 4] += has_letter
    return facts
