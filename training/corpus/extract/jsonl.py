"""JSON lines: one object per line, its text in one field, the other fields kept as ``meta``.

Stricter than ``json``: NaN, infinities, numbers that overflow, keys given twice and lone
surrogates are faults of their line (RFC 8259 leaves them open, so readers would disagree).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.lines import (
    Line,
    TextSource,
    decode,
    text_fault,
    text_warnings,
)
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item, Warned
from training.errors import FileRefusedError

TEXT_FIELDS = (
    "text",
    "content",
    "body",
    "raw_content",
    "document",
    "article",
    "markdown",
    "abstract",
)
NO_TEXT = "no text in any of the fields"
MAX_KEYS = 10_000
_MOST_KEYS_TOLD, _MOST_KEY_CHARS = 8, 40
MAX_META_BYTES = 64 << 10

_JSON_NAMES = {
    dict: "an object", list: "a list", str: "text", int: "a number", float: "a number",
    bool: "true or false", type(None): "null",
}  # fmt: skip


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Documents of a JSON lines file; FileRefusedError when it is one JSON array."""
    text_source = TextSource(source)
    yield from text_source.warnings()
    text_field = options.text_field
    for line in text_source.lines():
        if line.data is not None and not line.data.strip():
            yield Warned("blank lines")
            continue
        if line.number == 1:
            _refuse_array(line)
        row = parse_row(line)
        if isinstance(row, Fault):
            yield row
            continue
        text_field = text_field or _first_text_field(row)
        text = _text(row, text_field, line.number)
        if isinstance(text, Fault):
            yield text
            continue
        yield from text_warnings(text)
        meta = _meta(row, text_field)
        if meta is None:
            yield Warned(f"rows whose other fields exceed {MAX_META_BYTES >> 10} KiB: left out")
        yield Found(line.number - 1, text, line.number, line.offset, meta or "{}")


def parse_strict(text: str) -> Any:
    """``json.loads`` that raises ValueError also for what other readers would refuse."""
    try:
        data = DECODER.decode(text)
    except RecursionError as error:
        raise ValueError(
            "it nests lists or objects too deeply; a few hundred levels are read"
        ) from error
    check_surrogates(text, 0, len(text), data)
    return data


def check_surrogates(text: str, start: int, end: int, data: object) -> None:
    """ValueError when ``data``, decoded from this part of ``text``, holds half a character.

    Escapes can name one, which no UTF-8 file can hold.
    """
    if text.find("\\ud", start, end) < 0 and text.find("\\uD", start, end) < 0:
        return
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("an escape stands for half a character (a lone surrogate)") from error


def parse_row(line: Line) -> dict[str, Any] | Fault:
    """The object that a line holds, or why it holds none."""
    text = decode(line)
    if isinstance(text, Fault):
        return text
    try:
        row = parse_strict(text.strip())
    except ValueError as error:
        return Fault(line.number, _json_reason(error, line))
    if not isinstance(row, dict):
        return Fault(line.number, f"the line is {json_name(row)}, not an object")
    return row


def _json_reason(error: ValueError, line: Line) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    if error.msg == "Extra data":
        return f"something follows the object at column {error.colno}"
    cut = "" if line.is_ended else "; the file may be cut off here"
    return f"the line is not JSON: {error.msg} at column {error.colno}{cut}"


def _text(row: dict[str, Any], field: str, number: int) -> str | Fault:
    if not field:
        keys = (
            ", ".join(str(key)[:_MOST_KEY_CHARS] for key in list(row)[:_MOST_KEYS_TOLD]) or "none"
        )
        told = f"it has {keys}; name the one that holds text in text_field"
        return Fault(number, f"the row has {NO_TEXT} {', '.join(TEXT_FIELDS)}; {told}")
    if field not in row:
        return Fault(number, f"the row has no field {field!r}")
    text = row[field]
    if not isinstance(text, str):
        return Fault(number, f"the field {field!r} is {json_name(text)}, not text")
    if not text.strip():
        return Fault(number, f"the field {field!r} is empty")
    fault = text_fault(text)
    return Fault(number, f"the field {field!r} {fault}") if fault else text


def _meta(row: dict[str, Any], text_field: str) -> str | None:
    """The other fields as JSON; None when they are too long to carry along."""
    if len(row) == 1:
        return "{}"
    others = {key: value for key, value in row.items() if key != text_field}
    meta = json.dumps(others, ensure_ascii=False)
    return meta if len(meta) <= MAX_META_BYTES else None


def _first_text_field(row: dict[str, Any]) -> str:
    return next((name for name in TEXT_FIELDS if isinstance(row.get(name), str)), "")


def _refuse_array(line: Line) -> None:
    if (line.data or b"").lstrip().startswith(b"["):
        raise FileRefusedError(
            "begins with a JSON array; one object per line is needed: "
            "jq -c '.[]' file.json > file.jsonl writes it so"
        )


def json_name(value: object) -> str:
    """What kind of value it is, in JSON's words."""
    return _JSON_NAMES.get(type(value), f"of the type {type(value).__name__}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs) <= MAX_KEYS:
        return found
    if len(pairs) > MAX_KEYS:
        raise ValueError(f"an object has {len(pairs):,} keys; at most {MAX_KEYS:,} are read")
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise ValueError(f"the key {key[:40]!r} is given twice")
        seen.add(key)
    return found


def _integer(digits: str) -> int:
    if len(digits) > 1_000:
        raise ValueError(f"a number has {len(digits):,} digits; at most 1,000 are read")
    return int(digits)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:20]} is too large; at most about 1.8e308 is read")
    return value


def _constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number; write null or a finite number")


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)
