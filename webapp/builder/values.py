"""Between the fields of a form and the plain data of a spec, in both directions, by its tree.

A field that is not in the form is not in the data, and the spec's default holds. What cannot be
read as a number stays the text that was typed: the validation says what is wrong, the form shows
it again. Nothing typed is ever lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from training.errors import SpecError
from training.specs.reading import parse_yaml
from training.specs.writing import write_yaml
from webapp.builder.schema import Kind, Leaf, Node, Part, Rows, Union

Sent = Mapping[str, list[str]]

#: Ends of names of fields that say how much there is of a thing, or which.
ON = "@on"
VARIANT = "@kind"
COUNT = "@count"
#: Entries of a list in a form: more fields than Django takes in one post would be lost.
MAX_ROWS = 100
#: Of a text that a page reads as YAML, many times the longest settings there are; reading takes
#: about ten seconds per million.
MAX_YAML_CHARS = 1 << 16


class _Absent:
    """The type of ABSENT."""


ABSENT: Final = _Absent()


def read(node: Node, name: str, sent: Sent) -> Any:
    """The data of a node from the fields sent; ABSENT when none of its fields was in the form."""
    if isinstance(node, Leaf):
        return _leaf_value(node, sent[name]) if name in sent else ABSENT
    if isinstance(node, Union):
        return _union_value(node, name, sent)
    if isinstance(node, Rows):
        return _rows_value(node, name, sent)
    if node.may_be_none and f"{name}.{ON}" in sent and sent[f"{name}.{ON}"][-1] != "on":
        return None
    found = _children(node, name, sent)
    is_on = node.may_be_none and f"{name}.{ON}" in sent
    return found if found or is_on else ABSENT


def written(leaf: Leaf, value: Any) -> str:
    """A value as the text of its field; `read` gives it back."""
    if value is None or value is ABSENT:
        return ""
    if leaf.kind in {Kind.LINES, Kind.CHECKS} and isinstance(value, list):
        return "\n".join(_line(entry) for entry in value)
    if leaf.kind == Kind.YAML and not isinstance(value, str):
        return write_yaml(value).removesuffix("...\n")
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return _number(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def fields(node: Node, name: str, value: Any) -> Iterator[tuple[str, str]]:
    """(name, text) of every field that a whole form would send for this value; names may repeat."""
    if isinstance(node, Leaf):
        for text in _texts(node, value):
            yield name, text
    elif isinstance(node, Rows):
        rows = value if isinstance(value, list) else []
        yield f"{name}.{COUNT}", str(len(rows))
        for number, row in enumerate(rows):
            yield from fields(node.item, f"{name}.{number}", row)
    elif isinstance(node, Union):
        chosen = variant_of(node, value)
        yield tag_name(node, name), chosen
        if chosen:
            yield from _fields_of_children(node.variants[chosen], name, value, node.tag)
    elif node.may_be_none and (value is None or (value is ABSENT and node.is_none_by_default)):
        yield f"{name}.{ON}", "off"
    else:
        if node.may_be_none:
            yield f"{name}.{ON}", "on"
        yield from _fields_of_children(node, name, value, "")


def unusual_fields(part: Part, key: str, value: Any) -> list[tuple[str, str]]:
    """The fields that `read` needs to give this value back: without those that hold a default."""
    found, usual = _by_name(part, value), _by_name(part, {})
    shapes = set(_shape_names(part, ""))
    return [
        (f"{key}.{name}", text)
        for name, texts in found.items()
        if texts != usual.get(name) or name in shapes
        for text in texts
    ]


def _by_name(part: Part, value: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in fields(part, "", value):
        found.setdefault(name, []).append(text)
    return found


def _shape_names(part: Part, name: str) -> Iterator[str]:
    """Fields that say whether a part is there or which one: without them what is inside is lost."""
    for child in part.children:
        inner = f"{name}.{child.name}" if name else child.name
        if isinstance(child, Union):
            yield tag_name(child, inner)
            for variant in child.variants.values():
                yield from _shape_names(variant, inner)
        elif isinstance(child, Part):
            if child.may_be_none:
                yield f"{inner}.{ON}"
            yield from _shape_names(child, inner)


def is_shallow(value: Any, most: int = 24) -> bool:
    """Whether data nests at most so deep; deeper data breaks what walks it by recursion."""
    level = [value]
    for _depth in range(most + 1):
        lists = [one for one in level if isinstance(one, dict | list)]
        if not lists:
            return True
        level = [x for one in lists for x in (one.values() if isinstance(one, dict) else one)]
    return False


def as_index(text: str, most: int = MAX_ROWS) -> int | None:
    """A place in a list of at most ``most`` entries; None for anything else, however long it is."""
    is_short = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return int(text) if is_short and int(text) <= most else None


def tag_name(union: Union, name: str) -> str:
    """Name of the field that chooses the variant."""
    return f"{name}.{union.tag or VARIANT}"


def variant_of(union: Union, value: Any) -> str:
    """Which variant this value is: by its tag, else by the keys it has; "" for none of them."""
    if not isinstance(value, dict):
        return "" if value is None else union.default
    if not value:
        return union.default
    if union.tag:
        chosen = str(value.get(union.tag, union.default))
        return chosen if chosen in union.variants else union.default
    for key, part in union.variants.items():
        if set(value) <= {child.name for child in part.children}:
            return key
    return union.default


def _fields_of_children(part: Part, name: str, value: Any, tag: str) -> Iterator[tuple[str, str]]:
    known = value if isinstance(value, dict) else {}
    for child in part.children:
        if child.name != tag:
            default = child.default if isinstance(child, Leaf) else ABSENT
            child_name = f"{name}.{child.name}" if name else child.name
            yield from fields(child, child_name, known.get(child.name, default))


def _texts(leaf: Leaf, value: Any) -> list[str]:
    if leaf.kind == Kind.CHECKS:
        return ["", *map(str, value if isinstance(value, list) else [])]
    return [written(leaf, value)]


def _children(part: Part, name: str, sent: Sent, *, without: str = "") -> dict[str, Any]:
    found = {}
    for child in part.children:
        if child.name != without:
            value = read(child, f"{name}.{child.name}" if name else child.name, sent)
            if value is not ABSENT:
                found[child.name] = value
    return found


def _union_value(union: Union, name: str, sent: Sent) -> Any:
    tag = tag_name(union, name)
    if tag not in sent:
        return ABSENT
    chosen = sent[tag][-1]
    if chosen not in union.variants:
        return None if union.may_be_none else {union.tag: chosen} if union.tag else ABSENT
    found = _children(union.variants[chosen], name, sent, without=union.tag)
    return {union.tag: chosen, **found} if union.tag else found


def _rows_value(rows: Rows, name: str, sent: Sent) -> Any:
    counted = sent.get(f"{name}.{COUNT}")
    if not counted:
        return ABSENT
    number = as_index(counted[-1]) or 0
    items = (read(rows.item, f"{name}.{index}", sent) for index in range(number))
    return [{} if item is ABSENT else item for item in items]


def _leaf_value(leaf: Leaf, sent: list[str]) -> Any:
    if leaf.kind == Kind.CHECKS:
        return [text for text in sent if text]
    text = sent[-1].replace("\r\n", "\n")
    if leaf.kind == Kind.SWITCH:
        return {"on": True, "off": False}.get(text, text)
    if leaf.kind == Kind.LINES:
        return [_entry(line) for line in text.split("\n") if line.strip()]
    if not text.strip() and (leaf.may_be_none or leaf.kind not in {Kind.TEXT, Kind.ARTIFACT}):
        return None if leaf.may_be_none else ABSENT
    if leaf.kind == Kind.ARTIFACT and not text and leaf.is_required:
        return ABSENT
    if leaf.kind in {Kind.INTEGER, Kind.NUMBER}:
        return _read_number(text)
    return _read_yaml(text) if leaf.kind == Kind.YAML else text


def _read_number(text: str) -> Any:
    """A number as people write it (1_000, 1e-3); what is none stays text."""
    compact = text.strip().replace("_", "").replace("\N{NO-BREAK SPACE}", "")
    for convert in (int, float):
        try:
            return convert(compact)
        except ValueError:
            continue
    return text


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e6 else repr(value)


def _line(entry: Any) -> str:
    """An entry of a list as one line; as JSON where it would not come back from plain text."""
    text = entry if isinstance(entry, str) else str(entry)
    is_plain = text == text.strip() and text and text.isprintable() and not text.startswith('"')
    return text if is_plain else json.dumps(text)


def _entry(line: str) -> str:
    line = line.strip()
    if line.startswith('"'):
        try:
            found = json.loads(line)
        except ValueError:
            return line
        return found if isinstance(found, str) else line
    return line


def _read_yaml(text: str) -> Any:
    if len(text) > MAX_YAML_CHARS:
        return text
    try:
        value = parse_yaml(text, "")
        return value if is_shallow(value) else text
    except SpecError:
        return text
