"""What pages ask of losses: documents in order of their loss, and one with its tokens.

Personal data is masked, as in every preview; a placeholder has the loss of the first token that
it hides.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from training.corpus.pii.redact import redact
from training.errors import DataError
from training.evaluation.losses import Losses, TokenLosses
from training.tokenizers.load import load_tokenizer
from training.tokens.marked import moved_pieces
from training.tokens.reading import origins_of

MAX_PAGE = 50
#: Tokens in one answer about a document.
MAX_TOKENS = 1_500
_EXCERPT_TOKENS, _EXCERPT_CHARACTERS = 60, 160
_NUM_OPEN = 4
_NUM_TOP = 20
#: Pieces of a phrase: so many at the beginning of a part, so many before and behind one.
_BEGINNING, _AROUND = 16, 6
_PHRASE_CHARACTERS = 200


def list_losses(
    folder: str, order: str = "highest", source: str = "", offset: int = 0, limit: int = 20
) -> dict[str, Any]:
    """A page of documents: ``{"num_documents", "trouble", "documents"}``, each with its beginning.

    ``trouble`` says why no text can be shown; the figures are there all the same.
    """
    losses = _opened(folder)
    table = losses.ordered(order, source)
    rows = table.slice(max(0, offset), min(limit, MAX_PAGE)).to_pylist()
    trouble = ""
    try:
        store = losses.store()
        decode = _decoder(str(store.tokenizer_folder))
        origins = origins_of(store, (row["doc_id"] for row in rows))
        for row in rows:
            ids = store.document_tokens(row["document"])[:_EXCERPT_TOKENS].tolist()
            row["excerpt"] = _beginning(decode(ids), is_whole=len(ids) == row["num_tokens"])
            row["origin"] = origins.get(row["doc_id"])
    except DataError as error:
        trouble = str(error)
    return {"num_documents": len(table), "trouble": trouble, "documents": rows}


def read_losses(folder: str, document: int, offset: int = 0) -> dict[str, Any]:
    """One document: its row, ``pieces`` [text, loss or None] from token ``offset`` on.

    A piece is as few tokens as make whole characters; its loss is the sum of theirs. ``top`` are
    the pieces of the highest loss, each with the words around it (``[text, loss, phrase]``), and
    ``phrase`` is how this part begins: what can be looked for in training texts, "" where it holds
    personal data.
    """
    losses = _opened(folder)
    row, values = losses.of(document)
    store = losses.store()
    ids = store.document_tokens(document).tolist()
    start = min(max(0, offset), len(ids))
    stop = min(len(ids), start + MAX_TOKENS)
    decode = _decoder(str(store.tokenizer_folder))
    pieces = _pieces(ids, values, start, stop, decode)
    masked = redact("".join(text for text, _ in pieces))
    shown = moved_pieces(
        [(text, place) for place, (text, _) in enumerate(pieces)],  # type: ignore[misc]
        masked,
        len(masked.text),
    )
    told = [(text, pieces[place][1]) for text, place in shown]
    known = [(text, pieces[place][1], place) for text, place in shown]
    top = sorted((one for one in known if one[1] is not None), key=lambda one: -(one[1] or 0.0))
    origin = origins_of(store, [row["doc_id"]]).get(row["doc_id"])
    return {
        "row": {**row, "origin": origin},
        "phrase": _phrase(pieces, 0, _BEGINNING),
        "offset": start,
        "next": stop if stop < len(ids) else None,
        "pieces": told,
        "top": [
            (text, loss, _phrase(pieces, max(0, place - _AROUND), place + _AROUND))
            for text, loss, place in top[:_NUM_TOP]
        ],
    }


def losses_of_document(folders: Sequence[str], doc_id: str) -> list[dict[str, Any] | None]:
    """Of each of these measurements the row of one document; None where it was not read."""
    found: list[dict[str, Any] | None] = []
    for folder in folders:
        try:
            table = _opened(folder).table
        except DataError:
            found.append(None)
            continue
        rows = table.filter(pc.equal(table["doc_id"], doc_id)).slice(0, 1).to_pylist()
        found.append(rows[0] if rows else None)
    return found


def _phrase(pieces: Sequence[tuple[str, float | None]], start: int, stop: int) -> str:
    """Pieces [start, stop) as a phrase of whole words where it has any."""
    text = "".join(text for text, _ in pieces[start:stop])[:_PHRASE_CHARACTERS].strip()
    return "" if redact(text).findings else text


def _pieces(
    ids: Sequence[int], values: Losses, start: int, stop: int, decode: Any
) -> list[tuple[str, float | None]]:
    found: list[tuple[str, float | None]] = []
    begin = start
    while begin < stop:
        # The token before keeps the space that some decoders take from the first one.
        anchor = list(ids[begin - 1 : begin]) if begin else []
        before, end = len(decode(anchor)), begin + 1
        text = decode([*anchor, *ids[begin:end]])[before:]
        while text.endswith("�") and end < stop and end - begin < 8:
            end += 1
            text = decode([*anchor, *ids[begin:end]])[before:]
        part = values[begin:end]
        finite = part[np.isfinite(part)]
        found.append((text, round(float(finite.sum()), 4) if len(finite) else None))
        begin = end
    return found


@functools.lru_cache(maxsize=_NUM_OPEN)
def _beginning(text: str, *, is_whole: bool) -> str:
    """So much as a list shows of a document, masked."""
    masked = redact(text).text
    if is_whole and len(masked) <= _EXCERPT_CHARACTERS:
        return masked
    return masked[:_EXCERPT_CHARACTERS].rstrip() + "…"


def _opened(folder: str) -> TokenLosses:
    return TokenLosses.open(Path(folder))


@functools.lru_cache(maxsize=_NUM_OPEN)
def _decoder(folder: str) -> Any:
    return functools.partial(load_tokenizer(Path(folder)).decode, skip_special_tokens=False)
