"""ARPA files of others: read as KenLM reads them, or refused with the line; binaries of KenLM."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path

import pytest

from tests.training.corpus.jobs import events_of, run_verb
from tests.training.corpus.ngram_lm.models import chatter, fitted
from training.corpus.ngram_lm.model import NgramModel, open_model
from training.corpus.signals.batch import TextBatch
from training.errors import DataError

#: "b c" is missing below "a b c", as in models that were pruned; "d" has no back-off.
FOREIGN = """
\\data\\
ngram 1=7
ngram 2=4
ngram 3=2

\\1-grams:
-1.5\t<unk>
-99\t<s>\t-0.3
-1.2\t</s>
-0.9\ta\t-0.25
-1.0\tb\t-0.5
-1.1\tc\t-0.125
-1.3	d

\\2-grams:
-0.4\t<s> a\t-0.2
-0.5\ta b\t-0.35
-0.6\tc d\t-0.1
-0.7\td </s>

\\3-grams:
-0.2\ta b c
-0.3\t<s> a b

\\end\\
"""
LINES = ["a b c d", "a b c a b c", "c d", "b c", "x a b", "a b", "d", "a a a", "c d c d", "a b x c"]


def taken(folder: Path, text: str | bytes, name: str = "model.arpa") -> Path:
    folder.mkdir()
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(data)
    return run_verb("fit_ngram", folder / "job", path=f"../{name}")


def test_a_pruned_foreign_model_scores_as_kenlm_scores_it(tmp_path):
    model = open_model(taken(tmp_path / "one", FOREIGN))
    assert isinstance(model, NgramModel)
    answers = json.loads((Path(__file__).parent / "kenlm_answers.json").read_text())["foreign"]
    assert [line for line, _ in answers] == LINES
    theirs = [value for _, values in answers for value in values]
    assert model.score_words(TextBatch.of(LINES)) == pytest.approx(theirs, abs=1e-4)


def test_our_own_file_read_back_scores_the_same(tmp_path):
    texts = chatter(80)
    fitted(tmp_path / "own", texts)
    back = open_model(taken(tmp_path / "back", (tmp_path / "own" / "model.arpa").read_bytes()))
    ours = NgramModel.open(tmp_path / "own").score(TextBatch.of(texts))
    assert back.score(TextBatch.of(texts)).log10 == pytest.approx(ours.log10, abs=1e-4)


def test_a_packed_file_is_the_same_model(tmp_path):
    packed = taken(tmp_path / "gz", gzip.compress(FOREIGN.encode()), "model.arpa.gz")
    plain = taken(tmp_path / "plain", FOREIGN)
    for file in ("model.arpa", "ngrams-3.npy", "unigrams.npy"):
        assert (packed / file).read_bytes() == (plain / file).read_bytes()


def test_a_model_of_other_units_and_without_unk_is_doubted(tmp_path):
    text = FOREIGN.replace("-1.5\t<unk>\n", "").replace("ngram 1=7", "ngram 1=6")
    for word in "abc":
        text = text.replace(f"\t{word}", f"\t{word.upper()}").replace(
            f" {word}", f" {word.upper()}"
        )
    output = taken(tmp_path / "one", text)
    told = " ".join(event["message"] for event in events_of(output.parent, "warning"))
    assert "Only 25% of the model's words" in told
    assert "no <unk>" in told
    scores = open_model(output).score(TextBatch.of(["z"]))
    assert scores.log10[0] < -100


@pytest.mark.parametrize(("text", "reason"), [
    ("", "line 1 is behind the end of the file"),
    ("hello\n", "line 1 is not \\data\\"),
    ("\\data\\\n\n\\1-grams:\n", 'is not "ngram 1=..."'),
    ("\\data\\\nngram 1=99999999999\n\\1-grams:\n", "are more than 2,000,000"),
    ("\\data\\\nngram 1=3\nngram 3=1\n", "tells of order 3"),
    (FOREIGN.replace("-0.2\ta b c", "-0.2\ta b"), "line 23 is no 3-gram"),
    (FOREIGN.replace("-0.2\ta b c", "0.2\ta b c"), "line 23 has the log probability 0.2"),
    (FOREIGN.replace("-0.2\ta b c", "nan\ta b c"), "line 23 has the log probability nan"),
    (FOREIGN.replace("-0.2\ta b c", "x\ta b c"), "line 23 has a number that is none"),
    (FOREIGN.replace("-0.2\ta b c", "-0.2\ta b z"), "'z', which is not among the 1-grams"),
    (FOREIGN.replace("-0.2\ta b c", "-0.2\tb b c"), "number 1 has a context"),
    (FOREIGN.replace("\\end\\", ""), "behind the end of the file, which is cut off"),
    (FOREIGN.replace("\\end\\", "-0.1\ta b a"), "is not \\end\\"),
    (FOREIGN.replace("\t</s>\n-0.9", "\tee\n-0.9").replace("d </s>", "d d"), "without </s>"),
    (FOREIGN.replace("-1.0\tb", "-1.0\ta"), "for the second time"),
    (FOREIGN.encode().replace(b"a b c", b"a b \xff"), "is not UTF-8"),
    (gzip.compress(FOREIGN.encode(), mtime=0)[:60], "no whole gzip file"),
    ("\\data\\\n" + "x" * 200_000, "line 2"),
    (gzip.compress(bytes(50_000_000), mtime=0), "line 1 is not \\data\\"),
])  # fmt: skip
def test_a_file_that_is_no_model_is_refused_with_its_line(tmp_path, text, reason):
    with pytest.raises(DataError) as caught:
        taken(tmp_path / "one", text)
    assert reason in str(caught.value)
    assert not (tmp_path / "one" / "job" / "output").exists()


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        run_verb("fit_ngram", tmp_path / "job", path="../nothing.arpa")


@pytest.mark.skipif(importlib.util.find_spec("kenlm") is not None, reason="kenlm is installed here")
def test_a_kenlm_binary_needs_kenlm_and_says_so(tmp_path):
    with pytest.raises(DataError, match="package kenlm is not installed"):
        taken(tmp_path / "one", b"mmap lm http://kheafield.com/code format version 5\n\0\0")


def test_a_kenlm_binary_scores_through_kenlm(tmp_path):
    pytest.importorskip("kenlm", reason="kenlm is not installed, so it cannot score")
    with pytest.raises(DataError, match="KenLM does not read this binary"):
        taken(tmp_path / "one", b"mmap lm http://kheafield.com/code format version 5\n\0\0")
