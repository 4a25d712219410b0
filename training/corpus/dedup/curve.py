"""How likely two documents become candidates, by their Jaccard: the S-curve of banded MinHash.

Two documents of Jaccard s agree in one of their hashes with probability s (Broder 1997), so in
all ``rows`` of a band with s^rows, and in at least one of ``bands`` with 1 - (1 - s^rows)^bands
(Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4.2). No numpy: pages draw it.
"""

from __future__ import annotations


def candidate_probability(jaccard: float, bands: int, rows: int) -> float:
    """Chance that a pair of this Jaccard [0, 1] is looked at; what is not looked at is missed."""
    return 1.0 - (1.0 - jaccard**rows) ** bands


def candidate_curve(bands: int, rows: int, *, points: int = 101) -> list[tuple[float, float]]:
    """(Jaccard, probability) at ``points`` even steps from 0 to 1."""
    steps = [point / (points - 1) for point in range(points)]
    return [(step, candidate_probability(step, bands, rows)) for step in steps]


def middle(bands: int, rows: int) -> float:
    """The Jaccard at which a pair is a candidate with probability one half."""
    return float((1.0 - 0.5 ** (1.0 / bands)) ** (1.0 / rows))
