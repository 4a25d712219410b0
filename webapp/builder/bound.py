"""What a form is made of, bound to a draft: fields in groups in sections, as templates walk them.

How they are made of a draft and its spec is in `form.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webapp.builder.checking import Finding
from webapp.builder.choices import Option
from webapp.builder.drafts import Step
from webapp.builder.schema import Kind, Leaf
from webapp.builder.values import written

_LONG_TEXT = 80
#: Of a folded group so much is told: settings, and characters of each.
_MOST_TOLD = 3
_MOST_CHARS = 28


@dataclass(frozen=True)
class Field:
    """One control. ``name`` is its name and its id."""

    name: str
    number: int
    leaf: Leaf
    text: str
    options: Sequence[Option] = ()
    chosen: frozenset[str] = frozenset()
    problems: Sequence[Finding] = ()
    doubts: Sequence[Finding] = ()
    #: Whether other fields come and go with its value.
    reshapes: bool = False
    #: What its list of options leaves out.
    left_out: str = ""

    kind = "field"

    @property
    def control(self) -> str:
        """Which control shows it: select, checks, switch, area or line."""
        if self.leaf.kind in {Kind.CHOICE, Kind.ARTIFACT, Kind.VARIANT}:
            return "select"
        if self.leaf.kind in {Kind.CHECKS, Kind.SWITCH}:
            return self.leaf.kind.value
        is_area = self.leaf.kind in {Kind.LINES, Kind.YAML}
        return "area" if is_area or "\n" in self.text or len(self.text) > _LONG_TEXT else "line"

    @property
    def is_unusual(self) -> bool:
        """Whether it is wrong, doubtful, or differs from its default."""
        differs = self.text != written(self.leaf, self.leaf.default)
        return differs or bool(self.problems or self.doubts)

    @property
    def is_wrong(self) -> bool:
        """Whether a problem of it is more than that nothing was entered yet."""
        return any(not one.is_awaited for one in self.problems)

    @property
    def is_on(self) -> bool:
        """For a switch."""
        return self.text == "on"

    @property
    def num_rows(self) -> int:
        """Height of a text area."""
        return min(max(2, self.text.count("\n") + 1), 12)

    @property
    def input_mode(self) -> str:
        """Which keys a phone offers."""
        modes = {Kind.INTEGER: "numeric", Kind.NUMBER: "decimal"}
        return modes.get(self.leaf.kind, "")

    @property
    def note(self) -> str:
        """The default, and the range that is recommended."""
        parts = []
        if self.leaf.recommended:
            low, high = self.leaf.recommended
            parts.append(
                _("recommended %(low)s to %(high)s") % {"low": f"{low:g}", "high": f"{high:g}"}
            )
        default = written(self.leaf, self.leaf.default)
        if default and default != self.text and self.control != "area":
            parts.append(_("default %(default)s") % {"default": default})
        if self.leaf.kind == Kind.LINES:
            parts.append(_("one per line"))
        return ", ".join(parts)

    @property
    def told(self) -> str:
        """It and its value in a few words, for where itself is folded away."""
        if self.leaf.kind == Kind.SWITCH:
            return f"{self.leaf.title}: {_('yes') if self.is_on else _('no')}"
        labels = [one.label for one in self.options if one.value in self.chosen]
        text = ", ".join(labels) or " ".join(self.text.split()) or _("none")
        if len(text) > _MOST_CHARS:
            text = text[: _MOST_CHARS - 1].rstrip() + "…"
        return f"{self.leaf.title} {text} {self.leaf.unit}".rstrip()

    @property
    def described_by(self) -> str:
        """Ids of what describes it; short ones, a page has many."""
        return f"h{self.number} s{self.number}"


@dataclass(frozen=True)
class Group:
    """Fields under one title. ``switch`` is the field that leaves the whole part out."""

    name: str
    title: str
    help: str
    entries: Sequence[Field | Group]
    switch: str = ""
    is_on: bool = True
    #: For a list: how many entries there are, and whether another may be added.
    num_rows: int | None = None
    may_grow: bool = False
    #: Folded: nothing of it is in the form, all of it has its default.
    num_folded: int = 0
    kind = "group"

    def all_fields(self) -> Iterator[Field]:
        """Its own and those of all groups inside it."""
        for one in self.entries:
            if isinstance(one, Field):
                yield one
            else:
                yield from one.all_fields()

    @property
    def is_unusual(self) -> bool:
        """Whether anything in it would be lost if it were not in the form."""
        has_shape = bool(self.num_rows) or any(
            one.num_rows or (one.switch and one.is_on) for one in self.groups
        )
        return has_shape or any(one.is_unusual for one in self.all_fields())

    @property
    def told(self) -> str:
        """What differs from the defaults, in a line, for where its fields are folded away."""
        if not self.is_on:
            return _("not used")
        if self.num_rows == 0:
            return _("none")
        unusual = [one.told for one in self.all_fields() if one.is_unusual]
        if not unusual:
            number = self.num_folded or sum(1 for _field in self.all_fields())
            return _at_defaults(number) if number else ""
        rest = len(unusual) - _MOST_TOLD
        more = [_("%(number)d more") % {"number": rest}] if rest > 0 else []
        return ", ".join(unusual[:_MOST_TOLD] + more)

    @property
    def fields(self) -> list[Field]:
        """Its own controls, first."""
        return [one for one in self.entries if isinstance(one, Field)]

    @property
    def groups(self) -> list[Group]:
        """Groups inside it."""
        return [one for one in self.entries if isinstance(one, Group)]


@dataclass(frozen=True)
class Section:
    """One step of the page."""

    step: Step
    root: Group
    is_made: bool
    num_mistakes: int
    num_awaited: int
    is_open: bool = True
    #: What a folded section sends: its fields that do not hold their default.
    kept: Sequence[tuple[str, str]] = ()


def _at_defaults(number: int) -> str:
    return ngettext(
        "%(number)d setting, at its default",
        "%(number)d settings, all at their defaults",
        number,
    ) % {"number": number}
