"""The slow, plain definitions of what the kernels count: one text at a time, in Python alone."""

from __future__ import annotations

import itertools
import re
import unicodedata

from training.corpus.quality_report.characters import (
    CLOSERS,
    END_MARKS,
    PAIRS,
    WIDE_END_MARKS,
)
from training.corpus.signals.characters import LETTER, TABLE_SIZE, WHOLE_WORD, class_table


def kind(character: str) -> int:
    code = ord(character)
    return int(class_table()[code]) if code < TABLE_SIZE else 0


def is_lower(character: str) -> bool:
    return ord(character) < TABLE_SIZE and unicodedata.category(character) == "Ll"


def is_space(character: str) -> bool:
    return ord(character) < TABLE_SIZE and character.isspace()


def words(text: str) -> list[tuple[str, int, int, bool]]:
    """(word as written, start, stop in characters, whether it stands alone)."""
    found = []
    at = 0
    while at < len(text):
        stop = at + 1
        if kind(text[at]) == LETTER:
            while stop < len(text) and kind(text[stop]) == LETTER:
                stop += 1
            found.append((text[at:stop], at, stop, False))
        elif kind(text[at]) == WHOLE_WORD:
            found.append((text[at], at, stop, True))
        at = stop
    return found


def sentences(text: str) -> list[str]:
    """The text cut at marks before white space, wide marks and line breaks."""
    pieces, start = [], 0
    for at, character in enumerate(text):
        is_cut = character in WIDE_END_MARKS
        if is_space(character):
            before = text[start:at].rstrip("".join(filter(is_space, set(text)))).rstrip(CLOSERS)
            follows = _follows(text, at + 1)
            is_cut = follows and (character == "\n" or (_is_ended(text[start:at]) and bool(before)))
        if is_cut:
            pieces.append(text[start : at + 1])
            start = at + 1
    return [*pieces, text[start:]]


def _follows(text: str, at: int) -> bool:
    """Whether no lower-case letter goes on here."""
    for character in text[at:]:
        if character == "\n":
            return True
        if not is_space(character):
            return not is_lower(character)
    return True


def _is_ended(piece: str) -> bool:
    """Whether the last character that is no closer is an end mark, with no white space behind it
    that a lower-case letter followed."""
    last = ""
    for at, character in enumerate(piece):
        if is_space(character):
            if last in ("end", "wide") and not _follows(piece, at + 1):
                last = ""
        elif character in END_MARKS:
            last = "end"
        elif character in WIDE_END_MARKS:
            last = "wide"
        elif character not in CLOSERS:
            last = ""
    return last != ""


def sentence_facts(text: str) -> list[int]:
    """As `kernels.sentence_facts` gives them."""
    facts = [0] * 6
    for piece in sentences(text):
        found = words(piece)
        if len(found) < 3:
            continue
        first = next(c for c in piece if kind(c))
        is_begun, is_ended = not is_lower(first), _is_ended(piece)
        size = len(found)
        row = (1, is_begun and is_ended, is_begun, is_ended, size, size * size)
        facts = [total + value for total, value in zip(facts, row, strict=True)]
    return facts


def unmatched(text: str) -> int:
    """Brackets without a partner, and lines with an odd straight quote."""
    count = sum(line.count('"') % 2 for line in text.split("\n"))
    opened: list[str] = []
    closer_of = {pair[0]: pair[1] for pair in PAIRS}
    opener_of = {pair[1]: pair[0] for pair in PAIRS}
    for at, character in enumerate(text):
        if character in "()" and at and text[at - 1] in ":;-":
            continue
        if character in closer_of:
            if len(opened) < 256:
                opened.append(character)
            else:
                count += 1
        elif character in opener_of:
            if opener_of[character] in opened:
                while opened.pop() != opener_of[character]:
                    count += 1
            elif not (character == ")" and _is_numbering(text, at)):
                count += 1
    return count + len(opened)


def _is_numbering(text: str, at: int) -> bool:
    line = text[:at].rpartition("\n")[2]
    piece = re.sub(r"^\s+", "", line)
    return 0 < len(piece) <= 3 and not any(map(is_space, piece))


def doubled(text: str) -> int:
    """Words of two letters or more that stand twice with only spaces between."""
    found = words(text)
    return sum(
        lowered(word) == lowered(before)
        and not alone
        and len(word) >= 2
        and is_plain(word)
        and set(text[end:start]) <= {" ", "\t"}
        for (before, _, end, _), (word, start, _, alone) in itertools.pairwise(found)
    )


def is_plain(word: str) -> bool:
    return not any(c == "_" or unicodedata.category(c) == "Nd" for c in word)


def lowered(word: str) -> str:
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in word)
