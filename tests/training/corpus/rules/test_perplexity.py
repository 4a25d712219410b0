"""The rule on perplexity: the verbs one after another, parts of the corpus, reasons, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.corpus.jobs import extract_texts, resharded, run_verb
from tests.training.corpus.ngram_lm.models import chatter
from training.corpus.corpus import Corpus
from training.corpus.funnel import apply_rules
from training.corpus.rules.perplexity import Perplexity
from training.corpus.signals.table import SignalTable
from training.errors import DataError, SpecError
from training.folder.artifact import load_manifest
from training.registry import RULE_PRESETS
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart
from training.specs.score_rules import PerplexityRule

OFF = RULE_PRESETS["off"].load().model_dump(mode="json")
PROSE = "the dog was in the house and it was on the floor of the house"
#: From the most ordinary to the oddest, and one without a word.
TEXTS = [
    *[f"{PROSE} {'and it was ' * n}" for n in range(4)],
    *[" ".join(reversed(f"{PROSE} {'on it ' * n}".split())) for n in range(3)],
    *[f"quod erat demonstrandum x{n}" for n in range(3)],
    "!!!",
]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    documents = extract_texts(tmp_path / "trusted", [PROSE, *chatter(60)])
    return run_verb("fit_ngram", tmp_path / "fit", documents=str(documents), order=3)


def cleaned(folder: Path, documents: Path, signals: str = "", under: str = "", **rule: Any) -> Path:
    rules = {**OFF, "perplexity": {"is_on": True, **rule}}
    return run_verb(
        "clean", folder, documents=str(documents), rules=rules, ngram_model=under, signals=signals
    )


def told(corpus: Path) -> dict[str, Any]:
    funnel = json.loads((corpus / "funnel.json").read_text())
    return next(rule for rule in funnel["rules"] if rule["rule"] == "perplexity")


def kept(corpus: Path) -> list[str]:
    return list(Corpus.open(corpus).texts())


def test_documents_above_the_value_go_with_their_perplexity(tmp_path, model):
    documents = extract_texts(tmp_path, TEXTS)
    first = cleaned(tmp_path / "first", documents, under=str(model), at_most=1e9)
    column = SignalTable.read(first).values[told(first)["signal"]]
    assert column[-1] == 0
    assert kept(first) == TEXTS
    cut = float(np.sort(column[7:10])[0]) - 1
    corpus = cleaned(tmp_path / "second", documents, str(first), at_most=cut, under=str(model))
    assert kept(corpus) == [*TEXTS[:7], TEXTS[-1]]
    example = told(corpus)["examples"][0]
    assert example["reason"] == f"perplexity {column[7]:,.1f}, more than {cut:,.1f}"
    assert load_manifest(corpus).inputs["ngram_model"]["id"] == load_manifest(model).id


def test_head_middle_and_tail_are_parts_of_the_corpus_at_hand(tmp_path, model):
    documents = extract_texts(tmp_path, TEXTS)
    first = cleaned(tmp_path / "all", documents, under=str(model), keep="head")
    table, rule = SignalTable.read(first), told(first)
    values = np.sort(table.values[rule["signal"]][:10])
    assert rule["thresholds"] == {
        "keep": "head", "percentiles": [30.0, 60.0],
        "head_below": pytest.approx(values[3]), "tail_from": pytest.approx(values[6]),
    }  # fmt: skip
    numbers = {}
    model_id = json.loads((first / "rules.json").read_text())["perplexity"]["model"]
    for keep in ("head", "head_and_middle", "middle", "tail"):
        chosen = Perplexity(PerplexityRule(is_on=True, keep=keep, model=model_id))
        dropped = chosen.drops(table, np.ones(len(table), dtype=bool))
        assert not dropped[-1], "a document without a word has no perplexity"
        numbers[keep] = int((~dropped[:-1]).sum())
    assert numbers == {"head": 3, "head_and_middle": 6, "middle": 3, "tail": 4}
    place = int(np.argmax(table.values[rule["signal"]]))
    assert chosen.reason(table, place).endswith(f"in the tail ({values[6]:,.1f} and more)")


def test_another_cut_needs_no_model_once_the_column_is_there(tmp_path, model):
    documents = extract_texts(tmp_path, TEXTS)
    first = cleaned(tmp_path / "first", documents, under=str(model), keep="head")
    rules = json.loads((first / "rules.json").read_text())["perplexity"]
    assert rules["model"] == load_manifest(model).id
    again = cleaned(tmp_path / "again", documents, str(first), **{**rules, "keep": "tail"})
    assert len(kept(again)) == 5
    with pytest.raises(DataError, match="no perplexities under the model"):
        cleaned(tmp_path / "fresh", documents, **rules)


def test_perplexities_depend_on_neither_shards_nor_workers(tmp_path, model):
    texts = chatter(60, seed=4)
    documents = extract_texts(tmp_path, texts)
    columns = []
    for name, source in (("one", documents), ("many", resharded(documents, tmp_path / "re", 200))):
        corpus = cleaned(tmp_path / name, source, under=str(model))
        columns.append(SignalTable.read(corpus).values[told(corpus)["signal"]])
    assert (columns[0] == columns[1]).all()
    assert columns[0].any()


def test_a_rule_whose_model_was_not_run_waits_for_it(tmp_path):
    documents = extract_texts(tmp_path, TEXTS)
    corpus = run_verb("clean", tmp_path / "clean", documents=str(documents), rules=OFF)
    rules = RulesPart(perplexity=PerplexityRule(is_on=True, model="0" * 8))
    funnel = apply_rules(SignalTable.read(corpus), rules)
    outcome = next(one for one in funnel.rules if one.rule == "perplexity")
    assert outcome.needs_run
    assert outcome.dropped.documents == 0


def test_a_rule_without_a_model_is_refused_before_anything_runs():
    with pytest.raises(SpecError, match="needs an n-gram model") as caught:
        CleanSpec.parse({"documents": "x", "rules": {"perplexity": {"is_on": True}}})
    assert caught.value.problems[0].fix == (("rules.perplexity.is_on", False),)


@pytest.mark.parametrize(("rule", "reason"), [
    ({"model": "../../etc"}, "model"),
    ({"head_percentile": 60, "middle_percentile": 60}, "no document is left for the middle"),
    ({"keep": "best"}, "keep"),
    ({"at_most": 0}, "at_most"),
])  # fmt: skip
def test_options_that_cannot_be_are_refused(rule, reason):
    with pytest.raises(SpecError, match=reason):
        CleanSpec.parse({"documents": "x", "ngram_model": "y", "rules": {"perplexity": rule}})


def test_exactly_one_source_is_named_for_a_model(tmp_path):
    for fields in ({}, {"corpus": "a", "documents": "b"}):
        with pytest.raises(SpecError, match="exactly one of corpus, documents, upload and path"):
            run_verb("fit_ngram", tmp_path / "job", **fields)


def test_a_corpus_is_learnt_from_by_its_kept_documents_up_to_a_size(tmp_path):
    documents = extract_texts(tmp_path, ["one two", "three", "four five six", "seven"])
    rules = {**OFF, "word_count": {"is_on": True, "at_least": 2, "at_most": 100}}
    corpus = run_verb("clean", tmp_path / "clean", documents=str(documents), rules=rules)
    output = run_verb("fit_ngram", tmp_path / "fit", corpus=str(corpus))
    assert load_manifest(output).counts["words"] == 5
    small = run_verb(
        "fit_ngram", tmp_path / "small", documents=str(documents), max_training_bytes=8
    )
    assert load_manifest(small).counts["words"] == 3
