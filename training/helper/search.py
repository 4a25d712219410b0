"""What pages ask of search: a page of documents that hold a phrase, with hits and counts.

A page is given as soon as it is full; counting goes on for a moment more. What is not looked
through by then is said, and where to go on.
"""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Any

from training.corpus.search.corpus import CorpusSearch
from training.corpus.search.phrase import Phrase
from training.specs.search import Among
from training.tokens.seen.answer import phrase_seen

MAX_PAGE = 50
MAX_HITS = 5
_SECONDS = 4.0
#: How long a full page may wait for its counts.
_COUNTING_SECONDS = 1.5
_NUM_OPEN = 6


def search_corpus(
    folder: str,
    phrase: str,
    ignore_case: bool = False,
    among: str = "kept",
    first: int = 0,
    limit: int = 10,
) -> dict[str, Any]:
    """A page of the documents from ``first`` on that hold the phrase.

    ``num_documents`` and ``num_hits`` count from ``first`` up to ``searched``, the document before
    which all have been looked at; ``next`` is where the next page begins, None at the end.
    """
    search = _opened(folder)
    asked = Phrase.of(phrase, ignores_case=ignore_case)
    limit = max(1, min(limit, MAX_PAGE))
    started = time.monotonic()
    rows: list[dict[str, Any]] = []
    num_documents = num_hits = searched = 0
    limits = {"first": first, "most_documents": limit, "most_hits": MAX_HITS, "seconds": _SECONDS}
    for piece in search.search(asked, Among(among), **limits):
        num_documents += piece.num_documents
        num_hits += piece.num_hits
        searched = piece.stop
        rows += [search.row(found) for found in piece.found[: limit - len(rows)]]
        if len(rows) == limit and time.monotonic() - started > _COUNTING_SECONDS:
            break
    is_complete = searched >= search.num_documents
    return {
        "phrase": asked.text,
        "documents": rows,
        "num_documents": num_documents,
        "num_hits": num_hits,
        "searched": searched,
        "total": search.num_documents,
        "is_complete": is_complete,
        "has_index": search.searcher.has_index,
        "next": _next(rows, num_documents, searched, is_complete=is_complete),
    }


def seen_by_run(
    folder: str,
    phrase: str,
    ignore_case: bool = False,
    run: int | None = None,
    first: int = 0,
    limit: int = 5,
) -> list[dict[str, Any]]:
    """`phrase_seen` of the run in ``folder``, a page of texts."""
    limit = max(1, min(limit, MAX_PAGE))
    return phrase_seen(
        folder, phrase, ignore_case, run=run, first=first, limit=limit, seconds=_SECONDS
    )


def _next(
    rows: list[dict[str, Any]], num_documents: int, searched: int, *, is_complete: bool
) -> int | None:
    """Behind the last one told when there are more, else where the search ended."""
    if num_documents > len(rows):
        return int(rows[-1]["index"]) + 1
    return None if is_complete else searched


@functools.lru_cache(maxsize=_NUM_OPEN)
def _opened(folder: str) -> CorpusSearch:
    """Artifacts never change, so an open one is good for as long as the process lives."""
    return CorpusSearch(Path(folder))
