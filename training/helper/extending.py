"""What an extended vocabulary would hold and save, before a job makes it."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.corpus.corpus import Corpus, num_text_bytes
from training.errors import DataError
from training.folder.artifact import load_manifest, require_kind
from training.specs.extend_tokenizer import reason_against
from training.vocabulary.additions import Additions
from training.vocabulary.spelling import Speller, text_of
from training.vocabulary.words import count_words, shredded

MAX_SHOWN = 50
_SAMPLE_BYTES = 1_500_000
#: Of a larger corpus only the beginning is sampled: a page cannot wait for all of it.
_MOST_READ_BYTES = 300_000_000
_MAX_TERMS = 1_000
_IDS = 2.0**64
_NUM_CACHED = 4


def preview_extension(
    folder: str,
    terms: list[str],
    other: str = "",
    corpus: str = "",
    num_terms: int = 1_000,
    min_count: int = 10,
    min_pieces: int = 3,
) -> dict[str, Any]:
    """What ``extend_tokenizer`` would add; folders are those of artifacts, "" for none.

    {"terms": [{"term", "pieces", "reason"}], "merged", "merge_refused", "mined": [{"word",
    "count", "num_pieces", "num_saved", "pieces"}], "num_mined", "saved_fraction", "vocab_size",
    "num_added"}. Counts are of a sample of the corpus, raised to all of it.
    """
    speller = _opened(folder)
    additions = Additions(speller)
    answer: dict[str, Any] = {"merged": 0, "merge_refused": "", "mined": [], "num_mined": 0}
    answer["saved_fraction"] = 0.0
    if other:
        try:
            additions.take_over(_opened(other))
        except DataError as error:
            answer["merge_refused"] = str(error)
        answer["merged"] = additions.num_merged
    answer["terms"] = list(_terms(additions, terms[:_MAX_TERMS]))
    if corpus and num_terms:
        answer |= _mined(additions, corpus, num_terms, min_count, min_pieces)
    num_added = len(additions.pieces)
    return {**answer, "num_added": num_added, "vocab_size": len(speller.vocabulary) + num_added}


def _terms(additions: Additions, terms: list[str]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for term in terms:
        reason, pieces = reason_against(term, seen), []
        seen.add(term)
        if not reason:
            num_refused = len(additions.refusals)
            pieces = _pieces(additions.speller, term)
            additions.add_term(term)
            reason = "; ".join(one.reason for one in additions.refusals[num_refused:])
        yield {"term": term[:80], "pieces": pieces, "reason": reason}


def _mined(
    additions: Additions, corpus: str, num_terms: int, min_count: int, min_pieces: int
) -> dict[str, Any]:
    fraction, words, num_tokens = _sample(corpus, str(additions.speller.folder))
    least = max(2, round(min_count * fraction))
    found = shredded(additions.speller, words, min_count=least, min_pieces=min_pieces)[:num_terms]
    for one in found:
        additions.add_term(one.word)
    saved = sum(one.num_saved for one in found)
    shown = [
        {
            **asdict(one),
            "count": round(one.count / fraction),
            "num_saved": round(one.num_saved / fraction),
            "pieces": _pieces(additions.speller, one.word),
        }
        for one in found[:MAX_SHOWN]
    ]
    return {
        "mined": shown,
        "num_mined": len(found),
        "saved_fraction": saved / num_tokens if num_tokens else 0.0,
    }


def _pieces(speller: Speller, word: str) -> list[str]:
    cells = speller.cells(word)
    return [text_of(piece, speller.form) for cell in cells for piece in speller.pieces(cell)]


@functools.lru_cache(maxsize=_NUM_CACHED)
def _sample(corpus: str, tokenizer: str) -> tuple[float, Counter[str], int]:
    """(share of the corpus that was read, its words, its tokens)."""
    opened = Corpus.open(Path(corpus))
    num_bytes = opened.info.num_kept_bytes
    fraction = min(1.0, _SAMPLE_BYTES / max(1, min(num_bytes, _MOST_READ_BYTES)))
    speller = _opened(tokenizer)
    words: Counter[str] = Counter()
    num_tokens = num_read = num_drawn = 0
    for batch in opened.batches(("doc_id", "text"), batch_rows=512):
        ids, texts = batch.column("doc_id").to_pylist(), batch.column("text").to_pylist()
        drawn = [
            text
            for doc_id, text in zip(ids, texts, strict=True)
            if int.from_bytes(doc_id[:8], "big") / _IDS < fraction
        ]
        words.update(count_words(drawn))
        encoded = speller.tokenizer.encode_batch_fast(drawn, add_special_tokens=False)
        num_tokens += sum(len(one) for one in encoded)
        num_drawn += sum(len(text.encode()) for text in drawn)
        num_read += num_text_bytes(batch)
        if num_read >= _MOST_READ_BYTES:
            break
    return max(num_drawn, 1) / max(num_bytes, num_drawn, 1), words, num_tokens


@functools.lru_cache(maxsize=_NUM_CACHED)
def _opened(folder: str) -> Speller:
    """Artifacts never change, so what was opened is good for as long as the process lives."""
    path = Path(folder)
    kind = load_manifest(path).kind
    require_kind(path, kind if kind in {"tokenizer", "model"} else "tokenizer")
    return Speller(path)
