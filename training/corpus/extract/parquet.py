"""Parquet: one document per row, text from one or more columns, plain other columns as ``meta``.

Read in small batches with text columns kept as dictionaries: a few hundred bytes can stand for
hundreds of megabytes of equal cells, so what comes out counts against the limits of unpacking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.jsonl import TEXT_FIELDS
from training.corpus.extract.options import Budget, ReadOptions
from training.corpus.extract.records import Item, Warned
from training.corpus.extract.tables import require_columns, row_items, text_columns
from training.errors import FileRefusedError
from training.units import format_bytes

_BATCH_ROWS = 256
_SAMPLE_ROWS = 50
#: A row group whose needed columns unpack to more than this would fill the memory of its reader.
MAX_GROUP_BYTES = 1 << 30


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Documents of a Parquet file; FileRefusedError when it is none or has no text column."""
    try:
        with source.as_seekable() as raw:
            yield from _rows(raw, options)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise FileRefusedError(_broken(error)) from error


def _rows(raw: Any, options: ReadOptions) -> Iterator[Item]:
    with pq.ParquetFile(raw) as file:
        names = file.schema_arrow.names
        require_columns(names)
        strings, plain = _usable(file.schema_arrow)
    raw.seek(0)
    with pq.ParquetFile(raw, read_dictionary=strings, page_checksum_verification=True) as file:
        texts = _text_columns(file, names, strings, options)
        columns = list(dict.fromkeys([*texts, *plain]))
        _require_groups_fit(file, columns)
        if texts[0].strip().lower() not in TEXT_FIELDS and not options.text_columns:
            yield Warned(f"text taken from the column {texts[0]!r}")
        if others := len(names) - len(columns):
            yield Warned("columns that are no plain text or numbers: left out", others)
        ordinal = 0
        for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
            for row in _unpacked(batch, options.room):
                yield from row_items(row, texts, ordinal, ordinal + 1, 0, "row")
                ordinal += 1


def _text_columns(
    file: pq.ParquetFile, names: Sequence[str], strings: Sequence[str], options: ReadOptions
) -> list[str]:
    for name in options.text_columns:
        if name in names and name not in strings:
            kind = file.schema_arrow.field(name).type
            raise FileRefusedError(
                f"holds {kind} in the column {name!r}, not text; its columns of text: "
                f"{', '.join(strings) or 'none'}"
            )
    if options.text_columns:
        return text_columns(names, options.text_columns, [])
    if not strings:
        raise FileRefusedError(
            f"has no column of text; its columns: {', '.join(names[:30])}; write the text as a "
            "string column"
        )
    sample: list[list[str]] = []
    for batch in file.iter_batches(_SAMPLE_ROWS, columns=list(strings)):
        rows = _unpacked(batch, options.room)
        sample = [[row[name] or "" for name in strings] for row in rows]
        break
    return text_columns(strings, [], sample)


def _unpacked(batch: pa.RecordBatch, budget: Budget) -> Iterator[dict[str, Any]]:
    """Rows of a batch one by one, so that equal cells stay one text until they are used."""
    names = batch.schema.names
    columns = [_readable(column) for column in batch.columns]
    for index in range(batch.num_rows):
        row = {name: columns[place][index].as_py() for place, name in enumerate(names)}
        budget.spend(sum(len(value) for value in row.values() if isinstance(value, str)))
        yield row


def _readable(column: pa.Array) -> pa.Array:
    """Times as text: Python has no nanoseconds, and no years after 9999."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz:
        # The zone's own clock would need a database of zones, which may not know it.
        column = column.cast(pa.timestamp(kind.unit, "UTC"))
    is_time = pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind)
    if is_time or pa.types.is_duration(kind):
        return column.cast(pa.string())
    return column


def _usable(schema: pa.Schema) -> tuple[list[str], list[str]]:
    """Names of the columns of text, and of all columns that can go along as they are."""
    strings, plain = [], []
    for item in schema:
        kind = item.type.value_type if pa.types.is_dictionary(item.type) else item.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            strings.append(item.name)
            plain.append(item.name)
        elif pa.types.is_primitive(kind) or pa.types.is_null(kind):
            plain.append(item.name)
    return strings, plain


def _require_groups_fit(file: pq.ParquetFile, columns: Sequence[str]) -> None:
    wanted = set(columns)
    for index in range(file.num_row_groups):
        group = file.metadata.row_group(index)
        chunks = [group.column(place) for place in range(group.num_columns)]
        num_bytes = sum(
            chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema in wanted
        )
        if num_bytes > MAX_GROUP_BYTES:
            raise FileRefusedError(
                f"has a row group of {format_bytes(num_bytes)} (number {index + 1}); write it with "
                f"row groups below {format_bytes(MAX_GROUP_BYTES)}"
            )


def _broken(error: Exception) -> str:
    message = str(error).splitlines()[0][:200].rstrip(".")
    if "magic bytes" in message or "footer" in message.lower():
        return (
            f"is cut off or no Parquet file: its end is missing ({message}); copy or write it again"
        )
    return f"is damaged ({message}); write it again"
