"""CSV and TSV (RFC 4180): the first line names the columns; quoted fields may hold line ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from training.corpus.extract.records import Fault
from training.errors import FileRefusedError
from training.sniffing import SNIFF_BYTES, sniff
from training.tasks.readers.raw import RawRow

_MAX_FIELD_CHARS = 16 << 20
_MAX_COLUMNS = 10_000


def read_csv(path: Path) -> Iterator[RawRow | Fault]:
    """Rows of a comma-separated file."""
    return _read(path, ",")


def read_tsv(path: Path) -> Iterator[RawRow | Fault]:
    """Rows of a tab-separated file."""
    return _read(path, "\t")


def _read(path: Path, delimiter: str) -> Iterator[RawRow | Fault]:
    csv.field_size_limit(_MAX_FIELD_CHARS)
    with path.open("rb") as raw:
        found = sniff(raw.read(SNIFF_BYTES), path.stat().st_size)
        raw.seek(found.num_mark_bytes)
        encoding = {"utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}.get(
            found.encoding, found.encoding
        )
        text = io.TextIOWrapper(raw, encoding, newline="")
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        start = 1
        try:
            names = _names(next(reader, []))
            while True:
                start = reader.line_num + 1
                values = next(reader, None)
                if values is None:
                    return
                if values:
                    yield _row(start, names, values)
        except csv.Error as error:
            raise _refusal(start, error) from error
        except UnicodeDecodeError as error:
            raise FileRefusedError(
                f"is not valid {found.encoding.upper()} after line {start}; save it as UTF-8"
            ) from error


def _names(names: list[str]) -> list[str]:
    if len(names) > _MAX_COLUMNS:
        raise FileRefusedError(f"has {len(names):,} columns; at most {_MAX_COLUMNS:,} are read")
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise FileRefusedError(f"names the column {twice[0]!r} twice in its first line")
    return names


def _row(line: int, names: list[str], values: list[str]) -> RawRow | Fault:
    if len(values) != len(names):
        return Fault(
            line,
            f"the row has {len(values)} fields where the first line names {len(names)} columns",
        )
    return RawRow(line, dict(zip(names, values, strict=True)))


def _refusal(line: int, error: csv.Error) -> FileRefusedError:
    if "unexpected end of data" in str(error):
        return FileRefusedError(f"has a quote that is opened at line {line} and never closed")
    if "field larger" in str(error):
        limit = _MAX_FIELD_CHARS >> 20
        return FileRefusedError(
            f"has a field of more than {limit} million characters at line {line}; a quote may "
            "not be closed"
        )
    return FileRefusedError(f"cannot be read at line {line}: {error}")
