"""The health of tokens: what is counted when they are written, and what is doubted of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.corpus.jobs import events_of, run_verb
from tests.training.vocabulary import kinds
from training.vocabulary.health import health
from training.vocabulary.record import FitRecord, pieces_used

GOOD = {
    "num_bytes": 100_000, "characters": 100_000, "words": 20_000, "tokens": 24_000, "unknown": 0,
    "partial": 0,
}  # fmt: skip
ENOUGH = {"vocab_size": 1_000, "train_tokens": 1_000_000, "pieces_used": 990}
SENTENCE = "中国的经济在过去四十年里取得了举世瞩目的成就，医生建议他每天坚持锻炼身体。"


def doubts(has_base: bool = False, totals: dict[str, int] = ENOUGH, **languages: Any) -> list[str]:
    fit = {"by_language": languages, **totals}
    return [one.sentence() for one in health(fit, has_base=has_base)]


def test_text_in_a_language_of_the_tokenizer_is_not_doubted() -> None:
    assert doubts(en=GOOD) == []


@pytest.mark.parametrize(
    ("language", "per_word", "is_doubted"),
    [("en", 1.85, False), ("en", 1.95, True), ("zh", 1.0, False), ("zh", 1.6, True),
     ("fi", 2.8, False), ("fi", 3.2, True)],
)  # fmt: skip
def test_each_language_has_a_bar(language: str, per_word: float, is_doubted: bool) -> None:
    found = doubts(**{language: {**GOOD, "tokens": int(20_000 * per_word)}})
    assert bool(found) == is_doubted
    if found:
        assert f"({1:.0%} of all): {per_word:.2f} tokens per word" in found[0]
        assert "extend_tokenizer" in found[0]


def test_with_a_base_the_remedy_is_to_resize_it() -> None:
    (said,) = doubts(has_base=True, zh={**GOOD, "tokens": 60_000})
    assert "resize_embeddings" in said


def test_a_trace_of_a_language_is_no_doubt() -> None:
    trace = {**GOOD, "num_bytes": 500, "words": 100, "tokens": 900}
    assert doubts(en=GOOD, zh=trace) == []


def test_unknown_and_partial_tokens_are_told_with_their_share() -> None:
    (unknown,) = doubts(en={**GOOD, "unknown": 240})
    assert "1.00% of the tokens are unknown" in unknown
    (partial,) = doubts(en={**GOOD, "partial": 2_400})
    assert "10.0% of the tokens hold only a part of a character" in partial


def test_a_vocabulary_that_the_text_cannot_train_is_told_without_a_base_alone() -> None:
    few = {"vocab_size": 32_000, "train_tokens": 320_000, "pieces_used": 9_000}
    (said,) = doubts(totals=few, en=GOOD)
    assert "320,000 tokens for 32,000 pieces are 10 for each" in said
    assert doubts(has_base=True, totals=few, en=GOOD) == []
    unused = {"vocab_size": 1_000, "train_tokens": 1_000_000, "pieces_used": 600}
    assert "400 of the 1,000 pieces never occur" in doubts(totals=unused, en=GOOD)[0]


def test_what_is_written_is_counted_by_language(tmp_path: Path) -> None:
    folder = kinds.byte_level(tmp_path / "bytes")
    record = FitRecord(folder, num_bytes=1)
    texts = [SENTENCE, "The quick brown fox jumps over the lazy dog, and it sleeps again."]
    for text in texts * 300:
        ids = record_ids(folder, text)
        record.add(b"\0" * 16, text, ids)
    figures = record.figures()
    rows = figures["by_language"]
    assert set(rows) == {"zh", "en"}
    assert rows["zh"]["documents"] == rows["en"]["documents"] == 300
    assert rows["zh"]["words"] == 300 * (len(SENTENCE) - 2)
    assert rows["en"]["tokens"] == 300 * len(record_ids(folder, texts[1]))
    assert figures["fraction"] == 1


def test_a_long_corpus_is_sampled_by_the_ids(tmp_path: Path) -> None:
    record = FitRecord(kinds.byte_level(tmp_path / "bytes"), num_bytes=80_000_000)
    for number in range(400):
        record.add((number * 2**64 // 400).to_bytes(8, "big") * 2, "the fox", np.array([1, 2]))
    assert sum(row["documents"] for row in record.figures()["by_language"].values()) == 100


def test_used_pieces_are_counted_once() -> None:
    assert pieces_used(np.array([1, 1, 5, 2], dtype=np.uint16), 10) == 3


def test_tokenizing_leaves_the_figures_and_warns(tmp_path: Path, corpus_of: Any) -> None:
    corpus = corpus_of([SENTENCE * 4] * 60)
    folder = kinds.byte_level(tmp_path / "bytes", texts=["the fox and the dog"])
    output = run_verb("tokenize", tmp_path / "tokens", corpus=str(corpus), tokenizer=str(folder))
    fit = json.loads((output / "fit.json").read_text())
    assert fit["by_language"]["zh"]["documents"] == 60
    assert fit["by_language"]["zh"]["partial"] == fit["by_language"]["zh"]["tokens"]
    said = [event["message"] for event in events_of(tmp_path / "tokens", "warning")]
    assert any("shreds the text in zh (100% of all)" in one for one in said)
    assert any("hold only a part of a character" in one for one in said)


def record_ids(folder: Path, text: str) -> Any:
    from training.tokenizers.load import load_tokenizer

    return np.array(load_tokenizer(folder).encode(text, add_special_tokens=False).ids)
