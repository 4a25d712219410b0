"""What a corpus is made of: an amount for each source, with its languages and licences."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.amounts import Int64, Measure
from training.corpus.documents import FILES_FILE
from training.corpus.language.identify import NAMES
from training.corpus.rules.rule import Mask
from training.corpus.signals.table import SignalTable
from training.folder.atomic import read_json

#: Languages told of a source.
_MOST_LANGUAGES = 3


def sources_of(table: SignalTable, measure: Measure, kept: Int64) -> list[dict[str, Any]]:
    """Every source in order of name: ``total`` and ``kept`` amounts, languages of what is kept.

    ``kept`` are the places of the documents that stay.
    """
    rows = []
    all_places = np.argsort(table.sources, kind="stable")
    bounds = np.searchsorted(table.sources[all_places], np.arange(len(table.source_names) + 1))
    is_kept = np.zeros(len(table), dtype=bool)
    is_kept[kept] = True
    for number, name in enumerate(table.source_names):
        places = all_places[bounds[number] : bounds[number + 1]]
        here = places[is_kept[places]]
        rows.append(
            {
                "source": name,
                "total": asdict(measure.of(places)),
                "kept": asdict(measure.of(here)),
                "languages": languages_of(table, here, _MOST_LANGUAGES),
            }
        )
    return rows


def licences_of(documents: Path) -> dict[str, list[str]]:
    """Source -> licences of its files, as whoever brought them said."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in read_json(documents / FILES_FILE) or []:
        if licence := str(file.get("licence") or ""):
            found[str(file.get("source") or "")].add(licence)
    return {source: sorted(licences) for source, licences in found.items()}


def languages_of(table: SignalTable, chosen: Int64 | Mask, most: int) -> list[tuple[str, int]]:
    """(code, documents) of the most frequent languages; the code is empty where none was found.

    ``chosen`` are places of documents, or [documents] which ones.
    """
    if table.languages is None:
        return []
    counts = np.bincount(table.languages[chosen], minlength=len(NAMES))
    order = np.argsort(-counts, kind="stable")[:most]
    return [(NAMES[one], int(counts[one])) for one in order if counts[one]]
