"""What is drawn for a row belongs to its place in the order, and to nothing else."""

from __future__ import annotations

import numpy as np

from training.tokens.draws import Draws, Purpose


def test_numbers_do_not_depend_on_the_batch_that_a_row_is_in() -> None:
    places = np.arange(10, 18)
    together = Draws.of_places(3, places, 100).uniform(Purpose.TARGETS, 40)
    apart = [
        Draws.of_places(3, places[i : i + 1], 100).uniform(Purpose.TARGETS, 40) for i in range(8)
    ]
    assert np.array_equal(together, np.concatenate(apart))


def test_places_seeds_and_purposes_have_streams_of_their_own() -> None:
    places = np.arange(4)
    first = Draws.of_places(3, places, 100)
    drawn = [
        first.uniform(Purpose.TARGETS, 64),
        first.uniform(Purpose.SPANS, 64),
        Draws.of_places(4, places, 100).uniform(Purpose.TARGETS, 64),
        Draws.of_places(3, places + 4, 100).uniform(Purpose.TARGETS, 64),
        Draws.fixed(places).uniform(Purpose.TARGETS, 64),
    ]
    rows = np.concatenate(drawn)
    assert len(np.unique(rows.round(12))) == rows.size
    assert (rows >= 0).all()
    assert (rows < 1).all()
    assert abs(rows.mean() - 0.5) < 0.03


def test_the_numbers_are_frozen() -> None:
    """Runs that go on after an upgrade depend on them."""
    drawn = Draws.of_places(1, np.array([7]), 10).uniform(Purpose.TARGETS, 3)
    assert drawn.round(6).tolist() == [[0.380029, 0.62084, 0.199844]]


def test_fixed_maskings_come_round_with_the_epochs() -> None:
    row_ids = np.array([5, 9])
    epochs = [Draws.of_places(1, row_ids + 20 * epoch, 20) for epoch in range(5)]
    drawn = [e.of_versions(row_ids, 3).uniform(Purpose.TARGETS, 8) for e in epochs]
    assert np.array_equal(drawn[0], drawn[3])
    assert np.array_equal(drawn[1], drawn[4])
    assert not np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[1], drawn[2])
