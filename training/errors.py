"""Every error a user may see, as one sentence: what, where, got, accepted, what to do.

One root class and one subclass per *who must act*: the author of the spec, the owner of the data,
the owner of the machine, or us. Each carries the exit code by which a dead process is classified.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit status of a verb; the supervisor reads it from ``exit.json``."""

    OK = 0
    BUG = 1
    SPEC = 2
    DATA = 3
    DISK_FULL = 4
    OUT_OF_MEMORY = 5
    NOT_FINITE = 6
    CHECKPOINT = 7


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field.

    ``field`` is a dotted path ("model.num_heads"), ``got`` the value as text, ``expected`` what
    would be accepted, ``hint`` what to do, ``fix`` a {field path: value} that would mend it.
    """

    field: str
    message: str
    got: str = ""
    expected: str = ""
    hint: str = ""
    fix: tuple[tuple[str, object], ...] = ()

    def sentence(self) -> str:
        """The whole problem as a line for a terminal or a page."""
        parts = [f"{self.field}: {self.message}" if self.field else self.message]
        if self.got:
            parts.append(f"got {self.got}")
        if self.expected:
            parts.append(f"accepted: {self.expected}")
        text = "; ".join(parts)
        return f"{text}. {self.hint}" if self.hint else f"{text}."

    def as_dict(self) -> dict[str, object]:
        """For JSON: the API's error body and ``errors/rank-N.json``."""
        return {**asdict(self), "fix": dict(self.fix)}


class TrainyardError(Exception):
    """Root of all errors with a sentence for the user.

    ``kind`` names the class of failure, ``advice`` what to do about it.
    """

    kind = "bug"
    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".rstrip()


class SpecError(TrainyardError):
    """The spec cannot be run as written; holds every problem found, not only the first."""

    kind = "spec"
    exit_code = ExitCode.SPEC

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(problem.sentence() for problem in problems))
        self.problems = problems


class DataError(TrainyardError):
    """The data given cannot be used: empty, unreadable, or too little for what is asked."""

    kind = "data"
    exit_code = ExitCode.DATA


class CheckpointError(TrainyardError):
    """No checkpoint in the folder is whole, or it does not fit the model asked for."""

    kind = "checkpoint"
    exit_code = ExitCode.CHECKPOINT


class DiskFullError(TrainyardError):
    """The disk is full; what was being written was taken back and older files are whole."""

    kind = "disk_full"
    exit_code = ExitCode.DISK_FULL


class OutOfMemoryError(TrainyardError):
    """The machine or the device has no memory left for what was asked."""

    kind = "out_of_memory"
    exit_code = ExitCode.OUT_OF_MEMORY


class NotFiniteError(TrainyardError):
    """Loss or gradient became NaN or infinite; raised before the optimizer step."""

    kind = "not_finite"
    exit_code = ExitCode.NOT_FINITE


class FileRefusedError(Exception):
    """A file that is of no use as a whole; the message goes on after the file's name."""
