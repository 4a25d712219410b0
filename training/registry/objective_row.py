"""What one objective is to those who only read of it: forms, charts, reports. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from training.registry.row import Row


@dataclass(frozen=True)
class ObjectiveRow(Row):
    """One objective; ``target`` is a class that is made from a ``Setting``."""

    #: The attention that a model must have for it.
    attention: str = "causal"
    #: What its validation measures besides the loss: names in METRICS.
    metrics: tuple[str, ...] = ()
    #: What is built into the model for it, ``(model, train spec)``; empty where it needs nothing.
    companion: str = ""
    #: Whether e to the loss is the perplexity of a text.
    has_perplexity: bool = True


@dataclass(frozen=True)
class Metric:
    """A figure of validation, of the series ``validation/<name>``; a share from 0 to 1."""

    name: str
    title: str
    #: One sentence on what is counted.
    about: str


METRICS = {
    metric.name: metric
    for metric in (
        Metric("masked_accuracy", "Masked accuracy",
            "Share of the masked tokens for which the likeliest token is the right one."),
        Metric("replaced_auc", "Detection (AUC)",
            "Chance that a replaced token gets a higher score than an original; 0.5 is guessing."),
        Metric("replaced_accuracy", "Detection accuracy",
            "Share of the tokens of which it is said rightly whether they were replaced."),
        Metric("replaced_share", "Share replaced",
            "Share of the tokens that the generator replaced by another one."),
        Metric("pair_accuracy", "Pair accuracy",
            "Share of the pairs of which it is said rightly whether the second follows."),
    )
}  # fmt: skip
