"""Which row of the sidebar a page is marked under."""

from __future__ import annotations

import uuid

import pytest

from training.registry import VERBS
from webapp.core.navigation import ROWS, nav_links

PROJECT = uuid.UUID(int=7)


def current(path: str) -> str:
    (found,) = [str(link.label) for link in nav_links(PROJECT, path) if link.is_current]
    return found


@pytest.mark.parametrize(
    ("page", "row"),
    [("train", "Runs"), ("chain", "Runs"), ("tuning", "Runs"), ("tokenizer", "Tokenizers"),
     ("extend_tokenizer", "Tokenizers"), ("tokenize", "Tokenizers"), ("clean", "Corpora"),
     ("fit_ngram", "Corpora"), ("tasks", "Task sets"), ("evaluate", "Evaluations"),
     ("export", "Checkpoints"), ("import", "Checkpoints"), ("report", "Reports"),
     ("plan", "Runs"), ("no_such_page", "Runs")],
)  # fmt: skip
def test_a_job_is_built_where_its_results_are_listed(page: str, row: str) -> None:
    assert current(f"/projects/{PROJECT}/runs/new/{page}/") == row


def test_every_kind_of_result_has_one_row() -> None:
    kinds = [kind for row in ROWS for kind in row.makes]
    assert len(kinds) == len(set(kinds))
    assert {row.produces for row in VERBS.values() if row.produces} <= set(kinds)
