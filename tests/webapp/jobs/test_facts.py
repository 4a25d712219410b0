"""A look at a folder in which a wrapper starts or ends meanwhile: it never looks vanished."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.factories import World, make_job
from training.folder.atomic import write_json
from training.folder.layout import JobFolder
from training.folder.locks import FolderLock, hold_tree_lock
from webapp.jobs.states import State
from webapp.jobs.supervision.facts import Facts, read_facts
from webapp.jobs.supervision.patience import Patience
from webapp.jobs.supervision.reconcile import reconcile

LOOKS = {"pid", "tree_lock", "wrapper_lock", "exit", "heartbeat"}
BEFORE_ANY_LOOK = pytest.mark.parametrize("before_look", range(len(LOOKS)))


class Wrapper:
    """What a wrapper does in its folder, in its order."""

    def __init__(self, root: Path) -> None:
        self.folder = JobFolder(root)
        self._locks = ExitStack()

    def start(self) -> None:
        lock = self._locks.enter_context(closing(FolderLock(self.folder.wrapper_lock)))
        assert lock.try_exclusive()
        self._locks.enter_context(closing(hold_tree_lock(self.folder.tree_lock)))
        write_json(self.folder.pid, {"attempt": 1})

    def end(self) -> None:
        write_json(self.folder.exit, {"attempt": 1, "kind": "finished"})
        self._locks.close()


def folder_in_which(happens: Callable[[], None], root: Path, before_look: int) -> JobFolder:
    """The folder; just before the look with that number something happens in it."""
    numbers = itertools.count()

    class Watched(JobFolder):
        def __getattribute__(self, name: str) -> Any:
            if name in LOOKS and next(numbers) == before_look:
                happens()
            return super().__getattribute__(name)

    return Watched(root)


def has_vanished(facts: Facts) -> bool:
    gone = not facts.is_alive and not facts.has_wrapper
    return facts.attempt == 1 and gone and facts.exit is None


@BEFORE_ANY_LOOK
def test_a_wrapper_that_starts_between_two_looks_is_unborn_or_alive(
    tmp_path: Path, before_look: int
) -> None:
    wrapper = Wrapper(tmp_path)
    facts = read_facts(folder_in_which(wrapper.start, tmp_path, before_look))
    assert facts.attempt == 0 or facts.is_alive
    wrapper.end()


@BEFORE_ANY_LOOK
def test_a_wrapper_that_ends_between_two_looks_has_not_vanished(
    tmp_path: Path, before_look: int
) -> None:
    wrapper = Wrapper(tmp_path)
    wrapper.start()
    assert not has_vanished(read_facts(folder_in_which(wrapper.end, tmp_path, before_look)))
    assert read_facts(JobFolder(tmp_path)).exit is not None


def test_damaged_records_say_no_more_than_missing_ones(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    write_json(folder.pid, {"attempt": None})
    write_json(folder.exit, ["finished"])
    write_json(folder.heartbeat, {"count": "many"})
    facts = read_facts(folder)
    assert (facts.attempt, facts.exit, facts.num_beats) == (0, None, 0)


@pytest.mark.parametrize("attempt", [0, 1])
def test_a_job_whose_wrapper_lives_is_not_called_lost(world: World, attempt: int) -> None:
    job = make_job(world.project, state=State.RUNNING, attempt=1)
    now = [0.0]
    patience = Patience(lambda: now[0])
    with closing(FolderLock(job.folder.wrapper_lock)) as lock:
        assert lock.try_exclusive()
        write_json(job.folder.pid, {"attempt": attempt})
        for _ in range(3):
            reconcile(job, patience)
            now[0] += 100
        assert job.state == State.RUNNING
