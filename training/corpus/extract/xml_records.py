"""Records of a large XML file, one small tree at a time; what dumps, papers and feeds are read by.

Expat, fed in blocks: memory is one record. Entities are neither declared nor fetched (a file that
declares one is refused); those of HTML, which papers use without declaring them, are known. What
stands before an error is kept; the error is a fault with its line and its byte, because nothing
behind it can be trusted.
"""

from __future__ import annotations

import html
import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.records import Fault
from training.errors import FileRefusedError
from training.units import format_bytes

MAX_RECORD_CHARACTERS = 32 << 20
#: Elements, their attributes and pieces of text in one record.
MAX_RECORD_NODES = 2_000_000
MAX_DEPTH = 200
#: One tag with its attributes; expat keeps it until its end has come.
MAX_TAG_BYTES = 16 << 20
_BLOCK_BYTES = 1 << 18


@dataclass(slots=True)
class Element:
    """One element: its local name, attributes by local name, and what stands in it in order."""

    name: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)
    line: int = 0
    offset: int = 0

    def first(self, *names: str) -> Element | None:
        """The first child with one of these names."""
        return next((child for child in self.elements() if child.name in names), None)

    def elements(self) -> Iterator[Element]:
        """The children that are elements."""
        return (child for child in self.children if isinstance(child, Element))

    def text(self) -> str:
        """All text in it."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def text_of(self, *names: str) -> str:
        """The text of the first child with one of these names, without white space around it."""
        child = self.first(*names)
        return child.text().strip() if child is not None else ""


def records(
    source: ByteSource, wanted: frozenset[str], outside: frozenset[str] = frozenset()
) -> Iterator[Element | Fault]:
    """The outermost elements with the ``wanted`` names, as trees.

    Of those named ``outside`` the start tags are given too, as soon as they come (the root).
    FileRefusedError when the file declares entities or is no XML from its first tag on.
    """
    builder = _Builder(wanted, outside)
    fed = 0
    while True:
        block = source.read(_BLOCK_BYTES)
        try:
            builder.parser.Parse(block, not block)
        except xml.parsers.expat.ExpatError as error:
            yield from builder.taken()
            yield _torn(error, builder)
            return
        yield from builder.taken()
        if not block:
            return
        fed += len(block)
        if fed - builder.parser.CurrentByteIndex > MAX_TAG_BYTES:
            raise FileRefusedError(
                f"has a tag longer than {format_bytes(MAX_TAG_BYTES)} at line "
                f"{builder.parser.CurrentLineNumber:,}; it is damaged or no honest XML"
            )


class _Builder:
    """Builds the tree of the record at hand."""

    def __init__(self, wanted: frozenset[str], outside: frozenset[str]) -> None:
        self._wanted, self._outside = wanted, outside
        self._done: list[Element | Fault] = []
        self._open: list[Element] = []
        self._depth_of_fault = 0
        self._size = self._num_nodes = 0
        self.num_elements = 0
        parser = self.parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
        # Entities of HTML, which many files use without declaring them, are skipped (and known).
        parser.UseForeignDTD(True)
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = self._entity
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse

    def taken(self) -> list[Element | Fault]:
        """What is finished since the last call."""
        done, self._done = self._done, []
        return done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.num_elements += 1
        if self._depth_of_fault:
            self._depth_of_fault += 1
            return
        name = _local(tag)
        is_record = not self._open and name in self._wanted
        if not self._open and not is_record:
            if name in self._outside:
                self._done.append(self._element(name, attributes))
            return
        if is_record:
            self._size = self._num_nodes = 0
        element = self._element(name, attributes)
        self._size += sum(map(len, attributes.values()))
        self._num_nodes += 1 + len(attributes)
        if self._open:
            self._open[-1].children.append(element)
        self._open.append(element)
        self._check()

    def _end(self, _: str) -> None:
        if self._depth_of_fault:
            self._depth_of_fault -= 1
            return
        if not self._open:
            return
        element = self._open.pop()
        if not self._open:
            self._done.append(element)

    def _text(self, text: str) -> None:
        if not self._open or self._depth_of_fault:
            return
        self._size += len(text)
        self._num_nodes += 1
        self._open[-1].children.append(text)
        self._check()

    def _entity(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            self._text(html.unescape(f"&{name};"))

    def _check(self) -> None:
        """Drop a record that becomes too large to be one, and say so."""
        reason = ""
        if self._size > MAX_RECORD_CHARACTERS:
            reason = f"holds more than {MAX_RECORD_CHARACTERS >> 20} million characters"
        elif self._num_nodes > MAX_RECORD_NODES:
            reason = f"holds more than {MAX_RECORD_NODES:,} elements"
        elif len(self._open) > MAX_DEPTH:
            reason = f"nests more than {MAX_DEPTH} elements in one another"
        if reason:
            first = self._open[0]
            self._done.append(
                Fault(first.line, f"<{first.name}> {reason}", what="record", offset=first.offset)
            )
            self._depth_of_fault = len(self._open)
            self._open.clear()

    def _element(self, name: str, attributes: dict[str, str]) -> Element:
        named = {_local(key): value for key, value in attributes.items()}
        line, offset = self.parser.CurrentLineNumber, self.parser.CurrentByteIndex
        return Element(name, named, [], line, offset)

    def _refuse(self, *_: Any) -> int:
        raise FileRefusedError(
            "declares XML entities, which are not read (they can fetch files and grow without "
            "end); remove the declaration"
        )


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _torn(error: xml.parsers.expat.ExpatError, builder: _Builder) -> Fault:
    """The fault of the file from here on; FileRefusedError when nothing came before it."""
    words = xml.parsers.expat.ErrorString(error.code)
    column = error.offset + 1
    if not builder.num_elements:
        raise FileRefusedError(f"is no XML: {words} at line {error.lineno:,}, column {column:,}")
    return Fault(
        error.lineno,
        f"the XML breaks at column {column:,} ({words}); what follows is not read; copy or "
        "download the file again",
        what="record",
        offset=builder.parser.ErrorByteIndex,
    )
