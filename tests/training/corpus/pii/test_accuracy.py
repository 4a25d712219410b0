"""Agreement with gold places, and no false hits in source code, at the figures that are promised.

``python -m benchmarks.pii`` prints them with their counts.
"""

from __future__ import annotations

import json

import pytest

from benchmarks import pii


@pytest.fixture(scope="module")
def counts(shared_data):
    gold = json.loads((shared_data / "pii/presidio_synth_v2.json").read_text(encoding="utf-8"))
    return pii.counts_of(gold)


@pytest.mark.parametrize("kind", sorted(set(pii.KIND_OF.values()) - pii.WITHOUT_GOAL))
def test_findings_agree_with_gold_places(counts, kind):
    right, extra, missed = (column[kind] for column in counts)
    f1 = 2 * right / (2 * right + extra + missed)
    assert right > 10
    assert f1 >= pii.F1_GOAL


def test_source_code_has_hardly_a_false_hit():
    row = pii.false_hits_row()
    assert row.is_met
