"""Every signal in slow, plain Python: what the compiled kernels must equal."""

from __future__ import annotations

import unicodedata

from training.corpus.signals.characters import LETTER, TABLE_SIZE, WHOLE_WORD, class_table
from training.corpus.signals.stop_words import stop_words

CLASSES = class_table().tolist()


def words(text: str) -> list[str]:
    """Words in lower case, by one pass over characters."""
    found: list[str] = []
    run = ""
    for character in text:
        code = ord(character)
        kind = CLASSES[code] if code < TABLE_SIZE else 0
        if kind == LETTER:
            lower = character.lower()
            run += lower if len(lower) == 1 and ord(lower) < TABLE_SIZE else character
            continue
        if run:
            found.append(run)
            run = ""
        if kind == WHOLE_WORD:
            found.append(character)
    return [*found, run] if run else found


def stop_word_share(text: str) -> float:
    found = words(text)
    return sum(word in stop_words() for word in found) / len(found) if found else 0.0


def duplicate_line_fraction(text: str) -> float:
    lines = [line.strip(" \t\r\v\f") for line in text.split("\n")]
    lines = [line for line in lines if line]
    return (len(lines) - len(set(lines))) / len(lines) if lines else 0.0


def repeated_5gram_share(text: str) -> float:
    found = words(text)
    seen: set[tuple[str, ...]] = set()
    covered: set[int] = set()
    for first in range(len(found) - 4):
        gram = tuple(found[first : first + 5])
        if gram in seen:
            covered.update(range(first, first + 5))
        seen.add(gram)
    total = sum(map(len, found))
    return sum(len(found[index]) for index in covered) / total if total else 0.0


def normalised(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


SIGNALS = {
    "num_bytes": lambda text: len(text.encode()),
    "word_count": lambda text: len(words(text)),
    "stop_word_share": stop_word_share,
    "duplicate_line_fraction": duplicate_line_fraction,
    "repeated_5gram_share": repeated_5gram_share,
}
