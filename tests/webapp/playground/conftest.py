"""A session whose models answer: the real service of a serving job, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.loop.tiny import make_store, train
from tests.webapp.factories import World
from training.folder.atomic import write_json
from training.generate.completer import Completer
from training.generate.serve import SOCKET_NAME, Service
from training.linesocket import LineServer
from training.specs.serve import ServeSpec
from webapp.jobs.models import Job
from webapp.jobs.states import State


@pytest.fixture(scope="session")
def completer(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    """A model of two steps of training."""
    folder = tmp_path_factory.mktemp("model")
    store = make_store(folder / "tokens")
    out = train(folder, "run", store, num_steps=2, schedule={"warmup_steps": 0})
    return Completer(out / "output", ServeSpec(model="x"))


@pytest.fixture
def session(world: World, completer: Completer) -> Iterator[Job]:
    """Two models (the same one twice), ready."""
    job = world.session
    spec = {**job.spec, "second_model": job.spec["model"]}
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, spec=spec)
    job.refresh_from_db()
    folder = Path(job.folder.root)
    folder.mkdir(parents=True, exist_ok=True)
    service = Service([completer, completer], "secret", 512)
    server = LineServer(folder / SOCKET_NAME, service.answer)
    write_json(job.folder.endpoint, service.endpoint(SOCKET_NAME))
    yield job
    server.close()
