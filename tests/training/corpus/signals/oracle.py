"""Every signal in slow, plain Python: what the compiled kernels must equal."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache, partial

from training.corpus.language.scripts import SCRIPTS, script_table
from training.corpus.pii.detector import TRIGGERS
from training.corpus.pii.find import found_in
from training.corpus.signals.batch import LINE_ENDERS
from training.corpus.signals.characters import (
    HAN_RANGES,
    LETTER,
    TABLE_SIZE,
    WHOLE_WORD,
    class_table,
)
from training.corpus.signals.stop_words import common_words, stop_words
from training.registry import PII_KINDS

BLANK = " \t\r\v\f"
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


def distinct_stop_words(text: str) -> int:
    return len(set(words(text)) & common_words())


def mean_word_length(text: str) -> float:
    found = words(text)
    return sum(map(len, found)) / len(found) if found else 0.0


def characters(text: str) -> list[str]:
    return [character for character in text if not character.isspace()]


def character_share(text: str, is_wanted: Callable[[str], bool]) -> float:
    found = characters(text)
    return sum(map(is_wanted, found)) / len(found) if found else 0.0


def is_known(character: str) -> bool:
    return ord(character) < TABLE_SIZE


def is_digit(character: str) -> bool:
    return is_known(character) and unicodedata.category(character) == "Nd"


def is_letter(character: str) -> bool:
    return is_known(character) and character.isalpha()


def is_han(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in HAN_RANGES)


def alphabetic_token_fraction(text: str) -> float:
    spaced = ""
    for character in text:
        alone = is_known(character) and CLASSES[ord(character)] == WHOLE_WORD
        spaced += f" {character} " if alone else character
    tokens = spaced.split()
    return sum(any(map(is_letter, token)) for token in tokens) / len(tokens) if tokens else 0.0


def symbol_word_ratio(text: str) -> float:
    number = text.count("#") + text.count("...") + text.count("…")
    return number / len(words(text)) if words(text) else 0.0


def lines(text: str) -> list[str]:
    return [line for line in (line.strip(BLANK) for line in text.split("\n")) if line]


def paragraphs(text: str) -> list[str]:
    found, run = [], []
    for line in [*text.split("\n"), ""]:
        if line.strip(BLANK):
            run.append(line)
        elif run:
            found.append("\n".join(run).strip(BLANK))
            run = []
    return found


def line_fraction(text: str, is_wanted: Callable[[str], bool]) -> float:
    return sum(map(is_wanted, lines(text))) / len(lines(text)) if lines(text) else 0.0


def is_bullet(line: str) -> bool:
    return line[0] in "•‣⁃∙◦■□▪▫▶●○–" or (line[0] in "-*" and line[1:2] in set(" \t\r\v\f"))


def newline_word_ratio(text: str) -> float:
    return text.count("\n") / len(words(text)) if words(text) else 0.0


def mean_line_length(text: str) -> float:
    return sum(map(len, lines(text))) / len(lines(text)) if lines(text) else 0.0


def repeats(units: list[str]) -> list[str]:
    return [unit for place, unit in enumerate(units) if unit in units[:place]]


def repeat_fraction(units: list[str]) -> float:
    return len(repeats(units)) / len(units) if units else 0.0


def repeat_share(units: list[str]) -> float:
    return len("".join(repeats(units))) / len("".join(units)) if units else 0.0


def ngrams(text: str, window: int) -> list[tuple[str, ...]]:
    found = words(text)
    return [tuple(found[first : first + window]) for first in range(len(found) - window + 1)]


def top_ngram_share(text: str, window: int) -> float:
    counts = Counter(ngrams(text, window))
    most = max(counts.values(), default=0)
    if most < 2:
        return 0.0
    longest = max(len("".join(gram)) for gram, count in counts.items() if count == most)
    return min(1.0, most * longest / len("".join(words(text))))


def repeated_ngram_share(text: str, window: int) -> float:
    found = words(text)
    seen: set[tuple[str, ...]] = set()
    covered: set[int] = set()
    for first, gram in enumerate(ngrams(text, window)):
        if gram in seen:
            covered.update(range(first, first + window))
        seen.add(gram)
    total = sum(map(len, found))
    return sum(len(found[index]) for index in covered) / total if total else 0.0


def repetition_rate(text: str) -> float:
    grams = ngrams(text, 5)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def personal(text: str, kind: str = "") -> int:
    """Values of a kind, or of all, by the expressions alone: no pre-filter."""
    return sum(kind in ("", found) for found in kinds_in(text))


def script_share(text: str, name: str) -> float:
    letters = [sign for sign in text if unicodedata.category(sign)[0] == "L"]
    letters = [sign for sign in letters if ord(sign) < TABLE_SIZE]
    number = 1 + SCRIPTS.index(name)
    return sum(script_table()[ord(sign)] == number for sign in letters) / (len(letters) or 1)


@cache
def kinds_in(text: str) -> list[str]:
    windows = [(trigger, 0, len(text)) for trigger in TRIGGERS]
    return [finding.kind for finding in found_in(text, windows)]


def normalised(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


SIGNALS: dict[str, Callable[[str], float]] = {
    "num_bytes": lambda text: len(text.encode()),
    "word_count": lambda text: len(words(text)),
    "mean_word_length": mean_word_length,
    "alphabetic_token_fraction": alphabetic_token_fraction,
    "stop_word_share": stop_word_share,
    "distinct_stop_words": distinct_stop_words,
    "symbol_word_ratio": symbol_word_ratio,
    "digit_share": lambda text: character_share(text, is_digit),
    "han_share": lambda text: character_share(text, is_han),
    "bullet_line_fraction": lambda text: line_fraction(text, is_bullet),
    "ellipsis_line_fraction": lambda text: line_fraction(
        text, lambda line: line.endswith(("...", "…"))
    ),
    "short_line_fraction": lambda text: line_fraction(text, lambda line: len(line) <= 30),
    "mean_line_length": mean_line_length,
    "ended_line_fraction": lambda text: line_fraction(text, lambda line: line[-1] in LINE_ENDERS),
    "newline_word_ratio": newline_word_ratio,
    "repetition_rate": repetition_rate,
    "duplicate_line_fraction": lambda text: repeat_fraction(lines(text)),
    "duplicate_line_character_share": lambda text: repeat_share(lines(text)),
    "duplicate_paragraph_fraction": lambda text: repeat_fraction(paragraphs(text)),
    "duplicate_paragraph_character_share": lambda text: repeat_share(paragraphs(text)),
    **{f"top_{n}gram_share": partial(top_ngram_share, window=n) for n in (2, 3, 4)},
    **{f"repeated_{n}gram_share": partial(repeated_ngram_share, window=n) for n in range(5, 11)},
    **{f"script_{name}": partial(script_share, name=name) for name in SCRIPTS},
    "pii_count": personal,
    "pii_per_1000_words": lambda text: 1_000 * personal(text) / (len(words(text)) or 1),
    **{f"{kind}_count": partial(personal, kind=kind) for kind in PII_KINDS},
}
