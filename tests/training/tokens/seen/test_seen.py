"""Where a model saw a phrase equals a walk over every row that it read; through stops and bases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.corpus.jobs import documents_in, extract_texts, run_verb
from tests.training.loop.test_resume import steps_on_disk
from tests.training.loop.tiny import spec_data
from tests.training.processes import Attempt
from tests.training.processes import run_verb as run_process
from tests.training.refusals import write_yaml
from tests.training.tokens.seen.walk import walk
from training.errors import DataError, SpecError
from training.registry import RULE_PRESETS
from training.specs.search import SearchSpec
from training.tokens.reading import open_run
from training.tokens.seen.answer import phrase_seen
from training.tokens.seen.places import token_range

LENGTH, BATCH, STEPS = 24, 2, 30
FILLER = "The owner of house {} was not at home when we came, number {}.\n"
RULES = {
    **RULE_PRESETS["off"].load().model_dump(mode="json"),
    "word_count": {"is_on": True, "at_least": 3, "at_most": 100_000},
}
TEXTS = [
    *(FILLER.format(n, n * n) * 2 for n in range(12)),
    "".join(FILLER.format(n, n) for n in range(60))
    + "In the deep book a\n lighthouse keeper slept.",
    "A lighthouse keeper, and another lighthouse\tkeeper. 灯塔看守人，住在海边。",
    "lighthouse",
    *(FILLER.format(n, n + 7) * 2 for n in range(12, 20)),
    "从前有一个灯塔看守人，他住在海边，名叫灯塔看守人。 Ünïcödé ends here",
]
PHRASES = ["lighthouse keeper", "灯塔看守人", "was not at home", "deep book", "住", "ends here",
           "owner of house 59 was", "e"]  # fmt: skip


def train(out: Path, tokens: Path, *, num_steps: int = STEPS, **changes) -> Path:
    """The spec of a tiny run over two epochs and a bit."""
    spec = spec_data(
        tokens,
        sequence_length=LENGTH,
        batch_size=BATCH,
        micro_batch_size=1,
        num_steps=num_steps,
        validation={"every_steps": 10, "max_rows": 2},
        checkpoints={"every_steps": 5, "export": "last"},
        **changes,
    )
    out.mkdir(parents=True, exist_ok=True)
    return write_yaml(out.parent / f"{out.name}.yaml", spec)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    extract_texts(home, TEXTS)
    run_verb("clean", home / "clean", documents="../extract/output", rules=RULES)
    run_verb("tokenizer", home / "tok", corpus="../clean/output", vocab_size=300)
    for name, method in (("tokens", "hash"), ("cut", "cut")):
        run_verb(
            "tokenize", home / name, corpus="../clean/output", tokenizer="../tok/output",
            num_threads=1, validation={"method": method, "fraction": 0.1},
        )  # fmt: skip
    return home


@pytest.fixture(scope="module")
def stopped(home):
    """A run that was killed somewhere in the middle."""
    out = home / "run"
    attempt = Attempt("train", train(out, home / "tokens" / "output"), out)
    assert attempt.kill_when(lambda: steps_on_disk(out) >= 7)
    return out


@pytest.fixture(scope="module")
def texts(home):
    return {row["doc_id"].hex(): row["text"] for row in documents_in(home / "extract/output")}


def told_steps(told, name="steps"):
    """(doc_id, hit number) to (whole, in part)."""
    return {
        (text["doc_id"], number): (set(hit["steps"]), set(hit["partial_steps"]))
        for text in told["texts"]
        for number, hit in enumerate(text["hits"])
    }


def seen(folder: Path, phrase: str, **options):
    return phrase_seen(folder, phrase, limit=1_000, seconds=1e6, **options)


def require_equal(told, run, texts, phrase, last):
    walked = walk(run, texts, phrase, last)
    assert told["trouble"] == ""
    answers = told_steps(told)
    assert {key[0] for key in answers} == {key[0] for key in walked}
    for key, (whole, part) in answers.items():
        assert (whole, part) == (walked[key].whole, walked[key].part - walked[key].whole), key


def test_a_killed_run_tells_what_it_read_so_far(stopped, texts):
    reached = steps_on_disk(stopped)
    for phrase in PHRASES:
        (told,) = seen(stopped, phrase)
        assert reached <= told["reached"] < STEPS
        require_equal(told, stopped, texts, phrase, told["reached"])
    waiting = [
        hit
        for phrase in PHRASES
        for text in seen(stopped, phrase)[0]["texts"]
        for hit in text["hits"]
        if hit["answer"] == "not_yet"
    ]
    assert waiting
    assert all(hit["later_steps"][0] > told["reached"] for hit in waiting)
    assert "its turn is at step" in waiting[0]["why"]


@pytest.fixture(scope="module")
def finished(home, stopped, texts):
    """The same run resumed to its end; a run on a checkpoint of it, and one on that one's model."""
    run_process("train", home / "run.yaml", stopped)
    base = {"tuning": {"method": "full"}, "model": {"dropout": 0.1}}
    tuned = home / "tuned"
    spec = train(
        tuned, home / "cut" / "output", num_steps=9, seed=5,
        base=str(stopped / "checkpoints" / "step-00000025"), **base,
    )  # fmt: skip
    run_process("train", spec, tuned)
    again = home / "again"
    spec = train(again, home / "tokens" / "output", num_steps=6, base=str(tuned / "output"), **base)
    run_process("train", spec, again)
    return again


def test_the_chain_of_bases_tells_of_every_run_up_to_its_checkpoint(home, finished, texts):
    names = [("again", None, 6), ("tuned", 9, 9), ("run", 25, 25)]
    for phrase in PHRASES:
        told = seen(finished, phrase)
        assert [(one["name"], one["until"], one["reached"]) for one in told] == names
        for one in told:
            require_equal(one, home / one["name"], texts, phrase, one["reached"])
    (only,) = seen(finished, "lighthouse", run=2)
    assert only == seen(finished, "lighthouse")[2]
    (whole,) = seen(home / "run", "lighthouse keeper")
    assert whole["reached"] == STEPS
    require_equal(whole, home / "run", texts, "lighthouse keeper", STEPS)


def test_a_long_text_answers_only_with_the_rows_of_the_phrase(home, finished, texts):
    (told,) = seen(home / "run", "deep book")
    (text,) = told["texts"]
    opened = open_run(home / "run")
    (hit,) = text["hits"]
    assert 1 <= len(hit["rows"]) <= 2
    document = opened.store.find(text["doc_id"])
    assert len(opened.rows.rows_of(document)) > 20
    # two epochs and a bit: twice or three times, not at every step
    assert text["num_steps"] + text["num_partial_steps"] <= 3 * len(hit["rows"])


def test_what_is_never_read_says_why(home, finished):
    why = {}
    for phrase in PHRASES:
        for one in [*seen(home / "run", phrase), *seen(home / "tuned", phrase)]:
            for text in one["texts"]:
                for hit in text["hits"]:
                    if hit["answer"] == "never":
                        assert hit["steps"] == hit["partial_steps"] == []
                        why.setdefault(hit["why"].partition(",")[0], text["index"])
    assert any("held out for validation" in reason for reason in why)
    (told,) = seen(home / "run", "lighthouse")
    (dropped,) = [text for text in told["texts"] if text["index"] == 14]
    assert (dropped["answer"], dropped["hits"][0]["rows"]) == ("never", [])
    assert "dropped" in dropped["why"]


def test_pages_of_texts_follow_one_another(home, finished):
    indices, first = [], 0
    while first is not None:
        (told,) = phrase_seen(home / "run", "was not at home", run=0, first=first, limit=3)
        assert len(told["texts"]) <= 3
        indices += [text["index"] for text in told["texts"]]
        first = told["next"]
    assert indices == [*range(13), *range(15, 23)]


def test_the_verb_prints_and_writes_the_steps(home, finished, capsys):
    run_verb("search", home / "search", run=str(finished / "output"), phrase="deep\nbook")
    printed = capsys.readouterr().out
    assert "again: steps 1 to 6 of 6" in printed
    assert "run: steps 1 to 25 of 30" in printed
    told = json.loads((home / "search" / "seen.json").read_text())
    assert [one["name"] for one in told["runs"]] == ["again", "tuned", "run"]


def test_a_base_that_is_gone_ends_the_chain_with_a_sentence(home, finished):
    copy = home / "orphan"
    copy.mkdir()
    spec = json.loads((finished / "spec.json").read_text())
    spec["spec"]["base"] = "../nowhere/output"
    (copy / "spec.json").write_text(json.dumps(spec))
    told = seen(copy, "lighthouse")
    assert "has not begun" in told[0]["trouble"]
    assert told[1]["trouble"] == "The base nowhere is gone."


def test_bad_questions_are_refused(home, finished):
    with pytest.raises(DataError, match="no phrase"):
        seen(finished, " \n")
    with pytest.raises(DataError, match="no run 7"):
        seen(finished, "x", run=7)
    for names in ({}, {"corpus": "a", "run": "b"}):
        with pytest.raises(SpecError, match="either a corpus or a run"):
            SearchSpec.parse({"phrase": "x", **names})


def test_tokens_are_those_that_share_a_character():
    import numpy as np

    places = np.array([[0, 3], [3, 4], [3, 4], [4, 9], [0, 0]])
    assert token_range(places, 3, 4) == (1, 3)
    assert token_range(places, 2, 5) == (0, 4)
    assert token_range(places, 9, 10) is None
