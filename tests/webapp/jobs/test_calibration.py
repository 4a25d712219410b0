"""Measuring this machine from the queue page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.planning.machines import measured_machine
from tests.webapp.factories import World
from training.planning.speed import CALIBRATION
from webapp.jobs.models import Job


def test_the_button_starts_one_job_however_often_it_is_pressed(world: World, as_user: Any) -> None:
    client, page = as_user(world.editor), f"/projects/{world.project.pk}/queue/"
    assert b"Measure this machine" in client.get(page).content
    for _ in range(2):
        assert client.post(f"/projects/{world.project.pk}/calibrate/").url == page
    (job,) = Job.objects.filter(verb="calibrate")
    assert job.spec["device"] in {"cpu", "cuda"}
    assert b"being measured" in client.get(page).content


def test_the_page_says_what_was_measured_and_a_torn_file_is_no_measurement(
    world: World, as_user: Any, settings: Any, tmp_path: Path
) -> None:
    settings.TRAINYARD_HOME = tmp_path
    client, page = as_user(world.viewer), f"/projects/{world.project.pk}/queue/"
    assert b"planned times are guesses" in client.get(page).content
    (tmp_path / CALIBRATION).write_text(json.dumps(measured_machine().as_dict()))
    shown = client.get(page).content
    assert b"a processor, fp32, measured" in shown
    assert b"<button" not in shown.partition(b"speed-title")[2].partition(b"</section>")[0]
    (tmp_path / CALIBRATION).write_text("{")
    assert b"planned times are guesses" in client.get(page).content


@pytest.mark.parametrize("who", ["viewer"])
def test_a_viewer_cannot_have_it_measured(world: World, as_user: Any, who: str) -> None:
    client = as_user(getattr(world, who))
    assert client.post(f"/projects/{world.project.pk}/calibrate/").status_code == 403
