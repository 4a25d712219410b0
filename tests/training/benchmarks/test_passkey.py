"""Lengths of passkey texts that nobody named are those that hold the words around a number."""

from __future__ import annotations

from tests.training.benchmarks.test_prompts import encoder
from training.benchmarks.passkey import cells, lengths_of
from training.benchmarks.prompts import Encoder
from training.specs.passkey import PasskeyPart

__all__ = ["encoder"]

PART = PasskeyPart(is_on=True, num_depths=2, num_keys=2)


def test_shares_of_the_context_that_are_too_short_are_left_out(encoder: Encoder) -> None:
    # Nearly a piece for every byte: the words alone are some 200 of them.
    found = lengths_of(PART, 1_024, encoder)
    assert found == [256, 512, 1_024]
    texts = [one for cell in cells(PART, found, encoder) for one in cell.requests]
    assert {len(one.ids) for one in texts} == set(found)


def test_a_context_that_holds_no_text_has_no_lengths(encoder: Encoder) -> None:
    assert lengths_of(PART, 128, encoder) == []


def test_what_is_named_is_taken_as_it_is(encoder: Encoder) -> None:
    named = PasskeyPart(is_on=True, lengths=[300, 40, 300])
    assert lengths_of(named, 128, encoder) == [40, 300]
