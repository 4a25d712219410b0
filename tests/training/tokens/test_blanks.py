"""Blanks: the text can be put together again, lengths and shares are those asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.specs.objectives import BlankPart
from training.tokens.blanks import NUM_DRAWN, Blanked, Blanking, BlankTokens
from training.tokens.labels import IGNORED

IDS = BlankTokens(mask=900, long_mask=901, start=902, end=903)
IS_SPECIAL = np.isin(np.arange(1000), [0, 900, 901, 902, 903])


def blanked(length: int, seed: int, **part: Any) -> tuple[np.ndarray, Blanked]:
    random = np.random.default_rng(seed)
    text = np.append(random.integers(1, 800, length - 1), 0)
    laid = Blanking(BlankPart(**part), IDS, IS_SPECIAL)(text, random.random(NUM_DRAWN * length))
    return text, laid


def filled(laid: Blanked) -> tuple[list[int], list[list[int]]]:
    """(the text with its blanks filled again, the blanks in the order of part B), by positions."""
    spans: dict[int, list[int]] = {}
    ordered = []
    for at in range(laid.num_seen, len(laid.tokens)):
        if laid.tokens[at] == IDS.start:
            span: list[int] = []
            spans[int(laid.positions[at])] = span
            ordered.append(span)
            assert laid.inside[at] == 1
        else:
            assert laid.inside[at] == laid.inside[at - 1] + 1
            assert laid.positions[at] == laid.positions[at - 1]
        if laid.labels[at] != IDS.end:
            span.append(int(laid.labels[at]))
            assert laid.tokens[at + 1] == laid.labels[at]
    text: list[int] = []
    for place, token in enumerate(laid.tokens[: laid.num_seen].tolist()):
        text += spans.pop(place) if token in (IDS.mask, IDS.long_mask) else [token]
    assert not spans
    return text, ordered


@pytest.mark.parametrize("length", [8, 9, 15, 40, 200, 1000])
def test_short_blanks_fill_up_to_the_text(length: int) -> None:
    shuffled = 0
    for seed in range(20):
        text, laid = blanked(length, seed, long_share=0)
        assert len(laid.tokens) == len(laid.labels) == len(laid.positions) == length
        found, spans = filled(laid)
        lost = 2 * len(spans)
        assert found in (text[lost:].tolist(), text[: length - lost].tolist())
        assert (laid.labels[: laid.num_seen] == IGNORED).all()
        assert (laid.labels[laid.num_seen :] != IGNORED).all()
        assert (laid.inside[: laid.num_seen] == 0).all()
        assert laid.positions[: laid.num_seen].tolist() == list(range(laid.num_seen))
        assert 0 not in laid.labels[laid.num_seen :]  # the end of a text is no short blank
        masks = np.flatnonzero(laid.tokens[: laid.num_seen] == IDS.mask)
        assert (np.diff(masks) > 1).all()
        order = laid.positions[laid.num_seen :][laid.tokens[laid.num_seen :] == IDS.start]
        assert sorted(order.tolist()) == masks.tolist()
        shuffled += order.tolist() != masks.tolist()
    assert length < 40 or shuffled > 5


def test_share_and_lengths_are_those_asked_for() -> None:
    sums, lengths = [], []
    for seed in range(200):
        _, laid = blanked(400, seed, long_share=0, share=0.15, mean_length=3)
        _, spans = filled(laid)
        sums.append(sum(map(len, spans)) / 400)
        lengths += [len(span) for span in spans]
    assert np.mean(sums) == pytest.approx(0.15, abs=0.002)
    # Poisson of mean 3 without 0: 3 / (1 - e^-3); the last one of a document is cut.
    assert np.mean(lengths) == pytest.approx(3.157, abs=0.12)


def test_a_long_blank_is_the_end_of_the_text() -> None:
    shares = []
    for seed in range(200):
        text, laid = blanked(100, seed, long_share=1, long_fraction=0.5)
        found, (span,) = filled(laid)
        assert found in (text[2:].tolist(), text[:98].tolist())
        assert laid.tokens[laid.num_seen - 1] == IDS.long_mask
        assert found[-len(span) :] == span
        shares.append(len(span) / 98)
    assert min(shares) < 0.55
    assert max(shares) > 0.95
    assert np.mean(shares) == pytest.approx(0.75, abs=0.03)


def test_some_documents_get_a_long_blank_and_others_short_ones() -> None:
    is_long = [IDS.long_mask in blanked(50, seed, long_share=0.3)[1].tokens for seed in range(300)]
    assert np.mean(is_long) == pytest.approx(0.3, abs=0.08)


def test_a_document_too_short_for_blanks_is_read_and_not_asked_for() -> None:
    text, laid = blanked(7, 1)
    assert laid.tokens.tolist() == text.tolist()
    assert (laid.labels == IGNORED).all()
    assert laid.num_seen == 7
