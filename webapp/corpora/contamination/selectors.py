"""What is read about searches for evaluation sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from training.folder.atomic import read_json
from webapp.corpora.file_reports import FileReport, file_reports
from webapp.corpora.versions.selectors import KIND as CORPUS
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import State
from webapp.projects.models import Project

KIND = "contamination"
VERB = "decontaminate"
_MOST_LISTED = 20


@dataclass(frozen=True)
class SetRow:
    """One evaluation set, as far as documents hold it."""

    name: str
    items: int
    searched: int
    too_short: int
    template: int
    contaminated: int
    contaminated_half: int
    contaminated_most: int
    documents: int
    #: (reason, the first items that were left out for it).
    left_out: list[tuple[str, list[str]]] = field(default_factory=list)

    @property
    def fraction(self) -> float:
        """Items of which a document holds anything, of those that were looked for."""
        return self.contaminated / max(1, self.searched)


@dataclass(frozen=True)
class Found:
    """What the folder of a search tells; ``is_whole`` is false where it is gone or torn."""

    is_whole: bool
    info: dict[str, Any] = field(default_factory=dict)
    sets: list[SetRow] = field(default_factory=list)
    files: list[FileReport] = field(default_factory=list)

    @property
    def faulty(self) -> list[FileReport]:
        """Files of which anything was left out."""
        return [file for file in self.files if file.is_faulty]


def searches_in(project: Project) -> QuerySet[Artifact]:
    """Searches, newest first."""
    return Artifact.objects.filter(project=project, kind=KIND).order_by("-created_at")


def searches_of(documents: Artifact) -> list[Artifact]:
    """The newest searches through these documents."""
    rows = documents.products.filter(kind=KIND).order_by("-created_at")
    return list(rows[:_MOST_LISTED])


def searching(documents: Artifact) -> list[Job]:
    """Jobs that search these documents, or ended without a result."""
    jobs = Job.objects.filter(verb=VERB, dependencies__on_artifact=documents)
    return list(jobs.exclude(state=State.FINISHED).order_by("-created_at")[:_MOST_LISTED])


def documents_of(made: Artifact) -> Artifact | None:
    """The documents of which a search or a corpus was made; None when they are deleted."""
    return made.sources.filter(kind="documents").first()


def versions_beside(documents: Artifact | None) -> list[Artifact]:
    """Corpora of these documents, newest first: their rules can be kept."""
    if documents is None:
        return []
    return list(documents.products.filter(kind=CORPUS).order_by("-created_at")[:_MOST_LISTED])


@dataclass(frozen=True)
class BesideRule:
    """What the rule's panel in the workbench offers."""

    documents: Artifact | None
    found: list[Artifact]
    #: The search that the version goes by.
    used: Artifact | None


def beside_rule(corpus: Artifact) -> BesideRule:
    """Searches through the documents of a corpus version."""
    documents = documents_of(corpus)
    used = corpus.sources.filter(kind=KIND).first()
    return BesideRule(documents, searches_of(documents) if documents else [], used)


def found_by(search: Artifact) -> Found:
    """Counts by set, and what each file gave."""
    info, sets = (read_json(search.folder / name) for name in ("contamination.json", "sets.json"))
    if not isinstance(info, dict) or not isinstance(sets, list):
        return Found(is_whole=False)
    return Found(True, info, [_row(one) for one in sets], file_reports(search))


def _row(told: dict[str, Any]) -> SetRow:
    left_out, named = told.get("left_out", {}), told.get("left_out_first", {})
    return SetRow(
        name=str(told["set"]),
        too_short=int(left_out.get("too_short", 0)),
        template=int(left_out.get("template", 0)),
        left_out=[(reason, list(items)) for reason, items in named.items()],
        **{
            name: int(told.get(name, 0))
            for name in (
                "items", "searched", "contaminated", "contaminated_half", "contaminated_most",
                "documents",
            )
        },
    )  # fmt: skip
