"""A corpus encoded row group by row group, by several processes: what each gave lies in files.

Neither the row groups nor their files depend on how
many processes there are, so the store that is put together of them does not either.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.corpus import Corpus, num_text_bytes
from training.corpus.executor import CheckStop, ShardRunner
from training.corpus.pii.columns import redacted
from training.tokenizers.encoders import Encoder, Library, open_encoder
from training.tokenizers.load import load_tokenizer, set_threads
from training.vocabulary.record import is_sampled

_STAGE = "encode"
_COLUMNS = ("doc_id", "source", "text")
_BATCH_ROWS = 512
#: A process costs a second to start; less text than this is none worth.
_BYTES_PER_WORKER = 8 << 20
_SCHEMA = pa.schema(
    [
        ("doc_id", pa.binary(16)),
        ("source", pa.string()),
        ("num_tokens", pa.int64()),
        ("text", pa.large_string()),
    ],
)


@dataclass(frozen=True)
class RowGroup:
    """Where it lies; ``first`` is the index of its first document in the corpus."""

    shard: Path
    number: int
    first: int
    num_rows: int


@dataclass(frozen=True)
class Encoded:
    """The kept documents of a row group: index in the corpus, id, source and ids of each."""

    indices: npt.NDArray[np.int64]
    doc_ids: list[bytes]
    sources: list[str]
    tokens: list[npt.NDArray[np.int64]]
    #: Of the documents by which the fit is judged; None for the others.
    texts: list[str | None]


def row_groups(corpus: Corpus) -> list[RowGroup]:
    """Every row group of the corpus's documents, in order."""
    found: list[RowGroup] = []
    first = 0
    for shard in corpus.documents.shards():
        metadata = pq.read_metadata(shard)
        for number in range(metadata.num_row_groups):
            num_rows = metadata.row_group(number).num_rows
            found.append(RowGroup(shard.resolve(), number, first, num_rows))
            first += num_rows
    return found


def encode_corpus(
    corpus: Corpus, tokenizer: Path, library: Library, runner: ShardRunner, fraction: float
) -> EncodedCorpus:
    """Encode every kept document, and keep the text of a ``fraction`` of them.

    StopRequestedError when the job is to end.
    """
    groups = row_groups(corpus)
    _opened.cache_clear()
    work = _Work(
        corpus.folder.resolve(),
        tokenizer.resolve(),
        library,
        runner.folder.resolve(),
        (*groups,),
        fraction,
    )
    runner.run(_STAGE, work, len(groups), corpus.info.num_kept)
    return EncodedCorpus(runner.folder.resolve(), groups, corpus)


def num_workers(corpus: Corpus, asked: int) -> int:
    """As many processes as are asked for, but none that has hardly anything to do."""
    return max(1, min(asked, math.ceil(corpus.info.num_kept_bytes / _BYTES_PER_WORKER)))


class EncodedCorpus:
    """What `encode_corpus` left in files, row group by row group."""

    def __init__(self, folder: Path, groups: list[RowGroup], corpus: Corpus) -> None:
        self._folder, self._groups, self._corpus = folder, groups, corpus

    def documents(self) -> Iterator[Encoded]:
        """The kept documents, in order."""
        for number, group in enumerate(self._groups):
            kept = self._corpus.is_kept[group.first : group.first + group.num_rows]
            indices = group.first + np.flatnonzero(kept)
            if len(indices):
                yield self._read(number, indices)

    def num_text_bytes(self) -> int:
        """UTF-8 bytes of everything that was encoded."""
        return sum(
            int((self._folder / f"{number}.bytes").read_text())
            for number in range(len(self._groups))
        )

    def _read(self, number: int, indices: npt.NDArray[np.int64]) -> Encoded:
        with pa.OSFile(str(self._folder / f"{number}.arrow")) as file:
            table = pa.ipc.open_file(file).read_all()
        ends = np.cumsum(table.column("num_tokens").to_numpy())
        ids = np.fromfile(self._folder / f"{number}.ids", dtype="<u4").astype(np.int64)
        names = ("doc_id", "source", "text")
        doc_ids, sources, texts = (table.column(name).to_pylist() for name in names)
        return Encoded(indices, doc_ids, sources, np.split(ids, ends[:-1]), texts)


@dataclass(frozen=True)
class _Work:
    """Encodes one row group into files."""

    corpus: Path
    tokenizer: Path
    library: Library
    folder: Path
    groups: tuple[RowGroup, ...]
    fraction: float

    def __call__(self, shard: int, check: CheckStop) -> int:
        corpus, encoder = _opened(self.corpus, self.tokenizer, self.library)
        doc_ids: list[bytes] = []
        sources: list[str] = []
        lengths: list[int] = []
        kept: list[str | None] = []
        num_bytes = 0
        with (self.folder / f"{shard}.ids").open("wb") as file:
            for batch in _kept(corpus, self.groups[shard]):
                check()
                num_bytes += num_text_bytes(batch)
                texts, named = batch.column("text").to_pylist(), batch.column("doc_id").to_pylist()
                for ids in encoder.encode(texts):
                    lengths.append(len(ids))
                    file.write(ids.astype("<u4").tobytes())
                doc_ids += named
                kept += [
                    text if is_sampled(doc_id, self.fraction) else None
                    for doc_id, text in zip(named, texts, strict=True)
                ]
                sources += batch.column("source").to_pylist()
        table = pa.table([doc_ids, sources, lengths, kept], schema=_SCHEMA)
        path = str(self.folder / f"{shard}.arrow")
        with pa.OSFile(path, "wb") as out, pa.ipc.new_file(out, _SCHEMA) as writer:
            writer.write_table(table)
        (self.folder / f"{shard}.bytes").write_text(str(num_bytes))
        return len(lengths)


def _kept(corpus: Corpus, group: RowGroup) -> Iterator[pa.RecordBatch]:
    """The kept documents of a row group, redacted, in batches."""
    mask = corpus.is_kept[group.first : group.first + group.num_rows]
    if not mask.any():
        return
    with pq.ParquetFile(group.shard) as file:
        start = 0
        for batch in file.iter_batches(
            batch_size=_BATCH_ROWS, row_groups=[group.number], columns=list(_COLUMNS)
        ):
            part = mask[start : start + batch.num_rows]
            start += batch.num_rows
            if part.any():
                kept = batch.filter(pa.array(part))
                yield redacted(kept, corpus.info.redact) if corpus.info.redact else kept


@functools.lru_cache(maxsize=1)
def _opened(corpus: Path, tokenizer: Path, library: Library) -> tuple[Corpus, Encoder]:
    """Once in each process."""
    set_threads(1)
    return Corpus.open(corpus), open_encoder(load_tokenizer(tokenizer), library)
