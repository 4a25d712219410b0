"""What pages ask of a corpus: other thresholds, lists, documents, differences."""

from __future__ import annotations

import json

import pytest

from tests.training.corpus.jobs import events_of, extract_texts, run_verb
from training.errors import DataError, SpecError
from training.folder.artifact import load_manifest
from training.helper.corpora import compare_corpora, filter_corpus, read_document
from training.registry import RULE_PRESETS

PROSE = "The {} of the house was not at home when we came to it on that day in {}. "
TEXTS = [
    *(PROSE.format(f"owner{n}", f"month{n}") * (1 + n % 3) for n in range(30)),
    "too short",
    PROSE.format("owner0", "month0"),
    "tags #one #two #three " + PROSE.format("dog", "May"),
]
OFF = RULE_PRESETS["off"].load().model_dump(mode="json")


def rules(**changes):
    merged = {name: dict(values) for name, values in OFF.items()}
    for name, values in changes.items():
        merged[name] |= {"is_on": True, **values}
    return merged


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    extract_texts(folder, TEXTS)
    run_verb("clean", folder / "one", documents="../extract/output", rules=rules())
    chosen = rules(word_count={"at_least": 10}, exact_duplicates={}, symbols={})
    run_verb(
        "clean", folder / "two", documents="../extract/output", rules=chosen,
        signals="../one/output",
    )  # fmt: skip
    return folder


def folder(home, name):
    return str(home / name / "output")


def test_the_helper_s_funnel_is_the_one_that_the_job_writes(home):
    chosen = rules(word_count={"at_least": 10}, exact_duplicates={}, symbols={})
    asked = filter_corpus(folder(home, "one"), chosen)["funnel"]
    written = json.loads((home / "two" / "output" / "funnel.json").read_text())
    assert (asked["total"], asked["kept"]) == (written["total"], written["kept"])
    for mine, theirs in zip(asked["rules"], written["rules"], strict=True):
        assert {**mine, "examples": []} == {**theirs, "examples": []}


def test_a_version_takes_the_signals_over_and_does_not_need_the_other(home):
    assert next(e["name"] for e in events_of(home / "two", "phase")) == "taking over the signals"
    assert next(e["name"] for e in events_of(home / "one", "phase")) == "computing signals"
    one, two = (home / name / "output" / "signals" / "word_count.npy" for name in ("one", "two"))
    assert one.stat().st_ino == two.stat().st_ino
    assert load_manifest(two.parents[1]).inputs.keys() == {"documents"}


def test_signals_of_other_documents_are_not_taken_over(home, tmp_path):
    extract_texts(tmp_path, [*TEXTS, "one more"])
    output = run_verb(
        "clean", tmp_path / "clean", documents="../extract/output", rules=rules(),
        signals=folder(home, "one"),
    )  # fmt: skip
    (warning,) = events_of(tmp_path / "clean", "warning")
    assert "other documents" in warning["message"]
    assert load_manifest(output).counts["documents"] == len(TEXTS) + 1


def test_a_rule_s_documents_come_nearest_first_with_reason_and_place(home):
    chosen = rules(word_count={"at_least": 18, "at_most": 30})
    answer = filter_corpus(folder(home, "one"), chosen, show="rule", rule="word_count", limit=3)
    assert answer["num_shown"] == 21
    first = answer["documents"][0]
    assert (first["dropped_by"], first["reason"]) == ("word_count", "38 words, more than 30")
    (place,) = first["places"]
    assert first["excerpt"][place[0] :].startswith("when") or place[0] > 0
    assert sum(answer["histogram"]["counts"]) == len(TEXTS)
    assert answer["histogram"]["edges"][0] == 0


def test_a_random_page_is_the_same_for_one_seed_and_stable_under_thresholds(home):
    def page(seed, at_least, **more):
        chosen = rules(word_count={"at_least": at_least})
        answer = filter_corpus(
            folder(home, "one"), chosen, show="kept", order="random", seed=seed, **more
        )
        return [row["index"] for row in answer["documents"]]

    every = page(1, 0, limit=50)
    assert sorted(every) == list(range(len(TEXTS)))
    assert page(1, 0, limit=50) == every != page(2, 0, limit=50)
    assert page(1, 0, offset=5, limit=4) == every[5:9]
    assert page(1, 10, limit=50) == [index for index in every if index != 30]
    assert page(1, 0, offset=500) == []


def test_a_duplicate_names_the_copy_that_stays(home):
    answer = filter_corpus(
        folder(home, "one"), rules(exact_duplicates={}), show="rule", rule="exact_duplicates"
    )
    (row,) = answer["documents"]
    assert row["index"] in {0, 31}
    assert row["reason"].startswith("the same text as ")
    assert answer["histogram"] is None
    dropped = filter_corpus(folder(home, "one"), rules(exact_duplicates={}), show="dropped")
    assert dropped["documents"][0]["reason"] == row["reason"]


def test_one_document_is_shown_whole_with_signals_verdicts_and_origin(home):
    document = read_document(folder(home, "one"), 32, rules(symbols={}), "symbols")
    assert document["text"] == TEXTS[32]
    assert [document["text"][slice(*place)] for place in document["places"]] == ["#"] * 3
    assert document["origin"]["file"] == "texts.jsonl"
    assert document["origin"]["line"] == 33
    assert document["signals"]["word_count"] == 23
    verdicts = {verdict["rule"]: verdict for verdict in document["verdicts"]}
    assert verdicts["symbols"]["is_dropped"]
    assert verdicts["symbols"]["reason"].startswith("13.0% as many symbols as words")
    assert not verdicts["digits"]["is_dropped"]


def test_versions_are_compared_both_ways(home):
    answer = compare_corpora(folder(home, "two"), folder(home, "one"), show="lost")
    assert answer["lost"]["documents"] == 3
    assert answer["gained"] == {"documents": 0, "bytes": 0}
    assert answer["both"]["documents"] == 30
    assert {row["dropped_by"] for row in answer["documents"]} == {
        "word_count", "exact_duplicates", "symbols",
    }  # fmt: skip
    turned = compare_corpora(folder(home, "one"), folder(home, "two"), show="gained")
    assert turned["gained"] == answer["lost"]
    assert {row["reason"] for row in turned["documents"]} == {
        row["reason"] for row in answer["documents"]
    }


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda f: read_document(f, 33, OFF), DataError, "There is no document 33; there are 33"),
        (lambda f: read_document(f, -1, OFF), DataError, "There is no document -1"),
        (lambda f: filter_corpus(f, OFF, rule="<b>"), DataError, "There is no rule '<b>'"),
        (lambda f: filter_corpus(f, {"word_count": {"at_least": -1}}), SpecError, "at_least"),
        (lambda f: filter_corpus(f + "x", OFF), DataError, "is not a finished artifact"),
    ],
)
def test_what_is_not_there_is_said(home, call, error, sentence):
    with pytest.raises(error, match=sentence):
        call(folder(home, "one"))


def test_a_preset_is_a_beginning_and_rules_beside_it_change_it(home, tmp_path):
    output = run_verb(
        "clean", tmp_path / "clean", documents=str(home / "extract" / "output"), preset="gentle",
        rules={"word_count": {"at_least": 3}}, signals=folder(home, "one"),
    )  # fmt: skip
    made = json.loads((output / "rules.json").read_text())
    gentle = RULE_PRESETS["gentle"].load().model_dump(mode="json")
    assert made.pop("word_count") == {**gentle.pop("word_count"), "at_least": 3}
    assert made == gentle
