"""Compiled loops over hashes of units."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled, mix


@compiled
def scoped(hashes: Any, sources: Any) -> Any:
    """Hashes that are equal only within one source."""
    result = np.empty(len(hashes), dtype=np.uint64)
    for place in range(len(hashes)):
        result[place] = mix(hashes[place] ^ mix(sources[place]))
    return result


@compiled
def is_copy(
    keys: Any,
    documents: Any,
    repeated: Any,
    firsts: Any,
    is_passed: Any,
    keeps_first: bool,
    is_by_document: bool,
) -> Any:
    """[units]: whether each goes. ``repeated`` ascends, ``firsts`` are their first documents.

    Of a unit that is repeated, the first document keeps all of its copies where documents are
    counted, else the one that comes first; ``is_passed`` says which have come.
    """
    result = np.zeros(len(keys), dtype=np.bool_)
    for place in range(len(keys)):
        found = np.searchsorted(repeated, keys[place])
        if found == len(repeated) or repeated[found] != keys[place]:
            continue
        is_first = keeps_first and documents[place] == firsts[found]
        if is_first and not is_by_document:
            is_first = not is_passed[found]
            is_passed[found] = True
        result[place] = not is_first
    return result
