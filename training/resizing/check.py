"""The check of a resized model: on text without a new piece it must say what it said before.

A head with more rows spreads its probability over more pieces, so the loss over all pieces rises a
little, by -ln of the share that the old ones keep. Over the old pieces alone nothing may change,
and that is what is checked; the rise is measured and told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from training.errors import DataError
from training.model.network import TrainyardModel
from training.vocabulary.spelling import Speller

#: Nats per token by which sums of floats may differ when a product has another shape.
TOLERANCE = 1e-4
_ROW_TOKENS = 256


@dataclass(frozen=True)
class Losses:
    """Mean loss in nats per token: over all pieces, and over the pieces below a bound alone."""

    over_all: float
    over_old: float
    num_tokens: int


@dataclass(frozen=True)
class Check:
    """The same text, before and after."""

    before: Losses
    after: Losses

    @property
    def taken_fraction(self) -> float:
        """Share of the probability that new pieces take where none is right."""
        return 1 - math.exp(self.after.over_old - self.after.over_all)

    def require(self) -> None:
        """DataError when the loss over old pieces has changed."""
        change = abs(self.after.over_old - self.before.over_old)
        if not change <= TOLERANCE:
            raise DataError(
                f"The loss on text without a new piece changed from {self.before.over_old:.6f} to "
                f"{self.after.over_old:.6f} nats per token; accepted: {TOLERANCE:g} at most.",
                advice="The model is not used; please report this.",
            )


def rows_without_new(
    old: Speller, new: Speller, texts: Iterable[str], *, length: int, most_tokens: int
) -> Tensor:
    """[rows, length + 1] ids of lines that hold no new piece; no rows where there are too few."""
    length = min(length, _ROW_TOKENS)
    ids: list[int] = []
    for line in _lines(texts):
        cut = new.tokenizer.encode(line, add_special_tokens=False).ids
        if cut == old.tokenizer.encode(line, add_special_tokens=False).ids:
            ids += cut
        if len(ids) >= most_tokens:
            break
    num_rows = min(len(ids), most_tokens) // (length + 1)
    return torch.tensor(ids[: num_rows * (length + 1)], dtype=torch.long).view(-1, length + 1)


def measure(model: TrainyardModel, rows: Tensor, num_old: int) -> Losses:
    """Losses on ``rows`` [R, T + 1]; pieces below ``num_old`` are old ones."""
    over_all = over_old = 0.0
    with torch.inference_mode():
        for row in rows.split(4):
            logits = model(input_ids=row[:, :-1]).logits.float()
            targets = row[:, 1:].flatten()
            picked = logits.flatten(0, 1).gather(1, targets[:, None]).double().sum().item()
            over_all += logits.logsumexp(-1).double().sum().item() - picked
            over_old += logits[..., :num_old].logsumexp(-1).double().sum().item() - picked
    count = rows[:, 1:].numel()
    return Losses(over_all / count, over_old / count, count)


def _lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (line for line in text.splitlines() if len(line) > 1)
