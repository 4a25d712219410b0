"""Search over shards finds every document, with and without index, and says where the hits are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.jobs import extract_texts, resharded, run_verb
from tests.training.corpus.search.oracle import places
from training.corpus.documents import Documents
from training.corpus.search import index as index_module
from training.corpus.search.index import IndexWriter, ShardIndex, block_bounds
from training.corpus.search.phrase import Phrase
from training.corpus.search.searcher import Searcher
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.table import SIGNALS_FOLDER

FILLER = "Nothing that anybody looks for stands in this line of text, number {}. "
PLANTED = {
    "english": ("quick brown fox", "The quick\nbrown   fox jumps."),
    "chinese": ("灯塔看守人", "从前有一个灯塔看守人，他住在海边。"),
    "russian": ("старый маяк", "Там стоял старый\n\tмаяк."),
    "arabic": ("حارس المنارة", "كان حارس المنارة نائما"),
    "end": ("the very last words", "A text that ends with the very last words"),
    "start": ("Zeroth of all", "Zeroth of all comes this."),
    "short": ("q7", "only q7 here"),
    "repeated": ("drip drop", "drip drop, drip  drop and drip\ndrop"),
}
TEXTS = [
    *(FILLER.format(n) * 30 for n in range(60)),
    *(text for _, text in PLANTED.values()),
    *(FILLER.format(n) * 30 for n in range(60, 120)),
    "Before. " + FILLER.format("long") * 4_000 + PLANTED["english"][1],
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    extract_texts(folder, TEXTS)
    resharded(folder / "extract" / "output", folder / "small" / "output", 40_000)
    rules = {"word_count": {"at_least": 0, "is_on": False}}
    return run_verb(
        "clean", folder / "clean", documents="../small/output", preset="off", rules=rules
    )


@pytest.fixture(scope="module")
def documents(corpus):
    return Documents.open(corpus.parents[1] / "small" / "output")


def found_by(searcher, phrase, **options):
    pieces = list(searcher.search(phrase, **options))
    assert pieces[-1].stop == searcher.num_documents
    return [found for piece in pieces for found in piece.found]


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("ignores_case", [False, True])
def test_planted_phrases_are_found_where_they_stand(corpus, documents, name, ignores_case):
    wanted = PLANTED[name][0].upper() if ignores_case else PLANTED[name][0]
    phrase = Phrase.of(wanted, ignores_case=ignores_case)
    truth = {
        number: spans
        for number, text in enumerate(TEXTS)
        if (spans := places(wanted, text, ignores_case=ignores_case))
    }
    assert truth
    for searcher in (Searcher(documents, corpus / SIGNALS_FOLDER), Searcher(documents)):
        found = found_by(searcher, phrase)
        assert {one.index: [(hit.start, hit.stop) for hit in one.hits] for one in found} == truth
        for one in found:
            assert one.text == TEXTS[one.index]
            assert one.num_hits == len(one.hits)
            for hit in one.hits:
                text = TEXTS[one.index]
                assert hit.match == text[hit.start : hit.stop]
                assert text[: hit.start].endswith(hit.before)
                assert text[hit.stop :].startswith(hit.after)
                assert hit.line == text[: hit.start].count("\n") + 1
                assert hit.is_cut_before == (len(hit.before) < hit.start)
                assert hit.is_cut_after == (hit.stop + len(hit.after) < len(text))


def test_the_index_leaves_out_most_of_the_text(corpus, documents):
    searcher = Searcher(documents, corpus / SIGNALS_FOLDER)
    assert searcher.has_index
    assert len(documents.shards()) > 3
    pieces = list(searcher.search(Phrase.of(PLANTED["chinese"][0])))
    # the group that holds it, and the end
    assert len(pieces) == 2
    every = list(Searcher(documents).search(Phrase.of(PLANTED["chinese"][0])))
    assert len(every) > len(pieces)


def test_the_index_is_at_most_8_percent_of_the_text(corpus):
    size = sum(file.stat().st_size for file in (corpus / SIGNALS_FOLDER).glob("search-*"))
    assert 0 < size <= 0.08 * sum(len(text.encode()) for text in TEXTS)


def test_limits_bound_what_is_told_and_not_what_is_counted(corpus, documents):
    searcher = Searcher(documents, corpus / SIGNALS_FOLDER)
    pieces = list(searcher.search(Phrase.of("anybody"), most_documents=1, most_hits=2))
    assert sum(piece.num_documents for piece in pieces) == 121
    assert sum(piece.num_hits for piece in pieces) == 120 * 30 + 4_000
    assert all(len(piece.found) <= 1 for piece in pieces)
    assert all(len(one.hits) <= 2 for piece in pieces for one in piece.found)


def test_a_search_goes_on_where_it_is_told_to(corpus, documents):
    searcher = Searcher(documents, corpus / SIGNALS_FOLDER)
    after = found_by(searcher, Phrase.of("quick brown fox"), first=61)
    assert [one.index for one in after] == [len(TEXTS) - 1]
    mask = np.zeros(len(TEXTS), dtype=bool)
    assert found_by(searcher, Phrase.of("quick brown fox"), among=mask) == []


def test_a_search_without_time_says_how_far_it_came(documents):
    pieces = list(Searcher(documents, num_workers=1).search(Phrase.of("anybody"), seconds=0.0))
    assert 0 < pieces[-1].stop < len(TEXTS)


def test_a_damaged_index_is_not_believed(corpus, documents, tmp_path):
    for file in (corpus / SIGNALS_FOLDER).glob("search-*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "search-00000.blocks").write_bytes(b"torn")
    (tmp_path / "search-00001.bits").unlink()
    (tmp_path / "search-00002.bits").write_bytes(b"")
    searcher = Searcher(documents, tmp_path)
    assert [index is None for index in searcher._indices[:4]] == [True, True, True, False]
    assert not searcher.has_index
    found = found_by(searcher, Phrase.of("quick brown fox"))
    assert [one.index for one in found] == [60, len(TEXTS) - 1]


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.text(st.sampled_from("abC d\n中文ДдÉ😀"), max_size=40), min_size=1, max_size=12
    ),
    data=st.data(),
    ignores_case=st.booleans(),
)
def test_a_block_with_the_phrase_is_never_left_out(tmp_path_factory, texts, data, ignores_case):
    holder = data.draw(st.integers(0, len(texts) - 1))
    start = data.draw(st.integers(0, len(texts[holder])))
    wanted = texts[holder][start:]
    if not wanted.split():
        return
    phrase = Phrase.of(wanted, ignores_case=ignores_case)
    folder = tmp_path_factory.mktemp("index")
    shard = shard_of(folder, texts)
    with IndexWriter(folder, 0, shard) as writer:
        cut = data.draw(st.integers(0, len(texts)))
        writer.add(TextBatch.of(texts[:cut]))
        writer.add(TextBatch.of(texts[cut:]))
    index = ShardIndex.read(folder, 0, len(texts))
    assert any(part.first <= holder < part.stop for part in index.parts(phrase))


def test_blocks_end_at_row_groups_wherever_batches_end(monkeypatch):
    monkeypatch.setattr(index_module, "BLOCK_BYTES", 10)
    offsets = np.array([0, 4, 8, 12, 40, 41, 42], dtype=np.int64)
    assert block_bounds(offsets, np.array([], dtype=np.int64)).tolist() == [0, 3, 4, 6]
    assert block_bounds(offsets, np.array([2, 5])).tolist() == [0, 2, 4, 5, 6]


def test_the_verb_prints_hits_and_writes_them(corpus, capsys):
    folder = corpus.parents[1] / "search"
    run_verb("search", folder, corpus="../clean/output", phrase="DRIP drop", ignore_case=True)
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if "[drip" in line][2].endswith(
        "line 1: drip drop, drip  drop and [drip drop]"
    )
    assert printed[-1] == "3 hits in 1 document"
    told = json.loads((folder / "hits.json").read_text())
    assert (told["num_documents"], told["num_hits"]) == (1, 3)
    (document,) = told["documents"]
    assert document["origin"]["file"] == "texts.jsonl"
    assert document["origin"]["line"] == document["index"] + 1
    assert [hit["match"] for hit in document["hits"]] == ["drip drop", "drip  drop", "drip\ndrop"]


def shard_of(folder, texts):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "shard-00000.parquet"
    table = pa.table({"text": pa.array(texts, pa.large_string())})
    pq.write_table(table, path, row_group_size=3)
    return path
