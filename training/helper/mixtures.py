"""What a page asks of the sources of a version: amounts, languages and licences of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from training.corpus.amounts import Amount
from training.corpus.mixture import licences_of, sources_of
from training.helper.deciding import Decision

#: Sources that are told one by one, the largest first; the others as one amount.
MAX_SOURCES = 200


def describe_mixture(
    folder: str,
    rules: dict[str, Any],
    routes: dict[str, str] | None = None,
    keep: dict[str, list[str]] | None = None,
    named: Sequence[str] = (),
) -> dict[str, Any]:
    """``sources`` with what came in and what these rules keep.

    Of more than 200 only the largest are told, and those ``named`` (they have a weight): the other
    ``num_left_out`` are ``left_out`` together.
    """
    decision = Decision.asked(folder, rules, routes, keep)
    view = decision.view
    kept = np.flatnonzero(decision.funnel.is_kept)
    rows = sources_of(view.table, view.measure, kept)
    licences = licences_of(view.corpus.documents.folder)
    rows.sort(key=lambda row: (-row["kept"]["bytes"], row["source"]))
    told = [
        row for place, row in enumerate(rows) if place < MAX_SOURCES or row["source"] in set(named)
    ]
    left_out = decision.funnel.kept
    for row in told:
        left_out -= Amount(**row["kept"])
    return {
        "kept": asdict(decision.funnel.kept),
        "sources": [{**row, "licences": licences.get(row["source"], [])} for row in told],
        "num_left_out": len(rows) - len(told),
        "left_out": asdict(left_out),
    }
