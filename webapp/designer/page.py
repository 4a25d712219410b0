"""All that the designer page shows, computed once from a draft and the design beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from training.design.diagram import draw
from training.design.undrawn import undrawn
from training.design.words import in_words
from training.planning.initial import InitialRow, initial_table
from training.specs.model import ModelSpec
from training.specs.writing import write_yaml
from training.units import format_count
from webapp.builder.checking import Finding, Findings
from webapp.builder.differences import Difference, differences
from webapp.builder.drafts import Draft
from webapp.builder.presets import Preset, presets_of
from webapp.builder.schema import tree_of
from webapp.builder.values import unusual_fields
from webapp.designer.designs import PART, PREFIX, VERB, Named, judged, model_values, spec_of
from webapp.designer.figures import Headline, PartRow, headlines, part_rows
from webapp.designer.options import OptionGroup, option_groups

#: From so many percent on a difference is told without decimals.
_ROUGH = 10


@dataclass(frozen=True)
class Pair:
    """One number of two designs; ``delta`` is that of the first against the other."""

    label: str
    here: str
    there: str
    delta: str


class Drawn:
    """What is told of one architecture that can be built."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec

    @cached_property
    def headlines(self) -> list[Headline]:
        """The numbers at the top."""
        return headlines(self.spec)

    @cached_property
    def parts(self) -> list[PartRow]:
        """Parameters and operations by part."""
        return part_rows(self.spec)

    @cached_property
    def diagram(self) -> SafeString:
        """SVG; every text in it is escaped where it is drawn."""
        return mark_safe(draw(self.spec).svg(in_words(self.spec)))

    @cached_property
    def words(self) -> str:
        """The same as sentences."""
        return in_words(self.spec)

    @cached_property
    def undrawn(self) -> list[str]:
        """Unusual settings that change no box of the drawing."""
        return undrawn(self.spec)

    @cached_property
    def beginnings(self) -> list[InitialRow]:
        """Which parameter gets which distribution."""
        return initial_table(self.spec)


class DesignPage:
    """What the templates of the designer read."""

    def __init__(self, draft: Draft, beside: Named | None, extra: Sequence[Finding] = ()) -> None:
        self.draft, self.beside, self._extra = draft, beside, list(extra)

    @cached_property
    def findings(self) -> Findings:
        """Problems and doubts of the architecture."""
        found = judged(self.draft)
        found.problems += self._extra
        return found

    @cached_property
    def groups(self) -> list[OptionGroup]:
        """The form."""
        return option_groups(self.draft, self.findings)

    @cached_property
    def drawn(self) -> Drawn | None:
        """Numbers and drawing; None while the settings cannot be built."""
        spec = spec_of(model_values(self.draft))
        return Drawn(spec) if spec is not None else None

    @cached_property
    def other(self) -> Drawn | None:
        """The same of the design beside it."""
        spec = self.beside.spec if self.beside else None
        return Drawn(spec) if spec is not None else None

    @property
    def is_vocab_assumed(self) -> bool:
        """Whether the vocabulary waits for a tokenizer."""
        return not model_values(self.draft).get("vocab_size")

    @property
    def presets(self) -> list[tuple[str, list[Preset]]]:
        """As `builder/presets.html` walks them."""
        return [(VERB, presets_of(VERB))]

    @property
    def dial(self) -> bool:
        """A model by its depth is offered too."""
        return True

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """What an address needs to give this design back."""
        found = unusual_fields(tree_of(VERB), VERB, self.draft.steps[0].values)
        return [(name, text) for name, text in found if _is_ours(name)]

    @property
    def query(self) -> str:
        """The design as the query of an address, for the builder and for a link to keep."""
        return urlencode(self.fields)

    @cached_property
    def carried(self) -> list[tuple[str, str]]:
        """Settings that came along (a learning rate by the dial) and are no part of the model."""
        return [(name, text) for name, text in self.fields if not name.startswith(f"{PREFIX}.")]

    @property
    def here(self) -> Named:
        """This design, to be laid beside another one."""
        return Named(self.draft.title or _("this design"), model_values(self.draft))

    @property
    def yaml(self) -> str:
        """The design as part of a spec of the verbs `train` and `plan`."""
        spec = self.draft.steps[0].values.get(PART) or {}
        return write_yaml({PART: spec})

    @cached_property
    def pairs(self) -> list[Pair]:
        """The numbers of both designs."""
        if self.drawn is None or self.other is None:
            return []
        both = zip(self.drawn.headlines, self.other.headlines, strict=True)
        pairs = [
            Pair(one.label, one.value, two.value, _delta(one.amount, two.amount))
            for one, two in both
        ]
        return pairs + self._part_pairs(self.drawn.parts, self.other.parts)

    def _part_pairs(self, here: list[PartRow], there: list[PartRow]) -> list[Pair]:
        ours = {row.label: row.parameters for row in here}
        theirs = {row.label: row.parameters for row in there}
        return [
            Pair(
                label,
                format_count(ours.get(label, 0)),
                format_count(theirs.get(label, 0)),
                _delta(ours.get(label, 0), theirs.get(label, 0)),
            )
            for label in dict.fromkeys([*ours, *theirs])
        ]

    @cached_property
    def changes(self) -> list[Difference]:
        """Settings in which the design beside it is another; before is that one."""
        if self.beside is None:
            return []
        sides = ({"tokens": "-", PART: one} for one in (self.beside.values, self.here.values))
        return differences(VERB, *sides)


def _is_ours(name: str) -> bool:
    return name.startswith((f"{PREFIX}.", f"{VERB}.optimizer."))


def _delta(here: float, there: float) -> str:
    if here == there:
        return "="
    if not there:
        return "+"
    percent = 100 * (here / there - 1)
    return f"{percent:+.0f} %" if abs(percent) >= _ROUGH else f"{percent:+.2g} %"
