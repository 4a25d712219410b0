"""Writes a token store document by document; memory is one document, not the corpus.

The end-of-text id is appended to texts here, so that no caller can forget it; examples come as
they are, with their loss mask. Splits are written one after
the other, each a contiguous range. What the files are: ``training.tokens.store``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from training.errors import DataError
from training.tokens.store import (
    DOC_ID_BYTES,
    DOC_IDS_FILE,
    FORMAT_VERSION,
    LOSS_MASK_FILE,
    OFFSETS_FILE,
    SOURCES_FILE,
    TOKENS_FILE,
    StoreInfo,
    token_dtype,
    write_info,
)

_MAX_SOURCES = 65_536


class StoreWriter:
    """``with StoreWriter(...) as writer: writer.start("train"); writer.add(...)``."""

    def __init__(
        self,
        folder: Path,
        *,
        vocab_size: int,
        eos_id: int,
        tokenizer: str = "",
        template: str = "",
        too_long: str = "",
        weights: Mapping[str, float] | None = None,
    ) -> None:
        self.folder = folder
        self.vocab_size = vocab_size
        self.eos_id = eos_id
        self.tokenizer = tokenizer
        #: Given for stores of examples, which have a loss mask.
        self.template, self.too_long = template, too_long
        self.weights = dict(weights or {})
        self.num_tokens = 0
        self.num_documents = 0
        self._dtype = token_dtype(vocab_size)
        self._sources: dict[str, int] = {}
        self._starts: dict[str, int] = {}
        self._files = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        names = (TOKENS_FILE, OFFSETS_FILE, DOC_IDS_FILE, SOURCES_FILE)
        opened = [self._files.enter_context((self.folder / name).open("wb")) for name in names]
        self._tokens_file, self._offsets_file, self._doc_ids_file, self._sources_file = opened
        self._offsets_file.write(_uint64(0))
        if self.too_long:
            self._mask_file = self._files.enter_context((self.folder / LOSS_MASK_FILE).open("wb"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._files.close()
        if error is None:
            write_info(self.folder, self.info())

    def start(self, split: str, first: int | None = None) -> None:
        """Documents from here on, or from ``first`` on, belong to ``split``; call in order."""
        self._starts[split] = self.num_documents if first is None else first

    def offsets(self) -> npt.NDArray[np.int64]:
        """Where each document written so far starts, and where the last one ends."""
        self._offsets_file.flush()
        return np.fromfile(self.folder / OFFSETS_FILE, dtype="<i8")

    def cut(self, token: int) -> int:
        """Make a document begin at ``token``; returns its index.

        Inside a document this cuts it in two of the same id, the first without end-of-text.
        """
        offsets = self.offsets()
        index = int(np.searchsorted(offsets, token, side="left"))
        if int(offsets[index]) == token:
            return index
        for file, num_bytes, copied in (
            (self._offsets_file, 8, _uint64(token)),
            (self._doc_ids_file, DOC_ID_BYTES, b""),
            (self._sources_file, 2, b""),
        ):
            file.flush()
            data = Path(file.name).read_bytes()
            # Without data of its own, the second half gets what the first half has.
            at = index * num_bytes
            file.seek(0)
            file.write(data[:at] + (copied or data[at - num_bytes : at]) + data[at:])
        self.num_documents += 1
        return index

    def add(self, doc_id: bytes, source: str, ids: Sequence[int] | npt.NDArray[np.int64]) -> None:
        """Append one document: its 16-byte id, its source label, its ids without end-of-text."""
        if self.too_long:
            raise ValueError("a store of examples takes add_example")
        self._add(doc_id, source, np.append(np.asarray(ids, dtype=np.int64), self.eos_id))

    def add_example(
        self,
        doc_id: bytes,
        source: str,
        ids: npt.NDArray[np.int64],
        has_loss: npt.NDArray[np.bool_],
    ) -> None:
        """Append one example: ids [N] as they are, and which of them carry loss [N]."""
        if len(ids) != len(has_loss):
            raise ValueError(f"{len(ids)} ids and {len(has_loss)} of a mask")
        self._mask_file.write(has_loss.astype(np.uint8).tobytes())
        self._add(doc_id, source, ids)

    def _add(self, doc_id: bytes, source: str, values: npt.NDArray[np.int64]) -> None:
        if len(doc_id) != DOC_ID_BYTES:
            raise ValueError(f"a doc_id has {DOC_ID_BYTES} bytes, got {len(doc_id)}")
        if len(values) and int(values.max()) >= self.vocab_size:
            raise ValueError(f"id {values.max()} does not fit a vocabulary of {self.vocab_size}")
        self._tokens_file.write(values.astype(self._dtype).tobytes())
        self.num_tokens += len(values)
        self.num_documents += 1
        self._offsets_file.write(_uint64(self.num_tokens))
        self._doc_ids_file.write(doc_id)
        self._sources_file.write(np.array([self._source(source)], dtype="<u2").tobytes())

    def info(self) -> StoreInfo:
        """What has been written so far."""
        firsts = list(self._starts.values())
        lasts = [*firsts[1:], self.num_documents]
        splits = dict(zip(self._starts, zip(firsts, lasts, strict=True), strict=True))
        return StoreInfo(
            dtype=self._dtype.str,
            vocab_size=self.vocab_size,
            eos_id=self.eos_id,
            num_documents=self.num_documents,
            num_tokens=self.num_tokens,
            splits=splits,
            sources=tuple(self._sources),
            tokenizer=self.tokenizer,
            format_version=FORMAT_VERSION if self.too_long else 1,
            template=self.template,
            too_long=self.too_long,
            weights=self.weights,
        )

    def _source(self, label: str) -> int:
        index = self._sources.setdefault(label, len(self._sources))
        if index >= _MAX_SOURCES:
            raise DataError(f"There are more than {_MAX_SOURCES:,} source labels.")
        return index


def _uint64(value: int) -> bytes:
    return value.to_bytes(8, "little")
