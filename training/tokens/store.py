"""The token store: every document's ids one after another, memory-mapped; no torch, no texts.

Files of a ``tokens`` artifact, all little endian:

* ``tokens.bin``   ids, uint16 when the vocabulary has at most 65,536 pieces, else uint32;
* ``offsets.bin``  uint64, one more than documents: document d is the tokens from ``offsets[d]``
  to ``offsets[d + 1]`` and ends with the end-of-text id;
* ``doc_ids.bin``  16 bytes per document, the ``doc_id`` of the documents artifact;
* ``sources.bin``  uint16 per document, an index into ``sources`` of the JSON file;
* ``store.json``   what ``StoreInfo`` holds; ``tokenizer/`` the tokenizer that made the ids;
* ``loss_mask.bin``  of task sets only: one byte per token, 1 where it carries loss as a target.

A store with a mask holds examples: each fits into one row or is cut (``too_long``), and ends as
its template ends it.

A split is a contiguous range of documents, hence of tokens. Written by ``training.tokens.writer``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from training.errors import DataError
from training.folder.artifact import described
from training.folder.atomic import read_json
from training.folder.layout import JobFolder

#: Version 2 adds the loss mask; stores without one are still written as version 1.
FORMAT_VERSION = 2
INFO_FILE = "store.json"
TOKENS_FILE = "tokens.bin"
OFFSETS_FILE = "offsets.bin"
DOC_IDS_FILE = "doc_ids.bin"
SOURCES_FILE = "sources.bin"
LOSS_MASK_FILE = "loss_mask.bin"
TOKENIZER_FOLDER = "tokenizer"
DOC_ID_BYTES = 16
MAX_UINT16_VOCAB = 65_536

_OF_EXAMPLES = ("template", "too_long")

Tokens = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]


def tokenizer_of_run(job: Path) -> Path | None:
    """The tokenizer of the train job in ``job``: a copy lies in the token store that it reads.

    None where the store is gone, or the folder is no such job.
    """
    stored = read_json(JobFolder(job).spec)
    spec = stored.get("spec") if isinstance(stored, dict) else None
    tokens = spec.get("tokens") if isinstance(spec, dict) else None
    if not isinstance(tokens, str):
        return None
    found = Path(os.path.realpath(job / tokens)) / TOKENIZER_FOLDER
    return found if found.is_dir() else None


def token_dtype(vocab_size: int) -> np.dtype[Any]:
    """The narrowest of uint16 and uint32 that holds every id below ``vocab_size``."""
    return np.dtype("<u2") if vocab_size <= MAX_UINT16_VOCAB else np.dtype("<u4")


@dataclass(frozen=True)
class StoreInfo:
    """What ``store.json`` says. ``splits`` maps a name to its documents [first, last)."""

    dtype: str
    vocab_size: int
    eos_id: int
    num_documents: int
    num_tokens: int
    splits: dict[str, tuple[int, int]]
    sources: tuple[str, ...]
    tokenizer: str = ""
    format_version: int = 1
    #: Of task sets: the template by which turns were written, and what becomes of examples that
    #: are longer than a row ("truncate" or "drop"). Empty in stores of texts.
    template: str = ""
    too_long: str = ""
    #: Source -> how often its documents are read in one epoch; 1 for those that are not named.
    weights: dict[str, float] = field(default_factory=dict)

    @property
    def has_loss_mask(self) -> bool:
        """Whether the store holds examples, of which only some tokens carry loss."""
        return bool(self.too_long)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read and check ``store.json``; DataError when it is missing, torn or too new."""
        data = described(
            folder, INFO_FILE, FORMAT_VERSION,
            keys=("dtype", "splits", "num_tokens"), advice="Run the tokenize job again.",
        )  # fmt: skip
        known = cls.__dataclass_fields__
        data = {name: value for name, value in data.items() if name in known}
        data["splits"] = {name: (first, last) for name, (first, last) in data["splits"].items()}
        return cls(**{**data, "sources": tuple(data["sources"])})


class TokenStore:
    """A token store opened for reading; arrays are memory maps.

    ``tokens`` [num_tokens], ``offsets`` int64 [num_documents + 1], ``doc_ids`` uint8
    [num_documents, 16], ``source_ids`` uint16 [num_documents].
    """

    def __init__(self, folder: Path, info: StoreInfo) -> None:
        self.folder = folder
        self.info = info
        count = info.num_documents
        self.tokens: Tokens = _mapped(folder / TOKENS_FILE, info.dtype, info.num_tokens)
        # Held as int64: numpy compares uint64 with int64 by way of float64.
        self.offsets: npt.NDArray[np.int64] = _mapped(folder / OFFSETS_FILE, "<i8", count + 1)
        flat_ids = _mapped(folder / DOC_IDS_FILE, "u1", count * DOC_ID_BYTES)
        self.doc_ids: npt.NDArray[np.uint8] = flat_ids.reshape(count, DOC_ID_BYTES)
        self.source_ids: npt.NDArray[np.uint16] = _mapped(folder / SOURCES_FILE, "<u2", count)
        #: uint8 [num_tokens], 1 where a token carries loss; None when all do.
        self.loss_mask: npt.NDArray[np.uint8] | None = (
            _mapped(folder / LOSS_MASK_FILE, "u1", info.num_tokens) if info.has_loss_mask else None
        )
        if int(self.offsets[0]) != 0 or int(self.offsets[-1]) != info.num_tokens:
            raise DataError(f"{folder.name}/{OFFSETS_FILE} does not fit {TOKENS_FILE}.")

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the store in ``folder``; DataError when a file is missing, short or long."""
        return cls(folder, StoreInfo.read(folder))

    @property
    def tokenizer_folder(self) -> Path:
        """The copy of the tokenizer that made the ids."""
        return self.folder / TOKENIZER_FOLDER

    def documents(self, split: str) -> tuple[int, int]:
        """Documents [first, last) of a split; DataError names the splits there are."""
        if split not in self.info.splits:
            known = ", ".join(self.info.splits)
            raise DataError(f"The token store has no split {split!r}; it has {known}.")
        return self.info.splits[split]

    def token_range(self, split: str) -> tuple[int, int]:
        """Tokens [first, last) of a split."""
        first, last = self.documents(split)
        return int(self.offsets[first]), int(self.offsets[last])

    def num_tokens(self, split: str) -> int:
        """How many tokens a split holds, end-of-text included."""
        first, last = self.token_range(split)
        return last - first

    def document_tokens(self, document: int) -> Tokens:
        """The ids of one document, its end-of-text last."""
        tokens: Tokens = self.tokens[self.offsets[document] : self.offsets[document + 1]]
        return tokens

    def doc_id(self, document: int) -> str:
        """The ``doc_id`` of a document as 32 hex digits."""
        return bytes(self.doc_ids[document]).hex()

    def source(self, document: int) -> str:
        """The source label of a document."""
        return self.info.sources[int(self.source_ids[document])]

    def find(self, doc_id: str) -> int | None:
        """The index of the document with this ``doc_id`` (32 hex digits), None when not here."""
        return next(iter(self.find_all(doc_id)), None)

    def find_all(self, doc_id: str) -> list[int]:
        """All indices: a document divided between two splits stands here in two pieces."""
        wanted = np.frombuffer(bytes.fromhex(doc_id), dtype=np.uint64)
        words = self.doc_ids.reshape(-1).view(np.uint64)
        candidates = np.flatnonzero(words[0::2] == wanted[0])
        return [int(one) for one in candidates if words[2 * one + 1] == wanted[1]]


def write_info(folder: Path, info: StoreInfo) -> None:
    """Write ``store.json``."""
    data = {name: getattr(info, name) for name in StoreInfo.__dataclass_fields__}
    if not info.has_loss_mask:
        data = {name: value for name, value in data.items() if name not in _OF_EXAMPLES}
    if not info.weights:
        del data["weights"]
    (folder / INFO_FILE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def _mapped(path: Path, dtype: str, count: int) -> Any:
    """Map ``count`` items; DataError when the file does not hold exactly as many."""
    wanted = count * np.dtype(dtype).itemsize
    size = path.stat().st_size if path.exists() else -1
    if size != wanted:
        got = "is missing" if size < 0 else f"holds {size:,} bytes"
        raise DataError(
            f"{path.parent.name}/{path.name} {got} where {wanted:,} are needed: the token store "
            "is damaged.",
            advice="Run the tokenize job again.",
        )
    if count == 0:
        return np.empty(0, dtype=dtype)
    return np.memmap(path, dtype=dtype, mode="r", shape=(count,))
