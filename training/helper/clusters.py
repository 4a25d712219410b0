"""What pages ask of duplicates in a version: its clusters, and one cluster side by side.

A cluster here is what one rule would keep one document of. Who is kept is decided among the
survivors of the other rules, so the same cluster may keep another copy under other thresholds.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

import numpy as np

from training.corpus.browse import CorpusView, Int64
from training.corpus.dedup.minhash import jaccard_to_first
from training.corpus.excerpts import excerpt_of
from training.corpus.funnel import Funnel
from training.corpus.pii.redact import redact
from training.corpus.rules.duplicates import KeptCopy
from training.errors import DataError
from training.helper.corpora import named
from training.helper.deciding import Decision
from training.registry import RULES
from training.specs.rules import RulesPart

MAX_PAGE = 50
MAX_MEMBERS = 20
#: Texts are compared word by word up to here; the time grows with the square.
COMPARED_CHARACTERS = 12_000
_BEYOND = 2_000
_WORDS = re.compile(r"\s+|[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")

Pieces = list[tuple[str, str]]


def list_clusters(
    folder: str, rules: dict[str, Any], rule: str, offset: int = 0, limit: int = 20
) -> dict[str, Any]:
    """The clusters of a rule, largest first, then in order of their first document.

    ``num_clusters``, ``num_documents`` in them, and a page of ``clusters``: the first document,
    ``size``, how many of them the other rules leave, the kept copy (null when they leave none).
    """
    view, _, chooser = _opened(folder, rules, rule)
    groups = chooser.groups(view.table)
    order = np.argsort(groups.numbers, kind="stable")
    members, numbers = groups.members[order], groups.numbers[order]
    starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]]) if len(numbers) else order
    sizes = np.diff(np.append(starts, len(numbers)))
    firsts = members[starts]
    page = np.lexsort((firsts, -sizes))[offset : offset + min(limit, MAX_PAGE)]
    return {
        "num_clusters": len(starts),
        "num_documents": len(members),
        "clusters": [
            _cluster(view, chooser, members[starts[one] : starts[one] + sizes[one]]) for one in page
        ],
    }


def read_cluster(
    folder: str, rules: dict[str, Any], rule: str, index: int, offset: int = 0
) -> dict[str, Any]:
    """The cluster of document ``index``: the kept copy first, the others against it.

    Each member has its Jaccard to the first (null for exact duplicates), why it stays or goes, and
    its opening as ``pieces``: ("same" | "added" | "left_out", text). Personal data is masked.
    """
    view, funnel, chooser = _opened(folder, rules, rule)
    groups = chooser.groups(view.table)
    numbers = groups.numbers[groups.members == index]
    if not len(numbers):
        raise DataError(f"Document {index} has no duplicate by the rule {rule!r}.")
    members = groups.members[groups.numbers == numbers[0]]
    kept = _kept(chooser, members)
    first = int(members[0]) if kept is None else kept
    others = members[members != first]
    shown = [first, *others[offset : offset + MAX_MEMBERS].tolist()]
    texts = [row["text"] for row in view.texts.rows(shown)]
    similarities = jaccard_to_first(texts, chooser.shingle_words) if chooser.shingle_words else []
    masked = [_masked(text) for text in texts]
    return {
        **_cluster(view, chooser, members),
        "num_shown": len(shown),
        "members": [
            {
                **named(view, member),
                "origin": row["origin"],
                "is_kept": bool(funnel.is_kept[member]),
                "reason": _reason(view, funnel, chooser, member, kept),
                "jaccard": similarities[place] if similarities else None,
                "is_cut": len(texts[place]) > COMPARED_CHARACTERS,
                "pieces": difference(masked[0], masked[place]),
            }
            for place, (member, row) in enumerate(zip(shown, view.texts.rows(shown), strict=True))
        ],
    }


def difference(before: str, after: str) -> Pieces:
    """Word by word what ``after`` shares, adds and leaves out."""
    one, other = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    pieces: Pieces = []
    for kind, from_one, to_one, from_other, to_other in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(other[from_other:to_other])))
            continue
        if to_one > from_one:
            pieces.append(("left_out", "".join(one[from_one:to_one])))
        if to_other > from_other:
            pieces.append(("added", "".join(other[from_other:to_other])))
    return pieces


def _masked(text: str) -> str:
    """What is compared of a text; a value at its end is masked whole."""
    return redact(text[: COMPARED_CHARACTERS + _BEYOND]).text[:COMPARED_CHARACTERS]


def _opened(folder: str, rules: dict[str, Any], rule: str) -> tuple[CorpusView, Funnel, KeptCopy]:
    """The version, the funnel of the rules, and the rule with its choices made in its turn."""
    decision = Decision.asked(folder, rules)
    chooser = decision.by_name.get(rule)
    if not isinstance(chooser, KeptCopy):
        known = [name for name, one in decision.by_name.items() if isinstance(one, KeptCopy)]
        raise DataError(f"{rule!r} is no rule on duplicates.", advice=f"Name one of {known}.")
    if not chooser.is_ready(decision.view.table):
        raise DataError(
            "These settings have not been searched with yet.",
            advice="Save the rules as a new version; its clusters are shown then.",
        )
    decision.in_turn(rule)
    return decision.view, decision.funnel, chooser


def _kept(chooser: KeptCopy, members: Int64) -> int | None:
    """The copy that the rule keeps; None when the rules before it leave none."""
    winners = [chooser.winner(int(member)) for member in members]
    return next((winner for winner in winners if winner is not None), None)


def _cluster(view: CorpusView, chooser: KeptCopy, members: Int64) -> dict[str, Any]:
    kept = _kept(chooser, members)
    shown = int(members[0]) if kept is None else kept
    sources = np.bincount(view.table.sources[members], minlength=len(view.table.source_names))
    (row,) = view.texts.rows([shown])
    return {
        **named(view, shown),
        "size": len(members),
        "has_kept": kept is not None,
        "num_alive": sum(chooser.winner(int(member)) is not None for member in members),
        "sources": {
            name: int(count)
            for name, count in zip(view.table.source_names, sources, strict=True)
            if count
        },
        "excerpt": excerpt_of(row["text"]).excerpt,
    }


def _reason(
    view: CorpusView, funnel: Funnel, chooser: KeptCopy, member: int, kept: int | None
) -> str:
    """Why this copy stays, or what drops it."""
    if member == kept:
        return chooser.why_kept(view.table, member)
    if chooser.winner(member) is not None:
        return chooser.reason(view.table, member)
    dropped = list(RulesPart.model_fields)[int(funnel.dropped_by[member])]
    return RULES[dropped].title
