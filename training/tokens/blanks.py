"""Blanks in a text and what fills them, as GLM reads them (Du 2022); numbers only, no torch.

A document of n places becomes, in the same n places,

    part A: the text, each of its k blanks one mask;
    part B: for each blank, in a drawn order: start, its tokens -> its tokens, end

A is seen whole; B is written one token after another, and sees A and what was written before it.
Since B has 2 k places more than the text, the text loses 2 k tokens, at its beginning or at its end
as is drawn (about a tenth with the usual share and lengths). Lengths of blanks are Poisson, at
least 1. With a drawn share the document gets one long blank at its end instead, whose mask is
another one: it teaches to write on.

Positions: the mask's for all of its blank, and how far inside it, from 1 (two-dimensional, as in
the paper); or, one-dimensional, tokens of a blank count on from its mask.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.specs.objectives import BlankPart
from training.tokens.draws import Floats
from training.tokens.labels import IGNORED

Int64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
#: Shorter documents of a row are read, and nothing of them is asked for.
LEAST_TOKENS = 8
#: Random numbers for each place of a document.
NUM_DRAWN = 4
#: Which of them decide: long or short, where the long one begins, which end of the text goes.
_NUM_DECIDING = 3


@dataclass(frozen=True)
class BlankTokens:
    """Ids of the special tokens."""

    mask: int
    long_mask: int
    start: int
    end: int


@dataclass(frozen=True)
class Blanked:
    """One document: all int64 [n]; ``num_seen`` is the length of part A."""

    tokens: Int64
    labels: Int64
    positions: Int64
    inside: Int64
    num_seen: int


class Blanking:
    """Blanks out documents as ``part`` says."""

    def __init__(self, part: BlankPart, tokens: BlankTokens, special: Flags) -> None:
        self.part, self.tokens = part, tokens
        #: Which ids [V] are special tokens, of which no short blank is made.
        self._is_special = special
        self._lengths = _poisson(part.mean_length)

    def __call__(self, text: Int64, drawn: Floats) -> Blanked:
        """The n tokens of a document; ``drawn`` are NUM_DRAWN n numbers."""
        if len(text) < LEAST_TOKENS:
            return _untouched(text)
        if drawn[0] < self.part.long_share:
            kept, start = self._long(text, drawn)
            return self._laid_out(kept, [(start, len(kept))], [0], self.tokens.long_mask)
        lengths, orders, places = (drawn[_NUM_DECIDING + part :: 3] for part in range(3))
        chosen = self._short_lengths(len(text), lengths)
        kept = _without(text, 2 * len(chosen), drawn[2])
        blanks = self._placed(kept, chosen, places)
        order = np.argsort(orders[: len(blanks)], kind="stable").tolist()
        return self._laid_out(kept, blanks, order, self.tokens.mask)

    def _long(self, text: Int64, drawn: Floats) -> tuple[Int64, int]:
        """(the text that stays, where its blank begins)."""
        kept = _without(text, 2, drawn[2])
        least = self.part.long_fraction
        share = least + drawn[1] * (1 - least)
        return kept, len(kept) - min(len(kept), max(1, round(share * len(kept))))

    def _short_lengths(self, num_tokens: int, drawn: Floats) -> list[int]:
        """Lengths that add up to the share, the last one cut; they and their masks have room."""
        left = max(1, round(self.part.share * num_tokens))
        room = num_tokens - 1
        lengths: list[int] = []
        for number in drawn.tolist():
            length = min(left, 1 + int(np.searchsorted(self._lengths, number, side="right")))
            # Its tokens, two places of part B, and a token between two blanks.
            room -= length + 3
            if room < 0 or not left:
                break
            lengths.append(length)
            left -= length
        return lengths

    def _placed(self, kept: Int64, lengths: list[int], drawn: Floats) -> list[tuple[int, int]]:
        """(start, end) of each blank; at least one token lies between two of them."""
        region = len(kept) - int(self._is_special[kept[-1]])
        free = region - sum(lengths) - (len(lengths) - 1)
        gaps = np.sort((drawn[: len(lengths)] * (free + 1)).astype(np.int64)).tolist()
        blanks, used = [], 0
        for number, (gap, length) in enumerate(zip(gaps, lengths, strict=True)):
            start = gap + used + number
            blanks.append((start, start + length))
            used += length
        return blanks

    def _laid_out(
        self, kept: Int64, blanks: list[tuple[int, int]], order: list[int], mask: int
    ) -> Blanked:
        """Part A, then the blanks in this order."""
        seen: list[Int64] = []
        masks: list[int] = []
        at = 0
        for start, end in blanks:
            seen += [kept[at:start], np.array([mask])]
            masks.append(start - sum(e - s - 1 for s, e in blanks[: len(masks)]))
            at = end
        first = np.concatenate([*seen, kept[at:]])
        tokens, labels = [first], [np.full(len(first), IGNORED)]
        positions, inside = [np.arange(len(first))], [np.zeros(len(first), dtype=np.int64)]
        for number in order:
            start, end = blanks[number]
            text = kept[start:end]
            tokens.append(np.concatenate([[self.tokens.start], text]))
            labels.append(np.concatenate([text, [self.tokens.end]]))
            positions.append(np.full(len(text) + 1, masks[number]))
            inside.append(np.arange(1, len(text) + 2))
        laid = [np.concatenate(parts) for parts in (tokens, labels, positions, inside)]
        return Blanked(laid[0], laid[1], laid[2], laid[3], len(first))


def _untouched(text: Int64) -> Blanked:
    nothing = np.zeros(len(text), dtype=np.int64)
    labels = np.full(len(text), IGNORED, dtype=np.int64)
    return Blanked(text, labels, np.arange(len(text)), nothing, len(text))


def _without(text: Int64, num_tokens: int, number: float) -> Int64:
    """Without so many tokens, at the beginning or at the end."""
    return text[num_tokens:] if number < 0.5 else text[: len(text) - num_tokens]


def _poisson(mean: float) -> Floats:
    """Cumulative chances of the lengths 1, 2, ... : Poisson, where 0 does not count."""
    longest = math.ceil(mean + 10 * math.sqrt(mean)) + 10
    logs = [
        length * math.log(mean) - mean - math.lgamma(length + 1) for length in range(1, longest)
    ]
    chances = np.cumsum(np.exp(logs))
    found: Floats = chances / chances[-1]
    return found
