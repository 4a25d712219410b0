"""Source by source duplication against comparing all pairs, and blocks of text by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.corpus.quality_report.density import BLOCK_BYTES, MOST_BLOCKS, block_density
from training.corpus.quality_report.duplication import overlap_of, share
from training.corpus.signals.table import Groups

DOCUMENTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.booleans()), max_size=30)


@given(DOCUMENTS)
def test_overlap_is_what_comparing_all_pairs_finds(documents: list[tuple[int, int, bool]]) -> None:
    clusters = np.array([one[0] for one in documents], dtype=np.int64)
    sources = np.array([one[1] for one in documents], dtype=np.int64)
    only = np.array([one[2] for one in documents], dtype=bool)
    order = np.argsort(clusters, kind="stable")
    groups = Groups.of(order, clusters[order])
    found = overlap_of(groups, sources, 3, only)
    inside = [one for one in enumerate(documents) if one[1][2]]
    shared = [[0] * 3 for _ in range(3)]
    for place, (cluster, source, _) in inside:
        for other in range(3):
            shared[source][other] += any(
                at != place and one[0] == cluster and one[1] == other for at, one in inside
            )
    assert found["shared"] == shared
    assert found["documents"] == [sum(one[1][1] == s for one in inside) for s in range(3)]
    pairs = {(one[1][0], one[1][1]) for one in inside}
    spare = [found["documents"][s] - sum(pair[1] == s for pair in pairs) for s in range(3)]
    assert found["spare"] == spare
    assert found["spare_in_whole"] == len(inside) - len({one[1][0] for one in inside})


def test_a_share_of_nothing_is_none() -> None:
    assert share(0, 0) is None
    assert share(1, 4) == 0.25


def test_what_texts_share_makes_a_block_smaller() -> None:
    random = np.random.default_rng(0)
    noise = [random.integers(97, 123, 5_000, dtype=np.uint8).tobytes() for _ in range(40)]
    apart, alike = block_density(noise), block_density([noise[0]] * 40)
    assert apart["num_blocks"] == alike["num_blocks"] == 1
    assert apart["num_bytes"] == 40 * 5_002
    assert alike["share"] is not None
    assert apart["share"] is not None
    assert alike["share"] < 0.1 < apart["share"]


def test_only_whole_blocks_count_where_there_is_one() -> None:
    told = block_density([b"x" * (BLOCK_BYTES + 10)])
    assert (told["num_bytes"], told["num_blocks"]) == (BLOCK_BYTES, 1)
    assert block_density([b"y" * (9 * BLOCK_BYTES)])["num_blocks"] == MOST_BLOCKS
    for empty in ([], [b""], [b" "] * 3):
        assert block_density(empty)["share"] is None
