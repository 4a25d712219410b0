"""All that a builder page shows, computed once from a draft: findings, plan, YAML, changes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse

from training.specs.train import TrainSpec
from webapp.builder import plans
from webapp.builder.bound import Section
from webapp.builder.cautions import cautions
from webapp.builder.checking import Finding, Findings, check, finding
from webapp.builder.choices import Choices, choices_for
from webapp.builder.differences import Difference, differences
from webapp.builder.drafts import Draft
from webapp.builder.filling import filling_section
from webapp.builder.form import sections_of
from webapp.builder.presets import Preset, presets_of
from webapp.builder.sharing import Shared, joined, share_draft
from webapp.projects.models import Project

#: Pages that show what a form would do, by the page of the form; they take its fields.
_PREVIEWS = {"evaluate": "evaluations:preview", "benchmark": "evaluations:preview-rows"}


class BuilderPage:
    """What the templates of the builder read. ``extra``: findings that came from elsewhere."""

    def __init__(
        self, project: Project, draft: Draft, *, extra: list[Finding] | None = None
    ) -> None:
        self.project, self.draft = project, draft
        self.extra = extra or []

    @cached_property
    def choices(self) -> Choices:
        """What artifact fields offer."""
        return choices_for(self.project, self.draft)

    @cached_property
    def findings(self) -> Findings:
        """Problems and doubts of the draft."""
        found, step = self._checked, self.draft.step(plans.VERB)
        found.problems += self.extra
        found.doubts += cautions(self.draft, found, self.choices)
        if self._planner is not None and step is not None:
            found.doubts += [finding(step, doubt) for doubt in self._planner.doubts()]
        return found

    @cached_property
    def _checked(self) -> Findings:
        return check(self.draft, self.choices)

    @cached_property
    def _planner(self) -> plans.Planner | None:
        spec = self._checked.specs.get(plans.VERB)
        return (
            plans.Planner(self.draft, spec, self.choices) if isinstance(spec, TrainSpec) else None
        )

    @property
    def planner(self) -> plans.Planner | None:
        """Of the training step; None without one, or while its settings cannot run."""
        return None if self.findings.problems else self._planner

    @cached_property
    def sections(self) -> list[Section]:
        """The form."""
        return sections_of(self.draft, self.findings, self.choices)

    @cached_property
    def plan(self) -> list[plans.Section]:
        """The plan of the training step; [] without one, or while its settings cannot run."""
        if self._planner is None:
            return []
        return self._planner.sections(self._filling(self._planner))

    def _filling(self, planner: plans.Planner) -> plans.Section | None:
        """How the chosen tokens fill rows; None before they are there."""
        step = self.draft.step(plans.VERB)
        tokens = self.choices.artifact(str(step.values.get("tokens") or "")) if step else None
        if tokens is None or not planner.sequence_length:
            return None
        return filling_section(tokens, planner.spec, planner.sequence_length)

    @property
    def has_training(self) -> bool:
        """Whether there is anything to plan."""
        return self.draft.step(plans.VERB) is not None

    @property
    def preview_address(self) -> str:
        """Where what is in the form is shown before it is started; "" where nothing shows it."""
        name = _PREVIEWS.get(self.draft.page)
        return reverse(name, args=[self.project.pk]) if name else ""

    @property
    def dial(self) -> bool:
        """Whether the depth dial is offered: not beside a base, which has its architecture."""
        step = self.draft.step(plans.VERB)
        return step is not None and not step.values.get("base")

    @property
    def presets(self) -> list[tuple[str, list[Preset]]]:
        """(verb, its presets) of the steps that have any."""
        verbs = [one.verb for one in self.draft.steps if one.verb != plans.VERB or self.dial]
        found = [(verb, presets_of(verb)) for verb in verbs]
        return [(verb, presets) for verb, presets in found if presets]

    @cached_property
    def shared(self) -> list[Shared]:
        """The steps as YAML and commands."""
        unusable = {one.name for one in self.findings.problems}
        return share_draft(self.project, self.draft, self.findings.specs, unusable)

    @property
    def yaml(self) -> str:
        """All steps as one text."""
        return joined(self.shared)

    @property
    def commands(self) -> str:
        """One line per step."""
        return "\n".join(one.command for one in self.shared)

    @cached_property
    def changes(self) -> list[Difference]:
        """What differs from the jobs it was started from."""
        pairs = ((job, self.draft.step(job.verb)) for job in self.draft.started_from)
        return [
            one
            for job, step in pairs
            if step is not None
            for one in differences(step.verb, _settled(job.spec, step.values), step.values)
        ]


def _settled(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """``before`` with inputs named as they are now: the job that made one is no change."""
    same = {
        name: after[name]
        for name, value in before.items()
        if isinstance(value, str) and value.startswith("job:") and _is_made(after.get(name))
    }
    return {**before, **same}


def _is_made(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("artifact:", "step:"))
