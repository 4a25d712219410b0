"""What a page asks of the sources of a version: amounts, languages and licences of each."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from training.corpus.mixture import licences_of, sources_of
from training.helper.deciding import Decision

#: Sources that are told one by one, the largest first; the others are counted.
MAX_SOURCES = 200


def describe_mixture(
    folder: str,
    rules: dict[str, Any],
    routes: dict[str, str] | None = None,
    keep: dict[str, list[str]] | None = None,
) -> dict[str, Any]:
    """``sources`` with what came in and what these rules keep; ``num_left_out`` are not told."""
    decision = Decision.asked(folder, rules, routes, keep)
    view = decision.view
    kept = np.flatnonzero(decision.funnel.is_kept)
    rows = sources_of(view.table, view.measure, kept)
    licences = licences_of(view.corpus.documents.folder)
    rows.sort(key=lambda row: (-row["kept"]["bytes"], row["source"]))
    return {
        "kept": asdict(decision.funnel.kept),
        "sources": [
            {**row, "licences": licences.get(row["source"], [])} for row in rows[:MAX_SOURCES]
        ],
        "num_left_out": max(0, len(rows) - MAX_SOURCES),
    }
