"""Tokenizers compared on a corpus: every figure is that of counting by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from tests.conftest import REPOSITORY
from tests.training.refusals import Attempt, write_yaml
from tests.training.vocabulary import kinds
from training import cli
from training.planning.flops import count_flops
from training.specs.model import ModelSpec

ENGLISH = ["The fox jumps over the lazy dog again and again. " * 3] * 4
SENTENCE = "中国的经济在过去四十年里取得了举世瞩目的成就，医生建议他每天坚持锻炼身体。"
CHINESE = [SENTENCE] * 4


@pytest.fixture
def compared(tmp_path: Path, corpus_of: Any) -> dict[str, Any]:
    kinds.byte_level(tmp_path / "bytes")
    kinds.unigram(tmp_path / "unigram", {"▁the": -2.0})
    spec = {
        "corpus": str(corpus_of([*ENGLISH, *CHINESE])),
        "tokenizers": [
            {"path": str(tmp_path / "bytes"), "name": "bytes"},
            {"path": str(tmp_path / "unigram"), "name": "bytes"},
        ],
        "num_threads": 1,
    }
    file = write_yaml(tmp_path / "spec.yaml", spec)
    assert cli.main(["compare_tokenizers", str(file), "--out", str(tmp_path / "job")]) == 0
    data = json.loads((tmp_path / "job" / "output" / "comparison.json").read_text())
    assert isinstance(data, dict)
    return data


def test_figures_are_those_of_counting_by_hand(compared: dict[str, Any], tmp_path: Path) -> None:
    texts = [*ENGLISH, *CHINESE]
    first, second = compared["tokenizers"]
    assert [first["name"], second["name"]] == ["bytes", "bytes (2)"]
    tokenizer = Tokenizer.from_file(str(tmp_path / "bytes" / "tokenizer.json"))
    num_tokens = sum(len(tokenizer.encode(text).ids) for text in texts)
    assert first["total"]["tokens"] == num_tokens
    num_bytes = sum(len(text.encode()) for text in texts)
    assert compared["text"]["num_bytes"] == num_bytes
    assert first["total"]["bytes_per_token"] == pytest.approx(num_bytes / num_tokens)
    # 10 words of English three times; each Chinese character is a word, commas are none.
    words = 4 * 30 + 4 * (len(SENTENCE) - 2)
    assert compared["text"]["words"] == words
    assert first["total"]["tokens_per_word"] == pytest.approx(num_tokens / words)
    assert first["by_language"]["zh"]["tokens_per_word"] > 1
    assert set(first["by_language"]) == {"en", "zh"}


def test_unknown_and_partial_tokens_are_shares_of_the_tokens(compared: dict[str, Any]) -> None:
    first, second = compared["tokenizers"]
    assert first["total"]["unknown_fraction"] == 0
    assert first["by_language"]["zh"]["partial_fraction"] > 0.2
    assert first["by_language"]["en"]["partial_fraction"] == 0
    # The Unigram has no Chinese character and no capital.
    assert second["by_language"]["zh"]["unknown_fraction"] > 0.4
    assert second["total"]["partial_fraction"] == 0
    assert second["han"] == {"distinct": 0, "occurrences": 0}
    assert compared["text"]["distinct_han"] == len(set(SENTENCE) - set("，。"))


def test_costs_are_relative_to_the_best_and_follow_the_formula(compared: dict[str, Any]) -> None:
    first, second = compared["tokenizers"]
    assert min(first["tokens_ratio"], second["tokens_ratio"]) == 1
    flops = [
        one["total"]["tokens"]
        * count_flops(
            ModelSpec(
                num_layers=12, width=768, num_heads=12, context_length=1024,
                vocab_size=one["vocab_size"],
            )
        ).training
        for one in (first, second)
    ]  # fmt: skip
    for one, count in zip((first, second), flops, strict=True):
        assert one["training_ratio"] == pytest.approx(count / min(flops))


def test_shredded_words_are_ordered_by_what_they_cost(compared: dict[str, Any]) -> None:
    words = compared["tokenizers"][1]["shredded"]
    assert words[0]["num_saved"] == max(one["num_saved"] for one in words)
    assert all(one["num_pieces"] == len(one["pieces"]) >= 3 for one in words)
    assert "jumps" in {one["word"] for one in words}


def test_twelve_sentences_show_what_llama_costs_for_chinese(tmp_path: Path) -> None:
    """The sentences of docs/comparing-tokenizers.md, with the ratios that stand there."""
    page = (REPOSITORY / "docs" / "comparing-tokenizers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| (\d+) \| ([\d.]+) \|$", page, re.MULTILINE)
    assert len(rows) == 12
    folders = [kinds.llama(tmp_path / "llama"), kinds.chinese(tmp_path / "chinese")]
    pair = [Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in folders]
    for sentence, *told, ratio in rows:
        counts = [len(one.encode(sentence, add_special_tokens=False).ids) for one in pair]
        assert counts == [int(one) for one in told], sentence
        assert float(ratio) == pytest.approx(counts[0] / counts[1], abs=0.005)
        assert 2.0 <= float(ratio) <= 3.7


def test_a_folder_that_is_no_tokenizer_is_named_by_its_field(
    tmp_path: Path, corpus_of: Any, attempt: Attempt
) -> None:
    corpus = corpus_of(ENGLISH)
    spec = {"corpus": str(corpus), "tokenizers": [{"path": str(tmp_path / "nowhere")}]}
    assert "tokenizers.0.path: there is no folder" in attempt("compare_tokenizers", spec, 3)


def test_the_same_tokenizer_twice_is_refused(tmp_path: Path, attempt: Attempt) -> None:
    spec = {"corpus": "x", "tokenizers": [{"path": "a"}, {"path": "a"}]}
    assert "tokenizers.1.path: is named twice" in attempt("compare_tokenizers", spec, 2)
