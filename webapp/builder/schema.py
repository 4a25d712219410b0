"""A spec's JSON schema as a tree of what a form can show; no field is known by name here.

`tree_of(verb)` walks the schema of the verb's pydantic model. Whatever a spec may hold has a node:
texts, numbers, switches, choices, lists, parts inside parts, parts that may be left out, one of
several parts; anything else is a text field that holds YAML.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from training.registry import VERBS
from training.specs.base import META

Schema = Mapping[str, Any]


class Kind(StrEnum):
    """How a value is shown and read."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LINES = "lines"
    CHECKS = "checks"
    ARTIFACT = "artifact"
    YAML = "yaml"
    #: The choice among the parts of a union; its value names one of them.
    VARIANT = "variant"


@dataclass(frozen=True)
class Leaf:
    """One value. ``default`` is None where the spec demands a value or None is the default."""

    name: str
    title: str
    help: str
    kind: Kind
    default: Any = None
    is_required: bool = False
    may_be_none: bool = False
    is_advanced: bool = False
    unit: str = ""
    artifact: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    recommended: tuple[float, float] | None = None
    max_length: int | None = None
    #: A field beside this one, and the values of it with which this one matters.
    shown_if: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Values that belong together. ``may_be_none``: the whole part may be left out."""

    name: str
    title: str
    help: str
    children: tuple[Node, ...]
    is_advanced: bool = False
    may_be_none: bool = False
    is_none_by_default: bool = False
    shown_if: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """For templates."""
        return "part"


@dataclass(frozen=True)
class Union:
    """One of several parts. ``tag`` is the field that says which; "" when nothing says it."""

    name: str
    title: str
    help: str
    variants: Mapping[str, Part]
    tag: str = ""
    default: str = ""
    is_advanced: bool = False
    may_be_none: bool = False
    shown_if: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """For templates."""
        return "union"


@dataclass(frozen=True)
class Rows:
    """A list of parts."""

    name: str
    title: str
    help: str
    item: Part
    is_advanced: bool = False
    max_items: int | None = None
    shown_if: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """For templates."""
        return "rows"


Node = Leaf | Part | Union | Rows


@dataclass(frozen=True)
class _Walk:
    """What stays the same while one schema is walked."""

    definitions: Mapping[str, Schema] = field(default_factory=dict)

    def resolved(self, schema: Schema) -> Schema:
        """The schema with its reference followed; what stands beside the reference wins."""
        while "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self.definitions[name], **beside}
        return schema

    def node(self, name: str, schema: Schema, *, is_required: bool) -> Node:
        """The node of one property."""
        schema = self.resolved(schema)
        options, may_be_none = self._alternatives(schema)
        if len(options) == 1 and options[0] is not schema:
            schema = {**options[0], **{k: v for k, v in schema.items() if k not in _UNIONS}}
        elif len(options) > 1 and all("properties" in one for one in options):
            return self._union(name, schema, options, may_be_none)
        elif len(options) > 1:
            schema = {**schema, "type": "anything"}
        if "properties" in schema:
            return self._part(name, schema, may_be_none=may_be_none)
        item = self.resolved(schema.get("items") or {})
        if schema.get("type") == "array" and "properties" in item:
            return Rows(
                name,
                *_words(name, schema),
                item=self._part("", item),
                is_advanced=_meta(schema).get("group") == "advanced",
                max_items=schema.get("maxItems"),
                shown_if=_shown_if(schema),
            )
        return _leaf(name, schema, item, is_required=is_required, may_be_none=may_be_none)

    def children(self, schema: Schema) -> tuple[Node, ...]:
        """The nodes of all properties, in their order."""
        required = set(schema.get("required", ()))
        properties = schema.get("properties", {})
        return tuple(
            self.node(name, one, is_required=name in required)
            for name, one in properties.items()
            if _meta(one).get("group") != "hidden"
        )

    def _part(self, name: str, schema: Schema, *, may_be_none: bool = False) -> Part:
        return Part(
            name,
            *_words(name, schema),
            children=self.children(schema),
            is_advanced=_meta(schema).get("group") == "advanced",
            may_be_none=may_be_none,
            is_none_by_default=may_be_none and schema.get("default") is None,
            shown_if=_shown_if(schema),
        )

    def _alternatives(self, schema: Schema) -> tuple[list[Schema], bool]:
        """What a value may be, and whether it may be nothing."""
        key = next((key for key in _UNIONS if key in schema), "")
        if not key:
            return [schema], False
        options = [self.resolved(one) for one in schema[key]]
        kept = [one for one in options if one.get("type") != "null"]
        return kept, len(kept) < len(options)

    def _union(self, name: str, schema: Schema, options: list[Schema], may_be_none: bool) -> Union:
        tag = str(schema.get("discriminator", {}).get("propertyName", "")) or _common_tag(options)
        variants = {
            _variant_name(one, tag, number): self._part(name, one)
            for number, one in enumerate(options)
        }
        default = schema.get("default")
        chosen = str(default.get(tag, "")) if isinstance(default, dict) else ""
        if not chosen and not may_be_none:
            chosen = next(iter(variants))
        return Union(
            name,
            *_words(name, schema),
            variants=variants,
            tag=tag,
            default=chosen,
            is_advanced=_meta(schema).get("group") == "advanced",
            may_be_none=may_be_none,
            shown_if=_shown_if(schema),
        )


_UNIONS = ("anyOf", "oneOf")
_SCALARS = {
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.SWITCH,
    "string": Kind.TEXT,
}


@functools.cache
def tree_of(verb: str) -> Part:
    """The tree of a verb's spec; the same object each time."""
    schema = VERBS[verb].load_spec().schema_document()
    walk = _Walk(schema.get("$defs", {}))
    title, help_text = VERBS[verb].title, str(schema.get("description", ""))
    return Part("", title, help_text, walk.children(schema))


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """(dotted path, leaf) of every value outside lists; of a union all its variants."""
    if isinstance(node, Leaf):
        yield path, node
    elif isinstance(node, Part):
        for child in node.children:
            yield from leaves(child, f"{path}.{child.name}" if path else child.name)
    elif isinstance(node, Union):
        for variant in node.variants.values():
            yield from leaves(variant, path)


def _leaf(name: str, schema: Schema, item: Schema, *, is_required: bool, may_be_none: bool) -> Leaf:
    meta, title_and_help = _meta(schema), _words(name, schema)
    kind, choices = _kind(schema, item, meta)
    recommended = meta.get("recommended")
    return Leaf(
        name,
        *title_and_help,
        kind=kind,
        default=schema.get("default", [] if kind in {Kind.LINES, Kind.CHECKS} else None),
        is_required=is_required and "default" not in schema,
        may_be_none=may_be_none,
        is_advanced=meta.get("group") == "advanced",
        unit=str(meta.get("unit") or ""),
        artifact=str(meta.get("artifact") or ""),
        choices=choices,
        least=schema.get("minimum", schema.get("exclusiveMinimum")),
        most=schema.get("maximum", schema.get("exclusiveMaximum")),
        recommended=(recommended[0], recommended[1]) if recommended else None,
        max_length=schema.get("maxLength"),
        shown_if=_shown_if(schema),
    )


def _kind(schema: Schema, item: Schema, meta: Schema) -> tuple[Kind, tuple[str, ...]]:
    kind = schema.get("type")
    if kind == "array":
        if "enum" in item:
            return Kind.CHECKS, tuple(map(str, item["enum"]))
        is_text = item.get("type") == "string"
        return (Kind.LINES if is_text else Kind.YAML), ()
    if meta.get("artifact"):
        return Kind.ARTIFACT, ()
    if "const" in schema:
        return Kind.CHOICE, (str(schema["const"]),)
    if "enum" in schema and kind in {"string", None}:
        return Kind.CHOICE, tuple(map(str, schema["enum"]))
    return _SCALARS.get(str(kind), Kind.YAML), ()


def _meta(schema: Schema) -> Mapping[str, Any]:
    return schema.get(META) or {}


def _shown_if(schema: Schema) -> tuple[str, ...]:
    return tuple(map(str, _meta(schema).get("shown_if") or ()))


def _words(name: str, schema: Schema) -> tuple[str, str]:
    """Title and help: those of the field; a class's own name is no title for people."""
    title = str(_meta(schema).get("title") or schema.get("title") or name)
    return title, str(schema.get("description", ""))


def _common_tag(options: list[Schema]) -> str:
    """The property that is a constant in every part of a union, if there is one."""
    for name in options[0]["properties"]:
        if all("const" in one["properties"].get(name, {}) for one in options):
            return str(name)
    return ""


def _variant_name(option: Schema, tag: str, number: int) -> str:
    constant = option["properties"].get(tag, {}).get("const")
    return str(constant if constant is not None else option.get("title", number))
