"""A chain that failed on its way is queued again from the builder, with what is there kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.builder.test_pages import address, text_of
from tests.webapp.factories import World
from training.recipes import small_run
from webapp.builder.again import chain_page
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.creation import group_create


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


@pytest.fixture
def chain(world: World) -> dict[str, Job]:
    """Documents were read, the cleaning left nothing, and the rest could not begin."""
    steps = [
        {"verb": one.verb, "title": one.title, "spec": one.spec}
        for one in small_run({"builtin": "cpython"}, title="My first run")
    ]
    group = group_create(project=world.project, steps=steps, title="My first run")  # type: ignore[arg-type]
    jobs = {job.verb: job for job in group.jobs.all()}
    finish(jobs["extract"], "documents")
    Job.objects.filter(pk=jobs["clean"].pk).update(
        state="failed", reason_code="data", reason_data={"message": "No document was kept."},
        advice="Loosen the rules.",
    )  # fmt: skip
    held_up = Job.objects.filter(group=group).exclude(verb__in=("extract", "clean"))
    held_up.update(state="failed", reason_code="input_failed")
    return jobs


def finish(job: Job, kind: str) -> Artifact:
    Job.objects.filter(pk=job.pk).update(state="finished")
    return Artifact.objects.create(
        project=job.project, kind=kind, title=job.title, path=f"jobs/{job.pk}/output", job=job
    )


def test_a_run_names_the_step_for_which_it_could_not_begin_and_leads_to_the_builder(
    client: Client, chain: dict[str, Job], world: World, as_user: Any
) -> None:
    address_of_run = reverse("runs:detail", kwargs={"job_id": chain["train"].pk})
    page = text_of(client.get(address_of_run))
    settings = reverse("builder:job-settings", kwargs={"job_id": chain["clean"].pk})
    alert = page[page.index('role="alert"') :]
    assert f'<a href="{settings}">Clean the documents</a>: The data could not' in alert
    assert "be used: No document was kept." in alert
    assert "Loosen the rules." in alert
    again = address(world, "chain", f"?from={chain['train'].pk}")
    assert f'href="{again}">Start the chain again with other settings</a>' in page
    assert "Start the chain again" not in text_of(as_user(world.viewer).get(address_of_run))


def test_the_chain_is_filled_from_its_jobs_and_keeps_what_was_made(
    client: Client, chain: dict[str, Job], world: World
) -> None:
    here = address(world, "chain", f"?from={chain['train'].pk}")
    page = text_of(client.get(here))
    documents = Artifact.objects.get(kind="documents")
    assert 'name="title" value="My first run"' in page
    assert f'value="artifact:{documents.pk}" selected' in page
    assert "Nothing yet: it would run as before." in page
    assert page.count("With these settings it did not end well") == 1
    assert "The data could not be used: No document was kept." in page
    assert re.search(r'id="step-extract".*?not needed', page)
    assert 'name="clean.rules.word_count.at_least" value="10"' in page
    form = {
        name: value.replace("&quot;", '"')
        for name, value in re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', page)
        if "@make" not in name
    }
    form["clean.documents"] = f"artifact:{documents.pk}"
    changed = text_of(client.post(here, form | {"clean.rules.word_count.at_least": "3"}))
    assert "<del>10</del> <ins>3</ins>" in changed


def test_queued_again_it_makes_the_steps_that_are_missing(
    client: Client, chain: dict[str, Job], world: World
) -> None:
    page = client.get(address(world, "chain", f"?from={chain['train'].pk}"))
    draft = page.context["draft"]
    assert [step.verb for step in draft.made()] == [
        "clean", "tokenizer", "tokenize", "train", "report",
    ]  # fmt: skip
    assert draft.step("tokenizer").values["corpus"] == "step:clean"
    assert draft.step("train").values["num_steps"] == 300


def test_a_step_whose_goal_is_reached_is_not_made_again(
    client: Client, chain: dict[str, Job], world: World
) -> None:
    for verb, kind in (("clean", "corpus"), ("tokenizer", "tokenizer"), ("tokenize", "tokens"),
                       ("train", "model")):  # fmt: skip
        finish(chain[verb], kind)
    here = address(world, "chain", f"?from={chain['report'].pk}")
    assert [step.verb for step in client.get(here).context["draft"].made()] == ["report"]
    finish(chain["report"], "report")
    assert len(client.get(here).context["draft"].made()) == 6


def test_only_a_chain_of_this_project_fills_its_own_page(
    client: Client, chain: dict[str, Job], world: World
) -> None:
    query = f"?from={chain['train'].pk}"
    assert client.get(address(world, "tuning", query)).status_code == 404
    alone = Job.objects.create(project=world.project, verb="train", title="Alone")
    assert client.get(address(world, "chain", f"?from={alone.pk}")).status_code == 404
    assert page_of("train", "train") == page_of("train") == page_of() == ""
    assert page_of("import", "tasks", "tokenize", "train") == "tuning"
    assert page_of("tokenize", "train", "report") == "chain"
    assert page_of("tokenize", "train", "report", base="artifact:x") == "tuning"


def page_of(*verbs: str, **spec: str) -> str:
    return chain_page([Job(verb=verb, spec=spec if verb == "train" else {}) for verb in verbs])
