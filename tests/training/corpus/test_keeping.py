"""What is marked stays, whatever the rules say, and costs no other document its place."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.training.corpus.jobs import documents_in, events_of, extract_texts, run_verb
from tests.training.corpus.tables import table_of
from training.corpus.corpus import Corpus
from training.corpus.funnel import apply_rules
from training.corpus.keeping import AlwaysKept
from training.errors import DataError, SpecError
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart, WordCountRule

PROSE = "The owner of the house was not at home when we came to it on that day in May. "
TEXTS = ["short", PROSE * 2, "tiny", PROSE + PROSE.upper(), PROSE * 2, "few words"]
SOURCES = ["web", "web", "books", "books", "news", "news"]
RULES = RulesPart(word_count=WordCountRule(at_least=10))


def test_marked_documents_come_back_and_the_funnel_says_how_many():
    table = table_of(TEXTS, SOURCES)
    keep = AlwaysKept.of([table.doc_id(0).upper(), table.doc_id(1)], ["books"])
    funnel = apply_rules(table, RULES, keep=keep)
    plain = apply_rules(table, RULES)
    back = np.flatnonzero(funnel.is_kept & ~plain.is_kept).tolist()
    # Document 1 is a copy that may stay by the rules, or be brought back beside the other one.
    assert {0, 2} <= set(back) <= {0, 1, 2, 3}
    assert funnel.always_kept.documents == len(back)
    assert funnel.kept.documents == plain.kept.documents + len(back)
    assert funnel.as_dict()["always_kept"]["documents"] == len(back)
    assert [one.dropped for one in funnel.rules] == [one.dropped for one in plain.rules]
    assert (plain.is_kept & ~funnel.is_kept).sum() == 0


def test_ids_are_found_by_both_halves():
    table = table_of([f"text {n}" for n in range(300)])
    wanted = [table.doc_id(n) for n in (7, 299, 0)]
    almost = wanted[0][:16] + "0" * 16
    keep = AlwaysKept.of([*wanted, almost, "f" * 32], ["nowhere"])
    assert keep.places(table).tolist() == [0, 7, 299]
    assert keep.unknown(table) == [almost, "f" * 32, "nowhere"]
    assert not AlwaysKept.of(wanted, []).places(table_of([])).tolist()


def test_a_corpus_stores_its_marks_and_warns_of_those_that_are_not_there(tmp_path):
    documents = extract_texts(tmp_path, TEXTS)
    doc_id = documents_in(documents)[0]["doc_id"].hex()
    output = run_verb(
        "clean", tmp_path / "clean", documents=str(documents),
        rules={"word_count": {"at_least": 10}}, always_keep=[doc_id, "0" * 32],
    )  # fmt: skip
    assert next(iter(Corpus.open(output).texts())) == "short"
    assert AlwaysKept.read(output).doc_ids == ("0" * 32, doc_id)
    assert json.loads((output / "funnel.json").read_text())["always_kept"]["documents"] == 1
    (warning,) = events_of(tmp_path / "clean", "warning")
    assert "none of these documents: 00000000000000000000000000000000 (1 in all)" in str(warning)
    (output / "keep.json").write_text('{"doc_ids": 5}')
    with pytest.raises(DataError, match=r"keep\.json is damaged"):
        AlwaysKept.read(output)


def test_bad_ids_and_too_many_are_refused_by_their_place():
    with pytest.raises(SpecError) as caught:
        CleanSpec.parse({"documents": "x", "always_keep": ["0" * 32, "../../etc/passwd"]})
    (problem,) = caught.value.problems
    assert problem.field == "always_keep.1"
    assert "32 hex digits" in problem.sentence()
    with pytest.raises(SpecError, match="too many entries"):
        CleanSpec.parse({"documents": "x", "always_keep": ["0" * 32] * 10_001})
