"""What csv and parquet share: which columns are the text, and what of a row goes along."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from training.corpus.extract.jsonl import MAX_META_BYTES, TEXT_FIELDS
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.records import Fault, Found, Item, Warned
from training.errors import FileRefusedError

MAX_COLUMNS = 10_000
#: A column is taken for the text without being named when its cells are this long on average,
#: and this many times as long as those of any other.
_LONG_CHARACTERS = 80
_LONG_TIMES = 4
_LISTED_COLUMNS = 30


def text_columns(
    columns: Sequence[str], wanted: Sequence[str], sample: Sequence[Sequence[str]]
) -> list[str]:
    """Names of the text columns; FileRefusedError lists what there is when none fits.

    ``wanted`` comes from the spec. Without it: a known name, the only column, or the one whose
    cells in ``sample`` (rows of texts) are by far the longest.
    """
    if missing := [name for name in wanted if name not in columns]:
        raise FileRefusedError(
            f"has no column {missing[0]!r}; its columns: {_listed(columns)} (tables.text_columns "
            "names those that hold the text)"
        )
    if wanted:
        return list(wanted)
    by_name = {name.strip().lower(): name for name in reversed(columns)}
    known = next((by_name[name] for name in TEXT_FIELDS if name in by_name), "")
    if known or len(columns) == 1:
        return [known or columns[0]]
    if longest := _longest(columns, sample):
        return [longest]
    raise FileRefusedError(
        f"has no column that is known to hold text ({', '.join(TEXT_FIELDS)}); its columns: "
        f"{_listed(columns)}; name the text in tables.text_columns"
    )


def require_columns(columns: Sequence[str]) -> None:
    """FileRefusedError when there are too many, or two of one name."""
    if len(columns) > MAX_COLUMNS:
        raise FileRefusedError(
            f"has {len(columns):,} columns; at most {MAX_COLUMNS:,} are read; leave out those "
            "that are not needed"
        )
    seen: set[str] = set()
    for name in columns:
        if name in seen:
            raise FileRefusedError(f"has the column {name[:40]!r} twice; rename one of them")
        seen.add(name)


def row_items(
    row: Mapping[str, Any], texts: Sequence[str], ordinal: int, line: int, offset: int, what: str
) -> Iterator[Item]:
    """The document of one row, or its fault. ``what`` is what the row is called: line or row."""
    parts = [text for name in texts if isinstance(text := row.get(name), str) and text.strip()]
    if not parts:
        names = " and ".join(repr(name) for name in texts)
        yield Fault(line, f"the column {names} is empty", what=what)
        return
    text = "\n\n".join(parts).replace("\r\n", "\n")
    if fault := text_fault(text):
        yield Fault(line, f"the text {fault}", what=what)
        return
    yield from text_warnings(text)
    meta = meta_of({name: value for name, value in row.items() if name not in texts})
    if meta is None:
        yield Warned(f"rows whose other columns exceed {MAX_META_BYTES >> 10} KiB: left out")
    yield Found(ordinal, text, line, offset, meta or "{}")


def meta_of(others: Mapping[str, Any]) -> str | None:
    """The other columns as JSON; None when they are too long to carry along."""
    if not others:
        return "{}"
    meta = json.dumps({name: _plain(value) for name, value in others.items()}, ensure_ascii=False)
    return meta if len(meta) <= MAX_META_BYTES else None


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _longest(columns: Sequence[str], sample: Sequence[Sequence[str]]) -> str:
    if not sample:
        return ""
    means = [
        sum(len(row[index]) for row in sample if index < len(row)) / len(sample)
        for index in range(len(columns))
    ]
    ranked = sorted(range(len(columns)), key=lambda index: means[index], reverse=True)
    first, second = ranked[:2]
    is_clear = means[first] >= _LONG_CHARACTERS and means[first] >= _LONG_TIMES * means[second]
    return columns[first] if is_clear else ""


def _listed(columns: Sequence[str]) -> str:
    names = ", ".join(name[:40] for name in columns[:_LISTED_COLUMNS])
    more = len(columns) - _LISTED_COLUMNS
    return names + (f" and {more:,} more" if more > 0 else "")
