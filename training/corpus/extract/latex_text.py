"""The body of a LaTeX document as text, in one pass over its tokens.

Unknown commands lose their name and keep what stands in their braces. Headings stand alone, items
begin with a dash, footnotes stand in parentheses; references, citations, tables, pictures and
bibliographies go; formulas stay as source, become a word, or go. Brackets and environments are
matched once before, so that time grows with the length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from training.corpus.extract.latex_source import MARK, Source
from training.corpus.extract.latex_symbols import (
    ACCENTS,
    FLOATS,
    HEADINGS,
    HIDDEN,
    MATH,
    SIGNS,
    SILENT,
    SYMBOLS,
    accented,
)

PLACEHOLDER = "[math]"
_MAX_FORMULA = 20_000
_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z@]+)\*?[ \t]*+|\\(?P<sign>.)|(?P<math>\$\$?)|(?P<brace>[{}])"
    r"|(?P<blank>\n[ \t]*+\n\s*+)|(?P<space>[ \t\r\f\v~]++|\n)|---?|``|''|(?P<tab>&)",
    re.S,
)
_PAIRS = re.compile(r"\\(begin|end)\{([A-Za-z@]{1,40})(\*?)\}|\\[\s\S]|([{}])")
_OPTION = re.compile(r"\s?\[[^\]\n]{0,300}\]")
_CAPTION = re.compile(r"\\caption\*?(?:\[[^\]\n]{0,300}\])?\s?(?=\{)")
_TITLE = re.compile(r"\\(?:title|icmltitle)\*?(?:\[[^\]\n]{0,300}\])?\s?(?=\{)")
_LABEL = re.compile(r"\\(?:label|nonumber|notag)\b(?:\{[^{}]*\})?")
_DASHES = {"--": "–", "---": "—", "``": "“", "''": "”"}
_VERBATIM = re.compile(rf"{MARK}(\d+){MARK}")
_EMPTY_MARKS = re.compile(r"[ ]?[(\[][\s,;]*[)\]]|[ ]+(?=[.,;:!?)])")


@dataclass(frozen=True)
class Choices:
    """What becomes of formulas and captions."""

    math: str = "keep"
    keeps_captions: bool = False


def text_of(source: Source, choices: Choices) -> str:
    """Title and text of a document; empty when nothing of it is running text."""
    title = ""
    for part in (source.preamble, source.body):
        scanner = _Scanner(part, choices)
        if not title and (found := _TITLE.search(part)):
            title = scanner.inside(found.end())
        body = scanner.text(0, len(part)) if part is source.body else ""
    text = _clean("\n\n".join(filter(None, [_one_line(title), body])))
    return _VERBATIM.sub(lambda mark: source.verbatim[int(mark[1])].strip("\n"), text)


class _Scanner:
    def __init__(self, tex: str, choices: Choices) -> None:
        self._tex = tex
        self._choices = choices
        self._closing: dict[int, int] = {}
        self._ends: dict[int, tuple[int, int]] = {}
        self._pair()
        self._found: dict[str, tuple[int, int]] = {}

    def text(self, at: int, end: int) -> str:
        """The text between two places."""
        out: list[str] = []
        #: What to write where a group ends.
        endings: list[tuple[int, str]] = []
        while at < end:
            found = _TOKEN.search(self._tex, at, end)
            if not found:
                out.append(self._tex[at:end])
                break
            out.append(self._tex[at : found.start()])
            while endings and found.start() >= endings[-1][0]:
                out.append(endings.pop()[1])
            at = self._token(found, out, endings)
        out.extend(ending for _, ending in reversed(endings))
        return "".join(out)

    def inside(self, at: int) -> str:
        """The text in the group that opens here."""
        closing = self._closing.get(at, -1)
        return self.text(at + 1, closing) if closing > 0 else ""

    def _token(self, found: re.Match[str], out: list[str], endings: list[tuple[int, str]]) -> int:
        """Write one token; where to go on."""
        if word := found["word"]:
            return self._word(word, found, out, endings)
        if (sign := found["sign"]) is not None:
            return self._sign(sign, found, out)
        if found["math"]:
            return self._math(found, out)
        if found["blank"]:
            out.append("\n\n")
        elif found["space"] or found["tab"]:
            out.append(" ")
        elif not found["brace"]:
            out.append(_DASHES[found.group()])
        return found.end()

    def _word(
        self, word: str, found: re.Match[str], out: list[str], endings: list[tuple[int, str]]
    ) -> int:
        at = found.end()
        if word in ("begin", "end"):
            return self._environment(word, found, out)
        if word in SYMBOLS:
            out.append(SYMBOLS[word])
        elif word in ACCENTS:
            return self._accent(word, at, out)
        elif word in SILENT:
            return self._skipped(at, SILENT[word])
        elif word in HEADINGS or word in ("footnote", "caption"):
            at = self._past_option(at)
            before, after = (" (", ")") if word == "footnote" else ("\n\n", "\n\n")
            out.append(before)
            if self._tex[at : at + 1] == "{" and at in self._closing:
                endings.append((self._closing[at], after))
        elif word == "item":
            out.append("\n\n- ")
            if label := _OPTION.match(self._tex, at):
                out.append(f"{self.text(label.start() + 1, label.end() - 1).strip(' [')}: ")
                return label.end()
        elif word == "verb":
            return self._verb(at, out)
        else:
            return self._past_option(at) if self._tex[at : at + 1] == "[" else at
        return at

    def _sign(self, sign: str, found: re.Match[str], out: list[str]) -> int:
        if sign in "([":
            close = "\\)" if sign == "(" else "\\]"
            end = self._next(close, found.end())
            if 0 <= end - found.end() < _MAX_FORMULA:
                self._formula(self._tex[found.end() : end], out, is_display=sign == "[")
                return end + 2
            return found.end()
        if sign in ACCENTS and sign not in SIGNS:
            return self._accent(sign, found.end(), out)
        out.append(SIGNS.get(sign, ""))
        return found.end()

    def _accent(self, accent: str, at: int, out: list[str]) -> int:
        """The next letter, in braces or not, with its accent."""
        is_group = self._tex[at : at + 1] == "{"
        end = self._closing.get(at, at) if is_group else at + 1
        letter = self._tex[at + 1 : end] if is_group else self._tex[at:end]
        if letter == "\\" and (name := re.match(r"\\([ij])\s?", self._tex[at : at + 4])):
            letter, end = name[1], at + name.end()
        letter = letter.lstrip("\\").strip()
        if len(letter) > 4 or not letter:
            return at
        out.append(accented(letter, accent))
        return end + 1 if is_group else end

    def _math(self, found: re.Match[str], out: list[str]) -> int:
        """A formula between dollars, within one paragraph; a lone dollar is a dollar."""
        at, mark = found.end(), found["math"]
        end = self._next(mark, at)
        while end > at and self._tex[end - 1] == "\\":
            end = self._next(mark, end + 1)
        paragraph = self._next("\n\n", at)
        is_broken = mark == "$" and 0 <= paragraph < end
        if is_broken or not 0 <= end - at < _MAX_FORMULA:
            out.append("$" if mark == "$" else " ")
            return at
        self._formula(self._tex[at:end], out, is_display=mark == "$$")
        return end + len(mark)

    def _next(self, mark: str, at: int) -> int:
        """Where a mark stands next, -1 for nowhere. What was found is remembered: of thousands
        that are never closed each is looked for once.
        """
        since, place = self._found.get(mark, (-1, -1))
        if since < 0 or at < since or 0 <= place < at:
            place = self._tex.find(mark, at)
            self._found[mark] = (at, place)
        return place

    def _formula(self, source: str, out: list[str], *, is_display: bool) -> None:
        source = " ".join(_LABEL.sub("", source).split())
        if self._choices.math == "drop" or not source:
            out.append(" ")
        elif self._choices.math == "placeholder":
            out.append(f" {PLACEHOLDER} " if is_display else PLACEHOLDER)
        else:
            out.append(f"\n\n$${source}$$\n\n" if is_display else f"${source}$")

    def _environment(self, word: str, found: re.Match[str], out: list[str]) -> int:
        pair = _PAIRS.match(self._tex, found.start())
        if pair is None or not pair[2]:
            return found.end()
        name = pair[2]
        end = self._ends.get(found.start())
        if word == "begin" and end and name in MATH:
            self._formula(self._tex[pair.end() : end[0]], out, is_display=True)
            return end[1]
        if word == "begin" and end and name in FLOATS:
            self._captions(pair.end(), end[0], out)
            return end[1]
        if word == "begin" and end and name in HIDDEN:
            return end[1]
        out.append("\n\n")
        return self._past_option(pair.end())

    def _captions(self, at: int, end: int, out: list[str]) -> None:
        if not self._choices.keeps_captions:
            return
        for found in _CAPTION.finditer(self._tex, at, end):
            out.append(f"\n\n{self.inside(found.end())}\n\n")

    def _verb(self, at: int, out: list[str]) -> int:
        mark = self._tex[at : at + 1]
        end = self._tex.find(mark, at + 1, at + 1_000) if mark and not mark.isspace() else -1
        if end < 0:
            return at
        out.append(self._tex[at + 1 : end])
        return end + 1

    def _skipped(self, at: int, num_arguments: int) -> int:
        """Past so many groups, and the options before them."""
        for _ in range(num_arguments):
            at = self._past_option(at)
            start = at
            while self._tex[start : start + 1].isspace() and start - at < 3:
                start += 1
            if self._tex[start : start + 1] != "{" or start not in self._closing:
                return at
            at = self._closing[start] + 1
        return at

    def _past_option(self, at: int) -> int:
        """Past options in brackets: "[width=2cm]"."""
        while found := _OPTION.match(self._tex, at):
            at = found.end()
        return at

    def _pair(self) -> None:
        """Which brace closes which, and where each environment ends; one pass with two stacks."""
        braces: list[int] = []
        environments: list[tuple[str, int]] = []
        for found in _PAIRS.finditer(self._tex):
            if found[4] == "{":
                braces.append(found.start())
            elif found[4] == "}":
                if braces:
                    self._closing[braces.pop()] = found.start()
            elif found[1] == "begin":
                environments.append((found[2] + found[3], found.start()))
            elif found[1] == "end":
                self._end_of(found[2] + found[3], found, environments)

    def _end_of(self, name: str, found: re.Match[str], environments: list[tuple[str, int]]) -> None:
        for back in range(1, min(20, len(environments)) + 1):
            if environments[-back][0] == name:
                self._ends[environments[-back][1]] = (found.start(), found.end())
                del environments[-back:]
                return


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _clean(text: str) -> str:
    """One line per paragraph, no spaces before points, no brackets that lost their citation."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    paragraphs = (" ".join(group) for is_text, group in groupby(lines, bool) if is_text)
    kept = (_EMPTY_MARKS.sub("", part).strip() for part in paragraphs)
    return "\n\n".join(part for part in kept if part not in ("", "-"))
