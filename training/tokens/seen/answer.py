"""Where did the model see this: the answer for one run, as plain data.

Phrase -> texts that hold it -> the tokens of each hit -> the rows that hold these tokens -> the
steps that read those rows, as far as the run got.
"""

from __future__ import annotations

import functools
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.corpus.search.excerpt import Hit
from training.corpus.search.phrase import Phrase
from training.errors import DataError, TrainyardError
from training.folder.artifact import MANIFEST
from training.folder.layout import JobFolder
from training.tasks.taskset import TRAIN
from training.tokens.order import ORDER_INFO_FILE
from training.tokens.reading import ReadRun, open_run
from training.tokens.seen.places import copies_in_store, spans_in, token_range
from training.tokens.seen.runs import PastRun, steps_done, with_bases
from training.tokens.seen.steps import (
    Answer,
    Extent,
    Seen,
    is_in_split,
    never,
    rows_with,
    seen_in,
    steps_by_row,
)
from training.tokens.seen.texts import CorpusTexts, ExampleTexts, HeldText, texts_of
from training.tokens.store import TokenStore

#: Hits of a document and steps of a hit that are told; all are counted.
MAX_HITS_TOLD = 5
MAX_STEPS_TOLD = 50
_NUM_OPEN = 4


@dataclass(frozen=True)
class _Held:
    """A hit and the rows that hold its tokens; without rows ``seen`` says why."""

    hit: Hit
    num_tokens: int = 0
    whole: frozenset[int] = frozenset()
    partial: frozenset[int] = frozenset()
    seen: Seen | None = None


def phrase_seen(
    folder: str | Path,
    phrase: str,
    ignore_case: bool = False,
    *,
    run: int | None = None,
    first: int = 0,
    limit: int = 5,
    seconds: float = 4.0,
) -> list[dict[str, Any]]:
    """The run in ``folder`` and the runs of its bases, nearest first; or the ``run``-th of them.

    Each: ``name``, ``until`` (last step in the weights; None of the run itself), ``trouble`` (why
    nothing is told), ``reached``, ``num_steps``, ``kind`` (``corpus`` or ``tasks``), ``ids`` of
    the artifacts, ``texts`` from ``first`` on, ``searched`` of ``total`` and ``next``. SpecError
    or DataError when the phrase or the run cannot be used.
    """
    asked = Phrase.of(phrase, ignores_case=ignore_case)
    chain = with_bases(JobFolder(Path(folder)))
    if run is not None and not 0 <= run < len(chain):
        raise DataError(f"There is no run {run} among the {len(chain)} behind this one.")
    chosen = list(enumerate(chain)) if run is None else [(run, chain[run])]
    return [
        {"run": number, **_of_run(past, asked, first, limit, seconds / len(chosen))}
        for number, past in chosen
    ]


def _of_run(
    past: PastRun, phrase: Phrase, first: int, limit: int, seconds: float
) -> dict[str, Any]:
    """One run; whatever is wrong with its folders is told and leaves the others standing."""
    told: dict[str, Any] = {"name": past.name, "until": past.until, "trouble": past.trouble}
    if past.folder is None:
        return told
    try:
        return {**told, **_searched(past, past.folder, phrase, first, limit, seconds)}
    except TrainyardError as error:
        return {**told, "trouble": str(error)}


def _searched(
    past: PastRun, folder: JobFolder, phrase: Phrase, first: int, limit: int, seconds: float
) -> dict[str, Any]:
    if not (folder.root / ORDER_INFO_FILE).exists():
        raise DataError("The run has stored no order of rows: it has not begun yet.")
    run = open_run(folder.root)
    texts = _texts(run.store.folder)
    found: list[HeldText] = []
    searched = num_found = 0
    deadline = time.monotonic() + seconds
    for looked in texts.holding(phrase, first, limit, seconds):
        searched = looked.stop
        num_found += looked.num_texts
        found += [text() for text in looked.texts[: limit - len(found)]]
        if num_found > limit or time.monotonic() > deadline:
            break
    is_complete = searched >= texts.total
    goes_on = int(found[-1].index) + 1 if num_found > len(found) else searched
    extent = _extent(past, folder, run)
    return {
        "reached": extent.last,
        "num_steps": extent.planned,
        "kind": texts.kind,
        "ids": texts.ids,
        "texts": _told(run, extent, found),
        "searched": searched,
        "total": texts.total,
        "next": None if is_complete and num_found == len(found) else goes_on,
    }


def _extent(past: PastRun, folder: JobFolder, run: ReadRun) -> Extent:
    if past.until is not None:
        return Extent(past.until, run.num_steps, is_ended=True, ending="the base was taken at")
    reached = steps_done(folder)
    if (folder.output / MANIFEST).exists():
        return Extent(reached, run.num_steps, is_ended=True, ending="the run ended at")
    return Extent(reached, run.num_steps, is_ended=False, ending="the run is at")


def _told(run: ReadRun, extent: Extent, texts: list[HeldText]) -> list[dict[str, Any]]:
    held = [[_held(run, text, hit) for hit in text.hits] for text in texts]
    wanted = {row for one in held for hit in one for row in hit.whole | hit.partial}
    steps = steps_by_row(run.order, wanted, run.course)
    told = []
    for text, hits in zip(texts, held, strict=True):
        seen = [hit.seen or _seen(hit, steps, extent) for hit in hits]
        rows = [
            {**asdict(hit.hit), **_seen_row(one)}
            for hit, one in zip(hits[:MAX_HITS_TOLD], seen, strict=False)
        ]
        told.append({**text.named(), **_together(seen), "hits": rows, "num_followed": len(hits)})
    return told


def _held(run: ReadRun, text: HeldText, hit: Hit) -> _Held:
    """The rows with the tokens of a hit, in every copy of its text that the run trains on."""
    if text.ids is None or text.places is None:
        return _Held(hit, seen=never(text.why))
    tokens = token_range(text.places, hit.start, hit.stop)
    copies = copies_in_store(run.store, text.doc_id, text.ids)
    if tokens is None or not copies:
        return _Held(hit, seen=_not_in(run.store, text, is_encoded=tokens is not None))
    whole: set[int] = set()
    partial: set[int] = set()
    is_held_out = True
    for pieces in copies:
        spans = [
            span
            for span in spans_in(run.store, pieces, *tokens)
            if is_in_split(run.store, TRAIN, span.document)
        ]
        is_held_out = is_held_out and not spans
        is_divided = sum(span.stop - span.start for span in spans) < tokens[1] - tokens[0]
        in_whole, in_part = rows_with(run.rows, spans)
        whole |= set() if is_divided else in_whole
        partial |= in_part | (in_whole if is_divided else set())
    if whole or partial:
        return _Held(hit, tokens[1] - tokens[0], frozenset(whole), frozenset(partial - whole))
    why = "it is held out for validation" if is_held_out else _cut_off(run)
    return _Held(hit, seen=never(why))


def _seen(hit: _Held, steps: dict[int, list[int]], extent: Extent) -> Seen:
    seen = seen_in(set(hit.whole), set(hit.partial), steps, extent)
    seen.num_tokens = hit.num_tokens
    return seen


def _cut_off(run: ReadRun) -> str:
    length = f"{run.rows.sequence_length:,} tokens"
    if run.store.info.has_loss_mask:
        return f"it is cut off or left out, because the example does not fit rows of {length}"
    if run.rows.layout:
        return f"it is cut off, because the document does not fit rows of {length}"
    return f"it is among the last tokens, which do not fill a row of {length}"


def _not_in(store: TokenStore, text: HeldText, *, is_encoded: bool) -> Seen:
    if is_encoded and not store.find_all(text.doc_id):
        return never("its document is not among the tokens")
    return Seen(Answer.UNKNOWN, "the tokens of the run are not those of this text")


def _together(seen: list[Seen]) -> dict[str, Any]:
    """What is said of a document: the best that is said of its hits, and all of their steps."""
    steps = sorted({step for one in seen for step in one.steps})
    partial = sorted({step for one in seen for step in one.partial_steps} - set(steps))
    later = sorted({step for one in seen for step in one.later_steps})
    order = [Answer.SEEN, Answer.NOT_YET, Answer.UNKNOWN, Answer.NEVER]
    best = min(seen, key=lambda one: order.index(one.answer))
    return _steps_row(best, steps, partial, later)


def _seen_row(seen: Seen) -> dict[str, Any]:
    return {
        **_steps_row(seen, seen.steps, seen.partial_steps, seen.later_steps),
        "rows": seen.rows[:MAX_STEPS_TOLD],
        "num_tokens": seen.num_tokens,
    }


def _steps_row(
    seen: Seen, steps: list[int], partial: list[int], later: list[int]
) -> dict[str, Any]:
    return {
        "answer": str(seen.answer),
        "why": seen.why,
        "steps": steps[:MAX_STEPS_TOLD],
        "num_steps": len(steps),
        "partial_steps": partial[:MAX_STEPS_TOLD],
        "num_partial_steps": len(partial),
        "later_steps": later[:MAX_STEPS_TOLD],
        "num_later_steps": len(later),
    }


@functools.lru_cache(maxsize=_NUM_OPEN)
def _texts(store: Path) -> CorpusTexts | ExampleTexts:
    """Artifacts never change, so an open one is good for as long as the process lives."""
    return texts_of(TokenStore.open(store))
