"""The verb ``benchmark``: files of items in, a ``benchmark`` artifact out.

Each file is parsed in a watched child into a stream of items; a row that cannot be used refuses
the whole benchmark, naming file and row, unless such rows are to be left out.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.benchmarks.benchmark import (
    FILES_FILE,
    FORMAT_VERSION,
    GROUP_ROWS,
    INFO_FILE,
    ITEMS,
    ITEMS_FILE,
    KIND,
)
from training.benchmarks.reading import BenchmarkResult
from training.corpus.contamination.sets import set_name, whole_name
from training.corpus.extract.formats import shown
from training.corpus.extract.records import place_of, refusals_told
from training.corpus.stopping import ends_on_stop
from training.errors import DataError
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.benchmark import BenchmarkSpec, FaultyRows
from training.tasks.inputs import RowInput, named_files, uploaded_files
from training.tasks.parsing import RowParser, stream_path, told_files

_CHILD = "training.benchmarks.child"
_STREAMS = "streams.tmp"
_TOLD = 5
_MOST_ITEMS = 2_000_000


def run(spec: BenchmarkSpec, job: Job) -> None:
    """Read, check and write; DataError when a row is wrong or there is no item."""
    job.phase("reading items")
    files = named_files(spec.inputs, job)
    inputs = {}
    if spec.upload:
        inputs["upload"] = job.input(spec.upload, "upload")
        files += uploaded_files(inputs["upload"])
    with ends_on_stop(job), job.write_output(KIND, inputs=inputs) as artifact:
        streams = artifact.path / _STREAMS
        streams.mkdir()
        choices = {
            "kind": str(spec.kind),
            "columns": spec.columns.model_dump(),
            "answers": str(spec.answers),
        }
        parser = RowParser(_CHILD, BenchmarkResult, choices, streams)
        results = list(parser.parse(spec, job, files))
        _require_whole(spec, results)
        items = _items(streams, files, results)
        shutil.rmtree(streams)
        pq.write_table(
            items, artifact.path / ITEMS_FILE, compression="zstd", row_group_size=GROUP_ROWS
        )
        info = _info(items, results)
        write_json(artifact.path / INFO_FILE, info)
        write_json(artifact.path / FILES_FILE, told_files(files, results))
        _tell_copies(job, items)
        artifact.counts.update(
            items=len(items),
            sets=info["sets"],
            splits=info["splits"],
            faults=sum(result.num_faults for result in results),
            files_refused=sum(bool(result.refused) for result in results),
        )


def _require_whole(spec: BenchmarkSpec, results: Sequence[BenchmarkResult]) -> None:
    """DataError that names file, row and reason of what cannot be used."""
    is_empty = all(result.refused for result in results)
    if spec.faulty_rows == FaultyRows.LEAVE_OUT and not is_empty:
        return
    refused = [f"{one.name} {one.refused}" for one in results if one.refused and not one.faults]
    faulty = [
        f"{result.name}, {place_of(fault)}: {fault['reason']}"
        for result in results
        for fault in result.faults
    ]
    told = [*refused, *faulty]
    number = len(refused) + sum(one.num_faults for one in results)
    if told:
        more = f"; and {number - _TOLD:,} more" if number > _TOLD else ""
        what = "row or file" if number == 1 else "rows or files"
        mend = "Mend them" if is_empty else "Mend them, or set faulty_rows to leave_out"
        raise DataError(
            f"{number:,} {what} cannot be used: {'; '.join(told[:_TOLD])}{more}.",
            advice=f"{mend}. An item is a question with choices and the right one, or a text and "
            "the words that end it.",
        )
    if is_empty:
        raise DataError(f"No file gave an item: {refusals_told(results)}.")


def _items(
    streams: Path, files: Sequence[RowInput], results: Sequence[BenchmarkResult]
) -> pa.Table:
    tables = [
        _table(streams, index, file, result)
        for index, (file, result) in enumerate(zip(files, results, strict=True))
        if not result.refused
    ]
    whole = pa.concat_tables(tables)
    if len(whole) > _MOST_ITEMS:
        raise DataError(
            f"The files hold {len(whole):,} items; at most {_MOST_ITEMS:,} make a benchmark.",
            advice="Upload fewer files.",
        )
    return whole


def _table(streams: Path, index: int, file: RowInput, result: BenchmarkResult) -> pa.Table:
    """The items of one file; members of archives that were refused are left out."""
    with pa.memory_map(str(stream_path(streams, index))) as opened:
        table = pa.ipc.open_stream(opened).read_all()
    if result.undone:
        table = table.filter(pc.invert(pc.is_in(table["member"], pa.array(result.undone))))
    names = [whole_name(file.name, member) for member in table["member"].to_pylist()]
    unit = "row" if file.format == "parquet" else "line"
    own = zip(table["name"].to_pylist(), table["line"].to_pylist(), strict=True)
    columns = {
        "set": [set_name(name) for name in names],
        "name": [shown(name) or f"{unit} {line}" for name, line in own],
        "file": [shown(name) for name in names],
    }
    made = {
        field.name: pa.array(columns[field.name], field.type)
        if field.name in columns
        else table[field.name].combine_chunks()
        for field in ITEMS
    }
    return pa.table(made).cast(ITEMS)


def _info(items: pa.Table, results: Sequence[BenchmarkResult]) -> dict[str, object]:
    kinds = dict(zip(items["set"].to_pylist(), items["kind"].to_pylist(), strict=True))
    counts = Counter(items["set"].to_pylist())
    return {
        "format_version": FORMAT_VERSION,
        "sets": {name: {"kind": kinds[name], "items": count} for name, count in counts.items()},
        "splits": dict(Counter(items["split"].to_pylist())),
        "categories": dict(Counter(items["category"].to_pylist())),
        "columns": {one.name: one.columns for one in results if not one.refused},
    }


def _tell_copies(job: Job, items: pa.Table) -> None:
    """Copies count twice in every figure, so they are told."""
    keys = Counter(
        (question, tuple(choices))
        for question, choices in zip(
            items["question"].to_pylist(), items["choices"].to_pylist(), strict=True
        )
    )
    copies = sum(count - 1 for count in keys.values())
    if copies:
        job.warn(f"{copies:,} of {len(items):,} items say the same as an earlier one.")
