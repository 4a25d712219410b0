"""Items in texts: against the plain definition, and one by one."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.contamination import oracle
from training.corpus.contamination import find
from training.corpus.contamination.find import Finder, Hit
from training.corpus.contamination.index import Judged, LeftOut, Limits, build
from training.corpus.signals.batch import TextBatch

LIMITS = Limits(ngram_words=5, least_words=3, max_items=200)
FEW = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12).map(" ".join)


def finder(items: list[str], limits: Limits = LIMITS) -> tuple[Finder, list[Judged]]:
    texts = pa.array(items, pa.large_string())
    tables, judged = build(texts, [0] * len(items), limits)
    return Finder(tables, texts), judged


def found(texts: list[str], items: list[str], limits: Limits = LIMITS) -> dict[int, dict[int, Hit]]:
    searcher, _ = finder(items, limits)
    hits = searcher.hits(TextBatch.of(texts))
    return {place: {hit.item: hit for hit in there} for place, there in hits}


@given(st.lists(FEW, min_size=1, max_size=4), st.lists(FEW, min_size=1, max_size=5, unique=True))
@settings(max_examples=300, deadline=None)
def test_hits_and_shares_are_those_of_the_plain_definition(
    texts: list[str], items: list[str]
) -> None:
    ours = found(texts, items)
    for place, text in enumerate(texts):
        shares = oracle.shared(text, items, LIMITS.ngram_words, LIMITS.least_words)
        hits = ours.get(place, {})
        assert {item: pytest.approx(share) for item, share in shares.items()} == {
            item: hit.item_share for item, hit in hits.items()
        }
        for item, hit in hits.items():
            for start, stop in hit.document_spans:
                assert oracle.words(text[start:stop])
            for start, stop in hit.item_spans:
                assert oracle.words(items[item][start:stop])


def test_a_hit_tells_where_in_both() -> None:
    item = "What is the capital of the old kingdom of France today?"
    text = "Quiz: “What is the CAPITAL\nof the old kingdom of Spain?” Nobody knew."
    (hit,) = found([text], [item])[0].values()
    assert [text[a:b] for a, b in hit.document_spans] == [
        "What is the CAPITAL\nof the old kingdom of"
    ]
    assert [item[a:b] for a, b in hit.item_spans] == ["What is the capital of the old kingdom of"]
    assert (hit.num_ngrams, hit.longest_words) == (5, 9)
    assert hit.item_share == pytest.approx(9 / 11)
    assert hit.document_share == pytest.approx(9 / 13)


def test_two_stretches_of_one_item_are_two_places() -> None:
    item = "one two three four five six seven eight nine ten"
    text = "one two three four five and then six seven eight nine ten"
    (hit,) = found([text], [item])[0].values()
    assert [text[a:b] for a, b in hit.document_spans] == [
        "one two three four five", "six seven eight nine ten",
    ]  # fmt: skip
    assert (hit.num_ngrams, hit.longest_words, hit.item_share) == (2, 5, 1.0)


def test_short_items_are_found_whole_or_not_at_all() -> None:
    items = ["three short words", "two words", "four quite short words"]
    searcher, judged = finder(items)
    assert [one.window for one in judged] == [3, 0, 4]
    assert judged[1].left_out == LeftOut.TOO_SHORT
    texts = ["Three SHORT, words!", "three short", "two words", "of four quite short words"]
    hits = {
        place: [hit.item for hit in there] for place, there in searcher.hits(TextBatch.of(texts))
    }
    assert hits == {0: [0], 3: [2]}


def test_of_items_that_say_the_same_the_first_stands_for_all() -> None:
    searcher, judged = finder(["a b c d e f", "x y z x y z", "A, b c d e f!"])
    assert [(one.num_ngrams, one.copy_of) for one in judged] == [(2, -1), (2, -1), (2, 0)]
    ((_, (hit,)),) = searcher.hits(TextBatch.of(["a b c d e f"]))
    assert hit.item == 0


def test_runs_that_many_items_share_are_their_template() -> None:
    items = [f"choose the right answer to this question {n} and no other{n}" for n in range(6)]
    items.append("choose the right answer to this")
    limits = Limits(5, 3, max_items=4)
    searcher, judged = finder(items, limits)
    assert judged[-1].left_out == LeftOut.TEMPLATE
    hits = searcher.hits(TextBatch.of(["choose the right answer to this", items[2]]))
    assert {place: [hit.item for hit in there] for place, there in hits} == {1: [2]}


def test_equal_hashes_are_not_enough() -> None:
    searcher, _ = finder(["one two three four five"])
    assert searcher.hits_in("a b c d e f", [(5, 0, 0)]) == []
    assert searcher.hits_in("one two three four fivee", [(5, 0, 0)]) == []
    assert len(searcher.hits_in("ONE two three four five", [(5, 0, 0)])) == 1


def test_chinese_is_compared_character_by_character() -> None:
    hits = found(["他问：“法国的首都是哪里？”没人回答。"], ["法国的首都是哪里"])
    (hit,) = hits[0].values()
    assert (hit.item_share, hit.num_ngrams) == (1.0, 4)


def test_a_text_of_one_word_over_and_over_ends_soon() -> None:
    items = [f"{'no ' * 40}{n}" for n in range(100)]
    began = time.process_time()
    hits = found(["no " * 100_000], items)[0]
    assert time.process_time() - began < 10
    assert len(hits) == 100
    for hit in hits.values():
        assert (hit.num_ngrams, hit.item_share, hit.document_share) == (1, 40 / 41, 1.0)
        assert hit.document_spans == [(0, 299_999)]


@given(FEW, st.lists(FEW, min_size=1, max_size=3, unique=True))
@settings(max_examples=100, deadline=None)
def test_places_that_are_only_told_are_told_like_the_others(text: str, items: list[str]) -> None:
    whole = found([f"{text} {text}"], items)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(find, "_MOST_COMPARED", 1)
        few = found([f"{text} {text}"], items)
    for place, hits in whole.items():
        for item, hit in hits.items():
            other = few[place][item]
            assert other.document_spans == hit.document_spans
            assert (other.item_share, other.num_ngrams) == (hit.item_share, hit.num_ngrams)


def test_more_hits_than_there_is_room_for_are_all_told() -> None:
    items = [f"w{n} x{n} y{n} z{n} a{n} b{n}" for n in range(4_000)]
    assert len(found([" ".join(items)], items)[0]) == len(items)
