"""Record batches of documents without the values that a corpus version redacts.

Texts are redacted whenever they are read, so that no copy is made and nothing that reads a version
can see a value. ``meta`` is redacted too, text by text, and stays JSON.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pyarrow as pa

from training.corpus.pii.find import find_all
from training.corpus.pii.redact import redact, with_placeholders
from training.corpus.signals.batch import TextBatch


def redacted(batch: pa.RecordBatch, kinds: Collection[str]) -> pa.RecordBatch:
    """``batch`` with placeholders for these kinds in the columns ``text`` and ``meta``."""
    for name, column in (("text", _texts), ("meta", _metas)):
        place = batch.schema.get_field_index(name)
        if place >= 0:
            batch = batch.set_column(
                place, batch.schema.field(place), column(batch.column(place), kinds)
            )
    return batch


def redacted_meta(meta: str | None, kinds: Collection[str] | None = None) -> str | None:
    """JSON text with placeholders in its texts; a number that holds a value becomes a text."""
    if not meta:
        return meta
    if not redact(meta, kinds).findings and "\\" not in meta:
        return meta
    try:
        data = json.loads(meta)
    except ValueError:
        return redact(meta, kinds).text
    return json.dumps(_leaves(data, kinds), ensure_ascii=False)


def _texts(column: pa.LargeStringArray, kinds: Collection[str]) -> pa.LargeStringArray:
    changed = {}
    for place, found in find_all(TextBatch(column)):
        if chosen := [finding for finding in found if finding.kind in kinds]:
            changed[place] = with_placeholders(column[place].as_py(), chosen).text
    if not changed:
        return column
    texts = column.to_pylist()
    return pa.array([changed.get(n, text) for n, text in enumerate(texts)], column.type)


def _metas(column: pa.StringArray, kinds: Collection[str]) -> pa.StringArray:
    return pa.array([redacted_meta(meta, kinds) for meta in column.to_pylist()], column.type)


def _leaves(data: Any, kinds: Collection[str] | None) -> Any:
    if isinstance(data, dict):
        return {redact(key, kinds).text: _leaves(value, kinds) for key, value in data.items()}
    if isinstance(data, list):
        return [_leaves(value, kinds) for value in data]
    if isinstance(data, str):
        return redact(data, kinds).text
    if isinstance(data, int | float) and not isinstance(data, bool):
        shown = redact(str(data), kinds)
        return shown.text if shown.findings else data
    return data
