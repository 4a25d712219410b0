"""Markdown: as plain text, with front matter moved to ``meta`` and code fences kept whole.

The markup stays in the text (a model may well learn Markdown). Fences: CommonMark 0.31, §4.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain, islice

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.lines import Line, TextSource
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Item
from training.corpus.extract.txt import Piece, usable

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
#: What a line of YAML front matter looks like: blank, a comment, an item, a key, or indented.
_FRONT_LINE = re.compile(r"\s*$|\s*#|\s*- |[\w\"'.-][^:]*:(\s|$)|\s+\S")
_MAX_FRONT_MATTER_LINES = 1_000

Lines = Iterator[tuple[Line, str | Fault]]


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Documents of a Markdown file; a blank line inside a code fence splits nothing."""
    text_source = TextSource(source, detects=True)
    yield from text_source.warnings()
    piece = Piece()
    fence = ""
    meta, lines = _without_front_matter((line, usable(line)) for line in text_source.lines())
    for line, text in lines:
        if isinstance(text, Fault):
            yield text
            continue
        is_blank = not text.strip()
        is_split = options.split == "lines" or (options.split == "paragraphs" and is_blank)
        if is_split and not fence:
            yield from piece.finish(meta)
        fence = _next_fence(fence, text)
        if options.split == "file" or fence or not is_blank:
            piece.add(line, text)
    yield from piece.finish(meta)


def _without_front_matter(lines: Lines) -> tuple[str, Lines]:
    """Metadata as JSON and the lines after it: a block of YAML between two rules at the very top.

    A rule that opens anything else is a thematic break, and all of it stays text.
    """
    taken = list(islice(lines, 1))
    if not taken or not _is_rule(taken[0][1], "---"):
        return "{}", chain(taken, lines)
    front: list[str] = []
    for line, text in islice(lines, _MAX_FRONT_MATTER_LINES):
        taken.append((line, text))
        if front and _is_rule(text, "---", "..."):
            return json.dumps({"front_matter": "\n".join(front)}, ensure_ascii=False), lines
        if isinstance(text, Fault) or not _FRONT_LINE.match(text):
            break
        front.append(text)
    return "{}", chain(taken, lines)


def _is_rule(text: str | Fault, *rules: str) -> bool:
    return isinstance(text, str) and text.rstrip() in rules


def _next_fence(fence: str, text: str) -> str:
    """The fence that is open after this line, empty for none."""
    found = _FENCE.match(text)
    if not found:
        return fence
    marks, rest = found.groups()
    if not fence:
        # A back-quote fence has no back-quotes in its info string; else it is inline code.
        return "" if marks[0] == "`" and "`" in rest else marks
    is_closing = marks[0] == fence[0] and len(marks) >= len(fence) and not rest.strip()
    return "" if is_closing else fence
