"""From a question to a group of jobs and to its verdict, without any script."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.factories import World, make_job, make_project
from training.events import EventKind, EventWriter
from training.folder.atomic import write_json
from training.folder.series import MetricWriter
from training.registry import EXPERIMENTS
from webapp.jobs.models import Artifact, GroupKind, Job, JobDependency, JobGroup, OnFailure


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


@pytest.fixture
def tokens(world: World) -> Artifact:
    path = f"jobs/{uuid.uuid4()}/output"
    counts = {"train_tokens": 1_000_000, "vocab_size": 2_048}
    return Artifact.objects.create(
        project=world.project, kind="tokens", title="Tokens", path=path, counts=counts
    )


@pytest.fixture
def form(tokens: Artifact) -> dict[str, str]:
    return {
        "key": "k1", "question": "norm", "run": "", "tokens": str(tokens.pk),
        "size": "llama-tiny", "num_steps": "200", "num_seeds": "2", "match": "auto",
        "field": "", "value": "", "benchmark": "",
    }  # fmt: skip


def text_of(answer: Any, code: int = 200) -> str:
    assert answer.status_code == code, answer.content[:600]
    return re.sub(r"\s+", " ", answer.content.decode())


def new_url(world: World) -> str:
    return reverse("ablations:new", args=[world.project.pk])


@pytest.mark.parametrize("question", [*EXPERIMENTS])
def test_what_will_run_is_shown_before_it_starts(
    question: str, client: Client, world: World, form: dict[str, str]
) -> None:
    text = text_of(client.post(new_url(world), form | {"question": question, "look": "1"}))
    variants = EXPERIMENTS[question].load().variants
    assert f"{2 * len(variants)} runs, about" in text
    for one in variants:
        assert one.name in text
    assert Job.objects.count() == 0


def test_a_start_makes_all_runs_and_a_verdict_that_waits_for_them_once(
    client: Client, world: World, form: dict[str, str]
) -> None:
    first = client.post(new_url(world), form | {"start": "1"})
    second = client.post(new_url(world), form | {"start": "1"})
    group = JobGroup.objects.get(kind=GroupKind.ABLATION)
    assert first.url == second.url == reverse("ablations:detail", args=[group.pk])
    runs = list(group.jobs.filter(verb="train").order_by("position"))
    assert [run.title for run in runs] == [
        "RMSNorm, seed 0", "LayerNorm, seed 0", "RMSNorm, seed 1", "LayerNorm, seed 1",
    ]  # fmt: skip
    verdict = group.jobs.get(verb="verdict")
    waits = JobDependency.objects.filter(job=verdict)
    assert {one.on_job_id for one in waits} == {run.pk for run in runs}
    assert {one.on_failure for one in waits} == {OnFailure.WAIT}
    page = text_of(client.get(first.url))
    assert "There is a verdict once two variants have a run that finished" in page


def test_the_verdict_is_that_of_the_folders(
    client: Client, world: World, form: dict[str, str]
) -> None:
    client.post(new_url(world), form | {"start": "1"})
    group = JobGroup.objects.get(kind=GroupKind.ABLATION)
    losses = {"RMSNorm, seed 0": 2.0, "LayerNorm, seed 0": 1.9, "RMSNorm, seed 1": 2.5,
              "LayerNorm, seed 1": 2.41}  # fmt: skip
    for run in group.jobs.filter(verb="train"):
        finish(run, losses[run.title])
    page = text_of(client.get(reverse("ablations:detail", args=[group.pk])))
    # differences -0.1 and -0.09: mean -0.095, s = 0.00707, 12.706 s / sqrt(2) = 0.0635
    assert "LayerNorm is better than RMSNorm by 0.0950 ± 0.0635 (2 seeds)." in page
    assert 'class="plot"' in page
    answer = client.get(reverse("api:ablation", args=[group.pk])).json()
    assert answer["verdict"]["num_open"] == 0
    listed = text_of(client.get(reverse("ablations:list", args=[world.project.pk])))
    assert "RMSNorm or LayerNorm?" in listed


def finish(run: Job, loss: float) -> None:
    """A folder as a run leaves one that went all the way."""
    run.folder.root.mkdir(parents=True)
    write_json(run.folder.spec, {"verb": "train", "spec": run.spec})
    metrics = MetricWriter(run.folder.metrics)
    for step in (10, 20):
        metrics.add("train/loss", step, loss + 0.1)
        metrics.add("train/tokens_seen", step, step * 100.0)
        metrics.add("validation/loss", step, loss + (20 - step))
    metrics.flush()
    events = EventWriter(run.folder.events)
    events.write(EventKind.STARTED, num_parameters=1_000)
    events.write(EventKind.FINISHED)
    events.close()


def test_every_model_is_put_to_a_benchmark(
    client: Client, world: World, form: dict[str, str]
) -> None:
    path = f"jobs/{uuid.uuid4()}/output"
    quiz = Artifact.objects.create(
        project=world.project, kind="benchmark", title="Quiz", path=path, counts={}
    )
    asked = form | {"question": "packing", "benchmark": str(quiz.pk), "start": "1"}
    client.post(new_url(world), asked)
    group = JobGroup.objects.get(kind=GroupKind.ABLATION)
    runs = {f"job:{run.pk}": run.title for run in group.jobs.filter(verb="train")}
    evaluations = {f"job:{one.pk}": one for one in group.jobs.filter(verb="evaluate")}
    assert {one.spec["model"] for one in evaluations.values()} == set(runs)
    verdict = group.jobs.get(verb="verdict")
    for row in verdict.spec["runs"]:
        evaluation = evaluations[row["evaluation"]]
        assert evaluation.spec["model"] == row["path"]
        assert runs[row["path"]] == f"{row['variant']}, seed {row['seed']}"
    measured = next(iter(evaluations.values()))
    place = f"jobs/{measured.pk}/output"
    done = Artifact.objects.create(
        project=world.project, kind="evaluation", title="Quiz", path=place, job=measured
    )
    done.folder.mkdir(parents=True)
    write_json(done.folder / "evaluation.json", {"sets": [{"set": "quiz", "accuracy": 0.75}]})
    for run in group.jobs.filter(verb="train"):
        finish(run, 2.0)
    page = text_of(client.get(reverse("ablations:detail", args=[group.pk])))
    assert "Accuracy, quiz" in page
    assert "0.750" in page


def test_one_setting_of_a_run_is_changed(client: Client, world: World, tokens: Artifact) -> None:
    spec = {"tokens": f"artifact:{tokens.pk}", "num_steps": 100,
            "schedule": {"warmup_steps": 10}, "model": {"width": 64}}  # fmt: skip
    run = make_job(world.project, verb="train", spec=spec, title="My run")
    form = {"question": "own", "run": str(run.pk), "num_seeds": "1", "match": "parameters",
            "field": "model.num_kv_heads", "value": "1", "look": "1"}  # fmt: skip
    text = text_of(client.post(new_url(world), form))
    assert "model.num_kv_heads = 1" in text
    assert "for equal parameters" in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"tokens": "", "size": ""}, "Choose tokens and a size"),
     ({"question": "own"}, "Name a setting of the run"),
     ({"question": "own", "field": "model.norm", "value": "batchnorm"}, "rmsnorm"),
     ({"question": "own", "field": "model.wdith", "value": "3"}, "wdith"),
     ({"question": "own", "field": "x.y", "value": "[{"}, "This is no value"),
     ({"question": "own", "field": "<b>", "value": "1"}, "&lt;b&gt;"),
     ({"num_seeds": "99"}, "20"), ({"run": "nobody"}, "not one of the available"),
     ({"question": "own", "field": "model.width.x", "value": "1"}, "holds no further fields")],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_asked_is_a_sentence(
    changes: dict[str, str], told: str, client: Client, world: World, form: dict[str, str]
) -> None:
    for button in ("look", "start"):
        text = text_of(client.post(new_url(world), form | changes | {button: "1"}), 422)
        assert told in text
        assert "<b>" not in text
    assert JobGroup.objects.count() == 0


def test_a_run_of_another_project_is_not_there(
    client: Client, world: World, form: dict[str, str]
) -> None:
    other = make_job(make_project(world.stranger), verb="train", spec={"tokens": "x"})
    address = reverse("api:ablations", args=[world.project.pk])
    body = {"question": "norm", "run": str(other.pk)}
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert "not in the project" in answer.json()["message"]
