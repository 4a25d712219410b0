"""The signals of a corpus as columns, beside the documents and in their order.

One NumPy file per signal over all documents (``signals/word_count.npy``), written shard by shard
and memory-mapped when read: a threshold touches one column, which is what makes it instant. Shares
are float32. ``signals/signals.json`` says of which documents they are, and how they were defined.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from training.corpus.documents import Documents, shard_batches
from training.corpus.executor import ShardRunner
from training.corpus.language.identify import NAMES
from training.corpus.search.index import INDEX_VERSION, IndexWriter
from training.corpus.signals.batch import TextBatch
from training.errors import DataError
from training.folder.atomic import link_or_copy, read_json, write_json
from training.registry import SIGNALS
from training.specs.signals import Segmentation

SIGNALS_FOLDER = "signals"
_INFO_FILE = "signals.json"
#: Columns of clusters; the rest of the name says how they were searched.
CLUSTERS_PREFIX = "near-"
#: Columns of numbers that depend on a model; the rest of the name says on which.
SCORES_PREFIX = "score-"
_NOT_NUMBERS = {"doc_id", "source", "text_hash", "language"}

Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Groups:
    """Documents in groups of two or more: their places, ascending, and the group of each."""

    members: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]

    @classmethod
    def of(cls, order: npt.NDArray[np.int64], numbers: npt.NDArray[Any]) -> Self:
        """From places in an order that puts groups together, and their groups in that order."""
        is_same = numbers[1:] == numbers[:-1]
        is_shared = np.zeros(len(order), dtype=bool)
        is_shared[1:] |= is_same
        is_shared[:-1] |= is_same
        members, shared = order[is_shared], numbers[is_shared]
        ascending = np.argsort(members)
        return cls(members[ascending], shared[ascending])

    @classmethod
    def of_roots(cls, roots: npt.NDArray[Any]) -> Self:
        """From the place of the first document of each one's cluster [N]."""
        members = np.flatnonzero(np.bincount(roots, minlength=len(roots))[roots] > 1)
        order = members[np.argsort(roots[members], kind="stable")]
        return cls.of(order, roots[order])


@dataclass(frozen=True)
class SignalTable:
    """Columns of equal length. ``ids`` and ``text_hashes`` are [N, 2] big-endian halves.

    ``values`` holds the signals that are numbers, and scores; ``sources`` [N] indexes
    ``source_names``.
    """

    ids: npt.NDArray[np.uint64]
    text_hashes: npt.NDArray[np.uint64]
    sources: npt.NDArray[np.int32]
    source_names: tuple[str, ...]
    values: Columns
    #: Column name -> [N] place of the first document of each one's cluster.
    clusters: Columns = field(default_factory=dict)
    #: [N] places in `language.identify.NAMES`.
    languages: npt.NDArray[np.int16] | None = None
    #: Where the columns lie, and what rules keep beside them.
    folder: Path = Path()
    _groups: dict[str, Groups] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    def doc_id(self, index: int) -> str:
        """32 hex digits."""
        return "".join(f"{int(half):016x}" for half in self.ids[index])

    def language(self, index: int) -> str:
        """The code of its language; empty where there is none, or nobody has looked."""
        return "" if self.languages is None else NAMES[int(self.languages[index])]

    @functools.cached_property
    def by_id(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
        """Places of all documents by the first half of their ids, and these halves, ascending."""
        first = np.ascontiguousarray(self.ids[:, 0])
        order = np.argsort(first, kind="stable")
        return order, first[order]

    @functools.cached_property
    def equal_texts(self) -> Groups:
        """Documents whose text another one has too."""
        first = np.ascontiguousarray(self.text_hashes[:, 0])
        by_first = np.argsort(first)
        members = Groups.of(by_first, first[by_first]).members
        # Few are left; of these the whole hash is looked at.
        order = members[np.lexsort((self.text_hashes[members, 1], first[members]))]
        ordered = self.text_hashes[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
        return Groups.of(order, np.cumsum(is_first))

    def groups_of(self, column: str) -> Groups:
        """The clusters of a search that have more than one member."""

        def find() -> Groups:
            return Groups.of_roots(np.asarray(self.clusters[column]))

        return self.remembered(column, find)

    def remembered(self, key: str, find: Callable[[], Groups]) -> Groups:
        """What ``find`` finds, which is asked once: columns never change."""
        if key not in self._groups:
            self._groups[key] = find()
        return self._groups[key]

    @classmethod
    def read(cls, corpus: Path) -> Self:
        """Map the signals of a corpus artifact; DataError when they are not there or torn."""
        folder = corpus / SIGNALS_FOLDER
        info = read_json(folder / _INFO_FILE)
        if not isinstance(info, dict):
            raise DataError(
                f"{corpus.name} holds no signals that can be read.",
                advice="Run the clean job again: corpora of older versions have none.",
            )
        try:
            columns = {
                name: np.load(folder / f"{name}.npy", mmap_mode="r")
                for name in ("doc_id", "source", *info["definitions"])
            }
            columns |= {
                file.stem: np.load(file, mmap_mode="r")
                for file in sorted(folder.glob(f"{SCORES_PREFIX}*.npy"))
            }
            clusters = {
                file.stem: np.load(file, mmap_mode="r")
                for file in sorted(folder.glob(f"{CLUSTERS_PREFIX}*.npy"))
            }
        except (OSError, ValueError) as error:
            raise DataError(
                f"The signals of {corpus.name} are damaged: {error}.",
                advice="Run the clean job again.",
            ) from error
        table = cls.of(columns, info["source_names"], clusters)
        return replace(table, folder=folder.resolve())

    @classmethod
    def of(
        cls,
        columns: Mapping[str, npt.NDArray[Any]],
        source_names: Sequence[str],
        clusters: Columns | None = None,
    ) -> Self:
        """From columns as `signals_of` gives them, and the clusters of searches."""
        return cls(
            ids=columns["doc_id"],
            text_hashes=columns["text_hash"],
            sources=columns["source"],
            source_names=tuple(source_names),
            values={n: column for n, column in columns.items() if n not in _NOT_NUMBERS},
            clusters=clusters or {},
            languages=columns.get("language"),
        )


@dataclass(frozen=True)
class SignalWriter:
    """Writes every column of a documents artifact; shards in any order, from any process.

    ``starts`` [shards + 1] are places of documents, ``data_starts`` of the numbers in each file.
    """

    folder: Path
    shards: tuple[Path, ...]
    source_names: tuple[str, ...]
    starts: tuple[int, ...]
    data_starts: Mapping[str, int]
    segmentation: Segmentation

    @classmethod
    def begin(
        cls,
        runner: ShardRunner,
        documents: Documents,
        segmentation: Segmentation = Segmentation.CHARACTERS,
    ) -> Self:
        """Make the files of all columns, or go on with those that an earlier attempt made."""
        folder = (runner.folder / SIGNALS_FOLDER).resolve()
        shards, starts = documents.shards(), documents.starts()
        names, defined = _source_names(shards), definitions(segmentation)
        if not (folder / _INFO_FILE).exists():
            make = functools.partial(_make_files, folder, names, starts[-1])
            runner.errand(make, len(shards))()
            info = {
                "documents_id": documents.manifest.id,
                "num_documents": starts[-1],
                "source_names": names,
                "definitions": defined,
                "search_index": INDEX_VERSION,
            }
            write_json(folder / _INFO_FILE, info)
        columns = ("doc_id", "source", *defined)
        return cls(
            folder=folder,
            shards=tuple(shard.resolve() for shard in shards),
            source_names=tuple(names),
            starts=starts,
            data_starts={name: _data_start(folder / f"{name}.npy") for name in columns},
            segmentation=segmentation,
        )

    def __call__(self, shard: int, check: Callable[[], None]) -> int:
        """Compute signals and index of a shard; returns its number of documents."""
        path, start = self.shards[shard], self.starts[shard]
        files = {name: (self.folder / f"{name}.npy").open("r+b") for name in self.data_starts}
        try:
            with IndexWriter(self.folder, shard, path) as index:
                for batch in shard_batches(path, ("doc_id", "source", "text")):
                    check()
                    columns = signals_of(batch, self.source_names, self.segmentation)
                    for name, column in columns.items():
                        # Written, not mapped: a full disk must be an error, a mapping gives none.
                        files[name].seek(self.data_starts[name] + start * column[:1].nbytes)
                        files[name].write(column.tobytes())
                    index.add(TextBatch(batch.column("text")))
                    start += batch.num_rows
            for file in files.values():
                file.flush()
                os.fsync(file.fileno())
        finally:
            for file in files.values():
                file.close()
        return start - self.starts[shard]


def signals_of(
    batch: pa.RecordBatch,
    source_names: Sequence[str],
    segmentation: Segmentation = Segmentation.CHARACTERS,
) -> Columns:
    """All signals of a batch of documents (columns doc_id, source, text)."""
    texts = TextBatch(batch.column("text"), segmentation)
    columns: Columns = {
        "doc_id": _halves(batch.column("doc_id")),
        "source": _sources(batch.column("source"), source_names),
    }
    for name, row in SIGNALS.items():
        value = row.load()(texts)
        column = _halves(value) if isinstance(value, pa.Array) else value
        columns[name] = column.astype(np.float32) if column.dtype == np.float64 else column
    return columns


def definitions(segmentation: Segmentation = Segmentation.CHARACTERS) -> dict[str, str]:
    """How each signal is defined now; equal definitions give equal numbers."""
    words = "" if segmentation == Segmentation.CHARACTERS else f", words by {segmentation}"
    return {name: f"{row.target} version {row.version}{words}" for name, row in SIGNALS.items()}


def are_current(
    corpus: Path, documents: Documents, segmentation: Segmentation = Segmentation.CHARACTERS
) -> bool:
    """Whether the signals of ``corpus`` are those that would be computed of ``documents``."""
    info = read_json(corpus / SIGNALS_FOLDER / _INFO_FILE)
    return (
        isinstance(info, dict)
        and info.get("documents_id") == documents.manifest.id
        and info.get("definitions") == definitions(segmentation)
        and info.get("search_index") == INDEX_VERSION
    )


def column_file(corpus: Path, name: str) -> Path:
    """Where a column of a corpus, or of a clean job's work folder, lies."""
    return corpus / SIGNALS_FOLDER / f"{name}.npy"


def save_column(file: Path, column: npt.NDArray[Any]) -> None:
    """Write a column; it appears whole or not at all."""
    temporary = file.with_suffix(".tmp")
    with temporary.open("wb") as opened:
        np.save(opened, column)
    temporary.rename(file)


def share_signals(corpus: Path, draft: Path) -> None:
    """Give ``draft`` the signals of ``corpus``: the same bytes under a second name, or a copy."""
    target = draft / SIGNALS_FOLDER
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    share_files(corpus / SIGNALS_FOLDER, target)


def share_files(source: Path, target: Path) -> None:
    """Give every file of a folder a second name in another one; a copy where that cannot be."""
    for file in source.iterdir():
        link_or_copy(file, target / file.name)


_NO_DOCUMENTS = pa.RecordBatch.from_arrays(
    [
        pa.array([], pa.binary(16)),
        pa.array([], pa.string()).dictionary_encode(),
        pa.array([""], pa.large_string()).slice(0, 0),
    ],
    names=["doc_id", "source", "text"],
)


def _make_files(folder: Path, source_names: Sequence[str], num_rows: int) -> None:
    """Begin a NumPy file for every column."""
    folder.mkdir(exist_ok=True)
    for name, column in signals_of(_NO_DOCUMENTS, source_names).items():
        header = np.lib.format.header_data_from_array_1_0(column)
        with (folder / f"{name}.npy").open("wb") as file:
            np.lib.format.write_array_header_1_0(
                file, {**header, "shape": (num_rows, *column.shape[1:])}
            )


def _data_start(path: Path) -> int:
    """Where the numbers of a NumPy file begin."""
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        return file.tell()


def _source_names(shards: Sequence[Path]) -> list[str]:
    names: set[str] = set()
    for shard in shards:
        for batch in shard_batches(shard, ("source",)):
            names.update(batch.column("source").dictionary.to_pylist())
    return sorted(names)


def _sources(array: pa.DictionaryArray, source_names: Sequence[str]) -> npt.NDArray[np.int32]:
    places = {name: place for place, name in enumerate(source_names)}
    known = np.array([places[name] for name in array.dictionary.to_pylist()], dtype=np.int32)
    indices = array.indices.to_numpy(zero_copy_only=False)
    return known[indices] if len(known) else np.zeros(len(indices), dtype=np.int32)


def _halves(array: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint64]:
    """16-byte values as two numbers whose order is the order of the bytes."""
    if not len(array):
        return np.zeros((0, 2), dtype=np.uint64)
    data = np.frombuffer(array.buffers()[1], dtype=">u8", count=2 * (len(array) + array.offset))
    return data.reshape(-1, 2)[array.offset :].astype(np.uint64)
