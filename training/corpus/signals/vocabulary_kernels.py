"""One compiled pass that counts the words of each text: how many differ, which are on a list."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, table_size

#: n ln n of small n.
_NATS = np.arange(4_096) * np.log(np.maximum(np.arange(4_096), 1))


@compiled
def vocabulary_facts(hashes: Any, word_offsets: Any, listed: Any, common: Any) -> Any:
    """([texts, 3]: different words, words on ``listed``, words of ``common`` that come at all;
    [texts]: entropy of the words in nats).

    The entropy is that of the frequencies of a text's words: ln N - sum of n ln n / N.
    """
    num_texts = len(word_offsets) - 1
    facts = np.zeros((num_texts, 3), dtype=np.int64)
    entropies = np.zeros(num_texts, dtype=np.float64)
    room = 1
    for text in range(num_texts):
        room = max(room, word_offsets[text + 1] - word_offsets[text])
    size = table_size(room)
    keys, counts = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int64)
    slots = np.zeros(room, dtype=np.int64)
    for text in range(num_texts):
        begin, end = word_offsets[text], word_offsets[text + 1]
        mask = np.uint64(table_size(end - begin) - 1)
        different = _count_words(hashes, begin, end, keys, counts, mask, slots)
        facts[text, 0] = different
        for word in listed:
            facts[text, 1] += _count_of(keys, counts, mask, word)
        for word in common:
            facts[text, 2] += _count_of(keys, counts, mask, word) > 0
        entropies[text] = _entropy(counts, slots, different, end - begin)
        for place in range(different):
            counts[slots[place]] = 0
    return facts, entropies


@compiled
def _count_words(
    hashes: Any, begin: int, end: int, keys: Any, counts: Any, mask: Any, slots: Any
) -> int:
    """Count the words [begin, end) into a table without counts; ``slots`` gets those in use."""
    different = 0
    for word in range(begin, end):
        slot = np.int64(hashes[word] & mask)
        while counts[slot] and keys[slot] != hashes[word]:
            slot = (slot + 1) & np.int64(mask)
        if counts[slot] == 0:
            keys[slot] = hashes[word]
            slots[different] = slot
            different += 1
        counts[slot] += 1
    return different


@compiled
def _count_of(keys: Any, counts: Any, mask: Any, word: Any) -> Any:
    slot = np.int64(word & mask)
    while counts[slot] and keys[slot] != word:
        slot = (slot + 1) & np.int64(mask)
    return counts[slot]


@compiled
def _entropy(counts: Any, slots: Any, different: int, total: int) -> Any:
    if total == 0:
        return 0.0
    spread = 0.0
    for place in range(different):
        count = counts[slots[place]]
        spread += _NATS[count] if count < len(_NATS) else count * np.log(count)
    return max(0.0, np.log(total) - spread / total)
