"""What pages ask of a corpus version: the funnel of other thresholds, documents, differences."""

from __future__ import annotations

import functools
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from training.corpus.browse import CorpusView, Int64
from training.corpus.excerpts import excerpt_of, places_shown
from training.corpus.histogram import histogram
from training.corpus.pii.columns import redacted_meta
from training.corpus.pii.redact import redact
from training.corpus.places import Places, merged
from training.corpus.rules.rule import Mask, Rule, places_of
from training.corpus.search.phrase import Phrase
from training.corpus.signals.table import SCORES_PREFIX, Columns
from training.errors import DataError
from training.helper.deciding import Decision, open_view
from training.registry import RULES, SIGNALS

MAX_PAGE = 50
#: A document is shown whole up to here; a page of more would not be read.
MAX_CHARS = 1_000_000
_NUM_HISTOGRAMS = 48


def filter_corpus(
    folder: str,
    rules: dict[str, Any],
    show: str = "dropped",
    rule: str = "",
    order: str = "near",
    seed: int = 0,
    offset: int = 0,
    limit: int = 10,
    routes: dict[str, str] | None = None,
    keep: dict[str, list[str]] | None = None,
) -> dict[str, Any]:
    """The funnel with these rules, and a page of documents that they drop or keep.

    ``show`` is ``kept``, ``dropped`` (by all rules together), ``rule`` (by the one named, alone) or
    ``marked`` (always kept). ``order`` is ``near`` (to the threshold) or ``random`` (by ``seed``).
    ``routes`` and ``keep`` are as in the version when they are not given. ``is_ready`` is false
    when what the named rule looks at has not been computed.
    """
    decision = Decision.asked(folder, rules, routes, keep)
    chosen = decision.rule(rule)
    indices = _shown(decision, chosen, show)
    page = _page(decision.view, indices, chosen, order, seed, offset, min(limit, MAX_PAGE))
    return {
        "funnel": decision.funnel.as_dict(),
        "num_shown": len(indices),
        "documents": _rows(decision, page, chosen),
        "signal": chosen.signal if chosen else "",
        "is_ready": chosen is None or chosen.is_ready(decision.view.table),
        "histogram": _histogram(folder, chosen.signal) if chosen else None,
    }


def read_document(
    folder: str,
    index: int,
    rules: dict[str, Any],
    rule: str = "",
    phrase: str = "",
    ignore_case: bool = False,
    routes: dict[str, str] | None = None,
    keep: dict[str, list[str]] | None = None,
) -> dict[str, Any]:
    """One document whole, with its signals, and what each rule says of it.

    Marked are the places of the phrase, else those of the rule. Personal data is masked, whatever
    the version redacts.
    """
    decision = Decision.asked(folder, rules, routes, keep)
    view, chosen = decision.view, decision.rule(rule)
    if not 0 <= index < len(view.table):
        raise DataError(f"There is no document {index}; there are {len(view.table):,}.")
    (row,) = view.texts.rows([index])
    masked = redact(row["text"])
    shown = masked.text[:MAX_CHARS]
    found = _marked(view, index, row["text"], chosen, phrase, ignore_case=ignore_case)
    values = view.table.values
    return {
        **named(view, index),
        "text": shown,
        "num_chars": len(masked.text),
        "num_masked": len(masked.findings),
        "origin": row["origin"],
        "language": row["language"] or view.table.language(index),
        "meta": redacted_meta(row["meta"]),
        "places": [place for place in merged(masked.moved(found)) if place[1] <= len(shown)],
        "signals": {name: values[name][index].item() for name in SIGNALS if name in values},
        "scores": _scores(values, index),
        "verdicts": _verdicts(decision, index),
        "is_always_kept": bool(np.isin(index, decision.marked)),
        "num_documents": len(view.table),
    }


def compare_corpora(
    folder: str, other: str, show: str = "gained", seed: int = 0, offset: int = 0, limit: int = 10
) -> dict[str, Any]:
    """What ``folder`` keeps that ``other`` does not, and the other way round; a page of one."""
    mine, theirs = open_view(folder), open_view(other)
    if mine.corpus.info.documents_id != theirs.corpus.info.documents_id:
        raise DataError(
            "The two versions are over different documents, so none can be gained or lost.",
            advice="Compare versions of one corpus.",
        )
    kept, kept_before = mine.corpus.is_kept, theirs.corpus.is_kept
    masks = {"gained": kept & ~kept_before, "lost": kept_before & ~kept}
    shown = np.flatnonzero(masks["lost" if show == "lost" else "gained"])
    page = mine.shuffled(shown, seed, offset, min(limit, MAX_PAGE))
    # The version that drops a document has the reason.
    decision = Decision.stored(mine if show == "lost" else theirs)
    return {
        **{name: _amount(mine, mask) for name, mask in masks.items()},
        "both": _amount(mine, kept & kept_before),
        "num_shown": len(shown),
        "documents": _rows(decision, page, None),
    }


def _scores(values: Columns, index: int) -> dict[str, float]:
    """What models say of a document, by column; nothing where it was not scored."""
    found = {
        name: float(column[index])
        for name, column in values.items()
        if name.startswith(SCORES_PREFIX)
    }
    return {name: value for name, value in found.items() if math.isfinite(value)}


@functools.lru_cache(maxsize=_NUM_HISTOGRAMS)
def _histogram(folder: str, signal: str) -> dict[str, Any] | None:
    values = open_view(folder).table.values.get(signal)
    return None if values is None else asdict(histogram(values))


def _marked(
    view: CorpusView, index: int, text: str, rule: Rule | None, phrase: str, *, ignore_case: bool
) -> Places:
    text = text[:MAX_CHARS]
    if phrase:
        return merged(Phrase.of(phrase, ignores_case=ignore_case).places(text))
    return merged(places_of(rule, view.table, index, text)) if rule else []


def _shown(decision: Decision, rule: Rule | None, show: str) -> Int64:
    if show == "kept":
        return np.flatnonzero(decision.funnel.is_kept)
    if show == "marked":
        return decision.marked
    if show == "rule" and rule is not None:
        return np.flatnonzero(decision.alone(rule))
    return np.flatnonzero(~decision.funnel.is_kept)


def _page(
    view: CorpusView, indices: Int64, rule: Rule | None, order: str, seed: int, offset: int,
    limit: int,
) -> Int64:  # fmt: skip
    if order == "near" and rule is not None:
        limits = [value for value in rule.thresholds().values() if isinstance(value, int | float)]
        return view.nearest(indices, rule.signal, limits, offset, limit)
    return view.shuffled(indices, seed, offset, limit)


def _rows(decision: Decision, page: Int64, rule: Rule | None) -> list[dict[str, Any]]:
    """A page of documents, each with why it goes: by the rule looked at, else by the first one."""
    view, names = decision.view, list(decision.by_name)
    firsts = [
        names[place] if place >= 0 else "" for place in decision.funnel.dropped_by[page].tolist()
    ]
    # A rule that is looked at tells of everything that it drops alone; another one in its turn.
    masks = {name: decision.in_turn(name) for name in {*firsts} - {""}} if rule is None else {}
    alone = decision.alone(rule) if rule else None
    texts = view.texts.rows(page.tolist())
    is_marked = np.isin(page, decision.marked).tolist()
    rows = []
    for place, (index, text, first) in enumerate(zip(page.tolist(), texts, firsts, strict=True)):
        teller = rule or decision.by_name.get(first)
        mask = masks.get(first) if rule is None else alone
        is_told = teller is not None and mask is not None and bool(mask[index])
        found = places_shown(teller if is_told else None, view.table, index, text["text"])
        rows.append(
            {
                **named(view, index),
                "origin": text["origin"],
                "dropped_by": first,
                "is_always_kept": is_marked[place],
                "reason": teller.reason(view.table, index) if teller and is_told else "",
                **asdict(excerpt_of(text["text"], found)),
            }
        )
    return rows


def named(view: CorpusView, index: int) -> dict[str, Any]:
    """Place, id, source and size of a document."""
    table = view.table
    return {
        "index": index,
        "doc_id": table.doc_id(index),
        "source": table.source_names[table.sources[index]],
        "num_bytes": int(view.num_bytes[index]),
    }


def _verdicts(decision: Decision, index: int) -> list[dict[str, Any]]:
    table, found = decision.view.table, []
    for name, rule, is_on in decision.switched:
        is_dropped = is_on and bool(decision.alone(rule)[index])
        found.append(
            {
                "rule": name,
                "title": RULES[name].title,
                "signal": rule.signal,
                "is_on": is_on,
                "is_dropped": is_dropped,
                "reason": rule.reason(table, index) if is_dropped else "",
                "thresholds": rule.thresholds(),
            }
        )
    return found


def _amount(view: CorpusView, mask: Mask) -> dict[str, int]:
    return {"documents": int(mask.sum()), "bytes": int(view.num_bytes[mask].sum())}
