"""Weights of the sources of a corpus: ``mixture.json``.

They say how often a document of a source is read in one pass over the tokens: 1 once, 2 twice, 0.5
every second one, 0 never. They go with the tokens and make the order of a run
(`training.tokens.mixture`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from training.folder.atomic import read_json, write_json

MIXTURE_FILE = "mixture.json"


def write_weights(draft: Path, weights: Mapping[str, float]) -> None:
    """Into a corpus artifact; one in which every document counts once has no such file."""
    if weights:
        write_json(draft / MIXTURE_FILE, {"weights": dict(weights)})


def read_weights(corpus: Path) -> dict[str, float]:
    """Source -> weight, of a corpus artifact; sources that are not named have 1."""
    stored = read_json(corpus / MIXTURE_FILE) or {}
    return {str(name): float(weight) for name, weight in stored.get("weights", {}).items()}
