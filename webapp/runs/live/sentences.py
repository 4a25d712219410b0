"""One sentence per kind of event, in the reader's language.

An event keeps its numbers; the sentence is added beside them. Kinds that are shown elsewhere
(progress as a bar) have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.units import format_bytes, format_loss, format_seconds

Data = Mapping[str, Any]
_Text = str | Promise

_SENTENCES: dict[str, _Text] = {
    "started": _("Started."),
    "resumed": _("Went on from step %(step)s."),
    "kernels": _("Steps are computed so: %(message)s."),
    "phase": _("%(name)s"),
    "checkpoint": _("Saved checkpoint at step %(step)s (%(size)s)."),
    "checkpoint_failed": _("Checkpoint at step %(step)s could not be saved: %(message)s"),
    "checkpoint_skipped": _("Checkpoint at step %(step)s is damaged and was skipped: %(message)s"),
    "step_skipped": _("Step %(step)s was skipped: %(message)s"),
    "overflow": _("Step %(step)s: %(message)s"),
    "rolled_back": _("Went back from step %(step)s to step %(to_step)s. %(message)s"),
    "validation": _("Validation at step %(step)s: loss %(loss)s."),
    "sample": _("Sample at step %(step)s for “%(prompt)s”."),
    "forgetting": _("General text at step %(step)s: perplexity %(perplexity)s."),
    "test": _("Test at step %(step)s: loss %(loss)s on %(num_rows)s rows never read before."),
    "benchmark": _("Accuracy at step %(step)s: %(accuracies)s."),
    "warning": _("Warning: %(message)s"),
    "note": _("%(message)s"),
    "stopped": _("Saved and stopped at step %(step)s."),
    "finished": _("Finished."),
    "failed": _("Failed: %(message)s"),
    "ended": _("The process ended with code %(code)s."),
}
#: Shown as a bar, not as a line.
SILENT = frozenset({"progress"})
_FORMATS: dict[str, Callable[[float], str]] = {
    "loss": format_loss,
    "perplexity": format_loss,
    "seconds": format_seconds,
}


def told(event: Data) -> dict[str, Any]:
    """The event with its ``sentence``; kinds nobody has written one for are named."""
    kind = str(event.get("kind", ""))
    if kind in SILENT:
        return dict(event)
    text = _SENTENCES.get(kind)
    sentence = str(text) % _Shown(event) if text else kind.replace("_", " ")
    return {**event, "sentence": sentence}


class _Shown(dict[str, str]):
    """Values as people read them; what is missing is a dash."""

    def __init__(self, event: Data) -> None:
        super().__init__({name: _shown(name, value) for name, value in event.items()})
        num_bytes = event.get("num_bytes")
        if isinstance(num_bytes, int | float):
            self["size"] = format_bytes(num_bytes)
        if isinstance(sets := event.get("sets"), list):
            self["accuracies"] = ", ".join(_accuracy(one) for one in sets)

    def __missing__(self, key: str) -> str:
        return "–"


def _accuracy(told: Any) -> str:
    """One set with its accuracy, of whatever a damaged line has made of it."""
    if not isinstance(told, dict) or not isinstance(told.get("accuracy"), int | float):
        return "–"
    return f"{told.get('set', '')} {100 * told['accuracy']:.1f} %"


def _shown(name: str, value: Any) -> str:
    if isinstance(value, float) and name in _FORMATS:
        return _FORMATS[name](value)
    return f"{value:,}" if isinstance(value, int) else str(value)
