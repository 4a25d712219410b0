"""The column that holds the clusters of one search: its name says with what they were found."""

from __future__ import annotations

from training.corpus.signals.table import CLUSTERS_PREFIX
from training.specs.duplicate_rules import NearSearchPart

#: Raised when the same settings would give other clusters.
_VERSION = 1


def column_name(search: NearSearchPart) -> str:
    """As ``near-0.7-5w-22x5-v1``: Jaccard, words of a shingle, bands x rows."""
    size = f"{search.shingle_words}w-{search.bands}x{search.rows}"
    return f"{CLUSTERS_PREFIX}{search.jaccard:g}-{size}-v{_VERSION}"
