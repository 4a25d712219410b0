"""Items before anything is scored: pages from the form and by address, the API, what is missing."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.webapp.evaluations.made import HOSTILE
from tests.webapp.evaluations.test_pages import ESCAPED, client, filled, page
from tests.webapp.factories import World
from training.folder.artifact import write_artifact
from webapp.jobs.services.artifacts import artifact_index

__all__ = ["client", "filled"]


def addresses(world: World) -> tuple[str, str]:
    project = f"/projects/{world.project.pk}"
    return f"{project}/evaluations/preview/", f"{project}/benchmarks/preview/"


@pytest.mark.django_db
def test_items_are_shown_as_the_model_reads_them(
    client: Client, world: World, filled: dict[str, str], helper: None
) -> None:
    at, _rows = addresses(world)
    form = {
        "evaluate.benchmark": f"artifact:{filled['benchmark']}",
        "evaluate.prompt.num_examples": "2",
        "evaluate.prompt.max_items": "7",
    }
    shown = page(client, at, **form)
    assert HOSTILE not in shown
    assert ESCAPED in shown
    # Two examples with their answers and the question itself; the set of two has too few.
    assert shown.count("Answer:") == 3 * 3
    assert shown.count("2 examples are asked for") == 2
    assert "9 items would be scored; the model's context holds 256 tokens" in shown
    assert 'name="evaluate.prompt.max_items" value="7"' in shown
    assert "page=2" in shown
    posted = client.post(at, {**form, "evaluate.model": f"artifact:{filled['model']}"})
    assert posted.content.decode().count("Answer:") == 9
    editor = Client()
    editor.force_login(world.editor)
    builder = editor.get(f"/projects/{world.project.pk}/runs/new/evaluate/").content.decode()
    assert f'formaction="{at}"' in builder


@pytest.mark.django_db
def test_what_cannot_be_shown_is_a_sentence(
    client: Client, world: World, filled: dict[str, str], helper: None
) -> None:
    at, rows = addresses(world)
    assert "Choose a benchmark that is there" in page(client, at)
    named = {"evaluate.benchmark": f"artifact:{filled['benchmark']}"}
    for bad, said in (
        ({"evaluate.model": f"artifact:{uuid.uuid4()}"}, "Choose a model or a checkpoint"),
        ({"evaluate.model": "folder:../../etc"}, "Choose a model or a checkpoint"),
        ({"evaluate.prompt.split": "dev"}, "no split"),
        ({"evaluate.prompt.template": HOSTILE}, "must hold"),
        ({"evaluate.prompt.num_examples": "many"}, "num_examples"),
        ({"evaluate.prompt": "x", "page": "-1"}, "items would be scored"),
    ):
        shown = page(client, at, **named, **bad)
        assert said in shown, bad
        assert HOSTILE not in shown
    assert "Choose an upload that is there" in page(client, rows)
    stranger = Client()
    stranger.force_login(world.stranger)
    assert stranger.get(at).status_code == 404


@pytest.mark.django_db
def test_rows_are_shown_as_items_with_those_that_cannot_be_used(
    client: Client, world: World, helper: None
) -> None:
    folder = settings.TRAINYARD_HOME / "uploads" / str(uuid.uuid4())
    lines: list[dict[str, Any]] = [
        {"question": f"Is {HOSTILE} here?", "choices": ["yes", "no"], "answer": 0},
        {"question": "Which?", "choices": ["a", "b"], "answer": 9},
    ]
    with write_artifact(folder, "upload") as draft:
        (draft.path / "0").write_text("".join(json.dumps(line) + "\n" for line in lines))
        listed = [{"name": "quiz.jsonl", "file": "0", "sha256": ""}]
        (draft.path / "files.json").write_text(json.dumps(listed))
    upload = artifact_index(folder=folder, project=world.project, title="Quiz")
    _at, rows = addresses(world)
    shown = page(client, rows, **{"benchmark.upload": f"artifact:{upload.pk}"})
    assert "line 2: the answer (answer) is" in shown
    assert ESCAPED in shown
    answer = client.post(
        f"/api/v1/projects/{world.project.pk}/evaluations/preview/",
        {"verb": "benchmark", "spec": {"upload": f"artifact:{upload.pk}"}},
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    assert [fault["line"] for fault in answer.json()["faults"]] == [2]


@pytest.mark.django_db
def test_the_api_previews_and_refuses(
    client: Client, world: World, filled: dict[str, str], helper: None
) -> None:
    at = f"/api/v1/projects/{world.project.pk}/evaluations/preview/"
    spec = {
        "model": f"artifact:{filled['model']}", "benchmark": f"artifact:{filled['benchmark']}",
        "prompt": {"num_examples": 1},
    }  # fmt: skip
    body = {"verb": "evaluate", "spec": spec, "page": 2}
    found = client.post(at, body, content_type="application/json").json()
    assert (found["num_items"], len(found["items"])) == (26, 5)
    for bad in (
        {"verb": "train"},
        {"verb": "evaluate", "spec": {}},
        {"verb": "evaluate", "spec": {**spec, "prompt": {"num_examples": -1}}},
        {"verb": "evaluate", "spec": {**spec, "prompt": {"split": "dev"}}},
    ):
        refused = client.post(at, bad, content_type="application/json")
        assert refused.status_code == 400, bad
