"""A full disk ends any of the corpus verbs with its own sentence, and leaves nothing half done."""

from __future__ import annotations

import os
import random

import pytest

from tests.training.corpus.jobs import extract_texts, run_verb
from tests.training.folder.small_disk import small_disk
from training.errors import DiskFullError
from training.registry import RULE_PRESETS

KEEP_ALL = RULE_PRESETS["off"].load().model_dump(mode="json")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Every verb done once, with room."""
    folder = tmp_path_factory.mktemp("home")
    dice = random.Random(3)
    texts = [" ".join(f"{dice.getrandbits(60):x}" for _ in range(60)) for _ in range(3_000)]
    extract_texts(folder, texts)
    run_verb("clean", folder / "clean", documents="../extract/output", rules=KEEP_ALL)
    run_verb("tokenizer", folder / "tok", corpus="../clean/output", vocab_size=600)
    return folder


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("extract", {"inputs": ["texts.jsonl"]}),
        ("clean", {"documents": "extract/output", "rules": KEEP_ALL}),
        ("tokenizer", {"corpus": "clean/output", "vocab_size": 600}),
        ("tokenize", {"corpus": "clean/output", "tokenizer": "tok/output"}),
    ],
)
def test_a_full_disk_is_named_and_nothing_is_left(home, tmp_path, verb, fields):
    with small_disk(tmp_path / "disk", num_bytes=16_384) as disk:
        job = disk / "job"

        def there(path):
            return os.path.relpath(home / path, job)

        moved = {
            name: there(value) if isinstance(value, str) else value
            for name, value in fields.items()
        }
        if verb == "extract":
            moved["inputs"] = [{"path": there("texts.jsonl")}]
        with pytest.raises(DiskFullError, match="The disk is full"):
            run_verb(verb, job, **moved)
        assert {path.name for path in job.iterdir()} <= {"events.jsonl"}
