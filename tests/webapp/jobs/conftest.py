"""One seeded home per run of the tests, copied for every installation."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.made_once import made_once
from tests.webapp.jobs.installation import Installation, seed_home
from training.folder.atomic import read_json, write_json


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home folder with tables, an account, a project and a token; never started."""

    def seed(folder: Path) -> None:
        write_json(folder / "seeded.json", seed_home(folder / "home"))

    folder = made_once(tmp_path_factory, "installation", seed)
    return folder / "home", read_json(folder / "seeded.json")


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
