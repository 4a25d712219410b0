"""Autoregressive blank infilling: spans of a text are taken out and written again (Du 2022, GLM).

How a document is laid out: ``training.tokens.blanks``. Positions are two-dimensional where the
model has a table for them (``has_blank_positions``), else tokens of a blank count on from its mask.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from training.model.masks import Documents
from training.model.network import TrainyardModel
from training.objectives.cross_entropy import vocabulary_loss
from training.objectives.objective import PerTarget, Setting, require_texts
from training.specs.packing import Isolation
from training.tokenizers.special import END, LONG_MASK, MASK, START, SpecialIds
from training.tokens.batches import Batch, Gathered, packed_documents
from training.tokens.blanks import NUM_DRAWN, Blanking, BlankTokens
from training.tokens.draws import Draws, Purpose
from training.tokens.labels import IGNORED


class Blank(PerTarget):
    """Blanks out each document of a row; what filled the blanks is the target."""

    def __init__(self, setting: Setting) -> None:
        require_texts(setting)
        packing = setting.spec.packing
        self._is_isolated = packing.isolation == Isolation.DOCUMENT
        self._resets = self._is_isolated and packing.resets_positions
        self._has_two = setting.model.has_blank_positions
        special = SpecialIds(setting.store.tokenizer_folder)
        tokens = BlankTokens(*special.require(MASK, LONG_MASK, START, END))
        is_special = np.zeros(setting.store.info.vocab_size, dtype=np.bool_)
        is_special[[*special.ids.values(), setting.store.info.eos_id]] = True
        self._blank = Blanking(setting.spec.blank, tokens, is_special)

    def batch(self, gathered: Gathered, draws: Draws, device: torch.device) -> Batch:
        """The first T tokens of each row, laid out anew inside each document."""
        tokens, documents = gathered.tokens[:, :-1].copy(), gathered.documents[:, :-1]
        packed = packed_documents(documents if self._is_isolated else np.minimum(documents, 0))
        labels = np.full_like(tokens, IGNORED)
        positions, inside = np.zeros_like(tokens), np.zeros_like(tokens)
        numbers = draws.uniform(Purpose.SPANS, NUM_DRAWN * tokens.shape[1])
        prefixes = []
        for row, ends in enumerate(packed.ends):
            seen = []
            for start, end in pairwise((0, *ends)):
                place = slice(start, end)
                if documents[row, start] < 0:
                    positions[row, place] = np.arange(end - start)
                    seen.append(end - start)
                    continue
                drawn = numbers[row, NUM_DRAWN * start : NUM_DRAWN * end]
                laid = self._blank(tokens[row, place], drawn)
                tokens[row, place], labels[row, place] = laid.tokens, laid.labels
                inside[row, place] = laid.inside
                shift = 0 if self._resets else start
                positions[row, place] = laid.positions + shift
                seen.append(laid.num_seen)
            prefixes.append(tuple(seen))
        if not self._has_two:
            positions += inside
        return Batch(
            input_ids=torch.from_numpy(tokens).to(device),
            labels=torch.from_numpy(labels).to(device),
            documents=Documents(packed.ids, packed.ends, tuple(prefixes)).to(device),
            position_ids=torch.from_numpy(positions).to(device),
            num_targets=int((labels != IGNORED).sum()),
            row_ids=gathered.row_ids,
            blank_position_ids=torch.from_numpy(inside).to(device) if self._has_two else None,
        )

    def __call__(self, model: TrainyardModel, batch: Batch) -> Tensor:
        """Sum over targets of the cross-entropy in nats, fp32 scalar."""
        output = model(
            input_ids=batch.input_ids,
            documents=batch.documents,
            position_ids=batch.position_ids,
            blank_position_ids=batch.blank_position_ids,
            returns_hidden=True,
        )
        (hidden,) = output.hidden_states
        return vocabulary_loss(model, hidden.flatten(0, 1), batch.labels.view(-1))
