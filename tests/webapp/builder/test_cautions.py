"""Doubts about what was chosen: marks that a base never read, busy cores, too little room."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.webapp.builder.test_pages import address, artifact, text_of
from tests.webapp.factories import World, make_job
from training.planning.machine import num_cores
from training.planning.plan import plan_training
from training.specs.train import TrainSpec
from webapp.builder.limits import limits, needed_memory
from webapp.jobs.models import Artifact, Job, JobGroup, Lease

MARKS = ("<|im_start|>", "<|im_end|>")
NEVER_READ = "has probably never read"


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


def base_with(world: World, marks: tuple[str, ...], template: str = "") -> Artifact:
    base = artifact(world, "model")
    base.folder.mkdir(parents=True)
    added = [{"content": mark, "special": True, "id": number} for number, mark in enumerate(marks)]
    (base.folder / "tokenizer.json").write_text(json.dumps({"added_tokens": added}))
    (base.folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    return base


def tuning(world: World, base: Artifact, **more: str) -> dict[str, str]:
    tasks = artifact(world, "tasks")
    return {
        "open": "tokenize", "tokenize.tasks": f"artifact:{tasks.pk}",
        "tokenize.model": f"artifact:{base.pk}", "tokenize.examples.template": "auto",
        "train.tokens": "step:tokenize", "train.base": f"artifact:{base.pk}",
        "train.tuning.method": "lora", "report.run": "step:train", **more,
    }  # fmt: skip


def test_marks_that_a_base_never_read_are_doubted_and_a_click_takes_another_template(
    world: World, client: Client
) -> None:
    form = tuning(world, base_with(world, MARKS))
    page = text_of(client.post(address(world, "tuning"), form))
    assert NEVER_READ in page
    assert "Set Template = plain" in page
    fixed = client.post(
        address(world, "tuning"), {**form, "set": '[["tokenize.examples.template", "plain"]]'}
    )
    assert NEVER_READ not in text_of(fixed)
    named = {**form, "tokenize.examples.template": "chatml"}
    assert NEVER_READ in text_of(client.post(address(world, "tuning"), named))


def test_a_base_that_knows_its_template_and_a_method_that_teaches_are_not_doubted(
    world: World, client: Client
) -> None:
    chat = tuning(world, base_with(world, MARKS, template="{{ messages }}"))
    assert NEVER_READ not in text_of(client.post(address(world, "tuning"), chat))
    bare = tuning(world, base_with(world, ()))
    assert NEVER_READ not in text_of(client.post(address(world, "tuning"), bare))
    whole = tuning(world, base_with(world, MARKS), **{"train.tuning.method": "full"})
    assert NEVER_READ not in text_of(client.post(address(world, "tuning"), whole))


@pytest.mark.parametrize("damage", ["{", "[]", '{"added_tokens": [1, {"content": 3}]}', "null"])
def test_a_tokenizer_that_cannot_be_read_is_no_error(
    damage: str, world: World, client: Client
) -> None:
    base = base_with(world, MARKS)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (base.folder / name).write_text(damage)
    answer = client.post(address(world, "tuning"), tuning(world, base))
    assert answer.status_code == 200


def test_tokens_that_were_written_with_such_marks_are_doubted_too(
    world: World, client: Client
) -> None:
    base, tokens = base_with(world, MARKS), artifact(world, "tokens")
    tokens.folder.mkdir(parents=True)
    (tokens.folder / "store.json").write_text('{"template": "chatml"}')
    form = {
        "train.tokens": f"artifact:{tokens.pk}", "train.base": f"artifact:{base.pk}",
        "train.tuning.method": "lora",
    }  # fmt: skip
    assert NEVER_READ in text_of(client.post(address(world, "train"), form))
    (tokens.folder / "store.json").write_text('{"template": "plain"}')
    assert NEVER_READ not in text_of(client.post(address(world, "train"), form))


def test_a_run_on_cores_that_others_hold_is_offered_fewer_threads(
    world: World, client: Client
) -> None:
    tokens = artifact(world, "tokens")
    form = {"train.tokens": f"artifact:{tokens.pk}", "train.num_threads": str(num_cores() + 1)}
    quiet = text_of(client.post(address(world, "train"), form))
    assert "Other jobs hold" not in quiet
    Lease.objects.create(
        host=settings.JOBS.host, kind="cpu", index=0, job=make_job(world.project), attempt=1,
        until=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip
    busy = text_of(client.post(address(world, "train"), form))
    assert "Other jobs hold 1 of the" in busy
    assert "Set Threads per process = " in busy
    one = text_of(client.post(address(world, "train"), {**form, "train.num_threads": "1"}))
    assert "Other jobs hold" not in one


def test_the_plan_says_how_many_threads_and_processes_run(world: World, client: Client) -> None:
    tokens = artifact(world, "tokens")
    form = {
        "train.tokens": f"artifact:{tokens.pk}", "train.num_processes": "2",
        "train.num_threads": "3", "train.device": "cpu", "start": "1",
    }  # fmt: skip
    page = text_of(client.post(address(world, "train", name="builder:check"), form))
    assert "2 processes × 3 threads" in page
    client.post(address(world, "train"), {**form, "train.num_threads": "0"})
    assert Job.objects.get().spec["num_threads"] >= 1


def test_too_little_memory_or_disk_is_told_with_what_would_fit() -> None:
    data = {"tokens": "x", "batch_size": 32, "device": "cpu", "model": {"vocab_size": 8192}}
    spec = TrainSpec.parse(data)
    plan, small = plan_training(spec), plan_training(spec.replace(micro_batch_size=2))
    room = needed_memory(small)
    found = list(limits(spec, plan, plan_training, memory_bytes=room, disk_bytes=1 << 40))
    assert found[0].fix == (("micro_batch_size", 2),)
    none = list(limits(spec, plan, plan_training, memory_bytes=1000, disk_bytes=1 << 40))
    assert (none[0].field, none[0].fix) == ("model.num_layers", ())
    less = plan.disk.peak - 1
    kept = list(limits(spec, plan, plan_training, memory_bytes=0, disk_bytes=less))
    assert kept[0].fix == (("checkpoints.keep_last", 1),)
    full = list(limits(spec, plan, plan_training, memory_bytes=0, disk_bytes=0))
    assert full[0].fix == ()
    assert not list(limits(spec, plan, plan_training, memory_bytes=1 << 40, disk_bytes=1 << 40))


def test_the_report_of_a_chain_is_called_as_its_run(world: World, client: Client) -> None:
    base = base_with(world, ())
    form = {**tuning(world, base), "title": "Kind answers", "start": "1", "report.@make": "on"}
    client.post(address(world, "tuning"), form)
    jobs = {job.verb: job for job in JobGroup.objects.get().jobs.all()}
    assert (jobs["train"].title, jobs["report"].spec["title"]) == ("Kind answers",) * 2
    again = f"?from={jobs['train'].pk}"
    sent = {**form, "title": "Kinder answers", "report.title": "Kind answers"}
    client.post(address(world, "tuning", again), sent)
    newest = Job.objects.filter(verb="report").order_by("-created_at").first()
    assert newest is not None
    assert newest.spec["title"] == "Kinder answers"
    own = {**sent, "title": "A third", "report.title": "My own"}
    client.post(address(world, "tuning", again), own)
    newest = Job.objects.filter(verb="report").order_by("-created_at").first()
    assert newest is not None
    assert newest.spec["title"] == "My own"


def test_a_checkpoint_is_offered_as_a_model_and_as_nothing_else(
    world: World, client: Client
) -> None:
    tokens = artifact(world, "tokens")
    client.post(address(world, "train"), {"train.tokens": f"artifact:{tokens.pk}", "start": "1"})
    run = Job.objects.get(verb="train")
    page = text_of(client.get(address(world, "train", f"?checkpoint={run.pk}:20")))
    select = page[page.index('<select class="input" id="train.tokens"') :]
    assert f"folder:{run.pk}" not in select[: select.index("</select>")]
