"""The test rows of a task set: one number of the exported weights, and nothing before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.training.loop.tiny import train
from tests.training.tasks.made import instruction, rows_in, set_of
from tests.training.tokens.test_examples import tokens_of
from training.events import all_events
from training.folder.artifact import load_manifest
from training.folder.layout import JobFolder
from training.specs.tasks import Shape
from training.tasks.encoding import Encoded, ExampleEncoder

SPLITS = {"splits": {"validation": 0.2, "test": 0.3}}


def trained(folder: Path, name: str, tokens: Path, **validation: Any) -> Path:
    model = {"num_layers": 1, "width": 32, "num_heads": 2, "context_length": 96}
    validation = {"every_steps": 3, **validation}
    changes = {"model": model, "num_steps": 6, "batch_size": 2, "schedule": {"warmup_steps": 1}}
    return train(folder, name, tokens, validation=validation, **changes)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tested")
    set_of(folder, [instruction(number) for number in range(40)], **SPLITS)
    tokens_of(folder, folder / "tasks" / "output")
    return folder


def test_the_loss_is_that_of_the_exported_model_on_every_test_row(place: Path) -> None:
    tokens, out = place / "tokens" / "output", trained(place, "run", place / "tokens" / "output")
    rows = rows_in(place / "tasks" / "output", "test")
    counts = load_manifest(out / "output").counts
    assert counts["test_rows"] == len(rows) > 5
    model = AutoModelForCausalLM.from_pretrained(out / "output").eval()
    encoder = ExampleEncoder(tokens / "tokenizer", "chatml", Shape.INSTRUCTION)
    total, num_targets = 0.0, 0
    for encoded in encoder.encode(rows):
        assert isinstance(encoded, Encoded)
        ids, has_loss = torch.tensor(encoded.ids), torch.tensor(encoded.has_loss)
        with torch.no_grad():
            logits = model(ids[None]).logits[0, :-1]
        losses = torch.nn.functional.cross_entropy(logits, ids[1:], reduction="none")
        total += float(losses[has_loss[1:]].sum())
        num_targets += int(has_loss[1:].sum())
    assert counts["test_loss"] == pytest.approx(total / num_targets, rel=1e-4)
    events = [e for e in all_events(JobFolder(out).events) if e["kind"] in ("test", "validation")]
    assert [event["kind"] for event in events][-1] == "test"
    assert events[-1]["loss"] == counts["test_loss"]
    assert "test split" in (out / "output" / "README.md").read_text()
    assert not list(out.glob("*.tmp"))


def test_rows_that_cannot_be_read_change_no_bit_and_are_told(place: Path, tmp_path: Path) -> None:
    tokens = place / "tokens" / "output"
    before = trained(tmp_path, "before", tokens, tests_at_end=False)
    assert "test_loss" not in load_manifest(before / "output").counts
    path = place / "tasks" / "output" / "test.parquet"
    whole = path.read_bytes()
    path.write_bytes(b"\0" * len(whole))
    try:
        after = trained(tmp_path, "after", tokens)
    finally:
        path.write_bytes(whole)
    weights = [(out / "output" / "model.safetensors").read_bytes() for out in (before, after)]
    assert weights[0] == weights[1]
    warnings = [e["message"] for e in all_events(JobFolder(after).events) if e["kind"] == "warning"]
    assert any("There is no loss on the test rows" in message for message in warnings)
