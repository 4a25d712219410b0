"""Extending a tokenizer: old ids and old cuts stay, terms become one piece, nonsense is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from tests.training.corpus.jobs import events_of
from tests.training.refusals import Attempt, write_yaml
from tests.training.vocabulary import kinds
from training import cli

PLAIN = "the dog and the fox jump over a lazy cat while one sleeps"


def extended(tmp_path: Path, spec: dict[str, Any]) -> tuple[Tokenizer, dict[str, Any]]:
    out = tmp_path / "job"
    file = write_yaml(tmp_path / "extend.yaml", spec)
    assert cli.main(["extend_tokenizer", str(file), "--out", str(out)]) == 0
    statistics = json.loads((out / "output" / "statistics.json").read_text())
    tokenizer = Tokenizer.from_file(str(out / "output" / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    return tokenizer, statistics["extension"]


def tokens(tokenizer: Tokenizer, text: str) -> list[str]:
    return list(tokenizer.encode(text, add_special_tokens=False).tokens)


@pytest.mark.parametrize(
    ("build", "term", "expected"),
    [
        (kinds.byte_level, "electrode", "Ġelectrode"),
        (kinds.byte_level, "垫子上", "åŀ«åŃĲä¸Ĭ"),
        (lambda folder: kinds.unigram(folder, {"▁the": -3.0}), "electrode", "▁electrode"),
        (lambda folder: kinds.wordpiece(folder, ["the"]), "Electrode", "electrode"),
    ],
    ids=["byte-level", "byte-level, Chinese", "unigram", "wordpiece"],
)
def test_a_term_becomes_one_piece_and_old_text_is_cut_as_before(
    tmp_path: Path, build: Any, term: str, expected: str
) -> None:
    old_folder = build(tmp_path / "old")
    old = Tokenizer.from_file(str(old_folder / "tokenizer.json"))
    new, figures = extended(tmp_path, {"tokenizer": str(old_folder), "terms": [term]})
    # A comma before the Chinese term, so that nothing of the line before it joins with it.
    text = f"an {term} here" if term.isascii() else f", {term}"
    assert expected in tokens(new, text.replace(", ", ",")), tokens(new, text)
    assert len(tokens(new, text)) < len(tokens(old, text))
    before, after = old.get_vocab(), new.get_vocab()
    assert {piece: after.get(piece) for piece in before} == before
    assert old.encode(PLAIN).ids == new.encode(PLAIN).ids
    assert figures["terms"] == 1
    assert figures["sample"]["num_lines_without_new"] > 0
    assert new.token_to_id("<|user|>") == old.token_to_id("<|user|>")


def test_pieces_on_the_way_to_a_term_are_counted(tmp_path: Path) -> None:
    old = kinds.byte_level(tmp_path / "old", size=256)
    new, figures = extended(tmp_path, {"tokenizer": str(old), "terms": ["abcde"]})
    # " abcde" is of six bytes: four beginnings and the term itself.
    assert (figures["on_the_way"], figures["added"], figures["reachable"]) == (4, 5, 5)
    assert tokens(new, "x abcde") == ["x", "Ġabcde"]


def test_llama_and_the_chinese_vocabulary_make_49953_pieces(tmp_path: Path) -> None:
    spec = {
        "tokenizer": str(kinds.llama(tmp_path / "llama")),
        "other": str(kinds.chinese(tmp_path / "chinese")),
    }
    new, figures = extended(tmp_path, spec)
    assert new.get_vocab_size() == 49_953
    assert figures["merged"] == figures["added"] == 17_953
    text = "人工智能正在改变我们的生活方式和工作方式。"
    old = Tokenizer.from_file(str(tmp_path / "llama" / "output" / "tokenizer.json"))
    assert len(tokens(old, text)) == 22
    assert len(tokens(new, text)) == 11
    assert new.decode(new.encode(text, add_special_tokens=False).ids) == text


def test_mined_words_are_those_that_save_most(tmp_path: Path, corpus_of: Any) -> None:
    texts = ["electroencephalogram and zyzzyva again " * 20, "机器学习算法很好，机器学习。" * 20]
    spec = {
        "tokenizer": str(kinds.byte_level(tmp_path / "old")),
        "corpus": str(corpus_of(texts)),
        "mining": {"num_terms": 3, "min_count": 5},
    }
    new, figures = extended(tmp_path, spec)
    listed = [(one["term"], one["count"]) for one in figures["listed"]]
    assert ("electroencephalogram", 20) in listed
    assert figures["mined"] == 3
    assert figures["saved_fraction"] > 0.2
    sample = figures["sample"]
    assert sample["num_tokens_after"] < sample["num_tokens_before"]


def test_terms_that_cannot_be_added_are_told_and_the_others_are(
    tmp_path: Path,
) -> None:
    old = kinds.byte_level(tmp_path / "old")
    spec = {"tokenizer": str(old), "terms": ["the", "COVID-19", "electrode"]}
    _, figures = extended(tmp_path, spec)
    assert [one["term"] for one in figures["refused"]] == ["the", "COVID-19"]
    assert "piece already" in figures["refused"][0]["reason"]
    assert "before pieces are made" in figures["refused"][1]["reason"]
    (warning,) = events_of(tmp_path / "job", "warning")
    assert warning["message"].startswith("2 terms were not added: 'the': it is a piece already")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"terms": ["ok", "  "]}, "terms.1: is blank"),
        ({"terms": ["twice", "twice"]}, "terms.1: is given twice"),
        ({"terms": ["a" * 10_000]}, "terms.0: is 10,000 characters long"),
        ({"terms": ["two\nlines"]}, "terms.0: begins or ends with a space, or holds a line end"),
        ({"terms": []}, "terms: there is nothing to add"),
    ],
)
def test_nonsense_is_refused_before_anything_runs(
    tmp_path: Path, attempt: Attempt, changes: dict[str, Any], said: str
) -> None:
    old = kinds.byte_level(tmp_path / "old")
    assert said in attempt("extend_tokenizer", {"tokenizer": str(old), **changes}, 2)


def test_only_known_terms_leave_nothing_to_add(tmp_path: Path, attempt: Attempt) -> None:
    old = kinds.byte_level(tmp_path / "old")
    said = attempt("extend_tokenizer", {"tokenizer": str(old), "terms": ["the"]}, 3)
    assert "There is no piece to add: 'the': it is a piece already" in said


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("byte_level", "unigram", "byte-level, as GPT-2's"),
        ("unigram", "wordpiece", "WordPiece's, with ##"),
        ("wordpiece", "byte_level", "the other in another one (byte-level"),
    ],
)
def test_tokenizers_of_different_kinds_are_not_merged(
    tmp_path: Path, attempt: Attempt, first: str, second: str, said: str
) -> None:
    builds: dict[str, Any] = {
        "byte_level": kinds.byte_level,
        "unigram": lambda folder: kinds.unigram(folder, {}),
        "wordpiece": lambda folder: kinds.wordpiece(folder, []),
    }
    spec = {
        "tokenizer": str(builds[first](tmp_path / "first")),
        "other": str(builds[second](tmp_path / "second")),
    }
    heard = attempt("extend_tokenizer", spec, 3)
    assert "cannot be merged" in heard
    assert said in heard
