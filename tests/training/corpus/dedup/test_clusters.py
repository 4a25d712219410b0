"""Clusters are the components of the pairs above the threshold, however the work is cut."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.dedup import oracle
from tests.training.corpus.jobs import documents_in, extract_texts, resharded, run_verb
from training.corpus.corpus import Corpus
from training.corpus.dedup import clusters, kernels
from training.corpus.dedup.clusters import Search
from training.corpus.dedup.minhash import Banding
from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner
from training.errors import SpecError
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.registry import VERBS

LICENCES = Path("/usr/share/common-licenses")
#: So many bands that no pair above a half is missed: what is found is then exact.
EVERY_PAIR = Banding(bands=200, rows=2, window=3)


def noisy_copies(seed: int = 3) -> list[str]:
    """Originals with copies of which more and more words are changed."""
    chance = random.Random(seed)
    texts = []
    for original in range(12):
        words = [f"w{chance.randrange(500)}" for _ in range(80)]
        texts.append(" ".join(words))
        for changes in (0, 2, 5, 9, 20)[: original % 6]:
            copy = list(words)
            for place in chance.sample(range(len(copy)), changes):
                copy[place] = f"x{chance.randrange(10**6)}"
            texts.append(" ".join(copy))
    chance.shuffle(texts)
    return ["", *texts, "一" * 30, "一" * 30, "two words", "Two  words."]


def search(folder: Path, output: Path, banding: Banding, threshold: float, workers: int = 1):
    (folder / "near").mkdir(parents=True)
    job = Job(JobFolder(folder), verb="dedup", spec={})
    runner = ShardRunner(job, folder, workers)
    return Search(Documents.open(output), banding, threshold, folder / "near", runner).run()


@pytest.mark.parametrize("per_group", [1, 10_000], ids=["groups of bands", "one group"])
@pytest.mark.parametrize("threshold", [0.6, 0.7, 0.85, 1.0])
def test_clusters_are_the_components_of_similar_pairs(tmp_path, threshold, per_group, monkeypatch):
    monkeypatch.setattr(clusters, "_CANDIDATES_PER_GROUP", per_group)
    texts = noisy_copies()
    output = extract_texts(tmp_path, texts)
    found = search(tmp_path / "work", output, EVERY_PAIR, threshold)
    kept = [row["text"] for row in documents_in(output)]
    assert found.roots.tolist() == oracle.clusters(kept, 3, threshold)


def test_clusters_are_the_same_for_any_workers_and_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "_CANDIDATES_PER_GROUP", 5)
    texts = noisy_copies()
    banding = Banding(bands=10, rows=3, window=3)
    output = extract_texts(tmp_path, texts)
    many = resharded(output, tmp_path / "many", 700)
    assert len(list(many.glob("shard-*"))) > 5
    found = [
        search(tmp_path / f"work{number}", source, banding, 0.7, workers)
        for number, (source, workers) in enumerate([(output, 1), (many, 1), (many, 3)])
    ]
    roots = [one.roots.tolist() for one in found]
    assert roots[0] == roots[1] == roots[2]
    assert len({one.num_compared for one in found}) == 1
    assert len(set(roots[0])) < len(texts)


def test_bands_are_in_one_group_each_and_in_few_groups():
    for bands, candidates in itertools.product((1, 2, 3, 22), (0, 2_000, 10**7)):
        groups = clusters.band_groups(bands, candidates)
        assert [band for group in groups for band in group] == list(range(bands))
        assert all(groups)
    assert len(clusters.band_groups(22, 10)) == 1
    assert len(clusters.band_groups(22, 10**7)) == 4


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_pair_reaches_a_threshold_exactly_where_its_jaccard_does(data):
    numbers = st.sets(st.integers(0, 400), max_size=300)
    one, other = sorted(data.draw(numbers)), sorted(data.draw(numbers))
    shingles = np.array([*one, *other, 0], dtype=np.uint64)
    pair = (shingles, 0, len(one), len(one), len(other))
    value = kernels.jaccard(*pair)
    for threshold in (0.01, 0.3, 0.7, 1.0, value or 0.5):
        assert kernels.reaches(*pair, threshold) == (value >= threshold)


@pytest.mark.skipif(not LICENCES.is_dir(), reason="no folder of licence texts on this machine")
@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(0.7, [("GFDL-1.2", "GFDL-1.3"), ("LGPL-2", "LGPL-2.1")]), (0.8, [("GFDL-1.2", "GFDL-1.3")])],
)
def test_licence_texts_above_the_threshold_are_found_and_no_others(tmp_path, threshold, expected):
    files = sorted(file for file in LICENCES.iterdir() if not file.is_symlink())
    output = extract_texts(tmp_path, [file.read_text(errors="replace") for file in files])
    roots = search(tmp_path / "work", output, Banding(), threshold).roots
    names = [file.name for file in files]
    pairs = [
        (names[one], names[other])
        for one, other in itertools.combinations(range(len(names)), 2)
        if roots[one] == roots[other]
    ]
    assert pairs == expected


def cleaned(tmp_path: Path, output: Path, name: str, signals: str = "", **rules) -> Path:
    given = {"word_count": {"is_on": False}, "stop_words": {"is_on": False}, **rules}
    off = ("duplicate_lines", "repeated_5grams", "exact_duplicates")
    given = {rule: {"is_on": False} for rule in off} | given
    return run_verb("clean", tmp_path / name, documents=str(output), signals=signals, rules=given)


NEAR = {"is_on": True, "shingle_words": 3, "jaccard": 0.6}


def test_the_funnel_drops_all_but_one_of_each_cluster_and_says_for_whom(tmp_path):
    words = [f"word{n}" for n in range(40)]
    texts = [" ".join(words), " ".join([*words, "more"]), "something else altogether here now"]
    output = extract_texts(tmp_path, texts)
    corpus = cleaned(tmp_path, output, "clean", near_duplicates=NEAR)
    assert list(Corpus.open(corpus).texts()) == [texts[1], texts[2]]
    funnel = json.loads((corpus / "funnel.json").read_text())
    told = next(rule for rule in funnel["rules"] if rule["rule"] == "near_duplicates")
    assert told["dropped"]["documents"] == 1
    assert not told["needs_run"]
    longer = documents_in(output)[1]["doc_id"].hex()
    assert told["examples"][0]["reason"] == f"nearly the same as {longer}, which is kept"


def test_a_copy_that_another_rule_drops_does_not_take_its_twin_with_it(tmp_path):
    words = [f"word{n}" for n in range(40)]
    texts = [" ".join(words), " ".join([*words, "more"])]
    output = extract_texts(tmp_path, texts)
    corpus = cleaned(
        tmp_path, output, "clean", near_duplicates=NEAR,
        word_count={"is_on": True, "at_least": 1, "at_most": 40},
    )  # fmt: skip
    assert list(Corpus.open(corpus).texts()) == [texts[0]]


def test_clusters_of_another_version_are_taken_over_and_other_settings_searched(tmp_path):
    output = extract_texts(tmp_path, noisy_copies())
    first = cleaned(tmp_path, output, "first", near_duplicates=NEAR)
    other = {**NEAR, "jaccard": 0.9}
    second = cleaned(tmp_path, output, "second", str(first), near_duplicates=other)
    files = sorted(file.stem for file in (second / "signals").glob("near-*.npy"))
    assert files == ["near-0.6-3w-22x5-v1", "near-0.9-3w-22x5-v1"]
    ours, theirs = (np.load(folder / "signals" / f"{files[0]}.npy") for folder in (first, second))
    assert (ours == theirs).all()
    assert not (tmp_path / "second" / "work").exists()


def test_too_many_hashes_are_refused_with_a_way_out():
    with pytest.raises(SpecError, match="too many hashes") as caught:
        VERBS["clean"].load_spec().parse(
            {"documents": "x", "rules": {"near_duplicates": {"bands": 256, "rows": 64}}}
        )
    assert caught.value.problems[0].fix == (("rules.near_duplicates.rows", 8),)
