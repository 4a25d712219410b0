"""The settings in which runs differ: nested keys as dotted paths, grouped by their first part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MISSING = "–"
_MAX_CHARS = 120


@dataclass(frozen=True)
class Difference:
    """One setting: its value in each run. ``is_changed`` says where it is not the baseline's."""

    key: str
    values: list[str]
    is_changed: list[bool]

    @property
    def cells(self) -> list[tuple[str, bool]]:
        """(value, whether it is not the baseline's) of each run."""
        return list(zip(self.values, self.is_changed, strict=True))


def differences(specs: Sequence[Mapping[str, Any]]) -> dict[str, list[Difference]]:
    """{group: settings that are not the same in all}; settings without a group stand under ""."""
    flat = [dict(_flat(spec)) for spec in specs]
    keys = list(dict.fromkeys(key for one in flat for key in one))
    groups: dict[str, list[Difference]] = {}
    for key in keys:
        values = [one.get(key, _ABSENT) for one in flat]
        if all(value == values[0] for value in values):
            continue
        group, dot, name = key.partition(".")
        shown = Difference(
            name if dot else key,
            [_written(value) for value in values],
            [value != values[0] for value in values],
        )
        groups.setdefault(group if dot else "", []).append(shown)
    return dict(sorted(groups.items()))


class _Absent:
    """A setting that a run has not."""


_ABSENT = _Absent()


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(inner, Mapping) and inner:
            yield from _flat(inner, name)
        else:
            yield name, inner


def _written(value: Any) -> str:
    if value is _ABSENT:
        return MISSING
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1]}…"
