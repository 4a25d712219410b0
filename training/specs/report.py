"""What the verb ``report`` is asked: which run to describe."""

from __future__ import annotations

from training.specs.base import Spec, option


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
