"""Names inside a job folder; nothing else in the project spells them out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_CHECKPOINT = re.compile(r"(?:^|/)step-(\d+)$")


def step_in(name: str) -> int | None:
    """The step of the checkpoint that ``step-00000020`` or ``RUN/step-00000020`` names, or None."""
    found = _CHECKPOINT.search(name)
    return int(found[1]) if found else None


@dataclass(frozen=True)
class JobFolder:
    """The folder of one job. The row says what is wanted, the folder what is."""

    root: Path

    @property
    def spec(self) -> Path:
        """The resolved spec: {"verb": name, "spec": {...}}."""
        return self.root / "spec.json"

    @property
    def events(self) -> Path:
        """Events of the verb (rank 0)."""
        return self.root / "events.jsonl"

    @property
    def wrapper_events(self) -> Path:
        """Events of the wrapper."""
        return self.root / "events.wrapper.jsonl"

    @property
    def metrics(self) -> Path:
        """Metric series."""
        return self.root / "metrics"

    @property
    def log(self) -> Path:
        """Everything the processes print."""
        return self.root / "log.txt"

    @property
    def tree_lock(self) -> Path:
        """Held shared by every process of the job."""
        return self.root / "tree.lock"

    @property
    def wrapper_lock(self) -> Path:
        """Held exclusively by the one wrapper."""
        return self.root / "wrapper.lock"

    @property
    def pid(self) -> Path:
        """Which wrapper began which attempt: pid, create time, boot id, attempt."""
        return self.root / "pid.json"

    @property
    def heartbeat(self) -> Path:
        """A counter that the living wrapper raises every two seconds."""
        return self.root / "heartbeat"

    @property
    def exit(self) -> Path:
        """How the tree ended; written by the wrapper, last."""
        return self.root / "exit.json"

    def earlier_exit(self, attempt: int) -> Path:
        """``exit.json`` of an attempt that another has followed."""
        return self.root / f"exit.{attempt}.json"

    @property
    def stop(self) -> Path:
        """Request to save and end: {"wanted": "stop"|"pause", "time": unix seconds}."""
        return self.root / "control" / "stop"

    @property
    def errors(self) -> Path:
        """Why a rank failed: rank-N.json."""
        return self.root / "errors"

    @property
    def checkpoints(self) -> Path:
        """step-NNNNNNNN folders, each whole or absent."""
        return self.root / "checkpoints"

    @property
    def output(self) -> Path:
        """The artifact that the job leaves."""
        return self.root / "output"

    @property
    def endpoint(self) -> Path:
        """Where a serving job answers: {"socket": path relative to root, "token": text}."""
        return self.root / "endpoint.json"

    def checkpoint(self, step: int) -> Path:
        """Folder of the checkpoint taken after optimizer step ``step``."""
        return self.checkpoints / f"step-{step:08d}"

    def error(self, rank: int) -> Path:
        """Error file of one rank."""
        return self.errors / f"rank-{rank}.json"
