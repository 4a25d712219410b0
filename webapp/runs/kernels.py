"""How a run computes its steps, as its newest attempt told: one line per choice."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.events import EventKind
from training.folder.layout import JobFolder
from training.registry import ATTENTIONS
from webapp.runs.story import first_event, newest_event

TITLES: dict[str, str | Promise] = {
    "attention": _("Attention"),
    "precision": _("Precision"),
    "compilation": _("Compilation"),
    "recomputation": _("Recomputation"),
    "optimizer": _("Optimizer"),
    "processes": _("Processes"),
}


@dataclass(frozen=True)
class Choice:
    """What could be chosen, in words; ``code`` is its name in settings and logs, "" without one."""

    words: str
    code: str = ""


@dataclass(frozen=True)
class KernelLine:
    """What was chosen and why; ``against``: what was not, each with its reason."""

    title: str | Promise
    chosen: Choice
    why: str
    against: list[tuple[Choice, str]]


def kernels_of(folder: JobFolder) -> list[KernelLine]:
    """Lines in the order of the event; none of a run that has not begun, or told nothing."""
    kind = EventKind.KERNELS
    event = newest_event(folder, kind) or first_event(folder, {kind}, "parts") or {}
    parts = event.get("parts")
    return [_line(part) for part in parts or [] if isinstance(part, dict)]


def _line(part: dict[str, object]) -> KernelLine:
    name, against = str(part.get("part") or ""), part.get("against")
    pairs = against.items() if isinstance(against, dict) else ()
    return KernelLine(
        title=TITLES.get(name, name),
        chosen=_choice(str(part.get("chosen") or "")),
        why=str(part.get("why") or ""),
        against=[(_choice(str(other)), str(reason)) for other, reason in pairs],
    )


def _choice(name: str) -> Choice:
    row = ATTENTIONS.get(name)
    return Choice(row.title, name) if row is not None else Choice(name)
