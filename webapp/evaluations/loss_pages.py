"""What is read about losses of documents: rows, spreads as bars, tokens with their shade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.folder.atomic import read_json
from webapp.evaluations.selectors import LOSSES, names_of_models
from webapp.jobs.models import Artifact
from webapp.projects.models import Project

ORDERS: tuple[tuple[str, str | Promise], ...] = (
    ("highest", gettext_lazy("highest loss first")),
    ("lowest", gettext_lazy("lowest loss first")),
    ("longest", gettext_lazy("longest first")),
    ("place", gettext_lazy("as they stand in the tokens")),
)
#: Upper ends of the shades in nats; what is above them has the last one.
_SHADES = (1.0, 2.5, 4.0, 6.0)
_MOST = 100
#: What stands for white space where it must be seen.
_SIGNS = str.maketrans({" ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍"})
_BAR_WIDTH, _HEIGHT = 14, 80


@dataclass(frozen=True)
class Bar:
    """One bar of a spread."""

    x: int
    y: int
    height: int
    edge: float
    count: int


@dataclass(frozen=True)
class Spread:
    """How losses are spread, from 0 to ``top`` nats."""

    title: str
    unit: str
    bars: list[Bar]
    width: int
    height: int
    top: float


def losses_of(project: Project) -> list[tuple[Artifact, str]]:
    """The newest measurements, with what was measured."""
    rows = Artifact.objects.filter(project=project, kind=LOSSES).prefetch_related("sources")
    found = list(rows.order_by("-created_at")[:_MOST])
    return list(zip(found, names_of_models(found), strict=True))


def info_of(losses: Artifact) -> dict[str, Any] | None:
    """``losses.json``; None where the folder is gone or torn."""
    info = read_json(losses.folder / "losses.json")
    return info if isinstance(info, dict) and "tokens_id" in info else None


def spreads_of(info: dict[str, Any]) -> list[Spread]:
    """Of documents and of tokens."""
    return [
        _spread(info["document_histogram"], _("Loss of documents"), _("Documents")),
        _spread(info["token_histogram"], _("Loss of tokens"), _("Tokens")),
    ]


def _spread(told: dict[str, Any], title: str, unit: str) -> Spread:
    edges, counts = told["edges"], told["counts"]
    most = max([1, *counts])
    bars = []
    for place, count in enumerate(counts):
        height = -(-_HEIGHT * count // most)
        bars.append(Bar(place * _BAR_WIDTH, _HEIGHT - height, height, edges[place], count))
    return Spread(title, unit, bars, len(counts) * _BAR_WIDTH, _HEIGHT, float(edges[-1]))


def shaded(pieces: Sequence[Any]) -> list[tuple[str, float | None, int]]:
    """(text, loss, shade from 0 to 4) of pieces of a document."""
    return [(text, loss, _shade(loss)) for text, loss in pieces]


def _shade(loss: float | None) -> int:
    return 0 if loss is None else sum(loss >= edge for edge in _SHADES)


def named(top: Sequence[Any]) -> list[tuple[str, float, str]]:
    """Pieces in a table, where white space alone would be an empty cell; the phrase around each."""
    return [(text.translate(_SIGNS), loss, phrase) for text, loss, phrase in top]


def scale() -> list[tuple[int, str]]:
    """(shade, which losses have it)."""
    edges = [f"{edge:g}" for edge in _SHADES]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return list(enumerate([f"< {edges[0]}", *between, f"≥ {edges[-1]}"]))
