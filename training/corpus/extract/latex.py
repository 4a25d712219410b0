"""LaTeX: papers put together from the parts in their archive or folder.

An archive (as preprint servers ship them), like a folder, gives one document for each file with a
``\\begin{document}``; what it takes in with ``\\input`` is looked for there alone.
Pictures that a paper shows (PDF) are no documents. Nothing is executed.
"""

from __future__ import annotations

import functools
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.encoding import find_encoding
from training.corpus.extract.formats import ARCHIVES, Recognised
from training.corpus.extract.latex_source import MAX_SOURCE_CHARACTERS, is_root, put_together
from training.corpus.extract.latex_text import Choices, text_of
from training.corpus.extract.line_check import checked
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.options import Content, ReadOptions
from training.corpus.extract.records import (
    Fault,
    Found,
    Item,
    LeftOut,
    MemberBegun,
    MemberDone,
    Superseded,
    Warned,
)
from training.errors import FileRefusedError

#: Sources of one archive that are kept until it ends; beyond it those so far are put together.
_HELD_CHARACTERS = 64 << 20
_PICTURES = re.compile(r"\\includegraphics\*?(?:\[[^\]]{0,500}\])?\s?\{([^{}\n]{1,300})\}")


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """One document of a file, with the parts that stand beside it in its folder.

    None of a file that another one there takes in.
    """
    folder = _folder(tuple(options.latex_parts.items()))
    tex = decoded(source)
    if not is_root(tex) and (root := folder.root_of(source.name)):
        yield LeftOut(f"a part of {root}, which takes it in")
        return
    files = folder if source.name in folder else {source.name: tex}
    yield from _document(source.name, files, options)


class _Folder(Mapping[str, str]):
    """The LaTeX files of a folder, read when they are asked for, by name.

    There may be thousands of papers in it: what each takes in is worked out once.
    """

    def __init__(self, paths: dict[str, str]) -> None:
        sizes = {name: Path(path).stat().st_size for name, path in paths.items()}
        # What is larger is no part of anything: it would not be read.
        self._sizes = {name: size for name, size in sizes.items() if size <= MAX_SOURCE_CHARACTERS}
        self._paths = paths
        self._taken: dict[str, frozenset[str]] = {}

    def __getitem__(self, name: str) -> str:
        return _text_at(name, self._paths[name])

    def __contains__(self, name: object) -> bool:
        return name in self._sizes

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def root_of(self, part: str) -> str:
        """The document that takes in a part; empty when none does.

        One in the same folder or above is looked at in any case, others while they are few.
        """
        beside = posixpath.dirname(part)
        size = 0
        for name in sorted(self, key=lambda other: not _is_above(other, beside)):
            if not _is_above(name, beside):
                size += self._sizes[name]
            if size > _HELD_CHARACTERS:
                break
            if name != part and part in self._parts_of(name):
                return name
        return ""

    def _parts_of(self, name: str) -> frozenset[str]:
        """The files that a document takes in; none for what is no document."""
        if name not in self._taken:
            tex = self[name]
            parts = put_together(name, self).parts if is_root(tex) else ()
            self._taken[name] = frozenset(parts)
        return self._taken[name]


def _is_above(name: str, folder: str) -> bool:
    """Whether a file stands in this folder, or in one around it."""
    above = posixpath.dirname(name)
    return not above or folder == above or folder.startswith(f"{above}/")


@functools.lru_cache(maxsize=1)
def _folder(paths: tuple[tuple[str, str], ...]) -> _Folder:
    """One for all files of a folder, which are read one after another."""
    return _Folder(dict(paths))


@functools.lru_cache(maxsize=8)
def _text_at(name: str, path: str) -> str:
    with Path(path).open("rb", buffering=0) as file:
        return decoded(ByteSource(name, cast("BinaryIO", file)))


def decoded(source: ByteSource) -> str:
    """The text of a file in whatever encoding; bytes that fit none become U+FFFD."""
    data = source.whole(MAX_SOURCE_CHARACTERS)
    encoding = find_encoding(data[: 1 << 17])
    return data.decode(encoding, errors="replace").removeprefix("\ufeff")


class Papers:
    """The LaTeX files of an archive as they come (``options.Content``), put together at its end."""

    def __init__(self, inner: Content) -> None:
        self.inner = inner
        self._files: dict[str, str] = {}
        self._pictures: set[str] = set()
        self._size = 0

    def recognised(self, name: str, head: bytes, num_bytes: int) -> Recognised:
        """As any member."""
        return self.inner.recognised(name, head, num_bytes)

    def read(self, format: str, source: ByteSource, options: ReadOptions) -> Iterator[Any]:
        """Keeps LaTeX until the archive ends; reads everything else."""
        if format != "latex":
            if format == "pdf":
                self._pictures.add(source.name)
            if format in ARCHIVES:
                # What is in it is put together there.
                options = replace(options, content=self.inner)
            yield from self.inner.read(format, source, options)
            return
        tex = decoded(source)
        self._files[source.name] = tex
        self._size += len(tex)

    def finished(self, options: ReadOptions, *, at_end: bool = True) -> Iterator[Item]:
        """Documents of all papers so far, when the archive has ended or much is held."""
        if not self._files or (not at_end and self._size < _HELD_CHARACTERS):
            return
        files, self._files, self._size = self._files, {}, 0
        roots = [name for name, tex in files.items() if is_root(tex)]
        taken: set[str] = set()
        for name in roots or list(files):
            yield MemberBegun(name)
            for item in _one_of_many(name, files, options, taken):
                yield replace(item, member=name)
            yield MemberDone(name, "latex")
        for name in files if roots else ():
            if name not in taken and name not in roots:
                reason = "no file with \\begin{document} in its archive takes it in (\\input)"
                yield Fault(0, reason, member=name, what="member")
        yield from self._shown(files)

    def _shown(self, files: dict[str, str]) -> Iterator[Item]:
        """Takes back the texts of pictures that these files show, in whatever folder they lie."""
        shown = {
            posixpath.basename(found[1].strip()).removesuffix(".pdf")
            for tex in files.values()
            for found in _PICTURES.finditer(tex)
        }
        for name in sorted(self._pictures):
            if posixpath.basename(name).removesuffix(".pdf") in shown:
                self._pictures.discard(name)
                yield Superseded("pictures that papers in LaTeX show (PDF)", member=name)


def _one_of_many(
    name: str, files: dict[str, str], options: ReadOptions, taken: set[str]
) -> Iterator[Any]:
    """The document of a paper in an archive; one that cannot be read does not end the others."""
    try:
        items: Iterator[Item] = _document(name, files, options, taken)
        yield from checked(items, options) if options.checks_lines else items
    except Exception as error:  # noqa: BLE001 - the other papers are read
        yield Fault(0, f"broke its reader ({type(error).__name__}: {error})", what="document")


def _document(
    name: str, files: Mapping[str, str], options: ReadOptions, taken: set[str] | None = None
) -> Iterator[Fault | Found | Warned]:
    source = put_together(name, files)
    if taken is not None:
        taken |= source.parts
    if source.missing:
        yield Warned("parts of LaTeX documents (\\input) that are not beside them in the archive")
    text = text_of(source, Choices(options.latex_math, options.keeps_latex_captions))
    if not text:
        if taken is None:
            raise FileRefusedError("shows no text (only macros, formulas, tables or pictures)")
        yield Fault(0, "shows no text (only macros, formulas or pictures)", what="document")
    elif fault := text_fault(text):
        yield Fault(0, f"the text {fault}", what="document")
    else:
        yield from text_warnings(text)
        line, offset = _place(files[name])
        meta = {"title": text.partition("\n")[0][:500]} if "\\title" in files[name] else {}
        yield Found(0, text, line, offset, json.dumps(meta, ensure_ascii=False))


def _place(tex: str) -> tuple[int, int]:
    """Line and byte at which the body of a document begins."""
    before = tex[: max(0, tex.find("\\begin{document}"))]
    return before.count("\n") + 1, len(before.encode())
