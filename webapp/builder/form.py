"""A draft as its template walks it: groups of fields with value, bounds, problems and doubts.

In basic mode an advanced field is shown only when it differs from its default or is wrong, so the
form is short and still says everything that is unusual. What is not shown keeps its default.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from webapp.builder.bound import Field, Group, Section
from webapp.builder.checking import Findings
from webapp.builder.choices import Choices, Option
from webapp.builder.drafts import Draft, Step
from webapp.builder.schema import Kind, Leaf, Node, Part, Rows, Union, tree_of
from webapp.builder.values import COUNT, ON, VARIANT, tag_name, unusual_fields, variant_of, written

#: A form with more fields folds the groups in which nothing is unusual; they open at a click.
_MOST_FIELDS = 44


@dataclass(frozen=True)
class _Context:
    """What stays the same while one step is bound."""

    findings: Findings
    choices: Choices
    earlier: Sequence[Step]
    is_advanced: bool
    numbers: Iterator[int]


def sections_of(draft: Draft, findings: Findings, choices: Choices) -> list[Section]:
    """Every step of the draft, bound."""
    made, numbers, sections = draft.made(), itertools.count(1), []
    for number, step in enumerate(draft.steps):
        earlier, tree = draft.steps[:number], tree_of(step.verb)
        context = _Context(findings, choices, earlier, draft.is_advanced, numbers)
        counts = (findings.num_mistakes_of(step), findings.num_awaited_of(step))
        is_open = not draft.is_chain or step.key in draft.open
        if is_open:
            root = _folded(_part(tree, step.key, step.values, context), draft.open)
            sections.append(Section(step, root, step in made, *counts))
        else:
            root = Group(step.key, tree.title, tree.help, ())
            kept = unusual_fields(tree, step.key, step.values)
            sections.append(Section(step, root, step in made, *counts, is_open, kept))
    return sections


def part_of(step: Step, name: str, findings: Findings, *, is_advanced: bool) -> Group:
    """One part of a step's spec alone, bound, with nothing folded."""
    part = next(one for one in tree_of(step.verb).children if one.name == name)
    assert isinstance(part, Part)
    context = _Context(findings, Choices(), (), is_advanced, itertools.count(1))
    return _part(part, f"{step.key}.{name}", step.values.get(name) or {}, context)


def _folded(root: Group, opened: set[str]) -> Group:
    """The same form; where it is long, usual groups are folded from the end until it is not."""
    entries = list(root.entries)
    too_many = sum(1 for _field in root.all_fields()) - _MOST_FIELDS
    for place, group in reversed(list(enumerate(root.entries))):
        if too_many <= 0:
            break
        if isinstance(group, Group) and _may_fold(group, opened):
            entries[place] = _fold(group)
            too_many -= sum(1 for _field in group.all_fields())
    return dataclasses.replace(root, entries=entries)


def _may_fold(group: Group, opened: set[str]) -> bool:
    return group.name not in opened and not group.switch and not group.is_unusual


def _fold(group: Group) -> Group:
    number = sum(1 for _field in group.all_fields())
    return dataclasses.replace(group, entries=(), num_folded=number, num_rows=None, may_grow=False)


def _bound(node: Node, name: str, value: Any, context: _Context) -> Field | Group | None:
    if isinstance(node, Leaf):
        return _field(node, name, value, context)
    if isinstance(node, Union):
        return _union(node, name, value, context)
    group = (
        _rows(node, name, value, context)
        if isinstance(node, Rows)
        else _part(node, name, value, context)
    )
    is_hidden = node.is_advanced and not context.is_advanced and not value
    return None if is_hidden or not (group.entries or group.switch or group.may_grow) else group


def _field(leaf: Leaf, name: str, value: Any, context: _Context) -> Field | None:
    problems = [one for one in context.findings.problems if one.name == name]
    doubts = [one for one in context.findings.doubts if one.name == name]
    if leaf.is_advanced and not context.is_advanced and not problems and value == leaf.default:
        return None
    text = written(leaf, value)
    chosen = frozenset(map(str, value)) if isinstance(value, list) else frozenset([text])
    options = _options(leaf, text, context)
    return Field(
        name,
        next(context.numbers),
        leaf,
        text,
        options,
        chosen,
        problems,
        doubts,
        left_out=context.choices.note(leaf.artifact),
    )


def _options(leaf: Leaf, text: str, context: _Context) -> list[Option]:
    if leaf.kind == Kind.ARTIFACT:
        offered = context.choices.options(leaf.artifact, context.earlier)
        nothing = _("Choose …") if leaf.is_required else _("none")
        offered = [Option("", nothing), *offered]
    elif leaf.kind in {Kind.CHOICE, Kind.CHECKS}:
        offered = [Option(one, one or _("none")) for one in leaf.choices]
        if leaf.may_be_none:
            offered = [Option("", _("none")), *offered]
    else:
        return []
    if leaf.kind != Kind.CHECKS and not any(one.value == text for one in offered):
        # What was sent stays to be seen, though it is refused.
        offered.append(Option(text, text))
    return offered


def _part(part: Part, name: str, value: Any, context: _Context, *, tag: str = "") -> Group:
    is_on = not part.may_be_none or (
        value is not None if not _is_missing(value) else not part.is_none_by_default
    )
    return Group(
        name,
        part.title,
        part.help,
        _entries(part, name, value, context, tag) if is_on else (),
        switch=f"{name}.{ON}" if part.may_be_none else "",
        is_on=is_on,
    )


def _entries(part: Part, name: str, value: Any, context: _Context, tag: str) -> list[Field | Group]:
    known: Mapping[str, Any] = value if isinstance(value, dict) else {}
    entries: list[Field | Group] = []
    governing = {child.shown_if[0] for child in part.children if child.shown_if}
    for child in part.children:
        if child.name == tag:
            continue
        default = child.default if isinstance(child, Leaf) else _MISSING
        entry = _bound(child, f"{name}.{child.name}", known.get(child.name, default), context)
        if entry is None or not (_matters(part, child, known) or entry.is_unusual):
            continue
        if isinstance(entry, Field) and (child.name in governing or _decides_steps(child, context)):
            entry = dataclasses.replace(entry, reshapes=True)
        entries.append(entry)
    return entries


def _decides_steps(child: Node, context: _Context) -> bool:
    """In a chain a result that is chosen makes the steps to it fall away."""
    return bool(context.earlier) and isinstance(child, Leaf) and child.kind == "artifact"


def _matters(part: Part, child: Node, known: Mapping[str, Any]) -> bool:
    """Whether a field beside it has one of the values with which it matters."""
    if not child.shown_if:
        return True
    name, *values = child.shown_if
    beside = next((one for one in part.children if one.name == name), None)
    value = known.get(name, beside.default if isinstance(beside, Leaf) else None)
    return str(value) in values if values else bool(value)


def _union(union: Union, name: str, value: Any, context: _Context) -> Group | None:
    # Left out by default, and not asked for.
    chosen = union.default if _is_missing(value) else variant_of(union, value)
    if union.is_advanced and not context.is_advanced and chosen == union.default and not value:
        return None
    tag = tag_name(union, name)
    options = [Option(key, _variant_label(key, part)) for key, part in union.variants.items()]
    if union.may_be_none:
        options.insert(0, Option("", _("none")))
    leaf = Leaf(
        union.tag or VARIANT,
        union.title,
        union.help,
        Kind.VARIANT,
        default=union.default,
        choices=tuple(union.variants),
    )
    problems = [one for one in context.findings.problems if one.name in {name, tag}]
    number = next(context.numbers)
    select = Field(tag, number, leaf, chosen, options, frozenset([chosen]), problems, reshapes=True)
    entries: list[Field | Group] = [select]
    if chosen in union.variants:
        entries += _entries(union.variants[chosen], name, value, context, union.tag)
    return Group(name, union.title, union.help, entries)


def _rows(rows: Rows, name: str, value: Any, context: _Context) -> Group:
    items = value if isinstance(value, list) else []
    groups = [
        Group(
            f"{name}.{number}",
            f"{rows.title} {number + 1}",
            "",
            _entries(rows.item, f"{name}.{number}", item, context, ""),
        )
        for number, item in enumerate(items)
    ]
    return Group(
        f"{name}.{COUNT}",
        rows.title,
        rows.help,
        groups,
        num_rows=len(items),
        may_grow=rows.max_items is None or len(items) < rows.max_items,
    )


def _variant_label(key: str, part: Part) -> str:
    return part.title if part.title and part.title != part.name else key


class _Missing:
    """The type of _MISSING: falsy, so that it counts as nothing asked for."""

    def __bool__(self) -> bool:
        return False


_MISSING = _Missing()


def _is_missing(value: Any) -> bool:
    return isinstance(value, _Missing)
