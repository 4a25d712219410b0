"""Every signal in slow, plain Python: what the compiled kernels must equal."""

from __future__ import annotations

import heapq
import math
import re
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


def tokens(text: str) -> list[str]:
    spaced = ""
    for character in text:
        alone = is_known(character) and CLASSES[ord(character)] == WHOLE_WORD
        spaced += f" {character} " if alone else character
    return spaced.split()


def alphabetic_token_fraction(text: str) -> float:
    found = tokens(text)
    return sum(any(map(is_letter, token)) for token in found) / len(found) if found else 0.0


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


RAW_WORD = re.compile(r"\w+|[^\w\s]+")
ENDS = ".!?…。！？｡؟।॥۔։።"
URL = re.compile(r"(?:https?://|(?<![a-z0-9])www\.)[!#-&(-;=?-~]*", re.IGNORECASE | re.ASCII)
POLICIES = (
    "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies",
    "use cookies",
)  # fmt: skip
BRACKETS = "()[]{}（）［］｛｝【】〔〕"
OF_NAMES = re.compile(r"[a-zA-Z0-9 ._\-'*\x80-\U0010ffff]+")


def raw_word_fraction(text: str, is_wanted: Callable[[str], bool]) -> float:
    found = RAW_WORD.findall(text)
    return sum(map(is_wanted, found)) / len(found) if found else 0.0


def share_of(text: str, is_wanted: Callable[[str], bool]) -> float:
    return sum(map(is_wanted, text)) / len(text) if text else 0.0


def unigram_entropy(text: str) -> float:
    counts = Counter(words(text))
    total = sum(counts.values())
    return sum(-n / total * math.log(n / total) for n in counts.values())


def sentence_count(text: str) -> int:
    parts = re.split(f"[{re.escape(ENDS)}]", text)
    return sum(any(c.isalnum() or c == "_" for c in part) for part in parts)


def is_special(character: str) -> bool:
    return not is_known(character) or unicodedata.category(character)[0] not in "LNM"


def is_capital(character: str) -> bool:
    return is_letter(character) and character.isupper()


def uppercase_share(text: str) -> float:
    letters = list(filter(is_letter, text))
    return sum(map(is_capital, letters)) / len(letters) if letters else 0.0


def is_mostly(line: str, is_wanted: Callable[[str], bool]) -> bool:
    return 2 * sum(map(is_wanted, line)) > len(characters(line))


def lowered(text: str) -> str:
    """ASCII capitals alone."""
    return text.translate({code: code + 32 for code in range(65, 91)})


def is_policy(line: str) -> bool:
    return any(phrase in lowered(line) for phrase in POLICIES)


def is_comment(line: str) -> bool:
    if line[0] == "#":
        return not re.match("[a-zA-Z]", line[1:])
    return line.startswith(("//", "/*", "*", "--", ";", "%", "<!-", '"' * 3, "'" * 3))


def speaker(line: str) -> str:
    """The name with which a line begins, by hand: time, signs, name, colon, text."""
    rest = line
    if rest.startswith("[") and b"]" in rest.encode()[:24]:
        rest = rest[rest.index("]") + 1 :]
    rest = rest.lstrip("#* ")
    if rest.startswith("<"):
        name, _, text = rest[1:].partition(">")
        is_named = bool(text) and " " not in name
    else:
        name, colon, text = re.match("([^:：]*)([:：]?)(.*)", rest, re.DOTALL).groups()
        is_named = bool(text) and (colon == "：" or (colon == ":" and text[0] in BLANK))
        is_named &= bool(re.match("[a-zA-Z\x80-\U0010ffff]", name)) and name.count(" ") <= 2
    return name if is_named and OF_NAMES.fullmatch(name) and len(name.encode()) < 32 else ""


def speakers(text: str) -> list[str]:
    return [name for name in map(speaker, lines(text)) if name]


def turn_count(text: str) -> int:
    found = speakers(text)
    return sum(now != before for before, now in zip(["", *found], found, strict=False))


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
    "character_count": len,
    "unique_word_fraction": lambda text: len(set(words(text))) / (len(words(text)) or 1),
    "unigram_entropy": unigram_entropy,
    "longest_token": lambda text: max(map(len, tokens(text)), default=0),
    "all_caps_word_fraction": lambda text: raw_word_fraction(text, str.isupper),
    "letterless_word_fraction": lambda text: raw_word_fraction(
        text, lambda word: not re.search("[a-zA-Z]", word)
    ),
    "sentence_count": sentence_count,
    "uppercase_share": uppercase_share,
    "alphabetic_share": lambda text: share_of(text, str.isalpha),
    "alphanumeric_share": lambda text: share_of(text, str.isalnum),
    "special_character_share": lambda text: character_share(text, is_special),
    "whitespace_share": lambda text: share_of(text, str.isspace),
    "bracket_share": lambda text: share_of(text, lambda character: character in BRACKETS),
    "curly_bracket_share": lambda text: share_of(text, lambda character: character in "{}"),
    "line_count": lambda text: len(lines(text)),
    "words_per_line": lambda text: len(words(text)) / len(lines(text)) if lines(text) else 0.0,
    "longest_line": lambda text: max(map(len, text.split("\n"))),
    "third_longest_line": lambda text: [*heapq.nlargest(3, map(len, text.split("\n"))), 0, 0][2],
    "few_word_line_fraction": lambda text: line_fraction(text, lambda line: len(tokens(line)) < 3),
    "uppercase_line_fraction": lambda text: line_fraction(
        text, lambda line: is_mostly(line, is_capital)
    ),
    "numeric_line_fraction": lambda text: line_fraction(
        text, lambda line: is_mostly(line, is_digit)
    ),
    "javascript_line_fraction": lambda text: line_fraction(
        text, lambda line: "javascript" in lowered(line)
    ),
    "policy_line_fraction": lambda text: line_fraction(text, is_policy),
    "lorem_ipsum_count": lambda text: lowered(text).count("lorem ipsum"),
    "url_share": lambda text: len("".join(URL.findall(text))) / (len(text) or 1),
    "comment_line_fraction": lambda text: line_fraction(text, is_comment),
    "xml_header": lambda text: int("<?xml version=" in text[:100]),
    "speaker_line_fraction": lambda text: line_fraction(text, lambda line: bool(speaker(line))),
    "turn_count": turn_count,
    "speaker_count": lambda text: len(set(speakers(text))),
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
