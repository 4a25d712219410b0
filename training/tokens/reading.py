"""What a run read at one step: step -> rows -> documents, with the very text, source and origin.

Look-ups in files that are there anyway: the stored order, the token store, its tokenizer, and, for
file, page and line, the documents that the corpus was made of. Nothing is logged while training.
The text is decoded from the tokens that were read, so it is what the model saw, but for personal
data, which is masked; a row that begins inside a character begins with a replacement sign.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from training.corpus.corpus import INFO_FILE
from training.corpus.documents import Documents
from training.corpus.pii.redact import redact
from training.errors import DataError, TrainyardError
from training.folder.artifact import load_manifest
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.planning.course import Course, course_of
from training.specs.packing import PackingPart
from training.specs.ramp import BatchRampPart
from training.tasks.taskset import TRAIN, TaskSet
from training.tokenizers.load import load_tokenizer
from training.tokens.marked import loss_pieces, moved_pieces
from training.tokens.order import RowIds, read_order, rows_at_step
from training.tokens.packing import Span
from training.tokens.rows import AnyRows, rows_of_split
from training.tokens.store import TokenStore

MAX_ROWS = 8
#: Of one document in one row, and of everything in one answer.
MAX_SPAN_CHARS = 2_000
MAX_CHARS = 24_000
#: Of a row that is asked for whole; the line of an answer has 8 MB, a character at most 6 bytes,
#: and it stands there twice where its loss is told.
MAX_WHOLE_CHARS = 600_000
#: Documents whose files are looked up in one answer.
MAX_ORIGINS = 200
#: Of an origin: what only a document has.
_OF_DOCUMENTS = ("page", "offset", "documents", "corpus", "index")
_NUM_CACHED = 4

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ReadRun:
    """A run's folder as far as its data goes."""

    store: TokenStore
    rows: AnyRows
    order: Any
    course: Course
    num_steps: int


def read_step(
    folder: str, step: int, first_row: int = 0, num_rows: int = MAX_ROWS, is_whole: bool = False
) -> dict[str, Any]:
    """The rows of optimizer step ``step`` of the run in ``folder``, from its ``first_row``-th on.

    ``{"step", "num_steps", "num_rows", "num_documents", "num_loss_tokens", "sequence_length",
    "first_row", "rows"}``; a row is ``{"row", "spans"}``, a span ``{"document", "doc_id", "source",
    "origin", "start", "num_tokens", "document_tokens", "text", "pieces", "is_cut"}``. Of examples,
    where only some tokens carry loss, ``pieces`` is the text as [piece, whether it carried loss],
    and ``num_loss_tokens`` counts the targets of the step; of texts both are None. DataError where
    the order or the tokens are gone, or the step is none of the run's. With ``is_whole`` there is
    one row, with up to `MAX_WHOLE_CHARS` of its text.
    """
    run = open_run(Path(folder))
    if not 1 <= step <= run.num_steps:
        raise DataError(
            f"The run has no step {step:,}.", advice=f"Choose one from 1 to {run.num_steps:,}."
        )
    ids = rows_at_step(run.order, step, run.course)
    spans = [run.rows.row(int(row)) for row in ids]
    most = 1 if is_whole else min(num_rows, MAX_ROWS)
    shown = range(max(0, first_row), min(len(ids), max(0, first_row) + most))
    read = (run.store.doc_id(span.document) for place in shown for span in spans[place])
    origins = origins_of(run.store, read)
    limits = (MAX_WHOLE_CHARS, MAX_WHOLE_CHARS) if is_whole else (MAX_CHARS, MAX_SPAN_CHARS)
    budget = _Budget(*limits)
    masks = run.rows.loss_mask(ids) if run.store.info.has_loss_mask else None
    return {
        "step": step,
        "num_steps": run.num_steps,
        "num_rows": len(ids),
        "num_documents": len({span.document for row in spans for span in row}),
        "num_loss_tokens": None if masks is None else int(masks.sum()),
        "sequence_length": run.rows.sequence_length,
        "first_row": shown.start,
        "rows": [
            {
                "row": int(ids[place]),
                "spans": [
                    _span(run.store, span, mask, origins, budget)
                    for span, mask in _with_masks(
                        spans[place], None if masks is None else masks[place]
                    )
                ],
            }
            for place in shown
        ],
    }


class _Budget:
    """How many characters an answer may still hold."""

    def __init__(self, most: int, most_of_span: int) -> None:
        self.left, self._most_of_span = most, most_of_span

    def take(self, text: str) -> str:
        """As much of the text as fits."""
        shown = text[: min(self._most_of_span, self.left)]
        self.left -= len(shown)
        return shown


def open_run(folder: Path) -> ReadRun:
    """The token store, rows and stored order of a run; DataError when one of them is gone."""
    request = read_json(JobFolder(folder).spec)
    spec = request.get("spec", {}) if isinstance(request, dict) else {}
    tokens, batch, length = (spec.get(k) for k in ("tokens", "batch_size", "sequence_length"))
    if not isinstance(tokens, str) or not batch or not length:
        raise DataError("This run does not read rows of a token store, so no step can be traced.")
    order, info = read_order(folder)
    store_folder = (folder / tokens).resolve()
    store = TokenStore.open(store_folder)
    rows = rows_of_split(store, "train", int(length), _packing_of(spec))
    info.require_tokens(load_manifest(store_folder).id, len(rows), rows.layout)
    ramp = BatchRampPart.model_validate(spec.get("batch_ramp") or {})
    course = course_of(int(batch), ramp, info.left_out)
    return ReadRun(store, rows, order, course, _num_steps(order, course))


def _num_steps(order: RowIds, course: Course) -> int:
    """Steps that the order has rows for."""
    last = course.steps_of(np.array([len(order)]))
    return int(last[0]) - 1


def _packing_of(spec: dict[str, Any]) -> PackingPart:
    """How a run's documents share rows; DataError where its settings cannot be read."""
    try:
        return PackingPart.model_validate(spec.get("packing") or {})
    except ValidationError as error:
        raise DataError("The run's settings of packing cannot be read: no row is known.") from error


def _with_masks(spans: list[Span], mask: Mask | None) -> list[tuple[Span, Mask | None]]:
    """Each span of a row with its part of the row's mask [T + 1]; spans follow one another."""
    if mask is None:
        return [(span, None) for span in spans]
    ends = np.cumsum([span.num_tokens for span in spans]).tolist()
    return [
        (span, mask[end - span.num_tokens : end]) for span, end in zip(spans, ends, strict=True)
    ]


def _span(
    store: TokenStore, span: Span, mask: Mask | None, origins: dict[str, Any], budget: _Budget
) -> dict[str, Any]:
    ids = store.document_tokens(span.document)
    read = ids[span.start : span.start + span.num_tokens].tolist()
    decode = functools.partial(_tokenizer(store.tokenizer_folder).decode, skip_special_tokens=False)
    text = decode(read)
    masked = redact(text)
    shown = budget.take(masked.text)
    pieces = None
    if mask is not None:
        pieces = moved_pieces(loss_pieces(read, mask, decode, text), masked, len(shown))
    doc_id = store.doc_id(span.document)
    return {
        "document": span.document,
        "doc_id": doc_id,
        "source": store.source(span.document),
        "origin": origins.get(doc_id),
        "start": span.start,
        "num_tokens": span.num_tokens,
        "document_tokens": len(ids),
        "text": shown,
        "pieces": pieces,
        "is_cut": len(shown) < len(masked.text),
    }


@functools.lru_cache(maxsize=_NUM_CACHED)
def _tokenizer(folder: Path) -> Any:
    """Artifacts never change, so a loaded tokenizer is good for as long as the process lives."""
    return load_tokenizer(folder)


def origins_of(store: TokenStore, doc_ids: Iterable[str]) -> dict[str, Any]:
    """{doc_id: {"file", "page", "line", "offset", "documents", "corpus", "index"}}.

    ``index`` is its place among the documents; of rows of a task set it is None, as are the ids
    of ``documents`` and ``corpus``. {} where the documents are gone: nothing is refused for want
    of an origin, the text is there without it.
    """
    wanted = list(dict.fromkeys(doc_ids))[:MAX_ORIGINS]
    try:
        if store.info.has_loss_mask:
            return _origins_of_rows(store.folder, set(wanted))
        corpus, documents = _documents_of(store.folder)
        return _found(corpus, documents, wanted)
    except (TrainyardError, OSError, KeyError, ValueError, TypeError):
        return {}


def task_set_of(store: Path) -> TaskSet:
    """The task set that a store of examples was made of; KeyError or DataError without one."""
    return TaskSet.open((store.parent / load_manifest(store).spec["spec"]["tasks"]).resolve())


def _origins_of_rows(store: Path, wanted: set[str]) -> dict[str, Any]:
    """The same for a store of examples, whose ids are those of rows of a task set."""
    return {
        row["row_id"].hex(): {**row["origin"], **dict.fromkeys(_OF_DOCUMENTS)}
        for row in task_set_of(store).rows(TRAIN, ["row_id", "origin"])
        if row["row_id"].hex() in wanted
    }


def _documents_of(store: Path) -> tuple[str, Documents]:
    """The corpus behind a token store, by its manifest, and the documents behind that."""
    corpus = (store.parent / load_manifest(store).spec["spec"]["corpus"]).resolve()
    documents = (corpus / read_json(corpus / INFO_FILE)["documents_path"]).resolve()
    return load_manifest(corpus).id, Documents.open(documents)


def _found(corpus: str, documents: Documents, wanted: list[str]) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array([bytes.fromhex(one) for one in wanted], pa.binary(16))
    places, start = [], 0
    for batch in documents.batches(("doc_id",), batch_rows=65_536):
        here = pc.indices_nonzero(pc.is_in(batch.column("doc_id"), value_set=ids))
        places += [start + int(place) for place in here.to_pylist()]
        start += batch.num_rows
        if len(places) == len(wanted):
            break
    rows = documents.rows(places, ("doc_id", "origin"))
    named = {"documents": documents.manifest.id, "corpus": corpus}
    return {
        row["doc_id"].hex(): {**(row["origin"] or {}), **named, "index": place}
        for place, row in zip(places, rows, strict=True)
    }
