"""Replaced-token detection: was this token put there by a generator? Clark 2020 (ELECTRA).

1. tokens are masked as for masked language modelling (``training.objectives.masked``);
2. the generator guesses them; its loss is that of the masked tokens;
3. each masked token is replaced by one drawn from what the generator says, by a number that belongs
   to the place of the row in the order: nothing depends on what was drawn before;
4. the model says of every token that is no padding whether it differs from the original. A token
   that the generator got right is an original.

No gradient goes through the drawing. The loss is the sum over masked tokens of the generator's,
plus ``weight`` x ``share`` times the sum over tokens of the model's: divided by the number of
masked tokens, which are ``share`` of all, that is the generator's mean plus ``weight`` times the
model's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from training.model.generator import generator_in
from training.model.network import TrainyardModel
from training.objectives.auc import NUM_BINS, auc, count_scores
from training.objectives.cross_entropy import vocabulary_loss, vocabulary_tally
from training.objectives.masked import Masked
from training.objectives.objective import Setting, Sums
from training.planning.memory import piece_tokens
from training.tokens.batches import Batch, Gathered
from training.tokens.draws import Draws, Purpose
from training.tokens.labels import IGNORED


@dataclass(frozen=True)
class ReplacedBatch(Batch):
    """A masked batch, and what replacing needs. Both [B, T]."""

    #: float64, from 0 to below 1: which token is drawn at each place.
    chances: Tensor | None = None
    #: bool: no padding.
    is_real: Tensor | None = None


@dataclass(frozen=True)
class _Detection:
    """Scores and answers of the real tokens, [N], and the generator's hidden states [M, D]."""

    scores: Tensor
    is_replaced: Tensor
    guessing: Tensor


class Replaced(Masked):
    """Two networks in one module: the model, and the generator inside it."""

    num_sums = 6 + 2 * NUM_BINS

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.weight = setting.spec.replaced.weight * setting.spec.masked.share

    def batch(self, gathered: Gathered, draws: Draws, device: torch.device) -> ReplacedBatch:
        """A masked batch with the numbers that tokens will be drawn by."""
        masked = super().batch(gathered, draws, device)
        drawn = draws.uniform(Purpose.GENERATOR, masked.labels.shape[1])
        return ReplacedBatch(
            **vars(masked),
            chances=torch.from_numpy(drawn).to(device),
            is_real=torch.from_numpy(gathered.documents[:, :-1] >= 0).to(device),
        )

    def __call__(self, model: TrainyardModel, batch: Batch) -> Tensor:
        """Sum of both losses, fp32 scalar."""
        found = self._detect(model, batch)
        guessing = vocabulary_loss(generator_in(model), found.guessing, batch.labels.view(-1))
        return guessing + self.weight * _detection_loss(found)

    def tally(self, model: TrainyardModel, batch: Batch) -> Sums:
        """(losses of generator and model, masked tokens, of these guessed, real tokens, of these
        judged rightly), and how many tokens of both kinds have each score.
        """
        found = self._detect(model, batch)
        labels = batch.labels.view(-1)
        guessing, num_guessed = vocabulary_tally(generator_in(model), found.guessing, labels)
        scores, is_replaced = found.scores.float().cpu().numpy(), found.is_replaced.cpu().numpy()
        num_right = int(((scores > 0) == is_replaced).sum())
        counts = [guessing, _detection_loss(found).item()]
        counts += [batch.num_targets, num_guessed, len(scores), num_right]
        return np.concatenate([np.array(counts), count_scores(scores, is_replaced)])

    def figures(self, sums: Sums) -> dict[str, float]:
        """The loss as it is descended, and how well both networks do."""
        guessing, detection, targets, guessed, tokens, right = sums[:6].tolist()
        targets, tokens = max(1.0, targets), max(1.0, tokens)
        return {
            "loss": (guessing + self.weight * detection) / targets,
            "replaced_auc": auc(sums[6:]),
            "replaced_accuracy": right / tokens,
            "replaced_share": float(sums[6 + NUM_BINS :].sum()) / tokens,
            "masked_accuracy": guessed / targets,
        }

    def _detect(self, model: TrainyardModel, batch: Batch) -> _Detection:
        assert isinstance(batch, ReplacedBatch)
        assert batch.chances is not None
        assert batch.is_real is not None
        generator = generator_in(model)
        guessing = _hidden(generator, batch, batch.input_ids).flatten(0, 1)
        is_target = batch.labels != IGNORED
        places = is_target.view(-1).nonzero().flatten()
        drawn = draw_tokens(generator, guessing[places], batch.chances.view(-1)[places])
        shown = batch.input_ids.view(-1).index_copy(0, places, drawn).view_as(batch.input_ids)
        scores = model.discriminator(_hidden(model, batch, shown))
        is_replaced = is_target & (shown != batch.labels)
        return _Detection(scores[batch.is_real], is_replaced[batch.is_real], guessing)


def _hidden(network: TrainyardModel, batch: Batch, input_ids: Tensor) -> Tensor:
    """[B, T, D] of one of both networks."""
    return network.hidden_states(input_ids, batch.documents, batch.position_ids)


@torch.no_grad()
def draw_tokens(generator: TrainyardModel, hidden: Tensor, chances: Tensor) -> Tensor:
    """A token for each hidden state [N, D], int64 [N], by the inverse of its distribution.

    ``chances`` float64 [N] from 0 to below 1: of the tokens in the order of their ids the first
    whose probabilities add up to more than this.
    """
    size = piece_tokens(generator.spec.vocab_size, hidden.device.type)
    drawn = [_drawn(generator, *piece) for piece in _pieces(size, hidden, chances)]
    return torch.cat(drawn) if drawn else chances.new_empty(0, dtype=torch.long)


def _pieces(size: int, *tensors: Tensor) -> Any:
    return zip(*(tensor.split(size) for tensor in tensors), strict=True)


def _drawn(generator: TrainyardModel, hidden: Tensor, chances: Tensor) -> Tensor:
    probabilities = generator.logits(hidden).float().softmax(-1)
    heights = probabilities.cumsum(-1, dtype=torch.float64)
    wanted = chances[:, None] * heights[:, -1:]
    found = torch.searchsorted(heights, wanted, right=True).squeeze(1)
    # A number just below 1 may be rounded up to the whole height.
    return found.clamp(max=heights.shape[1] - 1)


def _detection_loss(found: _Detection) -> Tensor:
    """Sum over real tokens, fp32 scalar."""
    answers = found.is_replaced.float()
    return binary_cross_entropy_with_logits(found.scores.float(), answers, reduction="sum")
