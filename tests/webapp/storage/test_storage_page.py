"""The Storage page: sums by kind, what arrives, what jobs keep beside their output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.sending import TEXT, append, start
from tests.webapp.factories import World, make_job, write_stored
from webapp.jobs.models import Artifact
from webapp.storage.selectors import storage_of
from webapp.storage.sizes import folder_bytes

pytestmark = pytest.mark.django_db


def test_every_kind_of_thing_is_counted(as_user: Any, world: World) -> None:
    client = as_user(world.editor)
    row = start(client, world, {"a.txt": TEXT}).json()["files"][0]
    append(client, row["id"], 0, TEXT[:700])
    Artifact.objects.create(project=world.project, kind="tokens", path="x", num_bytes=5_000)
    job = make_job(world.project)
    write_stored(job.folder.checkpoint(20), "rank-0.safetensors", b"w" * 9_000)
    job.folder.log.write_text("line\n")
    found = {str(one.label): one for one in storage_of(world.project).holdings}
    assert found["Token stores"].num_bytes == 5_000
    assert found["Unfinished uploads"].num_bytes == 700
    assert found["Checkpoints of runs"].num_bytes > 9_000
    assert found["Settings, metrics and logs of jobs"].num_bytes == 5
    page = client.get(f"/projects/{world.project.pk}/settings/storage/").content.decode()
    assert "Token stores" in page
    assert "5.0 kB" in page


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a").write_bytes(b"x" * 100)
    (tmp_path / "inner" / "b").hardlink_to(tmp_path / "a")
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert folder_bytes(tmp_path) == 100 + len("/etc/passwd")
    assert folder_bytes(tmp_path / "gone") == 0


def test_the_page_costs_a_fixed_number_of_queries(
    client: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    client.force_login(world.owner)
    for number in range(30):
        path = f"jobs/{number}/output"
        Artifact.objects.create(project=world.project, kind="model", path=path, num_bytes=number)
        make_job(world.project)
    with django_assert_max_num_queries(14):
        answer = client.get(f"/projects/{world.project.pk}/settings/storage/")
    assert len(answer.content) < 60_000
