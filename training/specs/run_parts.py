"""Choices of a model that belong to its training alone: they leave no trace in its weights' shapes.

Srivastava 2014 (dropout; its places: Vaswani 2017), Szegedy 2016 (label smoothing).
"""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Part, option

#: Of a place that was not chosen: as ``dropout``.
AS_DROPOUT = -1.0


class RunOptions(Part):
    """Dropout, in all places or in each, and label smoothing."""

    dropout: float = option(
        0.0,
        title="Dropout",
        help="On embeddings, attention weights and residual branches.",
        recommended=(0.0, 0.3),
        ge=0,
        lt=1,
        group="advanced",
    )
    embedding_dropout: float = option(
        AS_DROPOUT,
        title="Dropout of embeddings",
        help="What blocks read first; -1 is as Dropout.",
        ge=-1,
        lt=1,
        group="advanced",
    )
    attention_dropout: float = option(
        AS_DROPOUT,
        title="Dropout of attention",
        help="Weights of the keys; -1 is as Dropout. On a CPU it costs the fused kernel.",
        ge=-1,
        lt=1,
        group="advanced",
    )
    residual_dropout: float = option(
        AS_DROPOUT,
        title="Dropout of branches",
        help="What attention and feed-forward add to the stream; -1 is as Dropout.",
        ge=-1,
        lt=1,
        group="advanced",
    )
    feedforward_dropout: float = option(
        0.0,
        title="Dropout inside the feed-forward",
        help="What its second matrix reads.",
        ge=0,
        lt=1,
        group="advanced",
    )
    label_smoothing: float = option(
        0.0,
        title="Label smoothing",
        help="Share of the target that is spread over the whole vocabulary; it counts in the "
        "training loss and never in validation.",
        recommended=(0.0, 0.2),
        ge=0,
        lt=1,
        group="advanced",
    )

    @property
    def embedding_drop(self) -> float:
        """Share of embeddings that is dropped."""
        return self._share(self.embedding_dropout)

    @property
    def attention_drop(self) -> float:
        """Share of attention weights that is dropped."""
        return self._share(self.attention_dropout)

    @property
    def residual_drop(self) -> float:
        """Share of the branches' outputs that is dropped."""
        return self._share(self.residual_dropout)

    def _share(self, chosen: float) -> float:
        return self.dropout if chosen == AS_DROPOUT else chosen

    def problems(self) -> Iterator[Problem]:
        """A place with a negative share that is not -1."""
        yield from super().problems()
        for name in ("embedding_dropout", "attention_dropout", "residual_dropout"):
            value = getattr(self, name)
            if value < 0 and value != AS_DROPOUT:
                yield Problem(
                    name,
                    "is a share of what is dropped",
                    got=f"{value:g}",
                    expected="0 to 1, or -1 for the value of dropout",
                    hint="Use -1 or a share.",
                    fix=((name, AS_DROPOUT),),
                )


#: The fields above, and what else a run may choose of a base's model.
RUN_FIELDS = tuple(RunOptions.model_fields)
