"""Evaluation sets as one table of items: read in a watched child, judged, indexed.

All of it lies in the work folder of the job, so that an attempt that follows a killed one finds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from training.corpus.contamination.artifact import FILES_FILE
from training.corpus.contamination.index import Judged, LeftOut, Limits, build
from training.corpus.contamination.reading import ItemsResult
from training.corpus.extract.formats import shown
from training.corpus.extract.records import NESTED, refusals_told
from training.errors import DataError
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.decontaminate import DecontaminateSpec
from training.tasks.formats import ENDINGS
from training.tasks.inputs import RowInput, named_files, uploaded_files
from training.tasks.parsing import RowParser, stream_path, told_files
from training.units import format_bytes

_ITEMS_FILE = "items.arrow"
_INDEX = "index"
_STREAMS = "streams"
_MAX_BYTES = 1 << 30

ITEMS = pa.schema(
    [
        ("set", pa.string()),
        ("item", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("text", pa.large_string()),
        ("num_words", pa.int64()),
        ("ngram_words", pa.int32()),
        ("num_ngrams", pa.int64()),
        ("left_out", pa.string()),
        ("copy_of", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Sets:
    """Where items and index lie; ``items`` is mapped."""

    index: Path
    items: pa.Table

    @property
    def texts(self) -> pa.LargeStringArray:
        """What each item says."""
        return one_chunk(self.items.column("text"))

    @classmethod
    def open(cls, work: Path) -> Sets:
        """Those of a work folder, for a worker."""
        with pa.memory_map(str(work / _ITEMS_FILE)) as file:
            return cls(work / _INDEX, pa.ipc.open_file(file).read_all())


def find_files(spec: DecontaminateSpec, job: Job) -> list[RowInput]:
    """The files of all sets in stated order."""
    uploaded = uploaded_files(job.input(spec.upload, "upload")) if spec.upload else []
    return named_files(spec.inputs, job) + uploaded


def make_sets(spec: DecontaminateSpec, job: Job, files: list[RowInput], work: Path) -> Sets:
    """Read, judge and index all items; DataError when there is nothing to look for."""
    if (work / _ITEMS_FILE).exists():
        return Sets.open(work)
    job.phase("reading evaluation sets")
    items = _items_of(spec, job, files, work)
    job.phase("indexing items")
    names = items.column("set").to_pylist()
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    limits = Limits(spec.ngram_words, spec.least_words, spec.max_items)
    tables, judged = build(
        one_chunk(items.column("text")), [numbers[name] for name in names], limits
    )
    _tell_left_out(job, names, judged)
    if not tables:
        raise _nothing_left(judged, spec)
    folder = work / _INDEX
    folder.mkdir(exist_ok=True)
    for table in tables:
        table.save(folder)
    _write(work / _ITEMS_FILE, _with_judgement(items, judged))
    return Sets.open(work)


def one_chunk(column: pa.ChunkedArray) -> pa.LargeStringArray:
    """A column as one array."""
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _items_of(spec: DecontaminateSpec, job: Job, files: list[RowInput], work: Path) -> pa.Table:
    streams = work / _STREAMS
    streams.mkdir(exist_ok=True)
    choices = {"columns": spec.columns, "id_column": spec.id_column}
    child = "training.corpus.contamination.child"
    results = list(RowParser(child, ItemsResult, choices, streams).parse(spec, job, files))
    write_json(work / FILES_FILE, told_files(files, results))
    accepted = [index for index, result in enumerate(results) if not result.refused]
    if not accepted:
        raise _no_item(results)
    num_bytes = sum(results[index].num_text_bytes for index in accepted)
    if num_bytes > _MAX_BYTES:
        raise DataError(
            f"The evaluation sets hold {format_bytes(num_bytes)} of text; at most "
            f"{format_bytes(_MAX_BYTES)} are compared at once.",
            advice="Name fewer files, or only the columns that ask and answer.",
        )
    tables = [_table(streams, index, files[index], results[index]) for index in accepted]
    return _with_own_names(pa.concat_tables(tables))


def _table(streams: Path, index: int, file: RowInput, result: ItemsResult) -> pa.Table:
    """The items of one file; members of archives that were refused are left out."""
    with pa.memory_map(str(stream_path(streams, index))) as opened:
        table = pa.ipc.open_stream(opened).read_all()
    if result.undone:
        table = table.filter(pc.invert(pc.is_in(table["member"], pa.array(result.undone))))
    rows = zip(*(table[name].to_pylist() for name in ("member", "name", "line")), strict=True)
    unit = "row" if file.format == "parquet" else "line"
    named = [
        (whole_name(file.name, member), name or f"{unit} {line}") for member, name, line in rows
    ]
    return pa.table(
        {
            "set": pa.array([set_name(file) for file, _ in named], pa.string()),
            "item": pa.array([name for _, name in named], pa.string()),
            "file": pa.array([shown(file) for file, _ in named], pa.string()),
            "line": table["line"],
            "text": table["text"],
        }
    )


def whole_name(file: str, member: str) -> str:
    """File and member; of one that is only packed (``a.jsonl.gz``) the file alone."""
    return f"{file}{NESTED}{member}" if member and not file.startswith(f"{member}.") else file


def set_name(file: str) -> str:
    """What a set is called: its file without the endings that say how it is packed and read."""
    name = file
    while (cut := name.rpartition("."))[0] and f".{cut[2].lower()}" in ENDINGS:
        name = cut[0]
    return shown(name)


def _with_own_names(items: pa.Table) -> pa.Table:
    """Two items of a set that are called the same get their lines behind their names."""
    keys = list(zip(items["set"].to_pylist(), items["item"].to_pylist(), strict=True))
    counts = Counter(keys)
    lines = items["line"].to_pylist()
    own = [
        f"{name} (line {line})" if counts[key] > 1 else name
        for key, (_, name), line in zip(keys, keys, lines, strict=True)
    ]
    order = pc.sort_indices(_first_places(items["set"].to_pylist()))
    place = items.schema.get_field_index("item")
    return items.set_column(place, "item", pa.array(own, pa.string())).take(order)


def _first_places(names: Sequence[str]) -> pa.Array:
    """[items] number of each one's set: so that the items of a set stand together."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    count = len(names)
    # One number for set and place: a sort by it is stable.
    return pa.array([numbers[name] * count + place for place, name in enumerate(names)])


def _with_judgement(items: pa.Table, judged: Sequence[Judged]) -> pa.Table:
    columns = {
        "num_words": [one.num_words for one in judged],
        "ngram_words": [one.window for one in judged],
        "num_ngrams": [one.num_ngrams for one in judged],
        "left_out": [str(one.left_out) for one in judged],
        "copy_of": [one.copy_of for one in judged],
    }
    for name, values in columns.items():
        items = items.append_column(name, pa.array(values, ITEMS.field(name).type))
    return items.cast(ITEMS)


def _write(path: Path, items: pa.Table) -> None:
    """In one chunk, and under its name only once it is whole."""
    draft = path.with_suffix(".tmp")
    whole = items.combine_chunks()
    with pa.OSFile(str(draft), "wb") as file, pa.ipc.new_file(file, ITEMS) as out:
        out.write_table(whole)
    draft.rename(path)


_WHY = {
    LeftOut.TOO_SHORT: "are too short to mean anything (least_words)",
    LeftOut.TEMPLATE: "share every run of words with many others (max_items)",
}


def _tell_left_out(job: Job, names: Sequence[str], judged: Sequence[Judged]) -> None:
    """One sentence for each set and reason."""
    totals = Counter(names)
    counts = Counter(
        (name, one.left_out) for name, one in zip(names, judged, strict=True) if one.left_out
    )
    for (name, reason), count in counts.items():
        why = _WHY[LeftOut(reason)]
        job.warn(f"{name}: {count:,} of {totals[name]:,} items {why} and are left out.", set=name)


def _nothing_left(judged: Sequence[Judged], spec: DecontaminateSpec) -> DataError:
    longest = max(one.num_words for one in judged)
    return DataError(
        f"None of {len(judged):,} items can be looked for: the longest has {longest:,} words, and "
        f"{spec.least_words} are needed.",
        advice="Name more columns (the question beside the answer), or lower least_words.",
    )


def _no_item(results: Sequence[ItemsResult]) -> DataError:
    return DataError(
        f"No file gave an item: {refusals_told(results)}.",
        advice="An evaluation set is a file of rows: .jsonl, .json, .csv, .tsv or .parquet.",
    )
