"""What a form holds comes back as it was, for every verb; what was typed is never lost."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webapp.builder.specs import data_of
from training.registry import VERBS, Row
from training.specs.base import Part, Spec, option
from webapp.builder.schema import Kind, Node, leaves, tree_of
from webapp.builder.schema import Part as PartNode
from webapp.builder.schema import Rows as RowsNode
from webapp.builder.schema import Union as UnionNode
from webapp.builder.values import ABSENT, fields, read, unusual_fields


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Low(Part):
    kind: Literal["low"] = option("low", title="Kind", help="Which.")
    rank: int = option(8, title="Rank", help="Of the matrices.", ge=1, group="advanced")


class Full(Part):
    kind: Literal["full"] = option("full", title="Kind", help="Which.")
    decay: float = option(0.1, title="Decay", help="Pull.", ge=0)


class Item(Part):
    name: str = option(title="Name", help="Of it.", min_length=1)
    weight: float | None = option(None, title="Weight", help="Nothing: all alike.")


class Wide(Part):
    width: int = option(4, title="Width", help="Of it.", ge=1)


class Deep(Part):
    depth: int = option(4, title="Depth", help="Of it.", ge=1)


class OddSpec(Spec):
    """Everything that a spec may hold, at once."""

    verb = "odd"

    tuning: Low | Full = option(factory=Low, title="Tuning", help="A tag says which.")
    shape: Wide | Deep = option(factory=Wide, title="Shape", help="No tag says which.")
    extra: Wide | None = option(None, title="Extra", help="May be left out.")
    items: list[Item] = option(factory=list, title="Items", help="A list of parts.")
    colours: list[Colour] = option(factory=list, title="Colours", help="Several of a few.")
    weights: dict[str, float] = option(factory=dict, title="Weights", help="By name.")
    limit: int | None = option(3, title="Limit", help="Nothing: no limit.")
    mixed: int | list[int] = option(1, title="Mixed", help="One or several.")
    sizes: list[int] = option(factory=list, title="Sizes", help="Whole numbers.")
    name: str = option("", title="Name", help="Any text.")


@pytest.fixture(autouse=True)
def _odd(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row("odd", "Odd", "nothing:here", f"{__name__}:OddSpec")
    monkeypatch.setitem(VERBS, "odd", row)


def sent(node: Node, value: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in fields(node, "", value):
        found.setdefault(name, []).append(text)
    return found


def kinds(verb: str) -> dict[str, str]:
    return {path: leaf.kind.value for path, leaf in leaves(tree_of(verb))}


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_random_settings_of_every_verb_come_back_from_their_form(verb: str) -> None:
    tree = tree_of(verb)

    @settings(max_examples=25, deadline=None)
    @given(data_of(tree))
    def hold(value: dict[str, Any]) -> None:
        assert read(tree, "", sent(tree, value)) == value

    hold()


def test_every_construct_of_a_schema_has_a_node() -> None:
    children = {child.name: child for child in tree_of("odd").children}
    tuning, shape = children["tuning"], children["shape"]
    assert isinstance(tuning, UnionNode)
    assert (tuning.tag, list(tuning.variants)) == ("kind", ["low", "full"])
    assert isinstance(shape, UnionNode)
    assert (shape.tag, list(shape.variants)) == ("", ["Wide", "Deep"])
    extra, items = children["extra"], children["items"]
    assert isinstance(extra, PartNode)
    assert extra.may_be_none
    assert isinstance(items, RowsNode)
    found = kinds("odd")
    assert found["colours"] == Kind.CHECKS
    assert found["weights"] == found["mixed"] == found["sizes"] == Kind.YAML
    assert found["limit"] == Kind.INTEGER


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_odd_settings_come_back_and_the_spec_takes_them(data: st.DataObject) -> None:
    tree = tree_of("odd")
    value = data.draw(data_of(tree))
    back = read(tree, "", sent(tree, value))
    assert back == value
    short: dict[str, list[str]] = {}
    for name, text in unusual_fields(tree, "odd", value):
        short.setdefault(name.removeprefix("odd."), []).append(text)
    folded = read(tree, "", short)
    known = {} if folded is ABSENT else folded
    valid = {**value, "items": [{**item, "name": "x"} for item in value["items"]]}
    again = {**known, "items": [{**item, "name": "x"} for item in known.get("items", [])]}
    assert OddSpec.parse(again) == OddSpec.parse(valid)


def test_a_list_of_parts_and_a_union_are_read_from_their_fields() -> None:
    form = {
        "items.@count": ["2"], "items.0.name": ["a"], "items.1.name": ["b"],
        "items.1.weight": ["0.5"], "tuning.kind": ["full"], "tuning.decay": ["0.2"],
        "tuning.rank": ["9"], "extra.@on": ["off", "on"], "extra.width": ["7"],
        "colours": ["", "red"], "weights": ["web: 2\nbooks: 1"], "limit": [""],
    }  # fmt: skip
    assert read(tree_of("odd"), "", form) == {
        "items": [{"name": "a"}, {"name": "b", "weight": 0.5}],
        "tuning": {"kind": "full", "decay": 0.2},
        "extra": {"width": 7},
        "colours": ["red"],
        "weights": {"web": 2, "books": 1},
        "limit": None,
    }


@pytest.mark.parametrize(
    "text", ["abc", "1e", "--1", "1 2", "\u0661x", "9" * 5000, "<b>", "0x10", "= 1"]
)
def test_what_is_no_number_stays_as_typed_for_the_validation_to_name(text: str) -> None:
    value = read(tree_of("train"), "", {"num_steps": [text]})["num_steps"]
    assert value == text or isinstance(value, int | float)


@pytest.mark.parametrize(
    ("text", "number"), [("1_000", 1000), (" 12 ", 12), ("1e-3", 1e-3), ("5\u00a0000", 5000)]
)
def test_numbers_are_read_as_people_write_them(text: str, number: float) -> None:
    assert read(tree_of("train"), "", {"num_steps": [text]})["num_steps"] == number


@pytest.mark.parametrize("text", ["[" * 400, "a: &x [1]\nb: *x", "{a: 1, a: 2}", "\x00"])
def test_hostile_yaml_in_a_field_stays_text(text: str) -> None:
    assert read(tree_of("odd"), "", {"weights": [text]}) == {"weights": text}
