"""Prefix language modelling: a beginning is given and seen from both sides, the rest is predicted.

Raffel 2020, Wang 2022. Of each document of a row the length of the prefix is drawn evenly between
two shares; its tokens but the last predict nothing. The model writes on after a prompt in the same
way: the prompt is its prefix.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from training.model.network import TrainyardModel
from training.objectives import causal
from training.objectives.objective import PerTarget, Setting
from training.specs.packing import Isolation
from training.tokens.batches import Batch, Gathered, next_token_batch
from training.tokens.draws import Draws, Purpose
from training.tokens.labels import IGNORED


class Prefix(PerTarget):
    """Draws prefixes, and is causal after them."""

    def __init__(self, setting: Setting) -> None:
        self.part = setting.spec.prefix
        packing = setting.spec.packing
        self._is_isolated = packing.isolation == Isolation.DOCUMENT
        resets = packing.resets_positions and self._is_isolated
        self._packing = packing.replace(isolation=Isolation.DOCUMENT, resets_positions=resets)

    def batch(self, gathered: Gathered, draws: Draws, device: torch.device) -> Batch:
        """Next tokens, of which those inside a prefix are not asked for."""
        if not self._is_isolated:
            gathered = replace(gathered, documents=np.minimum(gathered.documents, 0))
        batch = next_token_batch(gathered, self._packing, torch.device("cpu"))
        assert batch.documents is not None
        numbers = draws.uniform(Purpose.PREFIXES, batch.labels.shape[1])
        labels, prefixes = batch.labels.clone(), []
        for row, ends in enumerate(batch.documents.ends):
            lengths = []
            for start, end in pairwise((0, *ends)):
                length = self._length(end - start, numbers[row, start])
                labels[row, start : start + length - 1] = IGNORED
                lengths.append(length)
            prefixes.append(tuple(lengths))
        positions = batch.position_ids
        return replace(
            batch,
            input_ids=batch.input_ids.to(device),
            labels=labels.to(device),
            documents=replace(batch.documents, prefixes=tuple(prefixes)).to(device),
            position_ids=None if positions is None else positions.to(device),
            num_targets=int((labels != IGNORED).sum()),
        )

    def _length(self, num_tokens: int, number: float) -> int:
        least, largest = self.part.least_fraction, self.part.largest_fraction
        share = least + number * (largest - least)
        return min(num_tokens, max(1, int(share * num_tokens)))

    def __call__(self, model: TrainyardModel, batch: Batch) -> Tensor:
        """Sum over targets of the cross-entropy in nats, fp32 scalar."""
        return causal.loss(model, batch)
