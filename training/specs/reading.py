"""Reads a spec file: YAML, of which JSON is a part, into plain data; nothing is validated here.

Stricter than YAML where a spec would silently say something else than was meant: a key given
twice is refused, and so are anchors and aliases (a kilobyte of them can stand for gigabytes).
Dates stay text. Every fault becomes one sentence with file, line and what to do.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from training.errors import FileRefusedError, Problem, SpecError
from training.sniffing import sniff

MAX_SPEC_BYTES = 1 << 20
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


def load_yaml(path: Path) -> object:
    """The data of a YAML or JSON file; SpecError names file, line and column of a fault."""
    return parse_yaml(_text(path), str(path))


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


def line_of(text: str, path: str) -> int | None:
    """The line (from 1) on which the field at a dotted path stands in a YAML text.

    Of a field that is not there: the line of the nearest one that holds it; None for no text.
    """
    try:
        node: Any = yaml.compose(text, _SpecLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    line = node.start_mark.line + 1 if node is not None else None
    for name in path.split("."):
        found = _below(node, name)
        if found is None:
            break
        line, node = found
    return line


def _below(node: Any, name: str) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if getattr(key, "value", None) == name:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and name.isdecimal() and int(name) < len(node.value):
        entry = node.value[int(name)]
        return entry.start_mark.line + 1, entry
    return None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SPEC_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _fault(path, f"cannot be read: {reason}", hint="Name a YAML or JSON file.") from error
    if len(data) > MAX_SPEC_BYTES:
        raise _fault(path, f"is longer than {MAX_SPEC_BYTES >> 20} MiB, which no spec is")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_text(path, data, error) from error


def _not_text(path: Path, data: bytes, error: UnicodeDecodeError) -> SpecError:
    """What these bytes are instead of UTF-8, or the line of the first bad one."""
    if error.start == 0:
        try:
            sniff(data, len(data))
        except FileRefusedError as refused:
            return _fault(path, str(refused), hint="Name a YAML or JSON file.")
    line = data.count(b"\n", 0, error.start) + 1
    reason = f"is not UTF-8 text: line {line} holds the byte 0x{data[error.start]:02x}"
    return _fault(path, reason, hint="Save it as UTF-8.")


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
        return super().compose_node(parent, index)

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
