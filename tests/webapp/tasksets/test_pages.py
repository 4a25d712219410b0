"""Pages and API of task sets, with the helper answering for real; nothing is markup but ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World, make_job
from tests.webapp.tasksets.made import HOSTILE, fill
from webapp.jobs.models import Artifact, Job

ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.editor)
    return client


@pytest.fixture
def filled(world: World) -> dict[str, str]:
    return fill(world.project, world.editor)


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.content[:500]
    text = answer.content.decode()
    assert HOSTILE not in text
    return text


def test_the_list_tells_the_splits_with_a_constant_number_of_queries(
    client, world, filled, django_assert_max_num_queries
) -> None:
    address = f"/projects/{world.project.pk}/task-sets/"
    with django_assert_max_num_queries(12):
        text = page(client, address)
    assert ESCAPED in text
    assert "instruction" in text
    job = make_job(world.project, world.editor, verb="tasks")
    assert 'hx-trigger="every 2s"' in page(client, address)
    Job.objects.filter(pk=job.pk).delete()
    for number in range(30):
        Artifact.objects.create(project=world.project, kind="tasks", path=f"jobs/{number}/output")
    with django_assert_max_num_queries(12):
        page(client, address)


def test_a_set_tells_errors_by_file_and_line_and_what_was_odd(client, filled) -> None:
    text = page(client, f"/task-sets/{filled['tasks']}/")
    assert "column &#x27;output&#x27; is a number, not text" in text
    assert "line 62" in text
    assert "An answer is blank: 1" in text
    assert "Same content as an earlier row: 1" in text
    assert "median" in text
    assert len(text) < 60_000


def test_rows_of_a_split_are_shown_as_text(client, filled, helper) -> None:
    address = f"/task-sets/{filled['tasks']}/rows/"
    text = page(client, address, split="train")
    assert text.count("task-row__fields") == 5
    assert "Later rows" in text
    assert "Earlier rows" in page(client, address, split="train", start=5)
    assert "holds no row" in page(client, address, split="test", start=10_000)
    assert "Choose a split" in page(client, address, split="secret")


def test_tokens_show_which_carry_loss_and_what_is_cut(client, filled, helper) -> None:
    address = f"/task-sets/{filled['tasks']}/tokens/"
    chosen = {"tokenizer": filled["tokenizer"], "split": "train", "too_long": "truncate"}
    text = page(client, address, **chosen, template="chatml", sequence_length=512)
    assert "<mark" in text
    assert "&lt;|im_start|&gt;" in text
    assert "with loss" in text
    short = page(client, address, **chosen, template="plain", sequence_length=20)
    assert "cut off" in short
    none = page(client, address, **chosen, template="tokenizer")
    assert "brings no chat template" in none
    assert "Select a valid choice" in page(client, address, **{**chosen, "template": "x"})


def test_without_the_helper_a_sentence_stands_there(client, filled) -> None:
    text = page(client, f"/task-sets/{filled['tasks']}/rows/", split="train")
    assert "helper process does not answer" in text


def test_the_rows_of_an_upload_are_shown_as_they_will_be_read(
    client, world, filled, helper
) -> None:
    address = f"/projects/{world.project.pk}/task-sets/preview/"
    text = page(client, address, upload=filled["upload"], shape="auto")
    assert "instruction ←" in text
    assert ESCAPED in text
    named = {"upload": filled["upload"], "shape": "text", "columns-text": "output"}
    assert "text ← <code>output</code>" in page(client, address, **named)
    wrong = page(client, address, **{**named, "columns-text": "nowhere"})
    assert "no column &#x27;nowhere&#x27;" in wrong
    assert "Choose an upload" in page(client, address, upload="0")


def test_a_set_is_asked_for_once_with_the_settings_of_the_form(client, world, filled) -> None:
    address = f"/projects/{world.project.pk}/task-sets/new/"
    text = page(client, address)
    assert ESCAPED in text
    sent = {
        "title": "Mine", "upload": filled["upload"], "shape": "auto", "key": "k",
        "splits-method": "hash", "splits-validation": "0.2", "splits-test": "0.1",
        "quality-empty_answers": "drop", "quality-duplicates": "keep",
        "quality-unfinished": "keep", "quality-unbalanced": "drop",
        "columns-instruction": "output",
    }  # fmt: skip
    for _ in range(2):
        assert client.post(address, sent).status_code == 302
    (job,) = Job.objects.filter(verb="tasks", title="Mine")
    assert job.spec["columns"]["instruction"] == "output"
    assert job.spec["splits"]["validation"] == 0.2
    wrong = client.post(address, {**sent, "splits-method": "group", "key": "l"})
    assert wrong.status_code == 200
    assert "is needed to divide by group" in wrong.content.decode()
    assert 'value="Mine"' in wrong.content.decode()


def test_the_api_does_what_the_pages_do(client, world, filled, helper) -> None:
    project = f"/api/v1/projects/{world.project.pk}/task-sets/"
    assert [row["id"] for row in client.get(project).json()] == [filled["tasks"]]
    spec = {"upload": f"artifact:{filled['upload']}"}
    made = client.post(project, {"title": "By API", "spec": spec}, content_type="application/json")
    assert made.status_code == 201
    asked = {"upload": filled["upload"], "columns": {}}
    shown = client.post(f"{project}preview/", asked, content_type="application/json").json()
    assert shown["shape"] == "instruction"
    one = f"/api/v1/task-sets/{filled['tasks']}/"
    told = client.get(one).json()
    assert told["splits"].keys() == {"train", "validation", "test"}
    rows = client.get(f"{one}rows/", {"split": "validation", "count": 3}).json()
    assert all(row["line"] > 0 for row in rows["rows"])
    tokens = client.get(f"{one}tokens/", {"tokenizer": filled["tokenizer"]}).json()
    assert any(token[2] for token in tokens["examples"][0]["tokens"])
    refused = client.get(f"{one}tokens/", {"tokenizer": filled["tasks"]})
    assert refused.status_code == 400
    bad = client.post(project, {"spec": {"shape": "x"}}, content_type="application/json")
    assert bad.status_code == 400


def test_a_set_goes_with_its_job_and_another_kind_is_not_found(client, filled) -> None:
    assert client.get(f"/task-sets/{filled['tokenizer']}/").status_code == 404
    assert client.post(f"/task-sets/{filled['tasks']}/delete/").status_code == 302
    assert not Artifact.objects.filter(pk=filled["tasks"]).exists()


def test_a_set_whose_folder_is_gone_says_so(client, world) -> None:
    text = page(client, f"/task-sets/{world.tasks.pk}/")
    assert "folder of this task set is missing" in text
