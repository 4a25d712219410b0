"""What is read about tokenizers and token stores: rows, and the figures in their folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.folder.atomic import read_json
from training.units import format_bytes, format_count
from training.vocabulary.health import bar_of, health, over, read_fit
from webapp.jobs.models import Artifact, Job
from webapp.jobs.states import ACTIVE, State
from webapp.projects.models import Project

KINDS = ("tokenizer", "tokens")
_STATISTICS = "statistics.json"
_MAX_SHOWN = 200
_MAX_LANGUAGES = 20
#: Verbs that make one of the kinds.
_MAKERS = {
    "extend_tokenizer": "tokenizer",
    "resize_embeddings": "model",
    "tokenizer": "tokenizer",
    "import_tokenizer": "tokenizer",
    "tokenize": "tokens",
}


@dataclass(frozen=True)
class Figure:
    """One number of a result as people read it."""

    label: str | Promise
    value: str


#: Proper names, the same in every language.
_KINDS_TOLD = {
    "bpe": "BPE",
    "wordpiece": "WordPiece",
    "unigram": "Unigram",
    "wordlevel": "WordLevel",
}
#: Keys of ``counts`` and of the statistics, how they are called, how they are written.
_FIGURES: tuple[tuple[str, str | Promise, str], ...] = (
    ("vocab_size", _("Pieces"), "count"),
    ("merges", _("Merges"), "count"),
    ("learnt_pieces", _("Learnt pieces"), "count"),
    ("training_bytes", _("Text learnt from"), "bytes"),
    ("bytes_per_token", _("Bytes per token"), "ratio"),
    ("tokens_per_word", _("Tokens per word (fertility)"), "ratio"),
    ("tokens", _("Tokens"), "count"),
    ("train_tokens", _("For training"), "count"),
    ("validation_tokens", _("Held out"), "count"),
    ("documents", _("Documents"), "count"),
    ("text_bytes", _("Text"), "bytes"),
)


@dataclass(frozen=True)
class Results:
    """The newest of a kind, and how many there are."""

    rows: list[Artifact]
    total: int

    @property
    def is_cut(self) -> bool:
        """Whether older ones are left out."""
        return self.total > len(self.rows)


def results_of(project: Project, kind: str) -> Results:
    """The newest of a kind."""
    found = Artifact.objects.filter(project=project, kind=kind)
    rows = list(found.select_related("job").order_by("-created_at")[:_MAX_SHOWN])
    return Results(rows, found.count() if len(rows) == _MAX_SHOWN else len(rows))


def making_of(project: Project) -> QuerySet[Job]:
    """Jobs under way, or failed, that make one."""
    open_states = Q(state__in=[*ACTIVE, State.WAITING, State.FAILED, State.LOST])
    jobs = Job.objects.filter(open_states, project=project, verb__in=_MAKERS)
    return jobs.order_by("-created_at")[:20]


def figures_of(artifact: Artifact) -> list[Figure]:
    """Everything that is counted in it, in a fixed order."""
    counts: Mapping[str, Any] = artifact.counts
    kind = _KINDS_TOLD.get(str(counts.get("kind")))
    told = [Figure(_("Kind"), kind)] if kind else []
    return told + [
        Figure(label, _written(counts[key], how))
        for key, label, how in _FIGURES
        if isinstance(counts.get(key), int | float)
    ]


def fit_of(artifact: Artifact) -> dict[str, Any] | None:
    """On what a tokenizer's fit was measured; None where the folder does not tell."""
    statistics = read_json(artifact.folder / _STATISTICS)
    fit = statistics.get("fit") if isinstance(statistics, dict) else None
    return fit if isinstance(fit, dict) else None


@dataclass(frozen=True)
class Language:
    """How the text of one language was cut, against its bar."""

    name: str
    num_bytes: int
    per_word: float
    per_character: float
    unknown: float
    partial: float
    bar: float

    @property
    def is_shredded(self) -> bool:
        """Whether it is above the bar."""
        return self.per_word > self.bar


def languages_of(artifact: Artifact) -> list[Language]:
    """Of a token store, the largest first; none where it was not counted."""
    fit = read_fit(artifact.folder) if artifact.kind == "tokens" else None
    rows = list(fit["by_language"].items())[:_MAX_LANGUAGES] if fit else []
    return [
        Language(
            name,
            int(row["num_bytes"]),
            over(row["tokens"], row["words"]),
            over(row["tokens"], row["characters"]),
            over(row["unknown"], row["tokens"]),
            over(row["partial"], row["tokens"]),
            bar_of(name),
        )
        for name, row in rows
    ]


def doubts_of(artifact: Artifact) -> list[str]:
    """What is doubtful of a token store, as sentences."""
    fit = read_fit(artifact.folder) if artifact.kind == "tokens" else None
    has_base = artifact.sources.filter(kind="model").exists()
    found = health(fit, has_base=has_base, field="") if fit else []
    return [f"{text[:1].upper()}{text[1:]}" for text in (one.sentence() for one in found)]


def special_tokens_of(artifact: Artifact) -> list[str]:
    """Of a tokenizer, in the order of their ids."""
    statistics = read_json(artifact.folder / _STATISTICS)
    listed = statistics.get("special_tokens") if isinstance(statistics, dict) else None
    return [str(one) for one in listed] if isinstance(listed, list) else []


def _written(value: float, how: str) -> str:
    if how == "bytes":
        return format_bytes(value)
    return format_count(value) if how == "count" else f"{value:.2f}"
