"""What a run read of a phrase, by walking every row of every step and counting bytes.

Independent of offsets: a byte-level piece has as many bytes as characters in the vocabulary, so
the bytes of a token follow from the tokens before it in its document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from training.tokens.order import rows_at_step
from training.tokens.reading import open_run


@dataclass
class Walked:
    """Steps that read the whole hit, and steps that read only a part of it."""

    whole: set[int] = field(default_factory=set)
    part: set[int] = field(default_factory=set)


def walk(run: Path, texts: dict[str, str], phrase: str, last: int) -> dict[tuple[str, int], Walked]:
    """(doc_id, hit number) to steps, of steps 1 to ``last``; ``texts`` by doc_id."""
    opened = open_run(run)
    sizes = _token_bytes(opened.store.tokenizer_folder)
    hits = {doc_id: _byte_spans(text, phrase) for doc_id, text in texts.items()}
    bases = _first_bytes(opened.store, sizes)
    found: dict[tuple[str, int], Walked] = {
        (doc_id, number): Walked() for doc_id, spans in hits.items() for number in range(len(spans))
    }
    for step in range(1, last + 1):
        for row in rows_at_step(opened.order, step, opened.course).tolist():
            for span in opened.rows.row(row):
                doc_id = opened.store.doc_id(span.document)
                if doc_id not in hits:
                    continue
                ids = opened.store.document_tokens(span.document)
                ends = bases[span.document] + np.cumsum([sizes[one] for one in ids.tolist()])
                begin = ends[span.start - 1] if span.start else bases[span.document]
                end = ends[span.start + span.num_tokens - 1]
                for number, (first, behind) in enumerate(hits[doc_id]):
                    told = found[doc_id, number]
                    if begin <= first and behind <= end:
                        told.whole.add(step)
                    elif begin < behind and end > first:
                        told.part.add(step)
    return found


def _byte_spans(text: str, phrase: str) -> list[tuple[int, int]]:
    pattern = r"\s+".join(re.escape(word) for word in phrase.split())
    return [
        (len(text[: m.start()].encode()), len(text[: m.end()].encode()))
        for m in re.finditer(pattern, text)
    ]


def _token_bytes(folder: Path) -> list[int]:
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    special = set(tokenizer.get_added_tokens_decoder())
    size = tokenizer.get_vocab_size(with_added_tokens=True)
    return [0 if one in special else len(tokenizer.id_to_token(one)) for one in range(size)]


def _first_bytes(store, sizes: list[int]) -> dict[int, int]:
    """Byte of the text at which each document of the store begins: 0 but for second pieces."""
    found: dict[int, int] = {}
    at: dict[str, int] = {}
    for document in range(store.info.num_documents):
        doc_id = store.doc_id(document)
        found[document] = at.get(doc_id, 0)
        total = sum(sizes[one] for one in store.document_tokens(document).tolist())
        at[doc_id] = found[document] + total
    return found
