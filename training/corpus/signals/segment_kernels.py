"""Compiled hashing of words where Chinese has been cut by a dictionary."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import FNV_PRIME, FNV_START, compiled, decode, mix


@compiled
def hash_segmented(
    data: Any, offsets: Any, classes: Any, lowers: Any, is_han: Any, cuts: Any, hashes: Any,
    sizes: Any,
) -> Any:  # fmt: skip
    """As `kernels.hash_words`; the next of ``cuts`` says how long each word of Chinese is."""
    num_texts = len(offsets) - 1
    word_offsets = np.zeros(num_texts + 1, dtype=np.int64)
    word, cut = 0, 0
    for text in range(num_texts):
        at, end = offsets[text], offsets[text + 1]
        state, size, left = FNV_START, 0, 0
        while at < end:
            code, num_bytes = decode(data, at)
            at += num_bytes
            kind = classes[code] if code < len(classes) else 0
            if left == 0 and size and kind != 1:
                hashes[word], sizes[word] = mix(state), size
                word += 1
                state, size = FNV_START, 0
            if kind == 0:
                continue
            if left == 0 and kind == 2:
                left = 1
                if is_han[code]:
                    left = cuts[cut]
                    cut += 1
            state = (state ^ np.uint64(lowers[code])) * FNV_PRIME
            size += 1
            if left:
                left -= 1
                if left == 0:
                    hashes[word], sizes[word] = mix(state), size
                    word += 1
                    state, size = FNV_START, 0
        if size:
            hashes[word], sizes[word] = mix(state), size
            word += 1
        word_offsets[text + 1] = word
    return word_offsets
