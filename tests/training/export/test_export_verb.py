"""``python -m training export``: a checkpoint in, a model artifact out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.training.model.shapes import LLAMA, MIXED
from training.cli import main
from training.errors import ExitCode
from training.export.load import load_exported
from training.folder.artifact import changed_files, load_manifest
from training.folder.layout import JobFolder
from training.loop.checkpoint import write_checkpoint
from training.loop.snapshot import MODEL, Snapshot
from training.loop.state import TrainState
from training.model.building import build_model
from training.model.network import TrainyardModel
from training.specs.model import ModelSpec


def checkpoint_of(model: TrainyardModel, folder: Path) -> Path:
    tensors = {MODEL + name: tensor.detach() for name, tensor in model.named_parameters()}
    snapshot = Snapshot(tensors, TrainState(step=7), {})
    return write_checkpoint(JobFolder(folder), snapshot, model.spec)


def export(tmp_path: Path, spec: dict[str, str]) -> int:
    file = tmp_path / "export.json"
    file.write_text(json.dumps(spec))
    return main(["export", str(file), "--out", str(tmp_path / "jobs" / "export")])


@pytest.mark.parametrize("spec", [LLAMA, *MIXED.values()])
def test_a_checkpoint_becomes_a_model_artifact(spec: ModelSpec, tmp_path: Path) -> None:
    model = build_model(spec.resolve(), seed=1).eval()
    checkpoint_of(model, tmp_path / "jobs" / "train")
    code = export(tmp_path, {"checkpoint": "jobs/train/checkpoints/step-00000007"})
    assert code == ExitCode.OK
    output = tmp_path / "jobs" / "export" / "output"
    manifest = load_manifest(output)
    assert manifest.kind == "model"
    assert manifest.counts["num_parameters"] == sum(p.numel() for p in model.parameters())
    assert changed_files(output) == []
    tokens = torch.arange(10)[None]
    with torch.no_grad():
        torch.testing.assert_close(
            load_exported(output)(tokens).logits, model(tokens).logits, atol=1e-5, rtol=1e-5
        )


def test_a_damaged_checkpoint_is_refused_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = checkpoint_of(build_model(LLAMA.resolve(), seed=1), tmp_path / "jobs" / "train")
    weights = next(checkpoint.glob("*.safetensors"))
    torn = bytearray(weights.read_bytes())
    torn[-5] ^= 1
    weights.write_bytes(torn)
    code = export(tmp_path, {"checkpoint": "jobs/train/checkpoints/step-00000007"})
    assert code == ExitCode.CHECKPOINT
    assert "is not a whole checkpoint" in capsys.readouterr().err
    assert not (tmp_path / "jobs" / "export" / "output").exists()


def test_a_checkpoint_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(tmp_path, {"checkpoint": "nowhere"}) == ExitCode.CHECKPOINT
    assert "there is no folder" in capsys.readouterr().err
