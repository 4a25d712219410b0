"""The header of a GGUF file: metadata and where each tensor lies, with a bound on everything.

Layout (little endian): "GGUF", version, number of tensors, number of keys; keys with typed values;
names, sizes, types and offsets of tensors; from the next multiple of the alignment on, the data.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from training.errors import DataError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MAX_KEYS = 65_536
_MAX_TENSORS = 65_536
_MAX_ITEMS = 8_388_608
_MAX_TEXT_BYTES = 8 << 20
_MAX_DIMENSIONS = 4
_MAX_SIZE = 1 << 40
_SCALARS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_TEXT, _ARRAY = 8, 9


@dataclass(frozen=True)
class TensorEntry:
    """One tensor: ``shape`` outermost first, ``type_id`` of ggml, ``offset`` in the file."""

    name: str
    shape: tuple[int, ...]
    type_id: int
    offset: int


@dataclass(frozen=True)
class Header:
    """Metadata by key, tensors by name."""

    metadata: dict[str, Any]
    tensors: dict[str, TensorEntry]


def read_header(path: Path, name: str) -> Header:
    """Read and check; DataError says what is wrong with the file called ``name``."""
    with path.open("rb") as file:
        try:
            return _HeaderReader(file, path.stat().st_size).read()
        except (struct.error, UnicodeDecodeError, ValueError, OverflowError) as error:
            raise DataError(
                f"{name} is not a whole GGUF file ({error}).",
                advice="Upload it again; a file that was cut off looks like this.",
            ) from error


class _HeaderReader:
    """Reads values one after another; ValueError for what no file of a model holds."""

    def __init__(self, file: IO[bytes], num_bytes: int) -> None:
        self._file = file
        self._num_bytes = num_bytes

    def read(self) -> Header:
        if self._file.read(4) != _MAGIC:
            raise ValueError("it does not begin with GGUF")
        version = self._scalar("I")
        if version not in _VERSIONS:
            raise ValueError(f"version {version}; accepted: 2 and 3, little endian")
        num_tensors = self._count(_MAX_TENSORS, "tensors")
        num_keys = self._count(_MAX_KEYS, "keys")
        metadata = {}
        for _ in range(num_keys):
            key = self._text()
            metadata[key] = self._value(self._scalar("I"))
        entries = [self._entry() for _ in range(num_tensors)]
        start = self._data_start(metadata)
        tensors = {
            entry.name: TensorEntry(entry.name, entry.shape, entry.type_id, start + entry.offset)
            for entry in entries
        }
        return Header(metadata, tensors)

    def _entry(self) -> TensorEntry:
        name = self._text()
        num_dimensions = self._scalar("I")
        if not 1 <= num_dimensions <= _MAX_DIMENSIONS:
            raise ValueError(f"a tensor has {num_dimensions} dimensions")
        # The innermost dimension comes first in the file.
        shape = [int(self._scalar("Q")) for _ in range(num_dimensions)][::-1]
        if not all(1 <= size <= _MAX_SIZE for size in shape):
            raise ValueError(f"a tensor has the shape {shape}")
        return TensorEntry(name, tuple(shape), int(self._scalar("I")), int(self._scalar("Q")))

    def _data_start(self, metadata: dict[str, Any]) -> int:
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20:
            raise ValueError("general.alignment is no alignment")
        return -(-self._file.tell() // alignment) * alignment

    def _value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self._text()
        if kind != _ARRAY:
            return self._scalar(self._code(kind))
        kind = self._scalar("I")
        count = self._count(_MAX_ITEMS, "items of an array")
        if kind == _TEXT:
            return [self._text() for _ in range(count)]
        layout = struct.Struct(f"<{count}{self._code(kind)}")
        return list(layout.unpack(self._bytes(layout.size)))

    def _text(self) -> str:
        length = self._count(_MAX_TEXT_BYTES, "bytes of a text")
        return self._bytes(length).decode("utf-8")

    def _count(self, limit: int, what: str) -> int:
        count = int(self._scalar("Q"))
        if count > limit:
            raise ValueError(f"{count:,} {what}; accepted: up to {limit:,}")
        return count

    def _scalar(self, code: str) -> Any:
        layout = struct.Struct("<" + code)
        return layout.unpack(self._bytes(layout.size))[0]

    def _code(self, kind: int) -> str:
        if kind not in _SCALARS:
            raise ValueError(f"a value has the type {kind}, which is unknown")
        return _SCALARS[kind]

    def _bytes(self, length: int) -> bytes:
        if length > self._num_bytes - self._file.tell():
            raise ValueError("it ends in the middle of its header")
        return self._file.read(length)
