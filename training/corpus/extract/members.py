"""Members of archives: which are read, under which name, and within which limits.

A member is read by the reader of its own format, straight from the packed stream; it is never
written under a name that the archive chose. What is left out (links, devices, members that are
encrypted or lead out of the archive, members of no known kind) is a fault of that member.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.dispatch import DOCUMENTS
from training.corpus.extract.formats import ARCHIVES, shown
from training.corpus.extract.latex import Papers
from training.corpus.extract.options import Budget, ReadOptions, UnpackingLimitError
from training.corpus.extract.records import NESTED, Item, LeftOut, MemberBegun, MemberDone, Warned
from training.errors import FileRefusedError
from training.folder.atomic import is_full

#: What systems leave beside the files of people.
_SYSTEM_NAMES = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
#: What stands beside the text of a paper.
_COMPANIONS = frozenset(
    (
        ".sty", ".cls", ".clo", ".bst", ".bbx", ".cbx", ".bib", ".bbl", ".aux", ".toc", ".eps",
        ".ps", ".pdf_tex", ".fd", ".def", ".cfg", ".ist", ".blg", ".out",
    )
)  # fmt: skip
_SYSTEM_MESSAGE = "files of the operating system inside archives, passed over"


class Members:
    """The members of one archive as they come; names must differ.

    Each has a label of its own: long names that are cut may look alike, and documents are known
    by their label.
    """

    def __init__(self, options: ReadOptions) -> None:
        self._papers = Papers(options.content or DOCUMENTS)
        self._options = replace(options, content=self._papers)
        self._names: set[str] = set()
        self._labels: set[str] = set()

    def read(self, name: str, stream: io.RawIOBase) -> Iterator[Item]:
        """Everything a member holds, then its end."""
        parts = name.replace("\\", "/").split("/")
        if any(part in _SYSTEM_NAMES for part in parts):
            yield Warned(_SYSTEM_MESSAGE)
            return
        if PurePosixPath(name).suffix.lower() in _COMPANIONS:
            yield LeftOut("members without text of their own (styles, bibliographies, drawings)")
            return
        self._options.room.enter()
        label = self._label(name)
        if reason := self._reason(name, label):
            yield MemberDone(label, "", reason)
            return
        yield from read_member(label, stream, self._options)
        yield from self._papers.finished(self._options, at_end=False)

    def finish(self) -> Iterator[Item]:
        """What could only be read once all members had come: papers in LaTeX."""
        yield from self._papers.finished(self._options)

    def refuse(self, name: str, reason: str) -> Iterator[Item]:
        """A member that is not even opened."""
        self._options.room.enter()
        yield MemberDone(self._label(name), "", reason)

    def _label(self, name: str) -> str:
        """The name as it is shown; what looks like an earlier one is numbered in front."""
        first = label = shown(name)
        number = 1
        while label in self._labels:
            number += 1
            label = f"({number}) {first}"
        self._labels.add(label)
        return label

    def _reason(self, name: str, label: str) -> str:
        if is_escaping(name):
            return "has a name that leads out of its archive; rename it and pack again"
        if name in self._names:
            return "has the same name as an earlier member; rename one of them"
        self._names.add(name)
        return self._options.passed_over.get(self._options.prefix + label, "")


def is_escaping(name: str) -> bool:
    """Whether a member's name is absolute or climbs out of the archive."""
    unified = name.replace("\\", "/")
    is_absolute = unified.startswith("/") or unified[1:3] == ":/"
    return is_absolute or ".." in unified.split("/") or "\0" in name


def read_member(label: str, stream: io.RawIOBase, options: ReadOptions) -> Iterator[Item]:
    """Items of one member, each with its name, and how it ended; limits end the whole file."""
    format, content = "", options.content or DOCUMENTS
    try:
        source = ByteSource(label, cast("BinaryIO", stream), options.spool_folder)
        yield MemberBegun(label)
        kind = content.recognised(label, source.head, source.num_known_bytes)
        format = kind.format
        if kind.warning:
            yield Warned(f"members {kind.warning}")
        inner = _one_deeper(label, options) if format in ARCHIVES else options
        for item in content.read(format, source, inner):
            yield replace(item, member=_joined(label, item.member))
    except UnpackingLimitError:
        raise
    except FileRefusedError as error:
        yield MemberDone(label, format, str(error))
    except OSError as error:
        if is_full(error):
            raise
        yield MemberDone(label, format, f"cannot be read: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - one bad member must not end the others
        yield MemberDone(label, format, f"broke its reader ({type(error).__name__}: {error})")
    else:
        yield MemberDone(label, format)


def _joined(outer: str, inner: str) -> str:
    return f"{outer}{NESTED}{inner}" if inner else outer


def _one_deeper(label: str, options: ReadOptions) -> ReadOptions:
    if options.depth >= options.max_depth:
        raise FileRefusedError(
            f"is an archive more than {options.max_depth} deep; pack it less deeply, or raise "
            "unpacking.max_depth"
        )
    return replace(options, depth=options.depth + 1, prefix=f"{options.prefix}{label}{NESTED}")


class Metered(io.RawIOBase):
    """Counts what comes out of an archive against the budget of the file."""

    def __init__(self, stream: io.RawIOBase, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._stream.read(len(buffer)) or b""
        self._budget.spend(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)
