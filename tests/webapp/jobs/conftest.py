"""One seeded home per test session, copied for every installation."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.webapp.jobs.installation import Installation, seed_home


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home folder with tables, an account, a project and a token; never started."""
    home = tmp_path_factory.mktemp("seed") / "home"
    return home, seed_home(home)


@pytest.fixture(scope="module")
def install(
    seed: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Installation]]:
    """Make installations; whatever a test leaves of them is ended here."""
    made: list[Installation] = []

    def make(**knobs: str) -> Installation:
        home = tmp_path_factory.mktemp("installation") / "home"
        shutil.copytree(seed[0], home)
        made.append(Installation(home, seed[1], **knobs))
        return made[-1]

    yield make
    for installation in made:
        installation.remove()
