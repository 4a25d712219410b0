"""Every registry row can be loaded, has a title and a documented target."""

from __future__ import annotations

import pytest

from training.registry import KINDS, VERBS, Row
from training.specs.base import META, Spec

ROWS = [
    pytest.param(kind, row, id=f"{kind}-{row.name}")
    for kind, table in KINDS.items()
    for row in table.values()
]


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_a_row_is_named_titled_and_loadable(kind: str, row: Row) -> None:
    assert KINDS[kind][row.name] is row
    assert row.title
    target = row.load()
    assert getattr(target, "__doc__", None) or not callable(target), row.target


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_field_of_a_verb_has_title_help_and_group(verb: str) -> None:
    spec: type[Spec] = VERBS[verb].load_spec()
    assert spec.verb == verb
    assert spec.__doc__
    schema = spec.schema_document()
    for name, model in {"": schema, **schema.get("$defs", {})}.items():
        for field, entry in model.get("properties", {}).items():
            where = f"{verb}.{name}.{field}"
            assert entry[META]["title"], where
            assert entry.get("description"), where
            assert entry[META]["group"] in {"basic", "advanced", "hidden"}, where


def test_kinds_of_the_first_issue_are_filled() -> None:
    empty = [kind for kind, table in KINDS.items() if not table]
    assert empty == []
