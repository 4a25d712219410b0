"""A cleaned corpus of given texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.corpus.jobs import extract_texts, run_verb
from training.registry import RULE_PRESETS

KEEP_ALL = RULE_PRESETS["off"].load().model_dump(mode="json")
CorpusOf = Callable[[list[str]], Path]


@pytest.fixture
def corpus_of(tmp_path: Path) -> CorpusOf:
    """Extract and clean; every text is kept."""

    def build(texts: list[str]) -> Path:
        extract_texts(tmp_path, texts)
        clean = {"documents": "../extract/output", "rules": KEEP_ALL}
        return run_verb("clean", tmp_path / "clean", **clean)

    return build
