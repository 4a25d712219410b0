"""What pages ask of a corpus version: the funnel of other thresholds, documents, differences.

Opened versions stay open, so that all but the first question touches columns in memory only.
"""

from __future__ import annotations

import functools
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.browse import CorpusView, Int64
from training.corpus.excerpts import excerpt_of, places_shown
from training.corpus.funnel import Funnel, apply_rules, rules_of
from training.corpus.histogram import histogram
from training.corpus.pii.columns import redacted_meta
from training.corpus.pii.redact import redact
from training.corpus.places import Places, merged
from training.corpus.rules.rule import Mask, Rule, places_of
from training.corpus.search.phrase import Phrase
from training.errors import DataError
from training.registry import RULES, SIGNALS
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart

MAX_PAGE = 50
#: A document is shown whole up to here; a page of more would not be read.
MAX_CHARS = 1_000_000
_NUM_OPEN = 6


def filter_corpus(
    folder: str,
    rules: dict[str, Any],
    show: str = "dropped",
    rule: str = "",
    order: str = "near",
    seed: int = 0,
    offset: int = 0,
    limit: int = 10,
) -> dict[str, Any]:
    """The funnel with these rules, and a page of documents that they drop or keep.

    ``show`` is ``kept``, ``dropped`` (by all rules together) or ``rule`` (by the one named, alone).
    ``order`` is ``near`` (to the threshold) or ``random`` (by ``seed``).
    """
    view, parsed = open_view(folder), parse_rules(rules)
    funnel = funnel_of(view, parsed)
    chosen = {name: one for name, one, _ in rules_of(parsed, view.routes)}
    _require_known(rule, chosen)
    indices = _shown(view, funnel, chosen.get(rule), show)
    page = _page(view, indices, chosen.get(rule), order, seed, offset, min(limit, MAX_PAGE))
    return {
        "funnel": funnel.as_dict(),
        "num_shown": len(indices),
        "documents": _rows(view, page, funnel, chosen, chosen.get(rule)),
        "signal": chosen[rule].signal if rule else "",
        "histogram": _histogram(folder, chosen[rule].signal) if rule else None,
    }


def read_document(
    folder: str,
    index: int,
    rules: dict[str, Any],
    rule: str = "",
    phrase: str = "",
    ignore_case: bool = False,
) -> dict[str, Any]:
    """One document whole, with its signals, and what each rule says of it.

    Marked are the places of the phrase, else those of the rule. Personal data is masked, whatever
    the version redacts.
    """
    view, parsed = open_view(folder), parse_rules(rules)
    if not 0 <= index < len(view.table):
        raise DataError(f"There is no document {index}; there are {len(view.table):,}.")
    chosen = {name: one for name, one, _ in rules_of(parsed, view.routes)}
    _require_known(rule, chosen)
    (row,) = view.texts.rows([index])
    masked = redact(row["text"])
    shown = masked.text[:MAX_CHARS]
    found = _marked(view, index, row["text"], chosen.get(rule), phrase, ignore_case=ignore_case)
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
        "verdicts": _verdicts(view, index, parsed),
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
    view = mine if show == "lost" else theirs
    rules = parse_rules(view.corpus.rules())
    funnel = funnel_of(view, rules)
    chosen = {name: one for name, one, _ in rules_of(rules, view.routes)}
    return {
        **{name: _amount(mine, mask) for name, mask in masks.items()},
        "both": _amount(mine, kept & kept_before),
        "num_shown": len(shown),
        "documents": _rows(view, page, funnel, chosen, None),
    }


def parse_rules(rules: dict[str, Any]) -> RulesPart:
    """Validated rules; SpecError holds every problem."""
    return CleanSpec.parse({"documents": "stored", "rules": rules}).rules


def funnel_of(view: CorpusView, rules: RulesPart) -> Funnel:
    """What these rules drop; rules that were asked before are not asked again."""
    return apply_rules(view.table, rules, view.routes, num_examples=0, verdicts=view.verdicts)


@functools.lru_cache(maxsize=_NUM_OPEN)
def open_view(folder: str) -> CorpusView:
    """Artifacts never change, so an open one is good for as long as the process lives."""
    return CorpusView(Path(folder))


@functools.lru_cache(maxsize=_NUM_OPEN * 8)
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


def _require_known(rule: str, chosen: dict[str, Rule]) -> None:
    if rule and rule not in chosen:
        raise DataError(f"There is no rule {rule!r}.", advice=f"Name one of {', '.join(RULES)}.")


def _shown(view: CorpusView, funnel: Funnel, rule: Rule | None, show: str) -> Int64:
    if show == "kept":
        return np.flatnonzero(funnel.is_kept)
    if show == "rule" and rule is not None:
        return np.flatnonzero(_alone(view, rule))
    return np.flatnonzero(~funnel.is_kept)


def _page(
    view: CorpusView, indices: Int64, rule: Rule | None, order: str, seed: int, offset: int,
    limit: int,
) -> Int64:  # fmt: skip
    if order == "near" and rule is not None:
        limits = [value for value in rule.thresholds().values() if isinstance(value, int | float)]
        return view.nearest(indices, rule.signal, limits, offset, limit)
    return view.shuffled(indices, seed, offset, limit)


def _rows(
    view: CorpusView, page: Int64, funnel: Funnel, chosen: dict[str, Rule], rule: Rule | None
) -> list[dict[str, Any]]:
    """A page of documents, each with why it goes: by the rule looked at, else by the first one."""
    names = list(chosen)
    firsts = [names[place] if place >= 0 else "" for place in funnel.dropped_by[page].tolist()]
    tellers = [rule or chosen.get(name) for name in firsts]
    masks = {id(one): _mask(view, funnel, one, names, chosen, rule) for one in tellers if one}
    rows = []
    texts = view.texts.rows(page.tolist())
    for index, text, first, teller in zip(page.tolist(), texts, firsts, tellers, strict=True):
        is_told = teller is not None and bool(masks[id(teller)][index])
        found = places_shown(teller if is_told else None, view.table, index, text["text"])
        rows.append(
            {
                **named(view, index),
                "origin": text["origin"],
                "dropped_by": first,
                "reason": teller.reason(view.table, index) if teller and is_told else "",
                **asdict(excerpt_of(text["text"], found)),
            }
        )
    return rows


def _mask(
    view: CorpusView, funnel: Funnel, teller: Rule, names: list[str], chosen: dict[str, Rule],
    rule: Rule | None,
) -> Mask:  # fmt: skip
    """What the teller drops: of everything when it is looked at alone, else in its turn.

    A choice among copies is made here, so that the reason can name the copy that stays.
    """
    if teller is rule:
        return _alone(view, teller)
    place = next(place for place, name in enumerate(names) if chosen[name] is teller)
    before = (funnel.dropped_by < 0) | (funnel.dropped_by >= place)
    return teller.drops(view.table, before)


def _alone(view: CorpusView, rule: Rule) -> Mask:
    """What a rule drops of everything: nothing, as long as its column is not there."""
    if not rule.is_ready(view.table):
        return np.zeros(len(view.table), dtype=bool)
    return rule.drops(view.table, np.ones(len(view.table), dtype=bool))


def named(view: CorpusView, index: int) -> dict[str, Any]:
    """Place, id, source and size of a document."""
    table = view.table
    return {
        "index": index,
        "doc_id": table.doc_id(index),
        "source": table.source_names[table.sources[index]],
        "num_bytes": int(view.num_bytes[index]),
    }


def _verdicts(view: CorpusView, index: int, rules: RulesPart) -> list[dict[str, Any]]:
    found = []
    for name, rule, is_on in rules_of(rules, view.routes):
        is_dropped = is_on and bool(_alone(view, rule)[index])
        found.append(
            {
                "rule": name,
                "title": RULES[name].title,
                "signal": rule.signal,
                "is_on": is_on,
                "is_dropped": is_dropped,
                "reason": rule.reason(view.table, index) if is_dropped else "",
                "thresholds": rule.thresholds(),
            }
        )
    return found


def _amount(view: CorpusView, mask: Mask) -> dict[str, int]:
    return {"documents": int(mask.sum()), "bytes": int(view.num_bytes[mask].sum())}
