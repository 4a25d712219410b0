"""What a draft changes against the job that it was started from, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from training.errors import SpecError
from training.registry import VERBS
from training.specs.base import Spec
from webapp.builder.schema import leaves, tree_of

NOTHING = "–"


@dataclass(frozen=True)
class Difference:
    """One value that is another; ``name`` is the field of the form."""

    name: str
    title: str
    before: str
    after: str


def differences(verb: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """In the order of the form; what is left out counts as the default of the spec."""
    old, new = dict(_flat(_whole(verb, before))), dict(_flat(_whole(verb, after)))
    titles = {path: leaf.title for path, leaf in leaves(tree_of(verb))}
    order = [*titles, *sorted((old.keys() | new.keys()) - titles.keys())]
    return [
        Difference(
            f"{verb}.{path}",
            _title(path, titles),
            _text(old.get(path)),
            _text(new.get(path)),
        )
        for path in order
        if old.get(path) != new.get(path) and path != "version"
    ]


def _whole(verb: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """With every default filled in, as far as the values are valid."""
    try:
        spec: Spec = VERBS[verb].load_spec().parse(dict(values))
    except SpecError:
        return values
    return spec.to_dict()


def _flat(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, Mapping) and values:
        for name, value in values.items():
            yield from _flat(value, f"{path}.{name}" if path else str(name))
    else:
        yield path, values


def _title(path: str, titles: Mapping[str, str]) -> str:
    """The field's title after that of nothing else: the path tells where it is."""
    return titles.get(path, path)


def _text(value: Any) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
