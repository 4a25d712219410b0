"""What one objective is to those who only read of it: forms, charts, reports. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from training.registry.row import Row


@dataclass(frozen=True)
class PerplexityKind:
    """What e to the mean loss of an objective is: its name, and a sentence or two on it."""

    title: str
    about: str


PERPLEXITY = PerplexityKind(
    "Perplexity",
    "e to the mean loss: the model is as unsure of a next token as among so many equally likely "
    "ones.",
)


@dataclass(frozen=True)
class ObjectiveRow(Row):
    """One objective; ``target`` is a class that is made from a ``Setting``."""

    #: The attention that a model must have for it.
    attention: str = "causal"
    #: What its validation measures besides the loss: names in METRICS.
    metrics: tuple[str, ...] = ()
    #: What is built into the model for it, ``(model, train spec)``; empty where it needs nothing.
    companion: str = ""
    #: What e to the loss is; None where it is nothing of a text.
    perplexity: PerplexityKind | None = PERPLEXITY
    #: A yes-or-no option below the objective's own name in a spec that puts more into the loss
    #: than tokens; with it e to the loss is nothing of a text either.
    mixes_loss: str = ""


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
