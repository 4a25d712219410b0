"""The rules Quality and Safety: columns computed, joined or taken over; reasons; refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.corpus.jobs import events_of, extract_texts, resharded, run_verb
from tests.training.scoring.rows import fit, labelled, text_of
from training.corpus.corpus import Corpus
from training.corpus.funnel import apply_rules, rules_of
from training.corpus.rules.rule import places_of
from training.corpus.signals.table import SignalTable
from training.errors import DataError, SpecError
from training.folder.artifact import load_manifest
from training.registry import RULE_PRESETS
from training.specs.classifier_rules import QualityRule, SafetyRule
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart

OFF = RULE_PRESETS["off"].load().model_dump(mode="json")
SMALL = {"hashed": {"bucket_bits": 14}}
TEXTS = [
    text_of(True, 1), text_of(False, 2), f"{text_of(True, 3)} secret secret", text_of(False, 4),
    "!",
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("made")
    (folder / "list.txt").write_text("secret\n")
    return {
        "score": fit(folder / "score", labelled(score=True), **SMALL),
        "class": fit(folder / "class", labelled(), target="class", positive="debris", **SMALL),
        "list": fit(folder / "list", folder / "list.txt", form="keywords"),
        "documents": extract_texts(folder / "docs", TEXTS),
    }


def cleaned(folder: Path, documents: Path, rules: dict[str, Any], **fields: Any) -> Path:
    texts = {name: str(value) for name, value in fields.items()}
    return run_verb(
        "clean", folder, documents=str(documents), rules={**OFF, **rules}, num_workers=1, **texts
    )


def told(corpus: Path, rule: str) -> dict[str, Any]:
    funnel = json.loads((corpus / "funnel.json").read_text())
    return next(one for one in funnel["rules"] if one["rule"] == rule)


def kept(corpus: Path) -> list[int]:
    return [TEXTS.index(text) for text in Corpus.open(corpus).texts()]


def test_documents_of_low_quality_go_with_their_score(tmp_path, made):
    corpus = cleaned(
        tmp_path / "a", made["documents"], {"quality": {"is_on": True, "at_least": 3}},
        quality_classifier=made["score"],
    )  # fmt: skip
    assert set(kept(corpus)) >= {0, 2}
    assert not {1, 3} & set(kept(corpus))
    rule = told(corpus, "quality")
    assert rule["signal"] == f"score-quality-{load_manifest(made['score']).id}-v1"
    assert rule["examples"][0]["reason"].startswith("quality 0.")
    assert rule["examples"][0]["reason"].endswith(", less than 3")
    inputs = load_manifest(corpus).inputs
    assert inputs["quality_classifier"]["id"] == load_manifest(made["score"]).id


def test_scores_that_are_named_are_joined_whatever_the_other_corpus_had(tmp_path, made):
    rules = {"quality": {"is_on": True, "at_least": 3}}
    documents = made["documents"]

    def scored(name: str, documents: Path) -> Path:
        fields = {"documents": str(documents), "classifier": str(made["score"])}
        return run_verb("score", tmp_path / name, **fields)

    whole = scored("whole", documents)
    column = f"score-quality-{load_manifest(made['score']).id}-v1"
    torn = cleaned(tmp_path / "torn", documents, rules, quality_scores=whole)
    # As scores of a part of the documents would have left it.
    file = torn / "signals" / f"{column}.npy"
    values = np.load(file)
    values[1:] = np.nan
    np.save(file, values)
    again = cleaned(tmp_path / "a", documents, rules, quality_scores=whole, signals=torn)
    assert not np.isnan(SignalTable.read(again).values[column]).any()
    assert np.isnan(np.load(file)[1:]).all()
    computed = cleaned(
        tmp_path / "c", documents, rules, quality_classifier=made["score"], signals=torn
    )
    assert not np.isnan(SignalTable.read(computed).values[column]).any()
    other = scored("other", resharded(documents, tmp_path / "shuffled", 1))
    cleaned(tmp_path / "b", documents, rules, quality_scores=other)
    (warning,) = [event["message"] for event in events_of(tmp_path / "b", "warning")]
    assert "other documents than these were scored" in warning


def test_a_probability_is_a_quality_when_it_is_taken_five_times(tmp_path, made):
    corpus = cleaned(tmp_path / "a", made["documents"], {}, quality_classifier=made["class"])
    stored = json.loads((corpus / "rules.json").read_text())["quality"]["classifier"]
    column = SignalTable.read(corpus).values[f"score-quality-{stored}-v1"]
    assert column[1] > 4
    assert column[0] < 1


@pytest.mark.parametrize(("options", "dropped"), [
    ({"drops_when": "any"}, {1, 2, 3}),
    ({"drops_when": "both"}, set()),
    ({"drops_when": "model"}, {1, 3}),
    ({"drops_when": "list"}, {2}),
    ({"drops_when": "both", "at_most": 0}, {2}),
    ({"drops_when": "list", "hits_at_most": 500}, set()),
    ({"drops_when": "any", "hits_at_most": 500, "at_most": 1}, set()),
])  # fmt: skip
def test_list_and_model_are_combined_as_is_said(tmp_path, made, options, dropped):
    corpus = cleaned(
        tmp_path / "a", made["documents"], {"safety": {"is_on": True, **options}},
        safety_classifier=made["class"], safety_list=made["list"],
    )  # fmt: skip
    assert set(kept(corpus)) | {4} == set(range(5)) - dropped | {4}


def test_reasons_name_each_safeguard_and_the_words_are_marked(tmp_path, made):
    rules = {"safety": {"is_on": True}}
    corpus = cleaned(
        tmp_path / "a", made["documents"], rules, safety_classifier=made["class"],
        safety_list=made["list"],
    )  # fmt: skip
    examples = {one["index"]: one for one in told(corpus, "safety")["examples"]}
    assert "62.50 hits of the list per 1,000 words, more than 1" in examples[2]["reason"]
    assert "unsafe to the model with a probability of" in examples[1]["reason"]
    marked = [
        examples[2]["excerpt"][start:stop] for start, stop in examples[2]["places"]
    ]  # fmt: skip
    assert marked == ["secret", "secret"]


def test_one_safeguard_alone_is_enough_for_any(tmp_path, made):
    rules = {"safety": {"is_on": True}}
    by_list = cleaned(tmp_path / "a", made["documents"], rules, safety_list=made["list"])
    assert kept(by_list) == [0, 1, 3, 4]
    assert told(by_list, "safety")["thresholds"] == {"drops_when": "any", "hits_at_most": 1}
    by_model = cleaned(tmp_path / "b", made["documents"], rules, safety_classifier=made["class"])
    assert {0, 2} <= set(kept(by_model))
    assert not {1, 3} & set(kept(by_model))


def test_stored_scores_are_joined_by_id_and_equal_those_computed(tmp_path, made):
    scores = run_verb(
        "score", tmp_path / "score", documents=str(made["documents"]),
        classifier=str(made["score"]), num_workers=1,
    )  # fmt: skip
    shuffled = resharded(made["documents"], tmp_path / "re", 50)
    computed = cleaned(tmp_path / "a", made["documents"], {}, quality_classifier=made["score"])
    joined = cleaned(tmp_path / "b", shuffled, {}, quality_scores=scores)
    names = [told(one, "quality")["signal"] for one in (computed, joined)]
    assert names[0] == names[1]
    columns = [SignalTable.read(one).values[names[0]] for one in (computed, joined)]
    assert (np.asarray(columns[0]) == np.asarray(columns[1])).all()
    assert load_manifest(joined).inputs["quality_scores"]["id"] == load_manifest(scores).id


def test_scores_of_other_documents_are_refused_and_gaps_are_told(tmp_path, made):
    few = extract_texts(tmp_path / "few", TEXTS[:2])
    scores = run_verb(
        "score", tmp_path / "score", documents=str(few), classifier=str(made["score"])
    )
    with pytest.raises(DataError, match="none of the 5 documents is among those that were scored"):
        cleaned(tmp_path / "a", made["documents"], {}, quality_scores=scores)


def test_a_document_that_was_not_scored_stays_and_is_told(tmp_path, made):
    from training.corpus.documents import Documents, DocumentWriter
    from training.folder.artifact import write_artifact

    columns = ("doc_id", "text", "source", "language", "origin", "meta")
    with (
        write_artifact(tmp_path / "some", "documents") as draft,
        DocumentWriter(draft.path) as writer,
    ):
        for batch in Documents.open(made["documents"]).batches(columns):
            writer.write(batch.slice(0, 2))
    scores = run_verb(
        "score", tmp_path / "score", documents=str(tmp_path / "some"),
        classifier=str(made["score"]),
    )  # fmt: skip
    rules = {"quality": {"is_on": True, "at_least": 3}}
    corpus = cleaned(tmp_path / "a", made["documents"], rules, quality_scores=scores)
    assert kept(corpus) == [0, 2, 3, 4]
    warning = events_of(tmp_path / "a", "warning")[0]["message"]
    assert (
        "3 of 5 documents have no score in quality_scores; the rule quality keeps them" in warning
    )


def test_another_cut_needs_no_classifier_once_the_column_is_there(tmp_path, made):
    first = cleaned(tmp_path / "a", made["documents"], {}, quality_classifier=made["score"])
    stored = json.loads((first / "rules.json").read_text())["quality"]
    rules = {"quality": {**stored, "is_on": True, "at_least": 3}}
    again = cleaned(tmp_path / "b", made["documents"], rules, signals=first)
    assert 1 not in kept(again)
    with pytest.raises(DataError, match="no scores by the classifier"):
        cleaned(tmp_path / "c", made["documents"], rules)


@pytest.mark.parametrize(("fields", "reason"), [
    ({"quality_classifier": "list"}, "this is a classifier of the kind keywords"),
    ({"safety_list": "class"}, "safety_list: this is a classifier of the kind hashed; keywords"),
    ({"safety_classifier": "score"}, "gives scores from 0 to 5, and safety needs"),
    ({"quality_classifier": "documents"}, "is of the kind documents where classifier is needed"),
    ({"quality_scores": "score"}, "is of the kind classifier where scores is needed"),
])  # fmt: skip
def test_classifiers_of_another_kind_are_refused(tmp_path, made, fields, reason):
    named = {field: made[name] for field, name in fields.items()}
    with pytest.raises(DataError, match=reason):
        cleaned(tmp_path / "a", made["documents"], {}, **named)


@pytest.mark.parametrize(("rules", "reason"), [
    ({"quality": {"is_on": True}}, "needs a classifier, and none is named"),
    ({"safety": {"is_on": True}}, "needs a list or a classifier, and none is named"),
    ({"safety": {"is_on": True, "drops_when": "list"}}, "needs a list of words, and none"),
    ({"safety": {"is_on": True, "drops_when": "both"}}, "needs a list of words, and none"),
    ({"safety": {"drops_when": "never"}}, "drops_when"),
    ({"quality": {"at_least": 6}}, "at_least"),
    ({"quality": {"classifier": "../../x"}}, "classifier"),
])  # fmt: skip
def test_rules_that_cannot_be_are_refused_before_anything_runs(rules, reason):
    with pytest.raises(SpecError, match=reason):
        CleanSpec.parse({"documents": "x", "rules": rules})


def test_rules_whose_columns_are_not_there_wait_for_them(tmp_path, made):
    corpus = cleaned(tmp_path / "a", made["documents"], {})
    rules = RulesPart(
        quality=QualityRule(is_on=True, classifier="0" * 8),
        safety=SafetyRule(is_on=True, keywords="0" * 8, classifier="0" * 8),
    )
    funnel = apply_rules(SignalTable.read(corpus), rules)
    waiting = [one.rule for one in funnel.rules if one.needs_run]
    assert waiting == ["quality", "safety"]
    table = SignalTable.read(corpus)
    for name, rule, _ in rules_of(rules):
        if name in waiting:
            assert places_of(rule, table, 0, "some secret text") == []


def test_columns_depend_on_neither_shards_nor_workers(tmp_path, made):
    texts = [f"{text_of(n % 3 > 0, n)} secret" for n in range(50)]
    documents = extract_texts(tmp_path / "docs", texts)
    columns = []
    for name, source in (("one", documents), ("many", resharded(documents, tmp_path / "re", 400))):
        corpus = cleaned(
            tmp_path / name, source, {}, safety_classifier=made["class"], safety_list=made["list"]
        )
        values = SignalTable.read(corpus).values
        columns.append([np.asarray(values[key]) for key in sorted(values) if "score-" in key])
    assert len(columns[0]) == 4
    for one, other in zip(*columns, strict=True):
        assert (one == other).all()
