"""Jobs over the API: what can be asked, what is refused with which words, what it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.webapp.factories import World, make_job, make_project
from training.linesocket import LineServer
from webapp.jobs.models import Job
from webapp.jobs.services.creation import job_create
from webapp.jobs.supervision.machine import beat, queue_seen

LogIn = Callable[[Any], Client]
JSON = "application/json"


@pytest.fixture
def client(world: World, as_user: LogIn) -> Client:
    return as_user(world.editor)


def test_a_job_is_made_read_and_changed(world: World, client: Client) -> None:
    body = {"verb": "sleep", "spec": {"seconds": 3}, "title": "Nap", "idempotency_key": "k"}
    url = f"/api/v1/projects/{world.project.pk}/jobs/"
    made = client.post(url, body, JSON)
    assert made.status_code == 201
    job = made.json()
    assert (job["state"], job["reason"]) == ("waiting", "Waits for its turn.")
    assert job["spec"]["seconds"] == 3.0
    assert job["created_by"] == "editor"
    assert client.post(url, body, JSON).json()["id"] == job["id"]
    changed = client.patch(f"/api/v1/jobs/{job['id']}/", {"title": "Long", "priority": 3}, JSON)
    assert (changed.json()["title"], changed.json()["priority"]) == ("Long", 3)
    listed = client.get(url, {"verb": "sleep", "state": "waiting"}).json()
    assert [row["id"] for row in listed] == [job["id"]]
    assert client.get(url, {"state": "running"}).json() == []


def test_a_bad_spec_is_answered_with_sentences_by_field(world: World, client: Client) -> None:
    body = {"verb": "sleep", "spec": {"seconds": -1, "second": 3, "after": "/etc/passwd"}}
    answer = client.post(f"/api/v1/projects/{world.project.pk}/jobs/", body, JSON)
    assert answer.status_code == 400
    fields = answer.json()["extra"]["fields"]
    assert "at least 0" in fields["seconds"][0]
    assert "Did you mean 'seconds'?" in fields["second"][0]
    body["spec"] = {"after": "/etc/passwd"}
    answer = client.post(f"/api/v1/projects/{world.project.pk}/jobs/", body, JSON)
    assert "names no input" in answer.json()["extra"]["fields"]["after"][0]
    assert Job.objects.count() == 0


def test_a_job_is_asked_and_refuses_what_makes_no_sense(world: World, client: Client) -> None:
    job = make_job(world.project)
    assert client.post(f"/api/v1/jobs/{job.pk}/cancel/").json()["state"] == "stopped"
    again = client.post(f"/api/v1/jobs/{job.pk}/cancel/")
    assert again.status_code == 409
    assert "Stopped" in again.json()["message"]
    assert client.post(f"/api/v1/jobs/{job.pk}/resume/").json()["state"] == "waiting"
    clone = client.post(f"/api/v1/jobs/{job.pk}/clone/", {"changes": {"seconds": 9}}, JSON)
    assert clone.status_code == 201
    assert clone.json()["spec"]["seconds"] == 9.0
    moved = client.post(
        f"/api/v1/jobs/{clone.json()['id']}/move/", {"direction": "up"}, JSON
    ).json()
    assert moved["position"] == job.position


def test_a_group_is_made_at_once(world: World, client: Client) -> None:
    body = {
        "title": "Chain",
        "steps": [
            {"verb": "sleep", "spec": {"leaves_report": True}},
            {"verb": "sleep", "spec": {"after": "step:0"}},
        ],
    }
    answer = client.post(f"/api/v1/projects/{world.project.pk}/groups/", body, JSON)
    assert answer.status_code == 201
    first, second = answer.json()["jobs"]
    detail = client.get(f"/api/v1/jobs/{second['id']}/").json()
    assert [edge["on_job"] for edge in detail["dependencies"]] == [first["id"]]


def test_the_queue_shows_own_projects_and_counts_the_others(world: World, client: Client) -> None:
    mine = make_job(world.project)
    make_job(make_project(world.stranger, "Elsewhere 2"))
    body = client.get("/api/v1/queue/").json()
    assert [job["id"] for job in body["jobs"]] == [str(mine.pk)]
    assert body["num_hidden"] == 1
    assert body["version"] > 0


def test_machines_tell_their_slots_and_signs_of_life(world: World, client: Client) -> None:
    beat()
    queue_seen()
    (machine,) = client.get("/api/v1/machines/").json()
    assert machine["num_cpu_slots"] >= 2
    assert machine["num_cpu_taken"] == 0
    assert machine["supervisor_seen_at"]
    assert machine["queue_seen_at"]


def test_lists_cost_the_same_whatever_their_length(
    world: World,
    client: Client,
    as_user: LogIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    project = world.project.pk
    for _ in range(12):
        make_job(world.project, world.editor)
    for url, number in {
        f"/api/v1/projects/{project}/jobs/": 4,
        f"/api/v1/projects/{project}/artifacts/": 4,
        "/api/v1/queue/": 5,
        "/api/v1/machines/": 4,
    }.items():
        with django_assert_num_queries(number):
            assert client.get(url).status_code == 200


def test_a_serving_job_is_asked_through_the_api(world: World, client: Client) -> None:
    job = job_create(
        project=world.project, verb="serve", spec={"model": f"artifact:{_model(world)}"}
    )
    url = f"/api/v1/jobs/{job.pk}/complete/"
    answer = client.post(url, {"prompt": "Once"}, JSON)
    assert answer.status_code == 409
    folder = job.folder
    folder.root.mkdir(parents=True)
    folder.endpoint.write_text('{"socket": "s", "token": "secret"}')
    assert client.post(url, {"prompt": "Once"}, JSON).status_code == 503
    seen = []

    def reply(request: dict[str, Any]) -> dict[str, Any]:
        seen.append(request)
        result = {"text": " upon", "num_prompt_tokens": 1, "num_new_tokens": 1, "seconds": 0.1}
        return {"ok": True, "result": result}

    server = LineServer(folder.root / "s", reply)
    answer = client.post(url, {"prompt": "Once", "temperature": 0}, JSON)
    server.close()
    assert answer.json()["text"] == " upon"
    assert (seen[0]["token"], seen[0]["call"], seen[0]["prompt"]) == ("secret", "complete", "Once")


def _model(world: World) -> object:
    artifact = world.artifact
    artifact.kind = "model"
    artifact.save()
    return artifact.pk
