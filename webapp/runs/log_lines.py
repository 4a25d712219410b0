"""Reads a log of any length by byte offsets, never whole: windows of lines, lines about a step.

A line is named by the byte at which it begins: such a link stays right, because logs only grow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

#: Of one page: lines, and bytes of them that are shown.
MAX_LINES = 400
WINDOW_BYTES = 96 << 10
MAX_LINE_CHARS = 4_000
_PROBE_BYTES = 64 << 10
_STEP = re.compile(rb"\bstep (\d+)(?:/| of )")
LEVELS = ("error", "warning", "info")
_COLOUR = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_ERROR = re.compile(rb"\b(?:error|traceback|exception|critical|fatal)\b", re.IGNORECASE)
_WARNING = re.compile(rb"\bwarn(?:ing)?\b", re.IGNORECASE)


@dataclass(frozen=True)
class LogLine:
    """One line: where it begins, where it ends, what it says, how bad it is."""

    offset: int
    end: int
    text: str
    level: str
    is_cut: bool = False


@dataclass(frozen=True)
class Window:
    """Consecutive lines; ``size`` is that of the log."""

    lines: list[LogLine]
    size: int

    @property
    def start(self) -> int:
        """Where the first line begins."""
        return self.lines[0].offset if self.lines else 0

    @property
    def end(self) -> int:
        """Where the last line ends."""
        return self.lines[-1].end if self.lines else 0


def level_of(line: bytes) -> str:
    """``error``, ``warning`` or ``info``, told by the words of a line; as log.js does."""
    line = _COLOUR.sub(b"", line) if b"\x1b" in line else line
    if _ERROR.search(line):
        return "error"
    return "warning" if _WARNING.search(line) else "info"


def log_line(offset: int, line: bytes) -> LogLine:
    """A line without its line break; of a redrawn progress bar its last state."""
    parts = [part for part in line.split(b"\r") if part]
    last = parts[-1] if parts else b""
    last = _COLOUR.sub(b"", last)
    text = last[: 4 * MAX_LINE_CHARS].decode("utf-8", "replace")
    shown = text[:MAX_LINE_CHARS]
    is_cut = len(shown) < len(text) or len(last) > 4 * MAX_LINE_CHARS
    return LogLine(offset, offset + len(line) + 1, shown, level_of(last), is_cut)


def lines_from(path: Path, offset: int, limit: int = MAX_LINES) -> Window:
    """Lines from the one that holds byte ``offset`` on."""
    size = size_of(path)
    start = line_start(path, min(max(0, offset), size))
    return Window(_split(start, _read(path, start, WINDOW_BYTES), limit), size)


def lines_before(path: Path, offset: int, limit: int = MAX_LINES) -> Window:
    """Whole lines that end at or before byte ``offset``."""
    size = size_of(path)
    offset = min(max(0, offset), size)
    begin = max(0, offset - WINDOW_BYTES)
    block = _read(path, begin, offset - begin)
    skipped = block.find(b"\n") + 1 if begin else 0
    return Window(_split(begin + skipped, block[skipped:], None)[-limit:], size)


def size_of(path: Path) -> int:
    """Bytes of a log; 0 before there is one."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def line_start(path: Path, offset: int) -> int:
    """Where the line that holds byte ``offset`` begins (looked for 64 kB back at most)."""
    begin = max(0, offset - _PROBE_BYTES)
    found = _read(path, begin, offset - begin).rfind(b"\n")
    return begin + found + 1 if found >= 0 or begin == 0 else offset


def offset_of_step(path: Path, step: int) -> int | None:
    """Where a line about ``step``, or the one before it, begins; None when no line names a step.

    By bisection: lines of a run name rising steps. After a rewind it may find either attempt.
    """
    low, high = 0, size_of(path)
    found = None
    while low < high:
        middle = (low + high) // 2
        named = _first_step(path, middle, high)
        if named is None:
            high = middle
            continue
        place, number, end = named
        if number <= step:
            found, low = place, end
        else:
            high = middle
    return found


def _first_step(path: Path, start: int, stop: int) -> tuple[int, int, int] | None:
    """(offset, step, end) of the first whole line from ``start`` that names a step."""
    begin = line_start(path, start)
    block = _read(path, begin, min(_PROBE_BYTES, stop - begin))
    match = _STEP.search(block)
    if match is None:
        return None
    line = block.rfind(b"\n", 0, match.start()) + 1
    end = block.find(b"\n", match.end())
    return begin + line, int(match[1][:18]), begin + (end + 1 if end >= 0 else len(block))


def _read(path: Path, start: int, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(max(0, count))
    except FileNotFoundError:
        return b""


def _split(start: int, block: bytes, limit: int | None) -> list[LogLine]:
    lines, offset = [], start
    for line in block.split(b"\n")[:limit]:
        end = offset + len(line) + 1
        if end > start + len(block) and not line:
            break
        lines.append(log_line(offset, line))
        offset = end
    return lines
