"""Masked language modelling: guess tokens that were hidden, from both sides of them.

Devlin 2019 (BERT), Liu 2019 (RoBERTa). What is masked: ``training.tokens.masking``. With pairs, the
sentence head also says of each document of a row whether its second part follows the first
(``training.tokens.pairs``).

The loss is the sum over masked tokens. A pair counts as many targets as a row has on average for
each pair, ``share`` x tokens per pair; this weight is a constant of the run, so that accumulation
and processes change nothing, and the mean is that of the tokens plus that of the pairs (nearly so:
exactly, where all rows have as many targets and pairs).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.model.network import TrainyardModel
from training.objectives.cross_entropy import vocabulary_loss, vocabulary_tally
from training.objectives.objective import Setting, Sums, require_texts
from training.specs.objectives import MaskDrawing, MaskUnit
from training.specs.packing import Isolation
from training.tokenizers.load import load_tokenizer
from training.tokenizers.special import CLASSIFICATION, MASK, SEPARATOR, SpecialIds
from training.tokenizers.words import WordTable
from training.tokens.batches import Batch, Gathered, Pairs, packed_documents
from training.tokens.draws import Draws
from training.tokens.labels import IGNORED
from training.tokens.masking import Int64, Masker
from training.tokens.pairs import Pairing


class Masked:
    """Masks rows, and reads the vocabulary head at what was masked."""

    num_sums = 5

    def __init__(self, setting: Setting) -> None:
        require_texts(setting)
        self.packing = setting.spec.packing
        self.part = part = setting.spec.masked
        special = SpecialIds(setting.store.tokenizer_folder)
        (mask_id,) = special.require(MASK)
        tokenizer = load_tokenizer(setting.store.tokenizer_folder)
        taken = set(special.ids.values())
        known = sorted(tokenizer.get_vocab(with_added_tokens=True).values())
        ordinary = np.array([one for one in known if one not in taken], dtype=np.int64)
        size = max(setting.model.vocab_size, setting.store.info.vocab_size)
        self._is_ordinary = np.zeros(size, dtype=np.bool_)
        self._is_ordinary[ordinary] = True
        words = None if part.unit == MaskUnit.TOKEN else WordTable.of(tokenizer)
        self._mask = Masker(part, mask_id, ordinary, words)
        self._pair = _pairing(special) if part.has_pairs else None
        self._pair_weight = part.share * _usual_length(setting)

    def batch(self, gathered: Gathered, draws: Draws, device: torch.device) -> Batch:
        """The first T tokens of each row, some of them hidden; labels are what was hidden."""
        tokens, documents = gathered.tokens[:, :-1], gathered.documents[:, :-1]
        if self.part.drawing == MaskDrawing.STATIC:
            draws = draws.of_versions(gathered.row_ids, self.part.num_maskings)
        paired = None
        if self._pair is not None:
            paired = self._pair(tokens, documents, gathered.rows, draws)
            tokens = paired.tokens
        may_mask = self._is_ordinary[tokens] & (documents >= 0)
        shown, is_target = self._mask(tokens, may_mask, documents, draws)
        batch = self._batch(shown, np.where(is_target, tokens, IGNORED), documents, device)
        if paired is None:
            return replace(batch, row_ids=gathered.row_ids)
        places, is_random = torch.tensor(paired.places), torch.tensor(paired.is_random)
        return replace(
            batch,
            row_ids=gathered.row_ids,
            token_type_ids=torch.from_numpy(paired.types).to(device),
            pairs=Pairs(places.long().to(device), is_random.long().to(device)),
        )

    def _batch(self, shown: Int64, labels: Int64, documents: Int64, device: torch.device) -> Batch:
        is_isolated = self.packing.isolation == Isolation.DOCUMENT
        # Padding is kept apart in any case: a model that looks ahead would read it.
        packed = packed_documents(documents if is_isolated else np.minimum(documents, 0))
        resets = is_isolated and self.packing.resets_positions
        return Batch(
            input_ids=torch.from_numpy(shown).to(device),
            labels=torch.from_numpy(labels).to(device),
            documents=packed.to(device),
            position_ids=packed.reset_positions().to(device) if resets else None,
            num_targets=int((labels != IGNORED).sum()),
            row_ids=np.empty(0, dtype=np.int64),
        )

    def __call__(self, model: TrainyardModel, batch: Batch) -> Tensor:
        """Sum of the losses, fp32 scalar."""
        hidden = _hidden(model, batch).flatten(0, 1)
        loss = vocabulary_loss(model, hidden, batch.labels.view(-1))
        if batch.pairs is None:
            return loss
        scores = _pair_scores(model, hidden, batch.pairs)
        of_pairs = cross_entropy(scores, batch.pairs.is_random, reduction="sum")
        return loss + self._pair_weight * of_pairs

    def tally(self, model: TrainyardModel, batch: Batch) -> Sums:
        """(sum of losses in nats, targets, how many rightly guessed; pairs, how many rightly)."""
        hidden = _hidden(model, batch).flatten(0, 1)
        loss, num_right = vocabulary_tally(model, hidden, batch.labels.view(-1))
        num_pairs = right_pairs = 0
        if batch.pairs is not None and len(batch.pairs.places):
            scores, truth = _pair_scores(model, hidden, batch.pairs), batch.pairs.is_random
            loss += self._pair_weight * cross_entropy(scores, truth, reduction="sum").item()
            num_pairs, right_pairs = len(truth), int((scores.argmax(-1) == truth).sum())
        found = [loss, batch.num_targets, num_right, num_pairs, right_pairs]
        return np.array(found, dtype=np.float64)

    def figures(self, sums: Sums) -> dict[str, float]:
        """Mean loss, and the shares of tokens and of pairs that were guessed rightly."""
        loss, num_targets, num_right, num_pairs, right_pairs = map(float, sums)
        count = max(1.0, num_targets)
        found = {"loss": loss / count, "masked_accuracy": num_right / count}
        return found | ({"pair_accuracy": right_pairs / num_pairs} if num_pairs else {})


def _pair_scores(model: TrainyardModel, hidden: Tensor, pairs: Pairs) -> Tensor:
    """[N, 2], fp32, of hidden states [B * T, D]: that the second part follows, that it does not."""
    assert model.sentence_head is not None
    scores: Tensor = model.sentence_head(hidden[pairs.places])
    return scores.float()


def _pairing(special: SpecialIds) -> Pairing:
    return Pairing(*special.require(CLASSIFICATION, SEPARATOR))


def _usual_length(setting: Setting) -> float:
    """Tokens of a document inside a row, on average."""
    info = setting.store.info
    return min(setting.spec.sequence_length, info.num_tokens / max(1, info.num_documents))


def _hidden(model: TrainyardModel, batch: Batch) -> Tensor:
    """[B, T, D]"""
    output = model(
        input_ids=batch.input_ids,
        documents=batch.documents,
        position_ids=batch.position_ids,
        token_type_ids=batch.token_type_ids,
        returns_hidden=True,
    )
    (hidden,) = output.hidden_states
    assert isinstance(hidden, Tensor)
    return hidden
