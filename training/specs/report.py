"""What the verb ``report`` is asked: which run to describe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from training.specs.base import Spec, option

MAX_EVALUATIONS = 64


class ReportSpec(Spec):
    """Write the report of a run: one HTML file, Markdown and JSON."""

    verb = "report"

    run: str = option(
        title="Run",
        help="Output folder of a train job, or the job folder of one that has not ended.",
        artifact="model",
        min_length=1,
    )
    title: str = option("", title="Title", help="Empty takes the run's name.", max_length=200)
    licence: str = option(
        "",
        title="Licence",
        help="Of the model, as the Hugging Face Hub calls it (apache-2.0, cc-by-4.0 ...); empty is "
        "unknown.",
        max_length=80,
        pattern=r"[A-Za-z0-9.+-]*",
    )
    evaluations: list[str] = option(
        factory=list,
        title="Evaluations",
        help="Output folders of evaluate jobs that measured this run's models: their results are "
        "a section of the report.",
        max_length=MAX_EVALUATIONS,
        group="advanced",
    )

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Also the folders of the evaluations."""
        data = super().with_moved_inputs(data, move)
        named = data.get("evaluations")
        if not isinstance(named, list):
            return data
        moved = [move(one) if isinstance(one, str) and one else one for one in named]
        return {**data, "evaluations": moved}
