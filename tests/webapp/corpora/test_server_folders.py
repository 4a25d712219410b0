"""Registered server folders: listed by id, read where they lie, never left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from tests.webapp.factories import World
from webapp.jobs.models import Job
from webapp.jobs.services.launching import prepare_folder
from webapp.settings.environment import data_roots

pytestmark = pytest.mark.django_db

SECRET = "canary of a file outside"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Any) -> Path:
    """A registered folder ``books``, one that is gone, and a secret beside them."""
    root = tmp_path / "data"
    (root / "novels").mkdir(parents=True)
    (root / "novels" / "a.txt").write_text("A long enough line of text.\n" * 20)
    (root / "novels" / "<b>.md").write_text("# Another\n\nLong enough line of text.\n" * 20)
    (root / "c.jsonl").write_text('{"text": "A row that is long enough to be kept."}\n')
    (tmp_path / "secret.txt").write_text(SECRET)
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    settings.DATA_ROOTS = {"books": root.resolve(), "gone": tmp_path / "gone"}
    return root


def address(world: World) -> str:
    return f"/projects/{world.project.pk}/corpora/folders/"


def api(world: World) -> str:
    return f"/api/v1/projects/{world.project.pk}/folders/"


def test_roots_and_what_they_hold_are_shown_without_any_path(
    client: Client, world: World, root: Path
) -> None:
    page = client.get(address(world)).content.decode()
    assert "books" in page
    assert "The registered folder gone is not there at the moment." in page
    inner = client.get(f"{address(world)}?root=books&at=novels").content.decode()
    assert "&lt;b&gt;.md" in inner
    assert "<b>.md" not in inner
    assert str(root.parent) not in page + inner
    outer = client.get(f"{address(world)}?root=books").content.decode()
    assert "1 link, device or hidden name is not shown" in outer


@pytest.mark.parametrize("at", ["../", "..%2f..%2fetc", "/etc", "link.txt", "novels/..", "none"])
def test_a_name_that_leads_elsewhere_is_not_found(client: Client, world: World, at: str) -> None:
    answer = client.get(f"{address(world)}?root=books&at={at}")
    assert answer.status_code == 404
    assert SECRET not in answer.content.decode()
    said = client.get(f"{api(world)}?root=books&at={at}")
    assert said.status_code == 400
    assert said.json()["message"]


def test_the_api_lists_relative_names(client: Client, world: World) -> None:
    body = client.get(f"{api(world)}?root=books").json()
    assert body["roots"] == ["books", "gone"]
    assert [entry["path"] for entry in body["entries"]] == ["novels", "c.jsonl"]
    assert body["num_left_out"] == 1


@pytest.mark.parametrize("name", ["../secret.txt", "link.txt", "none.txt", "/etc/passwd"])
def test_what_leads_elsewhere_makes_no_job(client: Client, world: World, name: str) -> None:
    body = {"root": "books", "names": [name]}
    answer = client.post(api(world), body, content_type="application/json")
    assert answer.status_code == 400
    spec = {"verb": "extract", "spec": {"inputs": [{"path": f"root:books/{name}"}]}}
    url = f"/api/v1/projects/{world.project.pk}/jobs/"
    assert client.post(url, spec, content_type="application/json").status_code == 400
    page = client.post(address(world), {"root": "books", "name": name}, follow=True)
    assert page.status_code == 200
    assert "alert--error" in page.content.decode()
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ticked_files_are_read_where_they_lie(
    client: Client, world: World, root: Path, tmp_path: Path
) -> None:
    asked = {"root": "books", "name": ["novels", "c.jsonl"], "key": "once"}
    assert client.post(address(world), asked).status_code == 302
    assert client.post(address(world), asked).status_code == 302
    job = Job.objects.get()
    assert [item["path"] for item in job.spec["inputs"]] == [
        "root:books/novels",
        "root:books/c.jsonl",
    ]
    prepare_folder(job)
    written = json.loads(job.folder.spec.read_text())
    paths = [job.folder.root / item["path"] for item in written["spec"]["inputs"]]
    assert [path.resolve() for path in paths] == [root / "novels", root / "c.jsonl"]
    assert run(job) == 0
    listed = json.loads((job.folder.output / "files.json").read_text())
    assert [row["name"] for row in listed] == ["novels/<b>.md", "novels/a.txt", "c.jsonl"]
    assert not any(row["refused"] for row in listed)


def run(job: Job) -> int:
    """The verb as the wrapper starts it."""
    import subprocess
    import sys

    command = [sys.executable, "-m", "training", "extract", str(job.folder.spec)]
    return subprocess.run([*command, "--out", str(job.folder.root)], check=False).returncode


@pytest.mark.parametrize(
    "text", ["books", "Books=/data", "books=relative", "books=/", "x y=/data", "=/data"]
)
def test_a_setting_that_is_not_understood_stops_the_start(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRAINYARD_DATA_ROOTS", text)
    with pytest.raises(ImproperlyConfigured, match="TRAINYARD_DATA_ROOTS"):
        data_roots(tmp_path / "home")


def test_several_folders_are_registered_by_id(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRAINYARD_DATA_ROOTS", f"books={tmp_path}/b, web = {tmp_path}/w")
    assert data_roots(tmp_path / "home") == {
        "books": (tmp_path / "b").resolve(),
        "web": (tmp_path / "w").resolve(),
    }
