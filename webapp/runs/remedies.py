"""For each class of failure a change to the settings that is worth one click.

The sentence that goes with it comes from the process that failed (its advice); here is only what
a clone would change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Remedy:
    """A clone with ``changes`` ({dotted field path: value}), and what to write on its button."""

    label: str
    changes: dict[str, Any]


def remedy_for(reason_code: str, spec: Settings) -> Remedy | None:
    """The remedy for a failed job, or None when no change of settings would help."""
    make = _REMEDIES.get(reason_code)
    return make(spec) if make else None


def _smaller_step(spec: Settings) -> Remedy | None:
    rate = spec.get("optimizer", {}).get("learning_rate")
    if not rate:
        return None
    half = float(f"{rate / 2:.2g}")
    label = _("Clone with half the learning rate (%(rate)s)") % {"rate": f"{half:g}"}
    return Remedy(label, {"optimizer.learning_rate": half})


def _smaller_batch(spec: Settings) -> Remedy | None:
    rows = int(spec.get("micro_batch_size") or 0)
    if rows < 2 or rows % 2:
        return None
    label = _("Clone with half the micro-batch (%(rows)s rows)") % {"rows": rows // 2}
    return Remedy(label, {"micro_batch_size": rows // 2})


_REMEDIES: dict[str, Callable[[Settings], Remedy | None]] = {
    "not_finite": _smaller_step,
    "out_of_memory": _smaller_batch,
}
