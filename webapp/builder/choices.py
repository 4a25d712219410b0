"""What an artifact field offers: results that are there, and jobs that will make one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from training.registry import VERBS
from training.units import format_count
from webapp.builder.drafts import Draft, Step
from webapp.builder.schema import Kind, leaves, tree_of
from webapp.jobs.models import Artifact, Job
from webapp.jobs.references import ARTIFACT, FOLDER, JOB, STEP
from webapp.jobs.states import ACTIVE, State
from webapp.projects.models import Project

#: So that a page stays small; an older one comes in by "use in a new run" on its own page.
_MOST_OFFERED = 12
#: Counts of a manifest that tell results of one name apart, best first, with their unit.
_TELLING = (
    ("tokens", "tokens"),
    ("ngrams", "n-grams"),
    ("vocab_size", "pieces"),
    ("kept_documents", "documents"),
    ("documents", "documents"),
    ("num_parameters", "parameters"),
)


@dataclass(frozen=True)
class Option:
    """One entry of a select."""

    value: str
    label: str


@dataclass
class Choices:
    """Everything that the artifact fields of one page may name."""

    artifacts: dict[str, list[Artifact]] = field(default_factory=dict)
    jobs: dict[str, list[Job]] = field(default_factory=dict)
    #: (reference, job) where the draft names the folder of a job as it is now, or a part of it.
    folders: list[tuple[str, Job]] = field(default_factory=list)
    #: Kinds of which there are more than are offered.
    cut_kinds: set[str] = field(default_factory=set)

    def references(self) -> dict[str, list[str]]:
        """{kind: references to results that are there}."""
        return {
            kind: [f"{ARTIFACT}:{one.pk}" for one in rows] for kind, rows in self.artifacts.items()
        }

    def options(self, kind: str, earlier: Iterable[Step]) -> list[Option]:
        """For a field of this kind in a step after these: steps, results, jobs under way."""
        made_here = [
            Option(f"{STEP}:{one.key}", _("Made above: %(step)s") % {"step": VERBS[one.verb].title})
            for one in earlier
            if VERBS[one.verb].produces == kind
        ]
        there = [
            Option(f"{ARTIFACT}:{one.pk}", _label(one)) for one in self.artifacts.get(kind, [])
        ]
        coming = [
            Option(
                f"{JOB}:{job.pk}",
                _("%(title)s (%(state)s; waits for it)")
                % {"title": job.title, "state": job.get_state_display()},
            )
            for job in self.jobs.get(kind, [])
        ]
        # A run's folder is a model that is still learning, and nothing else.
        as_they_are = [
            Option(text, f"{job.title}: {text.partition('/')[2] or _('its folder as it is')}")
            for text, job in self.folders
            if VERBS[job.verb].produces == kind
        ]
        return made_here + there + coming + as_they_are

    def note(self, kind: str) -> str:
        """What the list leaves out, as a sentence; "" when it is whole."""
        if kind not in self.cut_kinds:
            return ""
        told = _("The newest %(number)d are offered; older ones by a button on their own pages.")
        return told % {"number": _MOST_OFFERED}

    def artifact(self, reference: str) -> Artifact | None:
        """The result that this text names, if it is offered."""
        for rows in self.artifacts.values():
            for one in rows:
                if reference == f"{ARTIFACT}:{one.pk}":
                    return one
        return None


def choices_for(project: Project, draft: Draft) -> Choices:
    """The newest of each kind that the draft asks for, and those that it names already."""
    kinds = _kinds(draft)
    found = Choices()
    if not kinds:
        return found
    named = _named(draft, ARTIFACT)
    for kind in sorted(kinds):
        found.artifacts[kind] = []
    for row in _newest_of_each(project, kinds):
        if len(found.artifacts[row.kind]) < _MOST_OFFERED:
            found.artifacts[row.kind].append(row)
        else:
            found.cut_kinds.add(row.kind)
    known = {row.pk for rows in found.artifacts.values() for row in rows}
    if missing := named - known:
        older = Artifact.objects.filter(project=project, pk__in=missing, kind__in=kinds)
        for row in older:
            found.artifacts[row.kind].append(row)
    makers = [verb for verb, row in VERBS.items() if row.produces in kinds]
    coming = Job.objects.filter(
        project=project, verb__in=makers, state__in=[*ACTIVE, State.WAITING]
    )
    for job in coming.order_by("-created_at")[:_MOST_OFFERED]:
        found.jobs.setdefault(VERBS[job.verb].produces, []).append(job)
    if folders := _named(draft, FOLDER):
        jobs = {str(row.pk): row for row in Job.objects.filter(project=project, pk__in=folders)}
        texts = sorted({text for step in draft.steps for text in step.references()})
        owners = ((text, jobs.get(_id_in(text))) for text in texts)
        found.folders = [(text, owner) for text, owner in owners if owner is not None]
    return found


def _newest_of_each(project: Project, kinds: set[str]) -> QuerySet[Artifact]:
    """One more of each kind than is offered, the newest first: one query for all kinds."""
    place = Window(RowNumber(), partition_by="kind", order_by="-created_at")
    rows = Artifact.objects.filter(project=project, kind__in=kinds).annotate(place=place)
    return rows.filter(place__lte=_MOST_OFFERED + 1).order_by("-created_at")


def settle_references(project: Project, draft: Draft) -> None:
    """Replace jobs that have ended by what they made, so that a copy names what is there."""
    for step in draft.steps:
        for path, _leaf in _artifact_leaves(step):
            text = str(step.values.get(path) or "")
            scheme, _sep, name = text.partition(":")
            if scheme != JOB or not _is_id(name):
                continue
            made = Artifact.objects.filter(project=project, job_id=name).order_by("created_at")
            if (artifact := made.first()) is not None:
                step.values[path] = f"{ARTIFACT}:{artifact.pk}"


def _artifact_leaves(step: Step) -> list[tuple[str, str]]:
    tree = leaves(tree_of(step.verb))
    return [(path, leaf.artifact) for path, leaf in tree if leaf.kind == Kind.ARTIFACT]


def _kinds(draft: Draft) -> set[str]:
    return {kind for step in draft.steps for _path, kind in _artifact_leaves(step)}


def _named(draft: Draft, wanted: str) -> set[uuid.UUID]:
    texts = {text for step in draft.steps for text in step.references()}
    ids = (_id_in(text) for text in texts if text.startswith(f"{wanted}:"))
    return {uuid.UUID(name) for name in ids if _is_id(name)}


def _id_in(reference: str) -> str:
    """The id in ``folder:<id>/checkpoints/step-20``."""
    return reference.partition(":")[2].partition("/")[0]


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _label(artifact: Artifact) -> str:
    counts = artifact.counts
    telling = next((pair for pair in _TELLING if isinstance(counts.get(pair[0]), int)), None)
    size = f", {format_count(counts[telling[0]])} {_(telling[1])}" if telling else ""
    return f"{artifact}{size}, {artifact.created_at:%Y-%m-%d %H:%M}"
