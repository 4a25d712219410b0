"""Checkpoints of a run: best and last, half-written ones, checks by the queue, query counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import Http404
from django.test import Client

from tests.webapp.factories import World, write_stored
from training.folder.series import MetricWriter
from webapp.checkpoints.models import CheckState
from webapp.checkpoints.selectors import checkpoints_of
from webapp.checkpoints.services import check_ask, check_run
from webapp.jobs.models import Job


@pytest.fixture
def job(world: World) -> Job:
    """Three checkpoints, the middle one with the lowest validation loss; one not whole."""
    writer = MetricWriter(world.job.folder.metrics)
    for step, loss in [(10, 3.0), (20, 2.0), (30, 2.5)]:
        writer.add("validation/loss", step, loss)
        write_stored(world.job.folder.checkpoint(step), "rank-0.safetensors", b"weights" * 100)
    writer.close()
    world.job.folder.checkpoint(40).mkdir()
    (world.job.folder.checkpoints / "step-00000050.tmp").mkdir()
    return world.job


def test_newest_first_with_best_and_last_and_without_what_is_not_whole(job: Job) -> None:
    rows = checkpoints_of(job)
    assert [(row.step, row.loss, row.is_best, row.is_last) for row in rows] == [
        (30, 2.5, False, True),
        (20, 2.0, True, False),
        (10, 3.0, False, False),
    ]


def test_a_check_finds_a_flipped_byte_and_names_the_file(job: Job) -> None:
    assert check_run(check_ask(job=job, step=20)).state == CheckState.WHOLE
    path = job.folder.checkpoint(20) / "rank-0.safetensors"
    path.write_bytes(b"Weights" + path.read_bytes()[7:])
    check = check_run(check_ask(job=job, step=20))
    assert check.state == CheckState.DAMAGED
    assert check.detail == "rank-0.safetensors is not what was written (its SHA-256 differs)"


def test_a_checkpoint_that_is_not_whole_cannot_be_checked(job: Job) -> None:
    with pytest.raises(Http404):
        check_ask(job=job, step=40)


@pytest.mark.parametrize("num_digits", [18, 19, 300])
def test_a_step_that_no_run_can_reach_is_not_found(
    job: Job, world: World, as_user: Any, num_digits: int
) -> None:
    client: Client = as_user(world.editor)
    address = f"/api/v1/jobs/{job.pk}/checkpoints/{'9' * num_digits}/"
    assert client.get(f"{address}tar/").status_code == 404
    assert client.get(f"{address}files/config.json").status_code == 404
    assert client.post(f"{address}verify/").status_code == 404


def test_the_lists_cost_a_fixed_number_of_queries(
    job: Job, world: World, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    client: Client = as_user(world.viewer)
    with django_assert_max_num_queries(8):
        assert client.get(f"/projects/{world.project.pk}/checkpoints/").status_code == 200
    with django_assert_max_num_queries(9):
        page = client.get(f"/runs/{job.pk}/checkpoints/")
    assert page.status_code == 200
    assert b"best" in page.content
