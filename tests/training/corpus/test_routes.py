"""A mixed corpus: each document is judged by the preset of its language."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.training.corpus.jobs import extract_texts, run_verb
from tests.training.corpus.tables import table_of
from training.corpus.corpus import Corpus
from training.corpus.funnel import apply_rules, rules_of
from training.corpus.rules.routed import NEVER_ROUTED
from training.errors import SpecError
from training.helper.corpora import filter_corpus, read_document
from training.registry import RULES
from training.specs.clean import CleanSpec
from training.specs.rule_presets import OFF, rule_set

ENGLISH = "The boat left the harbour before the sun was up, and nobody on the pier waved to it."
CHINESE = "那条船在太阳升起之前就离开了港口，码头上没有一个人向它挥手告别。"
FRENCH = "Le bateau a quitté le port avant le lever du soleil, et personne ne lui a fait signe."
TEXTS = [ENGLISH, CHINESE, FRENCH, f"{ENGLISH} {ENGLISH[:-1]}!", "12 + 34"]
REST = rule_set(word_count={"at_least": 1})
ROUTES = {
    "en": rule_set(word_count={"at_least": 20}),
    "zh": rule_set(word_count={"at_least": 50}, digits={"at_most": 0.1}),
}


def test_each_language_has_its_own_thresholds_and_the_rest_those_of_the_corpus():
    funnel = apply_rules(table_of(TEXTS), REST, ROUTES)
    assert funnel.is_kept.tolist() == [False, False, True, True, True]
    told = {outcome.rule: outcome for outcome in funnel.rules}
    assert [example.reason for example in told["word_count"].examples] == [
        "18 words, fewer than 20 (for en)",
        "30 words, fewer than 50 (for zh)",
    ]
    assert told["word_count"].thresholds["at_least"] == 1
    assert told["word_count"].thresholds["languages"]["zh"]["at_least"] == 50
    assert told["digits"].is_on
    assert told["digits"].thresholds["languages"]["en"] is None


def test_a_rule_that_is_off_for_the_rest_judges_only_its_languages():
    routes = {"zh": rule_set(han={"at_least": 1.0})}
    funnel = apply_rules(table_of([ENGLISH, CHINESE + " abc"]), OFF, routes)
    assert funnel.is_kept.tolist() == [True, False]


def test_rules_between_documents_are_never_routed():
    routes = {"en": OFF}
    named = {name: type(rule).__name__ for name, rule, _ in rules_of(REST, routes)}
    assert {name for name, kind in named.items() if kind != "Routed"} == NEVER_ROUTED
    assert set(RULES) > NEVER_ROUTED
    funnel = apply_rules(table_of([ENGLISH, ENGLISH]), REST, routes)
    assert funnel.is_kept.sum() == 1


def test_without_routes_nothing_is_different():
    table = table_of(TEXTS)
    one, other = apply_rules(table, REST), apply_rules(table, REST, {})
    assert np.array_equal(one.is_kept, other.is_kept)
    assert one.as_dict() == other.as_dict()


def test_a_version_keeps_its_routes_and_pages_judge_by_them(tmp_path):
    extract_texts(tmp_path, TEXTS)
    rules = REST.model_dump(mode="json")
    output = run_verb(
        "clean", tmp_path / "clean", documents="../extract/output", rules=rules,
        routes={"zh": "chinese_web"},
    )  # fmt: skip
    assert CHINESE not in list(Corpus.open(output).texts())
    assert json.loads((output / "routes.json").read_text())["zh"]["word_count"]["at_least"] == 80
    page = filter_corpus(str(output), rules, rule="word_count", show="rule")
    assert [row["reason"] for row in page["documents"]] == ["30 words, fewer than 80 (for zh)"]
    shown = read_document(str(output), 1, rules)
    assert shown["language"] == "zh"
    assert [row["rule"] for row in shown["verdicts"] if row["is_dropped"]] == ["word_count"]


@pytest.mark.parametrize(
    ("routes", "sentence"),
    [({"klingon": "off"}, "no such language"), ({"zh": "chinese"}, "no such preset")],
)
def test_what_no_route_can_be_is_refused(routes, sentence):
    with pytest.raises(SpecError, match=sentence):
        CleanSpec.parse({"documents": "d", "routes": routes})
