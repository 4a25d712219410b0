"""Markdown: as plain text, with front matter moved to ``meta`` and code fences kept whole.

The markup stays in the text (a model may well learn Markdown). Fences: CommonMark 0.31, §4.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from training.corpus.extract.lines import TextSource
from training.corpus.extract.records import Fault, Found, ReadOptions, Warned
from training.corpus.extract.txt import Piece, usable
from training.errors import FileRefusedError

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_MAX_FRONT_MATTER_LINES = 1_000


def read(source: TextSource, options: ReadOptions) -> Iterator[Found | Fault | Warned]:
    """Documents of a Markdown file; a blank line inside a code fence splits nothing."""
    piece = Piece()
    fence = ""
    front: list[str] | None = None
    meta = "{}"
    for line in source.lines():
        text = usable(line)
        if isinstance(text, Fault):
            yield text
            continue
        if line.number == 1 and text.rstrip() == "---":
            front = []
            continue
        if front is not None:
            if text.rstrip() in ("---", "..."):
                meta = json.dumps({"front_matter": "\n".join(front)}, ensure_ascii=False)
                front = None
            else:
                front.append(text)
                _refuse_endless(front)
            continue
        is_blank = not text.strip()
        is_split = options.split == "lines" or (options.split == "paragraphs" and is_blank)
        if is_split and not fence:
            yield from piece.finish(meta)
        fence = _next_fence(fence, text)
        if options.split == "file" or fence or not is_blank:
            piece.add(line, text)
    yield from piece.finish(meta)


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


def _refuse_endless(front: list[str]) -> None:
    if len(front) > _MAX_FRONT_MATTER_LINES:
        raise FileRefusedError(
            "opens front matter with --- in line 1 and does not close it within "
            f"{_MAX_FRONT_MATTER_LINES:,} lines"
        )
