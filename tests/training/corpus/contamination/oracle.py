"""Contamination in plain Python: words character by character, runs as tuples in a dict."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from training.corpus.signals.characters import LETTER, TABLE_SIZE, WHOLE_WORD, class_table

IGNORED = {
    *range(0x300, 0x370), *range(0x1AB0, 0x1B00), *range(0x1DC0, 0x1E00), *range(0x20D0, 0x2100),
    *range(0xFE00, 0xFE10), *range(0xFE20, 0xFE30), 0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF,
}  # fmt: skip


def folded(character: str) -> str:
    """One character as it is compared; "" for what is ignored."""
    if ord(character) in IGNORED:
        return ""
    if ord(character) >= TABLE_SIZE:
        return character
    parts = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in parts if ord(part) not in IGNORED)
    one = kept if len(kept) == 1 else character
    for changed in (one.casefold(), one.lower()):
        if len(changed) == 1:
            return changed
    return one


def words(text: str) -> list[str]:
    """The words of a text."""
    classes, found, open_word = class_table(), [], ""
    for character in text:
        fold = folded(character)
        if not fold:
            continue
        kind = classes[ord(fold)] if ord(fold) < TABLE_SIZE else 0
        if kind == LETTER:
            open_word += fold
            continue
        if open_word:
            found.append(open_word)
        open_word = ""
        if kind == WHOLE_WORD:
            found.append(fold)
    return [*found, open_word] if open_word else found


def shared(text: str, items: Sequence[str], ngram_words: int, least_words: int) -> dict[int, float]:
    """{item: share of its words in runs that the text holds}; only items with any."""
    mine, found = words(text), {}
    for place, item in enumerate(items):
        wanted = words(item)
        window = min(ngram_words, len(wanted))
        if window < least_words:
            continue
        runs = {tuple(mine[n : n + window]) for n in range(len(mine) - window + 1)}
        covered: set[int] = set()
        for start in range(len(wanted) - window + 1):
            if tuple(wanted[start : start + window]) in runs:
                covered |= set(range(start, start + window))
        if covered:
            found[place] = len(covered) / len(wanted)
    return found
