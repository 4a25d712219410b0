"""Signatures estimate the Jaccard, the curve is the chance of a candidate, sets are exact."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.dedup import oracle
from training.corpus.dedup import kernels
from training.corpus.dedup.curve import candidate_curve, candidate_probability, middle
from training.corpus.dedup.minhash import Banding, band_keys, signatures
from training.corpus.signals.batch import TextBatch

LICENCES = Path("/usr/share/common-licenses")
#: 5-word shingles; published with the data of this project's tests.
KNOWN = {
    ("GFDL-1.2", "GFDL-1.3"): 0.852,
    ("LGPL-2", "LGPL-2.1"): 0.721,
    ("GPL-1", "GPL-2"): 0.463,
    ("GPL-2", "LGPL-2"): 0.367,
    ("GPL-2", "GPL-3"): 0.135,
}
TEXT = st.text(st.sampled_from("ab c.\n河水 Éß"), max_size=60)


def exact(batch: TextBatch, window: int, one: int, other: int) -> float:
    found, offsets = kernels.shingle_sets(batch.words.hashes, batch.words.offsets, window)
    sizes = np.diff(offsets)
    return float(kernels.jaccard(found, offsets[one], sizes[one], offsets[other], sizes[other]))


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXT, min_size=2, max_size=4), st.integers(1, 4))
def test_jaccard_of_hashed_shingles_is_that_of_plain_sets(texts, window):
    batch = TextBatch.of(texts)
    sets = [oracle.shingles(text, window) for text in texts]
    for one, other in itertools.combinations(range(len(texts)), 2):
        assert exact(batch, window, one, other) == oracle.jaccard(sets[one], sets[other])


@pytest.mark.skipif(not LICENCES.is_dir(), reason="no folder of licence texts on this machine")
def test_jaccard_of_licence_texts_is_the_published_one():
    names = sorted({name for pair in KNOWN for name in pair})
    batch = TextBatch.of([(LICENCES / name).read_text(errors="replace") for name in names])
    for (one, other), value in KNOWN.items():
        found = exact(batch, 5, names.index(one), names.index(other))
        assert found == pytest.approx(value, abs=0.0006)


def pairs_of(similarity: float, number: int, num_words: int, seed: int) -> list[str]:
    """Texts 2n and 2n + 1 share the stated part of their one-word shingles."""
    random = np.random.default_rng(seed)
    shared = round(2 * num_words * similarity / (1 + similarity))
    texts = []
    for _ in range(number):
        words = random.choice(10**9, 2 * num_words - shared, replace=False).astype(str)
        texts += [" ".join(words[:num_words]), " ".join(words[num_words - shared :])]
    return texts


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.7, 0.9])
def test_signatures_agree_in_the_share_that_is_the_jaccard(similarity):
    batch = TextBatch.of(pairs_of(similarity, 40, 200, seed=1))
    signature = signatures(batch, Banding(bands=110, rows=1, window=1))
    agreeing = (signature[::2] == signature[1::2]).mean(axis=1)
    # 40 pairs, 110 hashes: the standard error of the mean is at most 0.0075
    assert agreeing.mean() == pytest.approx(similarity, abs=0.025)
    assert agreeing.std() < 1.5 * (similarity * (1 - similarity) / 110) ** 0.5


@pytest.mark.parametrize(("bands", "rows"), [(22, 5), (14, 8), (6, 1), (2, 3)])
def test_pairs_become_candidates_as_often_as_the_curve_says(bands, rows):
    number = 300
    for similarity in (0.4, 0.6, 0.8):
        batch = TextBatch.of(pairs_of(similarity, number, 100, seed=2))
        keys, _ = band_keys(batch, Banding(bands, rows, window=1))
        is_candidate = (keys[:, ::2] == keys[:, 1::2]).any(axis=0)
        chance = candidate_probability(similarity, bands, rows)
        # five standard errors, and a little for sets whose Jaccard is not exactly the wanted one
        allowed = 5 * (chance * (1 - chance) / number) ** 0.5 + 0.02
        assert is_candidate.mean() == pytest.approx(chance, abs=allowed)


def test_the_curve_gives_the_published_values():
    # Mining of Massive Datasets, figure 3.8: 20 bands of 5 rows
    published = {
        0.2: 0.006,
        0.3: 0.047,
        0.4: 0.186,
        0.5: 0.470,
        0.6: 0.802,
        0.7: 0.975,
        0.8: 0.9996,
    }
    for similarity, chance in published.items():
        assert candidate_probability(similarity, 20, 5) == pytest.approx(chance, abs=6e-4)
    assert candidate_probability(0.7, 22, 5) == pytest.approx(0.982, abs=1e-3)
    curve = candidate_curve(22, 5)
    assert curve[0] == (0.0, 0.0)
    assert curve[-1] == (1.0, 1.0)
    assert candidate_probability(middle(22, 5), 22, 5) == pytest.approx(0.5)


def test_texts_without_words_have_no_shingles_and_short_ones_have_one():
    batch = TextBatch.of(["", " .\n", "one", "one two three four", "a b c d e f"])
    _, counts = band_keys(batch, Banding())
    assert counts.tolist() == [0, 0, 1, 1, 2]


def test_keys_do_not_depend_on_the_texts_beside_them():
    texts = ["one two three four five six seven", "河水流过山谷去了", "short"]
    whole, _ = band_keys(TextBatch.of(texts), Banding())
    for place, text in enumerate(texts):
        alone, _ = band_keys(TextBatch.of([text]), Banding())
        assert (alone[:, 0] == whole[:, place]).all()
