"""Near duplicates by plain Python: every pair, sets of tuples, no hashing."""

from __future__ import annotations

import itertools

from training.corpus.places import words


def shingles(text: str, window: int) -> set[tuple[str, ...]]:
    """Runs of ``window`` words; all words when there are fewer."""
    found = [word for _, _, word in words(text)]
    if not found:
        return set()
    if len(found) < window:
        return {tuple(found)}
    return {tuple(found[at : at + window]) for at in range(len(found) - window + 1)}


def jaccard(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """Shared over all; 0 when one is empty."""
    return len(one & other) / len(one | other) if one and other else 0.0


def clusters(texts: list[str], window: int, threshold: float) -> list[int]:
    """The smallest place in the connected component of each text."""
    sets = [shingles(text, window) for text in texts]
    roots = list(range(len(texts)))
    for one, other in itertools.combinations(range(len(texts)), 2):
        if jaccard(sets[one], sets[other]) >= threshold:
            low, high = sorted((roots[one], roots[other]))
            roots = [low if root == high else root for root in roots]
    return roots
