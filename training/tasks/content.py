"""Files of rows, alone or as members of archives, read as what somebody makes of their rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.formats import ARCHIVES, Recognised
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item
from training.errors import FileRefusedError
from training.registry import EXTRACTORS, ROW_READERS
from training.tasks.formats import UNKNOWN, format_of
from training.tasks.readers.raw import RawRow

Made = TypeVar("Made")


class RowFiles(ABC, Generic[Made]):
    """Which reader a file gets (``options.Content``); ``_made`` says what becomes of its rows.

    Archives are read member by member by the machinery that reads archives of documents: nothing
    is unpacked to the disk under a name that an archive chose.
    """

    def recognised(self, name: str, head: bytes, num_bytes: int) -> Recognised:
        """The reader of a member, by its name; FileRefusedError when there is none."""
        found = format_of(name)
        if not found:
            raise FileRefusedError(UNKNOWN)
        return Recognised(found)

    def read(self, format: str, source: ByteSource, options: ReadOptions) -> Iterator[Made | Item]:
        """What was made of every row; FileRefusedError when the file is of no use."""
        if format in ARCHIVES:
            items: Iterator[Item] = EXTRACTORS[format].load()(source, options)
            return items
        return self._made(ROW_READERS[format].load()(source))

    @abstractmethod
    def _made(self, raw: Iterator[RawRow | Item]) -> Iterator[Made | Item]:
        """Of the rows of one file, with what its reader left out in its place."""
