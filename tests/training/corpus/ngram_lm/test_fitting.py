"""Modified Kneser-Ney: numbers worked out by hand, the definition in plain Python, sums of 1."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

from tests.training.corpus.ngram_lm.models import chatter, fitted, open_fitted
from tests.training.corpus.ngram_lm.oracle import Oracle
from training.corpus.ngram_lm.discounts import FALLBACK, Discounts
from training.corpus.ngram_lm.fitting import Fitting
from training.corpus.ngram_lm.vocabulary import MARKS, WordCounter
from training.corpus.places import lines_of_words
from training.corpus.signals.batch import TextBatch
from training.errors import DataError

TEXTS = chatter(150)
#: What lmplz.arpa was made of by kenlm_answers.py, which has the command.
ESTIMATED, ESTIMATED_ORDER = chatter(60, seed=2), 4
TOY = ["a b\na b\n\nA, c"]


def arpa_of(folder: Path, name: str = "model.arpa") -> dict[str, tuple[float, float]]:
    """{n-gram: (probability, back-off)} as the file has them."""
    found = {}
    for line in (folder / name).read_text().splitlines():
        fields = line.split("\t")
        if len(fields) > 1:
            backoff = float(fields[2]) if len(fields) > 2 else 0.0
            found[fields[1]] = (10 ** float(fields[0]), 10**backoff)
    return found


def test_a_bigram_model_of_three_lines_by_hand(tmp_path):
    made = fitted(tmp_path, TOY, order=2)
    # Seen: <s> a 3, a b 2, b </s> 2, a c 1, c </s> 1: Y = 2 / (2 + 2 x 2) = 1/3, D1 = 1 - 2/3,
    # D2 = 2 - 3 x 1/3 x 1/2, D3+ = 3. Of single words none has a count of 3: the stated ones.
    assert made.discounts[1].values == pytest.approx((1 / 3, 1.5, 3))
    assert [one.is_fallback for one in made.discounts] == [True, False]
    told = arpa_of(tmp_path)
    # Different words before: a, b and c have 1, </s> has 2; of 5 the discounts hold 2.5, and five
    # words (<unk>, </s>, a, b, c) share it.
    for word, probability in {"<unk>": 0.1, "a": 0.2, "b": 0.2, "c": 0.2, "</s>": 0.3}.items():
        assert told[word][0] == pytest.approx(probability, rel=1e-6)
    # Behind a: 3 seen, 1.5 + 1/3 held.
    held = (1.5 + 1 / 3) / 3
    assert told["a"][1] == pytest.approx(held, rel=1e-6)
    assert told["a b"][0] == pytest.approx((2 - 1.5) / 3 + held * 0.2, rel=1e-6)
    assert told["a c"][0] == pytest.approx((1 - 1 / 3) / 3 + held * 0.2, rel=1e-6)
    assert told["<s> a"][0] == pytest.approx((3 - 3) / 3 + 1 * 0.2, rel=1e-6)
    assert told["<s>"] == (pytest.approx(1e-99), pytest.approx(1, rel=1e-6))


def test_every_probability_and_backoff_is_that_of_lmplz(tmp_path):
    fitted(tmp_path, ESTIMATED, order=ESTIMATED_ORDER)
    ours, theirs = arpa_of(tmp_path), arpa_of(Path(__file__).parent, "lmplz.arpa")
    assert ours.keys() == theirs.keys()
    # What <s> is worth is never asked; lmplz writes 1.
    ours["<s>"] = (1.0, ours["<s>"][1])
    assert [ours[gram] for gram in theirs] == [pytest.approx(p, rel=1e-5) for p in theirs.values()]


def test_the_file_says_how_many_ngrams_there_are(tmp_path):
    fitted(tmp_path, TOY, order=2)
    text = (tmp_path / "model.arpa").read_text()
    assert text.startswith("\\data\\\nngram 1=6\nngram 2=5\n\n\\1-grams:\n")
    assert text.endswith("\n\n\\end\\\n")
    assert len(re.findall(r"(?m)^-?[\d.]+\t", text)) == 11


def test_discounts_follow_from_counts_of_counts():
    counts = np.repeat([1, 2, 3, 4, 9], [10, 5, 3, 2, 7]).astype(np.uint32)
    found = Discounts.of(counts)
    # Y = 10 / (10 + 2 x 5) = 0.5
    assert found.values == pytest.approx((1 - 2 * 0.5 * 5 / 10, 2 - 3 * 0.5 * 3 / 5, 3 - 2 * 2 / 3))
    assert not found.is_fallback


@pytest.mark.parametrize("numbers", [(10, 5, 0, 2), (10, 0, 3, 2), (0, 5, 3, 2), (10, 1, 9, 40)])
def test_a_missing_count_or_a_discount_out_of_range_gives_the_stated_ones(numbers):
    found = Discounts.of(np.repeat([1, 2, 3, 4], numbers).astype(np.uint32))
    assert (found.values, found.is_fallback) == (FALLBACK, True)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("vocab_size", [1_000, 15])
def test_probabilities_are_those_of_the_definition(tmp_path, order, vocab_size):
    model = open_fitted(tmp_path, TEXTS, order=order, vocab_size=vocab_size)
    words = (tmp_path / "model.arpa").read_text().split("\\1-grams:")[1].split("\\2-grams:")[0]
    known = {line.split("\t")[1] for line in words.splitlines() if "\t" in line} - set(MARKS)
    oracle = Oracle(TEXTS, order, known)
    lines = [line for text in [*TEXTS, *chatter(30, seed=1)] for line in lines_of_words(text)]
    found = model.score_words(TextBatch.of([" ".join(line) for line in lines]))
    expected = []
    for line in lines:
        row = [word if word in known else "<unk>" for word in line]
        for place, word in enumerate([*row, "</s>"]):
            expected.append(np.log10(oracle.p(word, ("<s>", *row[:place]))))
    assert found == pytest.approx(np.array(expected), abs=2e-6)


@pytest.mark.parametrize("vocab_size", [1_000, 15])
def test_what_can_follow_any_history_sums_to_one(tmp_path, vocab_size):
    model = open_fitted(tmp_path, TEXTS, vocab_size=vocab_size)
    dice = random.Random(3)
    words = sorted({word for text in TEXTS for line in lines_of_words(text) for word in line})
    known = np.flatnonzero(model.unigrams[:, 0] > -99)
    assert len(known) == len(model.unigrams) - 1
    lines = [line for text in TEXTS for line in lines_of_words(text)]
    histories = [[], *(line[: dice.randrange(9)] for line in dice.sample(lines, 25))]
    histories += [dice.choices(words, k=dice.randrange(1, 6)) for _ in range(10)]
    for history in histories:
        begun = " ".join(history)
        texts = [f"{begun} {word}" for word in [*words, "unheard"]]
        each = [model.score_words(TextBatch.of([text]))[len(history)] for text in texts]
        ids = model.vocabulary.ids_of(TextBatch.of(["\n".join([*words, "unheard"])]))[0][::2]
        values = dict(zip(ids.tolist(), each, strict=True))
        values[2] = model.score_words(TextBatch.of([begun]))[-1] if history else None
        if not history:
            # A line without a word is none, so its end is what the definition says.
            values[2] = np.log10(Oracle(TEXTS, 5).p("</s>", ("<s>",))) if vocab_size > 15 else None
        if values[2] is not None:
            assert sum(10**value for value in values.values()) == pytest.approx(1, abs=1e-5)


def test_little_memory_gives_the_same_bytes(tmp_path):
    fitted(tmp_path / "one", TEXTS)
    for name, at_once, batch in (("many", 37, 3), ("some", 500, 11)):
        fitted(tmp_path / name, TEXTS, windows_at_once=at_once, batch=batch)
        for file in ("model.arpa", "ngrams-5.npy", "words.npy", "unigrams.npy"):
            assert (tmp_path / name / file).read_bytes() == (tmp_path / "one" / file).read_bytes()


def test_lines_too_short_for_the_order_give_a_lower_one(tmp_path):
    made = fitted(tmp_path, ["a\nb\na"], order=5)
    assert len(made.counts) == 3
    assert "ngram 3=" in (tmp_path / "model.arpa").read_text()


def test_rare_words_and_those_beyond_the_size_are_unknown(tmp_path):
    made = fitted(tmp_path, ["a a a b b c"], order=2, vocab_size=2)
    assert (made.vocab_size, made.unknown_fraction) == (2, pytest.approx(1 / 6))
    made = fitted(tmp_path / "more", ["a a a b b c"], order=2, min_count=3)
    assert made.vocab_size == 1


def test_unknown_words_of_the_text_do_not_make_unknown_words_likely(tmp_path):
    rare = [f"the x{n} of y{n}" for n in range(200)]
    model = open_fitted(tmp_path, rare, min_count=2)
    the, unheard = (
        model.score_words(TextBatch.of(["the"]))[0],
        model.score_words(TextBatch.of(["unheard"]))[0],
    )
    assert unheard < the - 0.3
    assert model.score(TextBatch.of(["the the", "q r"])).num_unknown.tolist() == [0, 2]


def test_a_word_at_the_end_of_a_text_is_spelled_without_the_next_text(tmp_path):
    fitted(tmp_path, ["end", "begin"])
    assert {"end", "begin"} <= arpa_of(tmp_path).keys()


def test_a_text_without_words_is_refused(tmp_path):
    with pytest.raises(DataError, match="no word to learn from"):
        fitted(tmp_path, ["", "... !\n"])


def test_words_that_are_all_too_rare_are_refused(tmp_path):
    with pytest.raises(DataError, match="No word of the text is seen 9 times"):
        fitted(tmp_path, ["a b c a"], min_count=9)


def test_a_stop_is_looked_for_at_every_stage(tmp_path):
    looks: dict[str, int] = {}
    told = [""]

    def check() -> None:
        looks[told[0]] = looks.get(told[0], 0) + 1

    tmp_path.joinpath("work").mkdir()
    batches = [TextBatch.of(TEXTS)]
    Fitting(lambda: batches, 3, 100, 1, lambda phase: told.__setitem__(0, phase), check).run(
        tmp_path, tmp_path / "work"
    )
    assert looks.keys() == {
        "counting n-grams", "estimating probabilities", "writing the model"
    }  # fmt: skip


def test_counting_words_forgets_the_rarest_when_there_are_too_many():
    counter = WordCounter(most_distinct=10)
    counter.add(TextBatch.of([" ".join(f"w{n}" for n in range(50)) + " w1 w1 w2"]))
    assert len(counter.most_frequent(100)) == 2
