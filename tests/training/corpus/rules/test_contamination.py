"""The rule on evaluation items: the verbs one after another, reasons, places, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.corpus.jobs import extract_texts, resharded, run_verb
from training.corpus.contamination.column import column_name
from training.corpus.corpus import Corpus
from training.corpus.funnel import apply_rules
from training.corpus.rules.contamination import Contamination
from training.corpus.rules.rule import places_of
from training.corpus.signals.table import SignalTable
from training.errors import DataError, SpecError
from training.folder.artifact import load_manifest
from training.helper.corpora import filter_corpus, read_document
from training.registry import RULE_PRESETS
from training.specs.clean import CleanSpec
from training.specs.contamination_rules import ContaminationRule
from training.specs.rules import RulesPart

OFF = RULE_PRESETS["off"].load().model_dump(mode="json")
LONG = " ".join(f"word{n}" for n in range(30))
SHORT = "nine words that a document may hold as they are"
HALF = " ".join(LONG.split()[:15])
TEXTS = [
    "nothing of it stands here",
    f"before {LONG} behind",
    f"{HALF} and no more of it",
    f"{'x ' * 40_000}{SHORT.upper()}! and {HALF}.",
    f"{'y ' * 9} last",
]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extract_texts(tmp_path_factory.mktemp("documents"), TEXTS)


@pytest.fixture(scope="module")
def search(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    rows = [{"id": "long", "question": LONG}, {"id": "short", "question": SHORT}]
    (folder / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    inputs = [{"path": str(folder / "set.jsonl")}]
    return run_verb("decontaminate", folder / "job", documents=str(documents), inputs=inputs)


def cleaned(folder: Path, documents: Path, search: Path | str = "", **rule: Any) -> Path:
    signals = rule.pop("signals", "")
    rules = {**OFF, "contamination": {"is_on": True, **rule}}
    return run_verb(
        "clean", folder, documents=str(documents), rules=rules, contamination=str(search),
        signals=str(signals), text_files=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def corpus(documents: Path, search: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cleaned(tmp_path_factory.mktemp("clean"), documents, search)


def told(corpus: Path) -> dict[str, Any]:
    funnel = json.loads((corpus / "funnel.json").read_text())
    return next(rule for rule in funnel["rules"] if rule["rule"] == "contamination")


def test_documents_that_hold_an_item_go_with_the_item_in_the_reason(
    corpus: Path, search: Path
) -> None:
    assert list(Corpus.open(corpus).texts()) == [TEXTS[0], TEXTS[4]]
    assert [one["reason"] for one in told(corpus)["examples"]] == [
        "holds 18 runs of 13 words of the item long of set, 100% of it",
        "holds 3 runs of 13 words of the item long of set, 50% of it",
        "holds 3 runs of 13 words of the item long of set, 50% of it, and of 1 more item",
    ]
    assert load_manifest(corpus).inputs["contamination"]["id"] == load_manifest(search).id
    example = told(corpus)["examples"][2]
    (first, _) = example["places"]
    assert example["excerpt"][slice(*first)] == SHORT.upper()
    assert example["start"] > 50_000


def test_the_share_of_the_item_is_a_second_condition(
    tmp_path: Path, documents: Path, corpus: Path
) -> None:
    rule = json.loads((corpus / "rules.json").read_text())["contamination"]
    strict = cleaned(tmp_path / "a", documents, signals=corpus, **{**rule, "item_share": 0.8})
    assert list(Corpus.open(strict).texts()) == [TEXTS[0], TEXTS[2], TEXTS[4]]
    reasons = [one["reason"] for one in told(strict)["examples"]]
    assert reasons[1] == "holds all 10 words of the item short of set"
    loose = cleaned(tmp_path / "b", documents, signals=corpus, **{**rule, "at_most": 3})
    assert list(Corpus.open(loose).texts()) == [TEXTS[0], *TEXTS[2:]]


def test_the_workbench_marks_the_runs(corpus: Path) -> None:
    rules = json.loads((corpus / "rules.json").read_text())
    answer = filter_corpus(str(corpus), rules, show="rule", rule="contamination")
    assert answer["num_shown"] == 3
    assert answer["histogram"] is not None
    shown = read_document(str(corpus), 1, rules, rule="contamination")
    assert [shown["text"][start:stop] for start, stop in shown["places"]] == [LONG]
    (verdict,) = [one for one in shown["verdicts"] if one["rule"] == "contamination"]
    assert verdict["is_dropped"]


def test_the_same_hits_in_other_shards_give_the_same_column(
    tmp_path: Path, documents: Path, search: Path, corpus: Path
) -> None:
    other = resharded(documents, tmp_path / "many", 300)
    with pytest.raises(DataError, match="searched in other documents"):
        cleaned(tmp_path / "clean", other, search)
    inputs = [{"path": str(search.parent.parent / "set.jsonl")}]
    again = run_verb("decontaminate", tmp_path / "s", documents=str(other), inputs=inputs)
    column = SignalTable.read(cleaned(tmp_path / "c", other, again)).values
    mine = SignalTable.read(corpus).values
    assert column[column_name(load_manifest(again).id)].tolist() == [0, 18, 3, 3, 0]
    assert mine[column_name(load_manifest(search).id)].tolist() == [0, 18, 3, 3, 0]


def test_without_a_hit_nothing_goes(tmp_path: Path) -> None:
    documents = extract_texts(tmp_path, ["", "x", "\n\n\n", "無", "🙂", "עברית", "a\tb " * 9])
    (tmp_path / "set.jsonl").write_text(json.dumps({"question": LONG}))
    inputs = [{"path": str(tmp_path / "set.jsonl")}]
    found = run_verb("decontaminate", tmp_path / "s", documents=str(documents), inputs=inputs)
    corpus = cleaned(tmp_path / "clean", documents, found)
    assert told(corpus)["marginal"]["documents"] == 0


def test_a_search_that_was_not_made_is_waited_for(tmp_path: Path, documents: Path) -> None:
    corpus = run_verb("clean", tmp_path / "clean", documents=str(documents), rules=OFF)
    rule = ContaminationRule(is_on=True, contamination="0" * 8)
    table = SignalTable.read(corpus)
    outcome = next(
        one for one in apply_rules(table, RulesPart(contamination=rule)).rules
        if one.rule == "contamination"
    )  # fmt: skip
    assert outcome.needs_run
    assert outcome.dropped.documents == 0
    with pytest.raises(DataError, match="were not searched as 00000000 says"):
        cleaned(tmp_path / "other", documents, contamination="0" * 8)


def test_a_rule_without_a_search_is_refused_before_anything_runs() -> None:
    with pytest.raises(SpecError, match="needs a search for evaluation sets") as caught:
        CleanSpec.parse({"documents": "x", "rules": {"contamination": {"is_on": True}}})
    assert caught.value.problems[0].fix == (("rules.contamination.is_on", False),)


@pytest.mark.parametrize("rule", [{"contamination": "../x"}, {"at_most": -1}, {"item_share": 2}])
def test_options_that_cannot_be_are_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        CleanSpec.parse({"documents": "x", "contamination": "y", "rules": {"contamination": rule}})


def test_places_come_from_the_column_and_not_from_the_text(corpus: Path) -> None:
    rule_id = json.loads((corpus / "rules.json").read_text())["contamination"]["contamination"]
    rule = Contamination(ContaminationRule(is_on=True, contamination=rule_id))
    table = SignalTable.read(corpus)
    assert rule.places(TEXTS[1]) == []
    assert places_of(rule, table, 0, TEXTS[0]) == []
    assert len(places_of(rule, table, 3, TEXTS[3])) == 2
    assert np.count_nonzero(rule.drops(table, np.ones(len(table), dtype=bool))) == 3
