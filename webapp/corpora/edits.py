"""What a transform job did to its documents, as ``edits.json`` beside them tells it.

Everything in that file is masked already. It was written by a job, so its shape is looked at before
a template gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from training.folder.atomic import read_json
from training.registry import TRANSFORMS
from training.specs.base import META
from training.specs.transform import TransformSpec
from webapp.corpora.versions.pages import marked, origin_words
from webapp.jobs.models import Artifact

_FILE = "edits.json"
_VERB = "transform"
#: Removed pieces shown at once; the others unfold.
FIRST_PIECES = 20
_PIECE_CHARACTERS = 160
SAMPLES_PER_PAGE = 5


@dataclass(frozen=True)
class Sample:
    """A changed document; ``pieces`` are (whether it was cut, text) of what stood there."""

    where: str
    source: str
    doc_id: str
    num_edits: int
    reasons: list[str]
    pieces: list[tuple[bool, str]]
    after: str
    is_cut_before: bool
    is_cut_after: bool


@dataclass(frozen=True)
class TransformRow:
    """One transform; bytes are of text, and negative where text was added."""

    name: str
    title: str
    documents: int
    documents_fraction: float
    edits: int
    bytes_removed: int
    reasons: list[tuple[str, int]]
    options: list[tuple[str, str]]
    frequent: list[tuple[str, int]]
    samples: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class EditReport:
    """The whole report. Fractions are of what came in."""

    documents: int
    documents_after: int
    changed: int
    changed_fraction: float
    left_out: int
    min_characters: int
    first_left_out: list[str]
    bytes_before: int
    bytes_after: int
    removed_fraction: float
    transforms: list[TransformRow]

    def named(self, name: str) -> TransformRow | None:
        """The transform of this name, else the first."""
        found = (row for row in self.transforms if row.name == name)
        return next(found, next(iter(self.transforms), None))


def stored_edits(documents: Artifact) -> dict[str, Any] | None:
    """The report as the job wrote it; None where there is none that can be read."""
    report = read_json(documents.folder / _FILE)
    is_whole = isinstance(report, dict) and {"total", "left_out", "transforms"} <= report.keys()
    return report if is_whole else None


def is_edited(documents: Artifact) -> bool:
    """Whether a transform job made them."""
    return documents.job is not None and documents.job.verb == _VERB


def edited_from(documents: Artifact) -> Artifact | None:
    """The documents that were edited, as long as they are there."""
    return documents.sources.filter(kind="documents").first() if is_edited(documents) else None


def edit_report(documents: Artifact) -> EditReport | None:
    """The report as a page shows it; None where there is none."""
    stored = stored_edits(documents)
    if stored is None:
        return None
    total, gone = stored["total"], stored["left_out"]
    removed = total["bytes"] - total["bytes_after"]
    return EditReport(
        documents=total["documents"],
        documents_after=total["documents_after"],
        changed=total["changed"],
        changed_fraction=total["changed"] / max(1, total["documents"]),
        left_out=gone["documents"],
        min_characters=stored["min_characters"],
        first_left_out=[origin_words(one["origin"]) or one["doc_id"] for one in gone["first"][:20]],
        bytes_before=total["bytes"],
        bytes_after=total["bytes_after"],
        removed_fraction=removed / max(1, total["bytes"]),
        transforms=[_row(told, total["documents"]) for told in stored["transforms"]],
    )


def sample_rows(row: TransformRow, samples: Sequence[dict[str, Any]]) -> list[Sample]:
    """Some samples of a transform for the page."""
    reasons = [reason for reason, _number in row.reasons]
    return [
        Sample(
            where=origin_words(one["origin"]),
            source=one["source"],
            doc_id=one["doc_id"],
            num_edits=one["num_edits"],
            reasons=list(dict.fromkeys(reasons[place] for _a, _b, place in one["spans"])),
            pieces=marked(one["before"], [span[:2] for span in one["spans"]]),
            after=one["after"],
            is_cut_before=one["is_cut_before"],
            is_cut_after=one["is_cut_after"],
        )
        for one in samples
    ]


def _row(told: dict[str, Any], num_documents: int) -> TransformRow:
    name = told["name"]
    known = TRANSFORMS.get(name)
    return TransformRow(
        name=name,
        title=known.title if known else name,
        documents=told["documents"],
        documents_fraction=told["documents"] / max(1, num_documents),
        edits=told["edits"],
        bytes_removed=told["bytes_removed"],
        reasons=[(one["reason"], one["edits"]) for one in told["reasons"]],
        options=_options(name, told["options"]),
        frequent=[(_short(one["text"]), one["count"]) for one in told["frequent"]],
        samples=told["samples"],
    )


def _short(text: str) -> str:
    text = " ".join(text.split()) or _("(white space)")
    return text if len(text) <= _PIECE_CHARACTERS else f"{text[:_PIECE_CHARACTERS]}…"


def _options(name: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    """(title, value) of the options that a transform had."""
    if name not in TRANSFORMS:
        return []
    fields = TransformSpec.model_fields[name].annotation.model_fields  # type: ignore[union-attr]
    return [
        (_title(fields[option]), _words(value))
        for option, value in values.items()
        if option in fields and option != "is_on"
    ]


def _title(field: Any) -> str:
    return str(field.json_schema_extra[META]["title"])


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
