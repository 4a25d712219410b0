"""Reads a spec file: YAML, of which JSON is a part, into plain data; nothing is validated here.

Stricter than YAML where a spec would silently say something else than was meant: a key given
twice is refused, and so are aliases (a kilobyte of them can stand for gigabytes) and tags (what
``!!set`` makes no field holds). Dates stay text. Several documents in one file, divided by lines of
three dashes, are the steps of a chain. Every fault becomes one sentence with file, line and what to
do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from training.errors import FileRefusedError, Problem, SpecError
from training.sniffing import sniff

MAX_SPEC_BYTES = 1 << 20
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_BETWEEN = re.compile(r"(?m)^---[ \t]*$\n?")
_PLAIN_TAGS = {"!", "str", "int", "float", "bool", "null", "map", "seq"}
#: 4,300 digits, the most that Python reads or writes; numbers to the base 16 have no such limit.
_MOST_BITS = 14_284


def load_yaml(path: Path, *, verb: str = "") -> object:
    """The data of a YAML or JSON file; SpecError names file, line and column of a fault.

    Of a file of several steps the one of ``verb``.
    """
    text = _text(path)
    documents = list(documents_of(text))
    if len(documents) < 2:
        return parse_document(documents[0] if documents else (0, text), str(path))
    if not verb:
        return parse_yaml(text, str(path))
    steps = [parse_document(document, str(path)) for document in documents]
    found = [step for step in steps if isinstance(step, dict) and step.get("verb") == verb]
    if len(found) != 1:
        reason = f"holds {len(found) or 'no'} steps of the verb {verb}"
        raise _fault(path, reason, hint="Write one document with verb and spec for each step.")
    return found[0]


def documents_of(text: str) -> Iterator[tuple[int, str]]:
    """(lines before it, text) of every document that is not blank."""
    line = 0
    for document in _BETWEEN.split(text):
        if document.strip():
            yield line, document
        line += document.count("\n") + 1


def parse_document(document: tuple[int, str], name: str) -> object:
    """The data of one of ``documents_of``; faults are named by their line in the whole text."""
    lines_before, text = document
    return parse_yaml("\n" * lines_before + text, name)


def parse_yaml(text: str, name: str) -> object:
    """The data of a text that people know as ``name``; SpecError names line and column."""
    try:
        return yaml.load(text, _SpecLoader)
    except yaml.YAMLError as error:
        raise _fault(name, _yaml_reason(error)) from error
    except RecursionError as error:
        raise _fault(name, "is not valid YAML or JSON: it nests too deeply to be read") from error
    except ValueError as error:
        reason = "holds a number that cannot be read"
        raise _fault(name, reason, hint="Write at most 4,300 digits.") from error


def lines_in(text: str) -> Callable[[str], int | None]:
    """What tells the line (from 1) on which the field at a dotted path stands in a YAML text.

    Of a field that is not there: the line of the nearest one that holds it; None for no text.
    """
    try:
        root: Any = yaml.compose(text, _SpecLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        root = None

    def line_of(path: str) -> int | None:
        node = root
        line = node.start_mark.line + 1 if node is not None else None
        for name in path.split("."):
            found = _below(node, name)
            if found is None:
                break
            line, node = found
        return line

    return line_of


def _below(node: Any, name: str) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if getattr(key, "value", None) == name:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode):
        entries = enumerate(node.value)
        entry = next((entry for number, entry in entries if str(number) == name), None)
        return (entry.start_mark.line + 1, entry) if entry is not None else None
    return None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SPEC_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _fault(path, f"cannot be read: {reason}", hint="Name a YAML or JSON file.") from error
    return text_of(data, str(path), MAX_SPEC_BYTES)


def text_of(data: bytes, name: str, most_bytes: int) -> str:
    """UTF-8 as text; SpecError for what is longer than ``most_bytes`` or something else."""
    if len(data) > most_bytes:
        size = f"{most_bytes >> 20} MiB" if most_bytes >> 20 else f"{most_bytes >> 10} KiB"
        raise _fault(name, f"is longer than {size}, which no spec is")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_text(name, data, error) from error


def _not_text(name: str, data: bytes, error: UnicodeDecodeError) -> SpecError:
    """What these bytes are instead of UTF-8, or the line of the first bad one."""
    if error.start == 0:
        try:
            sniff(data, len(data))
        except FileRefusedError as refused:
            return _fault(name, str(refused), hint="Name a YAML or JSON file.")
    line = data.count(b"\n", 0, error.start) + 1
    reason = f"is not UTF-8 text: line {line} holds the byte 0x{data[error.start]:02x}"
    return _fault(name, reason, hint="Save it as UTF-8.")


def _yaml_reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None)
    return f"is not valid YAML or JSON{where}" + (f": {problem}" if problem else "")


def _fault(path: Path | str, reason: str, *, hint: str = "") -> SpecError:
    return SpecError([Problem(str(path), reason, hint=hint)])


class _SpecLoader(yaml.SafeLoader):
    """PyYAML's safe loader with what a spec does not need taken away."""

    yaml_implicit_resolvers = {
        first: [rule for rule in rules if rule[0] != _TIMESTAMP]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse ``*name``."""
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            problem = "aliases (*name) are not read; write the value out"
            raise yaml.composer.ComposerError(None, None, problem, mark)
        event = self.peek_event()  # type: ignore[no-untyped-call]
        tag = getattr(event, "tag", None)
        if tag is not None and tag.removeprefix("tag:yaml.org,2002:") not in _PLAIN_TAGS:
            problem = f"the tag {tag[:80]} is not read; write a plain value"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)

    def construct_int(self, node: Any) -> int:
        """Refuse numbers that Python would not write out."""
        value = int(self.construct_yaml_int(node))  # type: ignore[no-untyped-call]
        if value.bit_length() > _MOST_BITS:
            problem = "a number of more than 4,300 digits"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return value

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that is given twice."""
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                mark = key_node.start_mark
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


_SpecLoader.add_constructor("tag:yaml.org,2002:int", _SpecLoader.construct_int)
