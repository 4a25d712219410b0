"""The strip of numbers above the charts: the newest value of each, written as people read it.

`static/js/runs/numbers.js` writes the same numbers while the run goes on; a browser test holds
the two equal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.registry import PERPLEXITY, PerplexityKind
from training.units import format_bytes, perplexity
from webapp.runs.folder_facts import Point

NOTHING = "–"


@dataclass(frozen=True)
class Stat:
    """One number; ``series`` is where it comes from and ``kind`` how it is written."""

    series: str
    kind: str
    label: str | Promise
    value: str
    unit: str = ""
    note: str = ""
    #: What it is, for those who ask.
    about: str = ""


_STRIP = (
    ("train/loss", "loss", gettext_lazy("Training loss"), ""),
    ("train/loss", "perplexity", gettext_lazy("Perplexity"), ""),
    ("validation/loss", "loss", gettext_lazy("Validation loss"), ""),
    ("train/learning_rate", "rate", gettext_lazy("Learning rate"), ""),
    ("train/gradient_norm", "norm", gettext_lazy("Gradient norm"), ""),
    ("train/tokens_per_second", "count", gettext_lazy("Tokens/s"), ""),
    ("system/memory_bytes", "bytes", gettext_lazy("Memory"), ""),
)
_METRICS = (
    ("validation/replaced_auc", "norm", gettext_lazy("Detection AUC"), ""),
    ("validation/masked_accuracy", "norm", gettext_lazy("Masked accuracy"), ""),
    ("validation/pair_accuracy", "norm", gettext_lazy("Pair accuracy"), ""),
)


def strip(
    latest: Mapping[str, Point],
    best: Point | None,
    perplexity_kind: PerplexityKind | None = PERPLEXITY,
) -> list[Stat]:
    """Seven numbers, a dash where there is none yet; and what else validation has measured.

    Where e to the loss is nothing of a text, six.
    """
    metrics = [row for row in _METRICS if row[0] in latest]
    stats = [
        Stat(series, kind, label, written(kind, latest.get(series)), unit, _note(series, best))
        for series, kind, label, unit in (*_STRIP[:3], *metrics, *_STRIP[3:])
    ]
    return [told for one in stats if (told := named_perplexity(one, perplexity_kind)) is not None]


def named_perplexity(stat: Stat, perplexity_kind: PerplexityKind | None) -> Stat | None:
    """The number as the objective's own kind is called; None where it means nothing."""
    if stat.kind != "perplexity":
        return stat
    if perplexity_kind is None:
        return None
    return replace(stat, label=_(perplexity_kind.title), about=_(perplexity_kind.about))


def perplexity_note(kind: PerplexityKind | None) -> str:
    """What a kind of perplexity is that not everybody knows; else ""."""
    if kind is None or kind == PERPLEXITY:
        return ""
    return f"{_(kind.title)}: {_(kind.about)}"


def written(kind: str, point: Point | None) -> str:
    """A value of this kind as text."""
    if point is None:
        return NOTHING
    value = point.value
    if kind == "perplexity":
        value = perplexity(value) if not math.isnan(value) else value
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞"
    if kind == "bytes":
        return format_bytes(value)
    if kind == "count":
        return f"{value:,.0f}"
    if kind == "rate":
        return _short_power(value)
    if kind == "perplexity":
        return f"{value:,.1f}"
    return f"{value:.4f}" if kind == "loss" else f"{value:.3f}"


def _short_power(value: float) -> str:
    """0.00098 as 9.80e-4."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _note(series: str, best: Point | None) -> str:
    if series != "validation/loss" or best is None:
        return ""
    return _("best %(loss)s at %(step)s") % {
        "loss": f"{best.value:.4f}",
        "step": f"{best.step:,}",
    }
