"""What gzip, bzip2, xz and zstd share: one stream inside, which is one file or a tar archive."""

from __future__ import annotations

from collections.abc import Iterator
from io import RawIOBase
from typing import BinaryIO, cast

from training.corpus.extract import tar
from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.members import Metered, read_member
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Item, MemberDone
from training.errors import FileRefusedError
from training.sniffing import recognise

_TAR_ENDINGS = (".tgz", ".tzst", ".tbz2", ".txz")


def read_unpacked(name: str, stream: RawIOBase, options: ReadOptions) -> Iterator[Item]:
    """Items of the one file inside, or of the tar archive inside."""
    budget = options.room
    metered = Metered(stream, budget)
    inside = ByteSource(name, cast("BinaryIO", metered), options.spool_folder)
    if _is_tar(inside):
        yield from tar.read(inside, options)
        return
    budget.enter()
    for item in read_member(inner_name(name), inside, options):
        if isinstance(item, MemberDone) and item.refused and item.member == inner_name(name):
            # Nothing else is in it: the file is of no use as a whole.
            raise FileRefusedError(f"holds {item.member}, which {item.refused}")
        yield item


def inner_name(name: str) -> str:
    """Name of what was packed: "a.jsonl.gz" gives "a.jsonl"."""
    last = name.rsplit("/", 1)[-1]
    stem, dot, _ = last.rpartition(".")
    return stem if dot and stem else last


def _is_tar(source: ByteSource) -> bool:
    is_named = source.name.lower().endswith(_TAR_ENDINGS)
    is_short = len(source.head) < 512
    return not is_short and (is_named or recognise(source.head, source.num_known_bytes) == "tar")
