"""Which tokens of a batch are masked and what stands in their place; numbers only, no torch.

1. Of the tokens that may be masked, a share is the budget of each row, at least one.
2. Targets are drawn: single tokens, whole words in a drawn order as long as they fit, or spans of
   words whose lengths are geometric (Joshi 2020), until the budget is used up.
3. Each target becomes the mask, a random ordinary token, or stays; a span as one (Joshi 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.specs.objectives import MaskedPart, MaskUnit
from training.tokenizers.words import WordTable
from training.tokens.draws import Draws, Purpose

Int64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Targets:
    """``chosen`` bool [B, T]; ``group`` int64 [B, T] is the same for tokens replaced as one."""

    chosen: Flags
    group: Int64


@dataclass(frozen=True)
class Masker:
    """Masks rows as ``part`` says. ``words`` is needed for words and spans."""

    part: MaskedPart
    mask_id: int
    ordinary_ids: Int64
    words: WordTable | None = None

    def __call__(
        self, tokens: Int64, may_mask: Flags, documents: Int64, draws: Draws
    ) -> tuple[Int64, Flags]:
        """(what the model reads, which places are targets), both [B, T].

        ``documents`` [B, T] differ between neighbours where a document ends.
        """
        targets = self._targets(tokens, may_mask, documents, draws)
        num_tokens = tokens.shape[1]
        drawn = draws.uniform(Purpose.REPLACEMENTS, 2 * num_tokens)
        fate = np.take_along_axis(drawn[:, :num_tokens], targets.group, axis=1)
        picked = (drawn[:, num_tokens:] * len(self.ordinary_ids)).astype(np.int64)
        shown = tokens.copy()
        becomes_mask = targets.chosen & (fate < self.part.mask_fraction)
        is_random = targets.chosen & ~becomes_mask
        is_random &= fate < self.part.mask_fraction + self.part.random_fraction
        shown[becomes_mask] = self.mask_id
        shown[is_random] = self.ordinary_ids[picked[is_random]]
        return shown, targets.chosen

    def _targets(self, tokens: Int64, may_mask: Flags, documents: Int64, draws: Draws) -> Targets:
        count = may_mask.sum(axis=1)
        budget = np.where(count, np.maximum(1, np.round(self.part.share * count)), 0)
        budget = budget.astype(np.int64)
        if self.part.unit == MaskUnit.TOKEN:
            return single_tokens(may_mask, budget, draws)
        assert self.words is not None
        goes_on = self.words.continues(tokens)
        goes_on[:, 1:] &= documents[:, 1:] == documents[:, :-1]
        goes_on[:, 1:] &= may_mask[:, 1:] & may_mask[:, :-1]
        if self.part.unit == MaskUnit.WORD:
            return whole_words(may_mask, ~goes_on, budget, draws)
        return spans(may_mask, ~goes_on, documents, budget, self._span_length, draws)

    def _span_length(self, number: float) -> int:
        """A length in words, geometric up to the longest: the inverse of its distribution."""
        goes_on, longest = 1 - self.part.span_probability, self.part.longest_span
        if goes_on <= 0:
            return 1
        reached = number * (1 - goes_on**longest)
        return min(longest, 1 + int(np.log1p(-reached) / np.log(goes_on)))


def single_tokens(may_mask: Flags, budget: Int64, draws: Draws) -> Targets:
    """The ``budget`` tokens [B] with the smallest numbers."""
    num_tokens = may_mask.shape[1]
    order = np.where(may_mask, draws.uniform(Purpose.TARGETS, num_tokens), 2.0)
    rank = np.argsort(np.argsort(order, axis=1, kind="stable"), axis=1, kind="stable")
    return Targets(rank < budget[:, None], _each_alone(may_mask))


def whole_words(may_mask: Flags, begins: Flags, budget: Int64, draws: Draws) -> Targets:
    """Whole words in a drawn order, as long as they fit; one always."""
    chosen = np.zeros_like(may_mask)
    numbers = draws.uniform(Purpose.TARGETS, may_mask.shape[1])
    for row in range(len(may_mask)):
        word = np.cumsum(begins[row]) - 1
        lengths = np.bincount(word[may_mask[row]], minlength=word[-1] + 1)
        order = np.argsort(np.where(lengths, numbers[row, : len(lengths)], 2.0), kind="stable")
        order = order[: np.count_nonzero(lengths)]
        if not budget[row] or not len(order):
            continue
        fits = np.cumsum(lengths[order]) <= budget[row]
        fits[0] = True
        taken = np.zeros(len(lengths), dtype=np.bool_)
        taken[order[fits]] = True
        chosen[row] = taken[word] & may_mask[row]
    return Targets(chosen, _each_alone(may_mask))


def spans(
    may_mask: Flags,
    begins: Flags,
    documents: Int64,
    budget: Int64,
    length_of: Callable[[float], int],
    draws: Draws,
) -> Targets:
    """Runs of words within a document until the budget is used up; none overlaps another."""
    num_tokens = may_mask.shape[1]
    chosen, group = np.zeros_like(may_mask), _each_alone(may_mask)
    numbers = draws.uniform(Purpose.SPANS, 2 * num_tokens)
    for row in range(len(may_mask)):
        left, is_free = int(budget[row]), may_mask[row].copy()
        for start, length in _drawn_spans(numbers[row], begins[row], is_free, length_of):
            if left <= 0:
                break
            end = _end_of_words(begins[row], is_free, documents[row], start, length)
            # A word that is longer than what is left is masked whole all the same.
            stop = min(end, start + left)
            stop = max(stop, _end_of_words(begins[row], is_free, documents[row], start, 1))
            chosen[row, start:stop] = True
            group[row, start:stop] = start
            # One token stays between two spans.
            is_free[max(0, start - 1) : stop + 1] = False
            left -= stop - start
    return Targets(chosen, group)


def _drawn_spans(
    numbers: npt.NDArray[np.float64],
    begins: Flags,
    is_free: Flags,
    length_of: Callable[[float], int],
) -> Iterator[tuple[int, int]]:
    """(first token, length in words): a word that is still free, a drawn number of times."""
    for pick, chance in numbers.reshape(-1, 2).tolist():
        starts = np.flatnonzero(begins & is_free)
        if not len(starts):
            return
        yield int(starts[int(pick * len(starts))]), length_of(chance)


def _end_of_words(
    begins: Flags, is_free: Flags, documents: Int64, start: int, num_words: int
) -> int:
    """Where so many words from ``start`` on end, or the run of free tokens of the document."""
    end, seen = start, 0
    while end < len(begins) and is_free[end] and documents[end] == documents[start]:
        seen += int(begins[end] or end == start)
        if seen > num_words:
            break
        end += 1
    return end


def _each_alone(like: Flags) -> Int64:
    return np.broadcast_to(np.arange(like.shape[1]), like.shape).copy()
