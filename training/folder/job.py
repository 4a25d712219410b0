"""What a verb is handed: its folder, its events, the stop request, its inputs and its output."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.errors import DataError
from training.events import EventKind, EventWriter
from training.folder.artifact import ArtifactDraft, require_kind, write_artifact
from training.folder.atomic import read_json
from training.folder.layout import JobFolder

#: Between two progress events: half a second at first, more as the job grows old, so that a run of
#: days leaves thousands of them and not millions.
_PROGRESS_SECONDS = 0.5
_MAX_PROGRESS_SECONDS = 10.0
_PROGRESS_PER_AGE = 1e-3

logger = logging.getLogger(__name__)


class Job:
    """One attempt at one job, seen from inside its process."""

    def __init__(
        self, folder: JobFolder, *, verb: str, spec: dict[str, Any], rank: int = 0
    ) -> None:
        self.folder = folder
        self.verb = verb
        self.spec = spec
        self.rank = rank
        # Only rank 0 writes the job's events; the others keep theirs in memory and drop them.
        self.events = EventWriter(folder.events if rank == 0 else None)
        self._started = time.monotonic()
        self._progress_due = 0.0

    def progress(self, done: float, total: float, unit: str, **data: Any) -> None:
        """Say how far the job is; written at most twice a second, the last one always.

        Less often as the job grows old, down to every ten seconds.
        """
        now = time.monotonic()
        if now < self._progress_due and done < total:
            return
        wait = max(_PROGRESS_SECONDS, _PROGRESS_PER_AGE * (now - self._started))
        self._progress_due = now + min(wait, _MAX_PROGRESS_SECONDS)
        self.events.write(EventKind.PROGRESS, done=done, total=total, unit=unit, **data)

    def phase(self, name: str, **data: Any) -> None:
        """Say what the job does now ("reading", "training tokenizer")."""
        logger.info("%s", name)
        self.events.write(EventKind.PHASE, name=name, **data)

    def warn(self, message: str, **data: Any) -> None:
        """Tell the user something that did not stop the job."""
        logger.warning("%s", message)
        self.events.write(EventKind.WARNING, message=message, **data)

    def stop_wanted(self) -> str | None:
        """``"stop"`` or ``"pause"`` when somebody asked the job to save and end."""
        if not self.folder.stop.exists():
            return None
        request = read_json(self.folder.stop) or {}
        return str(request.get("wanted", "stop"))

    def input(self, path: str, kind: str) -> Path:
        """An input artifact's folder; DataError when it is missing, damaged or of another kind."""
        folder = os.path.realpath(self.folder.root / path)
        if not os.path.isdir(folder):  # noqa: PTH112 - Path's raises for names that are too long
            field = next((name for name, value in self.spec.items() if value == path), kind)
            raise DataError(
                f"{field}: the {kind} folder {os.path.relpath(folder)} does not exist.",
                advice="Name the output folder of the job that makes it.",
            )
        require_kind(Path(folder), kind)
        return Path(folder)

    @contextlib.contextmanager
    def write_output(
        self, kind: str, *, inputs: dict[str, Path] | None = None
    ) -> Iterator[ArtifactDraft]:
        """Write the job's artifact; it appears at ``output/`` whole or not at all.

        It has the title of the job, where somebody gave it one; a verb may know a better one.
        """
        with write_artifact(
            self.folder.output,
            kind,
            inputs=inputs,
            spec={"verb": self.verb, "spec": self.spec},
            job=self.folder.root.name,
        ) as draft:
            stored = read_json(self.folder.spec)
            draft.title = str(stored.get("title") or "") if isinstance(stored, dict) else ""
            yield draft

    def close(self) -> None:
        """Flush the events."""
        self.events.close()
