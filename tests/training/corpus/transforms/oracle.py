"""Edits and units by plain Python, as the compiled loops promise them."""

from __future__ import annotations

import re
import unicodedata

from training.corpus.signals.characters import TABLE_SIZE, WHOLE_WORD, class_table, lower_table
from training.corpus.transforms.units import LINE, PARAGRAPH, SENTENCE

_BLANK = " \t\n\r\v\f"

Edit = tuple[int, int, str]


def edited(text: str, edits: list[Edit]) -> str:
    """The text with (start, stop, replacement) in characters, line by line."""
    out: list[str] = []
    dropped, after_blank, place = False, True, 0
    for raw in re.findall(r"[^\n]*\n|[^\n]+", text):
        content = raw.removesuffix("\n").removesuffix("\r")
        ending = raw[len(content) :]
        is_last = place + len(raw) == len(text)
        mine = [
            edit
            for edit in edits
            if (edit[0] < place + len(raw) or is_last) and (edit[0] >= place or edit[1] > place)
        ]
        left = _line(content, place, mine) if mine else content
        place += len(raw)
        if left.strip(_BLANK):
            out.append(left + ending)
            dropped = after_blank = False
        elif mine and content.strip(_BLANK):
            dropped = True
        elif not (dropped and after_blank):
            out.append(left + ending)
            after_blank = True
    if dropped:
        while out and not out[-1].strip(_BLANK):
            out.pop()
        if out and not text.endswith("\n"):
            out[-1] = out[-1].removesuffix("\n").removesuffix("\r")
    return "".join(out)


def _line(content: str, place: int, edits: list[Edit]) -> str:
    left, at, is_at_cut = "", 0, False
    for start, stop, replacement in edits:
        if start >= place:
            left = _joined(left, content[at : max(at, start - place)], is_at_cut) + replacement
        is_at_cut = not replacement
        at = max(at, min(stop - place, len(content)))
    rest = content[at:]
    if is_at_cut and not rest.strip(_BLANK):
        return left.rstrip(_BLANK)
    return _joined(left, rest, is_at_cut)


def _joined(left: str, right: str, is_at_cut: bool) -> str:
    if is_at_cut and (not left or left[-1] in _BLANK):
        right = right.lstrip(_BLANK)
    return left + right


def units(text: str, kind: int) -> list[tuple[int, int]]:
    """(start, stop) in characters, without white space at the ends."""
    if kind == LINE:
        pieces = [match.span() for match in re.finditer(r"[^\n]+", text)]
    elif kind == PARAGRAPH:
        pieces = [
            m.span() for m in re.finditer(r"[^\n]+(?:\n(?![ \t\r\v\f]*(?:\n|\Z))[^\n]+)*", text)
        ]
    else:
        pieces = _sentences(text)
    found = []
    for start, stop in pieces:
        piece = text[start:stop]
        first = start + len(piece) - len(piece.lstrip(_BLANK))
        last = start + len(piece.rstrip(_BLANK))
        if first < last:
            found.append((first, last))
    return found


def _sentences(text: str) -> list[tuple[int, int]]:
    found, begin = [], 0
    ends, alone, closes = ".!?…\u061f\u06d4\u0964\u0965。！？｡", "。！？｡", "\"'”’»)]」』）】》〉"
    state = ""
    for place, character in enumerate(text):
        if character == "\n":
            found.append((begin, place))
            begin, state = place, ""
        elif character in ends:
            state = "alone" if character in alone or state == "alone" else "ended"
        elif state and character not in closes:
            if state == "alone" or character in _BLANK:
                found.append((begin, place))
                begin = place
            state = ""
    return [*found, (begin, len(text))]


def form(piece: str) -> str:
    """What a piece is compared as when alike will do."""
    kept = []
    for character in piece:
        category = unicodedata.category(character)
        if character.isspace() and ord(character) < TABLE_SIZE:
            kept.append(" ")
        elif ord(character) >= TABLE_SIZE:
            kept.append(character)
        elif category == "Nd":
            kept.append("0")
        elif category[0] not in "PC":
            kept.append(chr(int(lower_table()[ord(character)])))
    return " ".join("".join(kept).split())


def width(piece: str) -> int:
    """Characters, those of scripts without spaces twice."""
    table = class_table()
    return sum(2 if ord(c) < TABLE_SIZE and table[ord(c)] == WHOLE_WORD else 1 for c in piece)


__all__ = ["LINE", "PARAGRAPH", "SENTENCE", "edited", "form", "units", "width"]
