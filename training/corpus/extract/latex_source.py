"""LaTeX source made ready to be read: comments gone, parts put together, macros replaced.

Nothing is executed: ``\\input`` finds only files that came in the same archive, and of macros only
plain ones are known (``\\newcommand`` and ``\\def`` with a short body). Both are bounded, so that a
file that takes itself in or doubles itself ends soon.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_SOURCE_CHARACTERS = 16 << 20
_MAX_DEPTH = 10
_MAX_ROUNDS = 4
_MAX_BODY_CHARACTERS = 500
_MAX_ARGUMENT_CHARACTERS = 1_000
_MAX_MACROS = 2_000
_VERBATIM = ("verbatim", "Verbatim", "lstlisting", "minted", "alltt", "code")
#: Blocks whose content is no LaTeX; those called comment go.
_BLOCK = re.compile(
    rf"\\begin\{{({'|'.join(_VERBATIM)}|comment)(\*?)\}}(?:\[[^\]\n]{{0,500}}\])?(?:\{{\w*\}})?\n?"
)
#: A whole line that is a comment goes with its end; "\%" is a percent sign.
_COMMENT_LINE = re.compile(r"^[ \t]*+%[^\n]*+\n?", re.M)
#: In addresses and in \verb a percent sign is itself; they stay as they are.
_COMMENT = re.compile(
    r"(\\(?:url|href|path|nolinkurl)\s?\{[^{}\n]{0,2000}\}|\\verb\*?([^\w\s*])[^\n]{0,1000}?\2)"
    r"|(?<!\\)((?:\\\\)*+)%[^\n]*+\n?[ \t]*+"
)
_INPUT = re.compile(
    r"\\(?:input|include|subfile)(?![A-Za-z])\s*+(?:\{([^{}\n]{1,300})\}|([^\s{}\\%]{1,300}))"
)
_DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?newcommand|providecommand|DeclareRobustCommand)\*?\s*+"
    r"\{?\\([A-Za-z@]{1,60})\}?\s*+(?:\[([0-9])\])?(?:\[([^\[\]\n]{0,200})\])?\s*+(?=\{)"
    r"|\\def\s*+\\([A-Za-z@]{1,60})\s*+(?=\{)"
)
_BRACES = re.compile(r"\\.|[{}]", re.S)
_BEGIN = "\\begin{document}"
_END = "\\end{document}"
#: Stands for a verbatim block by its number; no LaTeX file holds this character.
MARK = "\x02"


@dataclass
class Source:
    """The body of a document, and what was found on the way."""

    preamble: str
    body: str
    verbatim: list[str] = field(default_factory=list)
    #: Files of the archive that were taken in, and names that are not in it.
    parts: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    num_characters: int = 0


@dataclass(frozen=True)
class _Macro:
    num_arguments: int
    default: str | None
    body: str


def is_root(tex: str) -> bool:
    """Whether a file is a document of its own, not a part of another."""
    return _BEGIN in tex or bool(re.search(r"^[^%\n]*\\documentstyle\b", tex, re.M))


def put_together(root: str, files: Mapping[str, str]) -> Source:
    """The document that begins in the file ``root``, with the parts that ``files`` hold."""
    source = Source("", "")
    whole = _with_parts((root,), files, source)
    whole = _expanded(whole)
    preamble, begin, rest = whole.partition(_BEGIN)
    source.preamble, source.body = (preamble, rest) if begin else ("", whole)
    source.body = source.body.partition(_END)[0]
    return source


def _with_parts(names: tuple[str, ...], files: Mapping[str, str], source: Source) -> str:
    """The text of the last of these files without comments, parts in their places.

    ``names`` are the files that took each other in: none of them is taken in again.
    """
    tex = _without_comments(files[names[-1]], source)
    source.num_characters += len(tex)
    folder = posixpath.dirname(names[0])
    pieces: list[str] = []
    at = 0
    for found in _INPUT.finditer(tex):
        wanted = (found[1] or found[2]).strip().strip('"')
        part = _found(wanted, folder, files)
        pieces.append(tex[at : found.start()])
        at = found.end()
        if not part:
            source.missing.add(wanted[:100])
            continue
        source.parts.add(part)
        if part in names or len(names) > _MAX_DEPTH:
            continue
        if source.num_characters + len(files[part]) <= MAX_SOURCE_CHARACTERS:
            pieces.append(_with_parts((*names, part), files, source))
    pieces.append(tex[at:])
    return "".join(pieces)


def _found(wanted: str, folder: str, files: Mapping[str, str]) -> str:
    """The file of the archive that a name means; empty when none is in it."""
    for base in (folder, ""):
        path = posixpath.normpath(posixpath.join(base, wanted))
        for candidate in (f"{path}.tex", path):
            if candidate in files:
                return candidate
    return ""


def _without_comments(tex: str, source: Source) -> str:
    """Without comments; verbatim blocks become marks, their content is kept aside."""
    tex = tex.replace(MARK, "").replace("\r\n", "\n").replace("\r", "\n")
    tex = _without_blocks(tex, source)
    return _COMMENT.sub(lambda found: found[1] or found[3], _COMMENT_LINE.sub("", tex))


def _without_blocks(tex: str, source: Source) -> str:
    pieces: list[str] = []
    at = 0
    unended: set[str] = set()
    for found in _BLOCK.finditer(tex):
        mark = f"\\end{{{found[1]}{found[2]}}}"
        if found.start() < at or mark in unended:
            continue
        end = tex.find(mark, found.end())
        if end < 0:
            unended.add(mark)
            continue
        pieces.append(tex[at : found.start()])
        if found[1] != "comment":
            pieces.append(f"\n\n{MARK}{len(source.verbatim)}{MARK}\n\n")
            source.verbatim.append(tex[found.end() : end])
        at = end + len(mark)
    pieces.append(tex[at:])
    return "".join(pieces)


def _expanded(tex: str) -> str:
    """Plain macros replaced by what they stand for, a few rounds, never to twice the length."""
    macros: dict[str, _Macro] = {}
    tex = _without_definitions(tex, macros)
    if not macros:
        return tex
    names = "|".join(sorted(map(re.escape, macros), key=len, reverse=True))
    use = re.compile(rf"\\({names})(?![A-Za-z@])\s?")
    for _ in range(_MAX_ROUNDS):
        longer = _replaced(tex, use, macros)
        if longer == tex or len(longer) > 2 * len(tex) + (1 << 20):
            break
        tex = longer[:MAX_SOURCE_CHARACTERS]
    return tex


def _without_definitions(tex: str, macros: dict[str, _Macro]) -> str:
    pieces: list[str] = []
    at = 0
    pairs = closing_braces(tex)
    for found in _DEFINITION.finditer(tex):
        end = pairs.get(found.end(), -1)
        if found.start() < at or not 0 < end - found.end() <= _MAX_BODY_CHARACTERS:
            continue
        name = found[1] or found[4]
        if len(macros) < _MAX_MACROS:
            body = tex[found.end() + 1 : end]
            macros[name] = _Macro(int(found[2] or 0), found[3], body)
        pieces.append(tex[at : found.start()])
        at = end + 1
    pieces.append(tex[at:])
    return "".join(pieces)


def _replaced(tex: str, use: re.Pattern[str], macros: Mapping[str, _Macro]) -> str:
    pieces: list[str] = []
    at = 0
    pairs = closing_braces(tex)
    for found in use.finditer(tex):
        if found.start() < at:
            continue
        macro = macros[found[1]]
        arguments, end = _arguments(tex, found.end(), macro, pairs)
        if arguments is None:
            continue
        body = re.sub(r"#([1-9])", lambda number: _nth(arguments, number[1]), macro.body)  # noqa: B023
        is_bare = not macro.num_arguments and found.group()[-1:].isspace()
        pieces += [tex[at : found.start()], body, " " if is_bare else ""]
        at = end
    pieces.append(tex[at:])
    return "".join(pieces)


def _nth(arguments: list[str], number: str) -> str:
    place = int(number) - 1
    return arguments[place] if place < len(arguments) else ""


def _arguments(
    tex: str, at: int, macro: _Macro, pairs: Mapping[int, int]
) -> tuple[list[str] | None, int]:
    """The arguments behind a macro, and where they end; None when they are not there."""
    found: list[str] = []
    if macro.default is not None and macro.num_arguments:
        end = tex.find("]", at, at + _MAX_ARGUMENT_CHARACTERS) if tex[at : at + 1] == "[" else -1
        found.append(tex[at + 1 : end] if end > 0 else macro.default)
        at = end + 1 if end > 0 else at
    while len(found) < macro.num_arguments:
        while tex[at : at + 1].isspace():
            at += 1
        end = pairs.get(at, -1)
        if not 0 < end - at <= _MAX_ARGUMENT_CHARACTERS:
            return None, at
        found.append(tex[at + 1 : end])
        at = end + 1
    return found, at


def closing_braces(tex: str) -> dict[int, int]:
    """Where each group that opens is closed; one pass over all braces."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for found in _BRACES.finditer(tex):
        if found.group() == "{":
            opened.append(found.start())
        elif found.group() == "}" and opened:
            pairs[opened.pop()] = found.start()
    return pairs
