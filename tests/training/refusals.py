"""What a refused job leaves behind, asserted in one place; `attempt` is a fixture of conftest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from training import cli
from training.folder.layout import JobFolder

Attempt = Callable[..., str]


def write_yaml(path: Path, spec: object) -> Path:
    if isinstance(spec, bytes):
        path.write_bytes(spec)
    else:
        path.write_text(yaml.safe_dump(spec), encoding="utf-8")
    return path


def refused(
    capsys: pytest.CaptureFixture[str], place: Path, verb: str, file: Path, code: int
) -> str:
    """Run a verb that must end with ``code``; the sentences that it printed.

    No traceback, no output, nothing temporary, no file changed outside the job, an error file.
    """
    out = place / "job"
    before = _outside(place, out)
    assert cli.main([verb, str(file), "--out", str(out)]) == code
    said = capsys.readouterr().err.strip()
    assert "Traceback" not in said
    assert said[-1] in ".?"
    assert not list(out.glob("output*"))
    assert not list(out.rglob("*.tmp"))
    assert _outside(place, out) == before
    report = json.loads(JobFolder(out).error(0).read_text())
    assert report["exit_code"] == code
    assert report["message"] in said
    assert report["kind"] != "bug"
    return said


def _outside(place: Path, out: Path) -> set[Path]:
    return {path for path in place.rglob("*") if out not in (path, *path.parents)}
