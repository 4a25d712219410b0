"""Files of rows parsed one after another in a watched child; what verbs that read rows share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from training.corpus.extract.choices import row_options
from training.corpus.extract.records import FileResult
from training.corpus.extract.watch import WatchedChild, limits_for
from training.corpus.stopping import check_stop
from training.folder.atomic import disk_full
from training.folder.job import Job
from training.specs.benchmark import BenchmarkSpec
from training.specs.decontaminate import DecontaminateSpec
from training.specs.tasks import TasksSpec
from training.tasks.formats import UNKNOWN
from training.tasks.inputs import RowInput

Result = TypeVar("Result", bound=FileResult)
#: Specs of verbs that read files of rows.
RowsSpec = TasksSpec | DecontaminateSpec | BenchmarkSpec


@dataclass(frozen=True)
class RowParser(Generic[Result]):
    """``module`` is what the child runs, ``result`` what it answers for each file.

    ``choices`` are what its tasks say besides the file; rows go to streams in ``folder``.
    """

    module: str
    result: type[Result]
    choices: dict[str, Any]
    folder: Path

    def parse(self, spec: RowsSpec, job: Job, files: Sequence[RowInput]) -> Iterator[Result]:
        """What each file gave; the first of two files with the same bytes counts."""
        first_named: dict[tuple[str, str], str] = {}
        child = WatchedChild(self.module, self.result)
        try:
            for index, item in enumerate(files):
                check_stop(job)
                twin = first_named.setdefault((item.sha256, item.format), item.name)
                if twin != item.name:
                    result = self.result(item.name, refused=f"has the same bytes as {twin}")
                else:
                    result = self._parse_one(spec, job, child, item, index)
                if result.is_disk_full:
                    raise disk_full(self.folder)
                _tell(job, item.name, result)
                job.progress(index + 1, len(files), "files")
                yield result
        finally:
            child.close()

    def _parse_one(
        self,
        spec: RowsSpec,
        job: Job,
        child: WatchedChild,
        item: RowInput,
        index: int,
    ) -> Result:
        if not item.format:
            return self.result(item.name, refused=UNKNOWN)

        def task(passed_over: dict[str, str]) -> dict[str, Any]:
            return {
                "name": item.name,
                "path": str(item.path),
                "format": item.format,
                "options": row_options(spec.unpacking, self.folder, passed_over).to_task(),
                "out": str(stream_path(self.folder, index)),
                **self.choices,
            }

        size = item.path.stat().st_size
        limits = limits_for(size, spec.memory_limit_bytes, spec.cpu_limit_seconds)
        result = child.read_past_deadly(task, limits, lambda position: check_stop(job))
        assert isinstance(result, self.result)
        return result


def stream_path(folder: Path, index: int) -> Path:
    """The stream of one file."""
    return folder / f"{index:06d}.arrow"


def told_files(files: Sequence[RowInput], results: Sequence[FileResult]) -> list[dict[str, Any]]:
    """``files.json``: which file it was, and what it gave."""
    return [
        {
            **result.as_told(),
            "format": item.format,
            "sha256": item.sha256,
            "num_bytes": item.path.stat().st_size,
        }
        for item, result in zip(files, results, strict=True)
    ]


def _tell(job: Job, name: str, result: FileResult) -> None:
    """Warn of a file that was refused and of rows left out."""
    if result.refused:
        job.warn(f"{name} {result.refused}.", file=name)
    elif result.num_faults:
        job.warn(f"{name}: {result.faults_told()}.", file=name)
