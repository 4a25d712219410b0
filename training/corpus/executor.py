"""Work on shards, each once, side by side: in processes, or on a Dask cluster when one is named.

A piece of work is a picklable object that is called with the number of a shard and a function to
call now and then, which raises when somebody asked the job to stop. It writes files and returns
how many documents it did. A shard is marked as done in the work folder only after its files are
on disk, so an attempt that follows a killed one does the rest. When a worker is killed, the
shards that were under way are done again.

``TRAINYARD_DASK=tcp://host:port`` takes the workers of a running cluster; they need this package
and the same files at the same paths.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import shutil
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from training.corpus.stopping import StopRequestedError, check_stop, raise_if_stopped
from training.errors import DataError
from training.folder.atomic import read_json, write_json
from training.folder.job import Job
from training.folder.locks import die_with_parent

DASK = "TRAINYARD_DASK"
WORK_FOLDER = "work"
_ABOUT = "about.json"
_LOOK_SECONDS = 0.5
#: Rounds in a row in which workers died and not one shard was finished.
_MOST_FRUITLESS = 2

CheckStop = Callable[[], None]
_Found = TypeVar("_Found")


class WorkersDiedError(DataError):
    """Workers die without getting anywhere; with other means the shards that are left may do."""


class ShardWork(Protocol):
    """Does one shard; returns its number of documents."""

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Call ``check`` every second or so; let through what it raises."""


class ShardRunner:
    """Runs stages of one job; ``folder`` holds what they write and which shards are done."""

    def __init__(self, job: Job, folder: Path, num_workers: int) -> None:
        self.job = job
        self.folder = folder
        self.num_workers = num_workers
        self._check = functools.partial(raise_if_stopped, job.folder.stop.resolve())
        self._opened = contextlib.ExitStack()
        self._pool: Executor | None = None
        self._size = 0
        weakref.finalize(self, self._opened.close)

    def close(self) -> None:
        """End the workers, which wait for the next stage otherwise; the next stage starts others.

        Also done when the runner is no longer used.
        """
        self._pool = None
        self._opened.close()

    def run(
        self,
        stage: str,
        work: ShardWork,
        num_shards: int,
        num_documents: int,
        unit: str = "documents",
    ) -> None:
        """Do every shard that is not done; StopRequestedError when the job is to end.

        Pieces of something else are shards too, with another ``unit`` of what is counted.
        Raises what ``work`` raises, and WorkersDiedError when workers die without getting anywhere.
        """
        marks = self.folder / "done" / stage
        marks.mkdir(parents=True, exist_ok=True)
        # Half-written marks of a killed attempt bear other names.
        done = {
            int(mark.stem): int(read_json(mark)["documents"])
            for mark in marks.glob("*.json")
            if mark.stem.isdigit()
        }
        todo = [shard for shard in range(num_shards) if shard not in done]
        began, before = time.monotonic(), sum(done.values())

        def finish(shard: int, documents: int) -> None:
            done[shard] = documents
            write_json(marks / f"{shard}.json", {"documents": documents})
            total = sum(done.values())
            pace = (time.monotonic() - began) / max(1, total - before)
            left = round(pace * max(0, num_documents - total), 1)
            self.job.progress(total, num_documents, unit, eta_seconds=left, stage=stage)

        if self._is_alone(len(todo)):
            for shard in todo:
                check_stop(self.job)
                finish(shard, work(shard, self._check))
            return
        self._side_by_side(work, todo, finish)

    def errand(self, work: Callable[[], _Found], num_shards: int) -> Callable[[], _Found]:
        """Have something that is no shard done where shards are; call what comes back to get it.

        Workers have the kernels and tables loaded that this process can then do without. Done here
        and at once when shards are, and done again here when its worker dies. ``work`` is
        picklable, and so is what it returns.
        """
        if self._is_alone(num_shards):
            found = work()
            return lambda: found
        future = self._workers(min(self.num_workers, num_shards)).submit(work)

        def wait_for() -> _Found:
            try:
                return future.result()
            except BrokenProcessPool:
                self.close()
                return work()

        return wait_for

    def _is_alone(self, num_shards: int) -> bool:
        """Whether so many shards are done in this process."""
        return not os.environ.get(DASK) and (self.num_workers == 1 or num_shards < 2)

    def _side_by_side(
        self, work: ShardWork, todo: list[int], finish: Callable[[int, int], None]
    ) -> None:
        left, fruitless = set(todo), 0
        while left:
            before = len(left)
            try:
                pool = self._workers(min(self.num_workers, len(left)))
                for shard, documents in self._results(pool, work, sorted(left)):
                    finish(shard, documents)
                    left.discard(shard)
            except BrokenProcessPool:
                self.close()
                fruitless = 0 if len(left) < before else fruitless + 1
                if fruitless == _MOST_FRUITLESS:
                    raise _died_again(sorted(left)) from None
                self.job.warn("A worker was ended by something else; its shards are done again.")

    def _workers(self, number: int) -> Executor:
        """At least this many workers: those of the last stage, which have everything loaded."""
        if self._pool is None or self._size < number:
            self.close()
            self._pool, self._size = self._opened.enter_context(_workers(number)), number
        return self._pool

    def _results(
        self, pool: Executor, work: ShardWork, shards: list[int]
    ) -> Iterator[tuple[int, int]]:
        running: dict[Future[int], int] = {
            pool.submit(work, shard, self._check): shard for shard in shards
        }
        try:
            while running:
                ended, _ = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
                # Those that were done before a worker died are done all the same.
                for future in sorted(ended, key=lambda future: future.exception() is not None):
                    yield running.pop(future), future.result()
                check_stop(self.job)
        except BaseException as error:
            # What runs ends by itself: its own check sees the stop, or it finishes its shard.
            # One by one, since the pool of a Dask cluster takes no ``cancel_futures``.
            for future in running:
                future.cancel()
            self.close()
            if isinstance(error, StopRequestedError):
                check_stop(self.job)
            raise


@contextmanager
def work_folder(job: Job, about: dict[str, Any]) -> Iterator[Path]:
    """The folder ``work`` of a job, kept for the next attempt when this one is stopped or killed.

    Also when its workers are. What an earlier attempt left is taken over when it was ``about`` the
    same.
    """
    folder = job.folder.root / WORK_FOLDER
    if folder.exists() and read_json(folder / _ABOUT) != about:
        shutil.rmtree(folder)
    if not folder.exists():
        folder.mkdir(parents=True)
        write_json(folder / _ABOUT, about)
    try:
        yield folder
    except (StopRequestedError, WorkersDiedError):
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder)


@contextmanager
def _workers(number: int) -> Iterator[Executor]:
    if address := os.environ.get(DASK):
        with _dask_client(address) as client:
            yield client.get_executor(pure=False)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        number, context, initializer=die_with_parent, initargs=(os.getpid(),)
    ) as pool:
        # All workers at once: of one that a ``submit`` starts later, Python's pool hears nothing
        # until the next result, and would wait for ever if it is killed before (3.11 to 3.14).
        vars(pool)["_safe_to_dynamically_spawn_children"] = False
        yield pool


def _dask_client(address: str) -> Any:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise DataError(
            f"{DASK} names a Dask cluster, and Dask is not installed.",
            advice=f"pip install 'dask[distributed]==2026.8.0', or unset {DASK}.",
        ) from error
    try:
        return Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise DataError(
            f"There is no Dask cluster at {address}: {error}.",
            advice=f"Start its scheduler, or unset {DASK} to use the cores of this machine.",
        ) from error


def _died_again(shards: list[int]) -> WorkersDiedError:
    named = ", ".join(map(str, shards[:5])) + (" ..." if len(shards) > 5 else "")
    return WorkersDiedError(
        f"Workers were ended from outside again and again while they read shards {named}.",
        advice="This is mostly the memory limit: give fewer workers, or more memory, and start the "
        "job again; what was computed is kept.",
    )
