"""A JSON array of objects, read element by element so that each fault has its line.

The text is held in memory (the child's limit bounds it). What is no JSON from some place on makes
the whole file useless: nobody knows what the rest was meant to be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.jsonl import DECODER, check_surrogates, json_name
from training.corpus.extract.records import Fault
from training.errors import FileRefusedError
from training.sniffing import SNIFF_BYTES, sniff
from training.tasks.readers.raw import RawRow

_SPACE = " \t\r\n"
_MAX_BYTES = 1 << 30


def read(source: ByteSource) -> Iterator[RawRow | Fault]:
    """The elements of the array; FileRefusedError names line and column where it ends."""
    text = _text(source)
    at = _skip(text, 0)
    if text[at : at + 1] == "{":
        yield from _lines_or_refuse(text, at)
        return
    if text[at : at + 1] != "[":
        raise FileRefusedError("is no JSON array of rows: it begins with neither [ nor {")
    yield from _elements(text, at + 1)


def _elements(text: str, at: int) -> Iterator[RawRow | Fault]:
    line, counted = 1, 0
    at = _skip(text, at)
    if text[at : at + 1] == "]":
        raise FileRefusedError("is an empty JSON array")
    while True:
        line, counted = line + text.count("\n", counted, at), at
        value, end = _value(text, at)
        if isinstance(value, dict):
            yield RawRow(line, value)
        else:
            yield Fault(line, f"the element is {json_name(value)}, not an object")
        at = _skip(text, end)
        mark = text[at : at + 1]
        if mark == "]":
            if _skip(text, at + 1) != len(text):
                raise _broken(text, _skip(text, at + 1), "something follows the array")
            return
        if mark != ",":
            raise _broken(text, at, "a comma or ] is missing" if mark else "it is cut off")
        at = _skip(text, at + 1)


def _lines_or_refuse(text: str, at: int) -> Iterator[RawRow | Fault]:
    """Objects one after another (JSON lines under the name .json); a single one is refused."""
    value, end = _value(text, at)
    if _skip(text, end) == len(text):
        inside = [name for name, part in value.items() if isinstance(part, list)]
        hint = f"; its list {inside[0]!r} may be what is meant" if inside else ""
        raise FileRefusedError(
            f"is one JSON object, not an array of rows{hint}: write [ before the first row and ] "
            "after the last"
        )
    line, counted = 1, 0
    while True:
        line, counted = line + text.count("\n", counted, at), at
        value, end = _value(text, at)
        if isinstance(value, dict):
            yield RawRow(line, value)
        else:
            yield Fault(line, f"the line is {json_name(value)}, not an object")
        at = _skip(text, end)
        if at == len(text):
            return


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        value, end = DECODER.raw_decode(text, at)
        check_surrogates(text, at, end, value)
    except json.JSONDecodeError as error:
        why = error.msg + ("; the file may be cut off here" if error.pos >= len(text) - 1 else "")
        raise _broken(text, error.pos, why) from error
    except RecursionError as error:
        raise _broken(text, at, "it nests lists or objects too deeply") from error
    except ValueError as error:
        raise _broken(text, at, str(error)) from error
    return value, end


def _broken(text: str, at: int, why: str) -> FileRefusedError:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return FileRefusedError(f"is not JSON at line {line}, column {column}: {why}")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _text(source: ByteSource) -> str:
    data = source.whole(_MAX_BYTES)
    found = sniff(data[:SNIFF_BYTES], len(data))
    try:
        return data[found.num_mark_bytes :].decode(found.encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefusedError(
            f"is not valid {found.encoding.upper()} at line {line}; save it as UTF-8"
        ) from error
