"""How a stored spec names its inputs: ids, never paths.

``artifact:<uuid>`` is an artifact that is there, ``job:<uuid>`` the future output of a job,
``folder:<uuid>`` the folder of a job as it is now (a report on a run that was stopped, a
checkpoint), ``step:<n>`` (only while a group is being made) the output of the group's n-th job,
``root:<id>/<name>`` what lies in a registered server folder (`webapp.jobs.roots`).
A file or folder inside is named after a slash. At launch they become paths relative to the job's
folder, so that a home folder can be moved.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import DataError, Problem, SpecError
from webapp.jobs.roots import is_root_reference, root_path

ARTIFACT = "artifact"
JOB = "job"
FOLDER = "folder"
STEP = "step"


@dataclass(frozen=True)
class Reference:
    """One input: the field that names it, the artifact kind asked for (or ""), and the text."""

    role: str
    kind: str
    text: str

    @property
    def scheme(self) -> str:
        """``artifact``, ``job`` or ``folder``."""
        return self.text.partition(":")[0]

    @property
    def id(self) -> uuid.UUID:
        """Of the artifact or the job."""
        return uuid.UUID(self.text.partition(":")[2].partition("/")[0])

    @property
    def inside(self) -> str:
        """Name of one file in the artifact, when the text goes on after the id."""
        return self.text.partition("/")[2]


def references_in(spec_class: Any, data: dict[str, Any]) -> list[Reference]:
    """All inputs of ours that a spec names; SpecError for texts that are no references.

    What lies in registered folders is looked at, and not among the results: no row stands for it.
    """
    kinds: dict[str, str] = spec_class.artifact_fields()
    named = [
        Reference(role, kind, data[role])
        for role, kind in kinds.items()
        if isinstance(data.get(role), str) and data[role]
    ]
    seen = {reference.text for reference in named}
    others: list[str] = []

    def collect(text: str) -> str:
        if text not in seen:
            others.append(text)
        return text

    spec_class.with_moved_inputs(data, collect)
    found = named + [Reference("", "", text) for text in others]
    outside = [one for one in found if not one.role and is_root_reference(one.text)]
    ours = [one for one in found if one not in outside]
    problems = [_problem(one) for one in ours if not _is_whole(one)]
    problems += [problem for one in outside if (problem := _root_problem(one))]
    if problems:
        raise SpecError(problems)
    return ours


def with_paths(
    spec_class: Any, data: dict[str, Any], folders: dict[str, Path], root: Path
) -> dict[str, Any]:
    """The spec with every reference replaced by its folder's path relative to ``root``.

    ``folders`` maps a reference without what it names inside to its folder.
    """

    def move(text: str) -> str:
        head, _, inside = text.partition("/")
        if is_root_reference(text):
            return os.path.relpath(root_path(text), os.path.realpath(root))
        folder = folders[head]
        # Real names: from behind a link (jobs/ on another disk) ``..`` leads somewhere else.
        named = folder / inside if inside else folder
        return os.path.relpath(os.path.realpath(named), os.path.realpath(root))

    moved: dict[str, Any] = spec_class.with_moved_inputs(data, move)
    return moved


def with_steps(spec_class: Any, data: dict[str, Any], made: list[uuid.UUID]) -> dict[str, Any]:
    """The spec with ``step:<n>`` replaced by the job made for that step."""

    numbers = {str(number) for number in range(len(made))}

    def move(text: str) -> str:
        scheme, _, number = text.partition(":")
        if scheme != STEP or number not in numbers:
            return text
        return f"{JOB}:{made[int(number)]}"

    replaced: dict[str, Any] = spec_class.with_moved_inputs(data, move)
    return replaced


def _is_whole(reference: Reference) -> bool:
    try:
        known = reference.scheme in {ARTIFACT, JOB, FOLDER} and bool(reference.id)
    except ValueError:
        return False
    parts = Path(reference.inside).parts
    return known and ".." not in parts and not reference.inside.startswith("/")


def _root_problem(reference: Reference) -> Problem | None:
    try:
        root_path(reference.text)
    except DataError as error:
        message = error.message.rstrip(".")
        return Problem("inputs", message, got=reference.text[:80], hint=error.advice)
    return None


def _problem(reference: Reference) -> Problem:
    return Problem(
        reference.role or "inputs",
        "names no input",
        got=repr(reference.text)[:80],
        expected="artifact:<id>, job:<id> or folder:<job id>",
        hint="Choose an artifact of this project, or a job that makes one.",
    )
