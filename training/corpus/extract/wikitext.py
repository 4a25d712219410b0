"""Wikitext as plain text: what a reader of the page would read as its prose.

1. Comments, references and elements that show no prose (galleries, formulas, scores) go.
2. One scan over brackets: templates go (a few stand for one of their arguments), tables go or
   become rows, links become their label, links to files and categories go.
3. What is left is styled lines: emphasis, list marks, headings, HTML tags, entities. Headings with
   nothing below them go.

Every step is one pass: the time grows with the length, whatever the nesting. Of brackets that are
never closed the text inside stays. Rules: the help pages of MediaWiki.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
#: Elements that go with their content. Each is looked for once, so that the time stays linear.
_SILENT = ("ref", "gallery", "math", "timeline", "score", "imagemap", "templatedata", "references")
_SELF_CLOSED = re.compile(rf"<(?:{'|'.join(_SILENT)})\b[^<>]*/>", re.I)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_LINE_BREAK = re.compile(r"<br\b[^<>]*>", re.I)
#: "|}" ends a table; in "|}}" alone on a line the bar is an empty argument of a template.
_BRACKET = re.compile(r"\{\{|\}\}|\[\[|\]\]|^[ :*]*\{\||^[ \t]*\|\}(?!\}(?!\}))", re.M)
_CLOSES = {"}}": "{{", "]]": "[[", "|}": "{|"}
_MAX_DEPTH = 200
_EXTERNAL = re.compile(r"\[(?:https?:|ftp:|mailto:|//)[^\s\[\]]++[ \t]*+([^\[\]\n]*+)\]", re.I)
_EMPHASIS = re.compile(r"'{2,5}")
_SWITCH = re.compile(r"__[A-Z]{3,20}__")
_LIST_MARK = re.compile(r"^[*#:;]+[ \t]*")
_BLANKS = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \t\u00a0]+")
_EMPTY_ROUND = re.compile(r"[ ]?\([\s,;:]*\)")
_FILE_NAMES = ("file", "image", "media", "category")
#: Templates that stand for one of their arguments (counted from 1) wherever they are.
_SHOWN = {
    "lang": 2, "transl": -1, "transliteration": -1, "nowrap": 1, "nobr": 1, "abbr": 1, "small": 1,
    "big": 1, "quote": 1, "blockquote": 1, "cquote": 1, "as of": 1, "ill": 1, "sic": 1, "okina": 0,
}  # fmt: skip


@dataclass
class _Frame:
    """What is open: its bracket, and the text inside it so far."""

    bracket: str
    pieces: list[str] = field(default_factory=list)


class WikiText:
    """Turns wikitext into text; ``names`` are those of the file and category namespaces."""

    def __init__(self, names: Sequence[str], *, keeps_tables: bool = False) -> None:
        self._dropped = frozenset([*_FILE_NAMES, *(name.strip().lower() for name in names)])
        self._keeps_tables = keeps_tables

    def text(self, source: str) -> str:
        """The prose of a page; empty when it has none."""
        source = _COMMENT.sub("", source)
        source = _without_elements(source)
        source = self._resolved(source)
        source = _EXTERNAL.sub(r"\1", source)
        source = _LINE_BREAK.sub("\n", source)
        source = _TAG.sub("", source)
        source = html.unescape(_SWITCH.sub("", _EMPHASIS.sub("", source)))
        return _styled(source)

    def _resolved(self, source: str) -> str:
        """Templates, links and tables in one scan with a stack."""
        frames = [_Frame("")]
        at = 0
        for found in _BRACKET.finditer(source):
            frames[-1].pieces.append(source[at : found.start()])
            at = found.end()
            mark = found.group().strip(" :*\t\n")
            if mark in _CLOSES:
                self._close(frames, mark, found.group())
            elif len(frames) <= _MAX_DEPTH:
                frames.append(_Frame(mark))
            else:
                frames[-1].pieces.append(" ")
        frames[-1].pieces.append(source[at:])
        while len(frames) > 1:
            # Never closed: its text stays.
            frame = frames.pop()
            frames[-1].pieces.extend(frame.pieces)
        return "".join(frames[0].pieces)

    def _close(self, frames: list[_Frame], mark: str, written: str) -> None:
        opened = _CLOSES[mark]
        if frames[-1].bracket != opened:
            if all(frame.bracket != opened for frame in frames[-4:]):
                frames[-1].pieces.append("" if mark == "|}" else written)
                return
            while frames[-1].bracket != opened:
                torn = frames.pop()
                frames[-1].pieces.extend(torn.pieces)
        inside = "".join(frames.pop().pieces)
        if opened == "{{":
            shown = _template(inside)
        elif opened == "[[":
            shown = self._link(inside)
        else:
            shown = _table(inside) if self._keeps_tables else ""
        frames[-1].pieces.append(shown)

    def _link(self, inside: str) -> str:
        target, bar, label = inside.partition("|")
        space, colon, _ = target.partition(":")
        if colon and space.strip().lower() in self._dropped:
            return ""
        if bar:
            return label.rpartition("|")[2] if "|" in label else label
        return target.strip().lstrip(":")


def _without_elements(source: str) -> str:
    """Without references, galleries and the like; one that is never closed loses its tag alone."""
    source = _SELF_CLOSED.sub("", source)
    for name in _SILENT:
        if f"<{name}" not in source.lower():
            continue
        parts = re.split(rf"(</?{name}\b[^<>]*>)", source, flags=re.I)
        kept: list[str] = []
        held: list[str] | None = None
        for number, part in enumerate(parts):
            is_tag = number % 2 == 1
            if is_tag and part.startswith("</"):
                held = None
            elif is_tag:
                kept.extend(held or ())
                held = []
            elif held is not None:
                held.append(part)
            else:
                kept.append(part)
        source = "".join([*kept, *(held or ())])
    return source


def _template(inside: str) -> str:
    """What a template shows; most of them nothing that is prose."""
    name, *arguments = inside.split("|")
    name = name.strip().lower()
    if name == "!":
        return "|"
    if name in ("convert", "cvt") and len(arguments) >= 2:
        return f"{arguments[0].strip()} {arguments[1].strip()}"
    place = 1 if name.startswith("lang-") else _SHOWN.get(name, 0)
    plain = [argument for argument in arguments if "=" not in argument.split("<")[0]]
    if place == 0 or not plain or place > len(plain):
        return ""
    return plain[place if place < 0 else place - 1].strip()


def _table(inside: str) -> str:
    """Rows of a table, a tab between the cells; attributes of rows and cells go."""
    rows: list[list[str]] = [[]]
    for line in inside.split("\n")[1:]:
        line = line.strip()
        if line.startswith(("|-", "|+")):
            rows.append([])
            continue
        if not line.startswith(("|", "!")):
            if rows[-1] and line:
                rows[-1][-1] += f" {line}"
            continue
        cells = re.split(r"\|\||!!", line[1:]) if line[0] == "!" else line[1:].split("||")
        rows[-1].extend(_cell(cell) for cell in cells)
    return "\n" + "\n".join("\t".join(row) for row in rows if any(row)) + "\n"


def _cell(cell: str) -> str:
    attributes, bar, content = cell.partition("|")
    return (content if bar and "=" in attributes else cell).strip()


def _heading_level(line: str) -> int:
    """1 to 6 for a heading ("== History ==" has 2), 0 for any other line."""
    if not line.startswith("=") or not line.endswith("="):
        return 0
    num_left = len(line) - len(line.lstrip("="))
    num_right = len(line) - len(line.rstrip("="))
    level = min(num_left, num_right, 6)
    return level if len(line) > 2 * level else 0


def _styled(source: str) -> str:
    """Lines without their marks; headings stand alone, and go when nothing is below them."""
    lines: list[str] = []
    waiting: list[tuple[int, str]] = []
    for raw in source.split("\n"):
        if level := _heading_level(raw.strip()):
            waiting = [one for one in waiting if one[0] < level]
            waiting.append((level, raw.strip()[level:-level].strip()))
            continue
        is_item = raw[:1] in "*#" and raw[:1] != ""
        line = _SPACES.sub(" ", _LIST_MARK.sub("- " if is_item else "", raw)).strip()
        if "\t" in raw:
            line = raw.strip()
        line = _EMPTY_ROUND.sub("", line)
        if line in ("", "-"):
            lines.append("")
            continue
        lines.extend(part for _, title in waiting for part in ("", title, ""))
        waiting.clear()
        lines.append(line)
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip()
