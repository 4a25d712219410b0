"""Random valid data of any verb's spec, drawn from the tree that the forms are drawn from."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from webapp.builder.schema import Kind, Leaf, Node, Part, Rows, Union

#: What a text field of a browser can hold: no line breaks of other systems, no lone surrogates.
TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)
REFERENCE = "artifact:00000000-0000-0000-0000-000000000001"


def data_of(node: Node) -> st.SearchStrategy[Any]:
    """Values of a node."""
    if isinstance(node, Part):
        drawn = [child for child in node.children if not _is_open(child)]
        whole = st.fixed_dictionaries({child.name: data_of(child) for child in drawn})
        return st.none() | whole if node.may_be_none else whole
    if isinstance(node, Rows):
        return st.lists(data_of(node.item), max_size=2)
    if isinstance(node, Union):
        tagged = [
            data_of(part).map(
                lambda value, key=key: {**value, **({node.tag: key} if node.tag else {})}
            )  # type: ignore[misc]
            for key, part in node.variants.items()
        ]
        return st.one_of(*tagged, *([st.none()] if node.may_be_none else []))
    return _leaf(node)


def _is_open(node: Node) -> bool:
    """A YAML field without a default: what it may hold is not told by its schema alone."""
    return isinstance(node, Leaf) and node.kind == Kind.YAML and node.default is None


def _leaf(leaf: Leaf) -> st.SearchStrategy[Any]:
    found = _plain(leaf)
    return st.none() | found if leaf.may_be_none else found


def _plain(leaf: Leaf) -> st.SearchStrategy[Any]:
    low = leaf.least if leaf.least is not None else -1e6
    high = leaf.most if leaf.most is not None else max(low, 0) + 1e6
    match leaf.kind:
        case Kind.SWITCH:
            return st.booleans()
        case Kind.CHOICE:
            return st.sampled_from(leaf.choices)
        case Kind.INTEGER:
            return st.integers(math.ceil(low), math.floor(high))
        case Kind.NUMBER:
            return st.floats(low, high, exclude_min=low < high, exclude_max=low < high)
        case Kind.LINES:
            return st.lists(TEXTS | st.sampled_from(['"', "a\nb", " x ", ""]), max_size=3)
        case Kind.CHECKS:
            return st.lists(st.sampled_from(leaf.choices), unique=True)
        case Kind.ARTIFACT:
            return st.just(REFERENCE)
        case Kind.YAML:
            return st.just(leaf.default)
    return TEXTS
