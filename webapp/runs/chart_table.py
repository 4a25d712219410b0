"""The charts of a run: which series each shows, how, and in which colour.

The page, its script and the comparison read the same table. Perplexity is no series of its own:
it is e to the loss, computed where it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from training.registry import OBJECTIVES, perplexity_kind

TOKENS = "train/tokens_seen"
_MAX_GPUS = 8


@dataclass(frozen=True)
class ChartSeries:
    """One line: the metric series, its name in the key, its colour slot."""

    name: str
    label: str | Promise
    slot: int = 1


@dataclass(frozen=True)
class Chart:
    """``transform`` is applied to the stored values: "", "exp", or "mega" and "giga" (divide)."""

    key: str
    title: str | Promise
    series: tuple[ChartSeries, ...]
    transform: str = ""
    unit: str | Promise = ""
    may_be_log: bool = True
    #: Of runs that are compared: each line ends with the name of its run, and has its own dashing.
    has_end_labels: bool = False

    def as_data(self) -> dict[str, Any]:
        """For the script, in the reader's language."""
        data = asdict(self)
        series = [{**row, "label": str(row["label"])} for row in data["series"]]
        texts = {"title": str(self.title), "unit": str(self.unit)}
        return {**data, **texts, "series": series}


def _one(name: str, label: str | Promise, slot: int) -> tuple[ChartSeries, ...]:
    return (ChartSeries(name, label, slot),)


_TRAIN = ChartSeries("train/loss", gettext_lazy("training"), 1)
_HELD_OUT = ChartSeries("validation/loss", gettext_lazy("validation"), 2)
CHARTS = (
    Chart("loss", gettext_lazy("Loss"), (_TRAIN, _HELD_OUT)),
    Chart("perplexity", gettext_lazy("Perplexity"), (_TRAIN, _HELD_OUT), "exp"),
    Chart(
        "gradient",
        gettext_lazy("Gradient norm"),
        _one("train/gradient_norm", gettext_lazy("gradient norm"), 3),
    ),
    Chart(
        "rate",
        gettext_lazy("Learning rate"),
        _one("train/learning_rate", gettext_lazy("learning rate"), 4),
    ),
    Chart(
        "speed",
        gettext_lazy("Speed"),
        _one("train/tokens_per_second", gettext_lazy("speed"), 5),
        unit=gettext_lazy("tokens/s"),
        may_be_log=False,
    ),
    Chart(
        "memory",
        gettext_lazy("Memory"),
        _one("system/memory_bytes", gettext_lazy("memory"), 6),
        "mega",
        unit="MB",
        may_be_log=False,
    ),
)
#: What objectives measure besides their loss (``training.registry.METRICS``), and what fp16 does.
METRIC_CHARTS = (
    Chart(
        "accuracy",
        gettext_lazy("Accuracy"),
        (
            ChartSeries("validation/masked_accuracy", gettext_lazy("masked tokens"), 2),
            ChartSeries("validation/pair_accuracy", gettext_lazy("sentence pairs"), 3),
            ChartSeries("validation/replaced_accuracy", gettext_lazy("detection"), 4),
        ),
        may_be_log=False,
    ),
    Chart(
        "detection",
        gettext_lazy("Replaced tokens"),
        (
            ChartSeries("validation/replaced_auc", gettext_lazy("AUC"), 2),
            ChartSeries("validation/replaced_share", gettext_lazy("share replaced"), 3),
        ),
        may_be_log=False,
    ),
    Chart(
        "loss_scale",
        gettext_lazy("Loss scale"),
        _one("train/loss_scale", gettext_lazy("loss scale"), 4),
    ),
)
SYSTEM_CHARTS = (
    Chart(
        "cpu",
        gettext_lazy("Processor"),
        (
            ChartSeries("system/cpu_cores", gettext_lazy("this run"), 1),
            ChartSeries("system/machine_cpu_cores", gettext_lazy("machine"), 2),
        ),
        unit=gettext_lazy("cores in use"),
        may_be_log=False,
    ),
    Chart(
        "system_memory",
        gettext_lazy("Memory"),
        (
            ChartSeries("system/tree_memory_bytes", gettext_lazy("this run"), 1),
            ChartSeries("system/machine_memory_bytes", gettext_lazy("machine"), 2),
        ),
        "mega",
        unit="MB",
        may_be_log=False,
    ),
    Chart(
        "disk",
        gettext_lazy("Free disk"),
        _one("system/disk_free_bytes", gettext_lazy("free"), 3),
        "giga",
        unit="GB",
        may_be_log=False,
    ),
    Chart(
        "folder",
        gettext_lazy("Folder of the run"),
        _one("system/folder_bytes", gettext_lazy("size"), 4),
        "mega",
        unit="MB",
        may_be_log=False,
    ),
    Chart(
        "gpu",
        gettext_lazy("GPU"),
        tuple(ChartSeries(f"system/gpu{n}_percent", f"GPU {n}", n + 1) for n in range(_MAX_GPUS)),
        unit="%",
        may_be_log=False,
    ),
    Chart(
        "gpu_memory",
        gettext_lazy("GPU memory"),
        tuple(
            ChartSeries(f"system/gpu{n}_memory_bytes", f"GPU {n}", n + 1) for n in range(_MAX_GPUS)
        ),
        "mega",
        unit="MB",
        may_be_log=False,
    ),
    Chart(
        "gpu_power",
        gettext_lazy("GPU power"),
        tuple(ChartSeries(f"system/gpu{n}_watts", f"GPU {n}", n + 1) for n in range(_MAX_GPUS)),
        unit="W",
        may_be_log=False,
    ),
)


def charts_for(spec: Mapping[str, Any]) -> tuple[Chart, ...]:
    """The charts of a run with this train spec; metrics of its objective may still come."""
    row = OBJECTIVES.get(str(spec.get("objective")))
    measured = [f"validation/{name}" for name in row.metrics] if row else []
    loss, exponential, *rest = CHARTS
    kind = perplexity_kind(spec)
    named = [replace(exponential, title=gettext_lazy(kind.title))] if kind else []
    return (loss, *present(METRIC_CHARTS, measured), *named, *rest)


def names_of(charts: Iterable[Chart]) -> frozenset[str]:
    """The series that these charts show, and the one behind the token axis."""
    shown = {series.name for chart in charts for series in chart.series}
    return frozenset(shown | {TOKENS})


def present(charts: Iterable[Chart], found: Collection[str]) -> tuple[Chart, ...]:
    """The charts with a series among ``found``, with those series alone."""
    kept = (
        replace(chart, series=tuple(one for one in chart.series if one.name in found))
        for chart in charts
    )
    return tuple(chart for chart in kept if chart.series)
