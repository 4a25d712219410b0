"""Which runs stand behind a run: by checkpoints, models and exports; and what is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training.folder.artifact import write_artifact
from training.folder.atomic import write_json
from training.folder.layout import JobFolder
from training.tokens.seen.runs import steps_done, with_bases


def run_of(home: Path, name: str, base: str = "") -> JobFolder:
    folder = home / name
    folder.mkdir()
    write_json(folder / "spec.json", {"verb": "train", "spec": {"base": base}})
    return JobFolder(folder)


def model(folder: Path, verb: str, **spec: Any) -> None:
    given = {"verb": verb, "spec": spec}
    with write_artifact(folder, "model", spec=given) as draft:
        (draft.path / "weights").write_bytes(b"x")
        draft.title = "Their model"
        draft.counts["step"] = 40


def told(folder: JobFolder) -> list[tuple[str, int | None, str]]:
    return [(one.name, one.until, one.trouble) for one in with_bases(folder)]


def test_bases_are_followed_through_checkpoints_models_and_exports(tmp_path: Path) -> None:
    first = run_of(tmp_path, "first")
    model(first.output, "train")
    run_of(tmp_path, "second", "../first/output")
    (tmp_path / "exported").mkdir()
    model(
        tmp_path / "exported" / "output", "export",
        checkpoint="../second/checkpoints/step-00000015",
    )  # fmt: skip
    last = run_of(tmp_path, "last", "../exported/output")
    assert told(last) == [("last", None, ""), ("second", 15, ""), ("first", 40, "")]


@pytest.mark.parametrize(
    ("base", "why"),
    [
        ("../theirs/output", "The base Their model was trained elsewhere"),
        ("../gone/output", "The base gone is gone."),
        (
            "../gone/checkpoints/step-00000015",
            "The run gone, whose checkpoint is the base, is gone",
        ),
    ],
)
def test_what_is_not_known_of_a_base_ends_the_chain(tmp_path: Path, base: str, why: str) -> None:
    (tmp_path / "theirs").mkdir()
    model(tmp_path / "theirs" / "output", "import", path="x")
    (own, unknown) = told(run_of(tmp_path, "tuned", base))
    assert own == ("tuned", None, "")
    assert unknown[1] is None
    assert unknown[2].startswith(why)


def test_a_run_that_names_itself_as_base_is_no_endless_chain(tmp_path: Path) -> None:
    run = run_of(tmp_path, "circle", "../circle/checkpoints/step-00000002")
    assert len(with_bases(run)) == 32


def test_steps_done_are_those_of_the_newest_checkpoint_without_metrics(tmp_path: Path) -> None:
    run = run_of(tmp_path, "run")
    assert steps_done(run) == 0
    for name in ("step-00000003", "step-00000012", "step-00000020.tmp"):
        (run.checkpoints / name).mkdir(parents=True)
    assert steps_done(run) == 12
