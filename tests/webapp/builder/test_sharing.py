"""YAML out and in is lossless, faults are named by line, and the command reruns the job."""

from __future__ import annotations

import html
import os
import re
import shlex
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tests.training.loop.tiny import make_store, series, spec_data
from tests.webapp.builder.specs import data_of
from tests.webapp.factories import World
from training.cli import main
from training.errors import SpecError
from training.registry import VERBS
from training.specs.reading import load_yaml
from webapp.builder.drafts import Draft, new_draft
from webapp.builder.schema import tree_of
from webapp.builder.sharing import joined, share, take_yaml
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.services.creation import job_create
from webapp.jobs.services.launching import prepare_folder


def drafted(verb: str) -> Draft:
    draft = new_draft(verb)
    assert draft is not None
    return draft


def taken(world: World, page: str, text: str) -> tuple[Draft, list[str]]:
    draft = drafted(page)
    problems = take_yaml(world.project, draft, text.encode())
    return draft, [problem.sentence() for problem in problems]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_settings_of_every_verb_come_back_from_their_yaml(verb: str, world: World) -> None:
    spec_class = VERBS[verb].load_spec()

    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
    )
    @given(data_of(tree_of(verb)), st.data())
    def hold(value: dict[str, Any], data: st.DataObject) -> None:
        try:
            spec = spec_class.parse(value)
        except SpecError:
            # Random numbers seldom agree with each other: fewer of them do.
            names = data.draw(st.sets(st.sampled_from(sorted(value)), max_size=2))
            try:
                spec = spec_class.parse({name: value[name] for name in names} | _needed(verb))
            except SpecError:
                return
        text = joined(share(world.project, [(verb, spec.to_dict())]))
        draft, problems = taken(world, verb, text)
        assert problems == []
        assert spec_class.parse(draft.steps[0].values) == spec

    hold()


def _needed(verb: str) -> dict[str, Any]:
    required = VERBS[verb].load_spec().model_fields.items()
    return {name: "artifact:x" for name, field in required if field.is_required()}


def test_inputs_are_paths_below_the_home_and_come_back_as_ids(world: World) -> None:
    path = f"jobs/{uuid.uuid4()}/output"
    tokens = Artifact.objects.create(project=world.project, kind="tokens", path=path)
    maker = job_create(project=world.project, verb="sleep", spec={"leaves_report": True})
    for reference in (f"artifact:{tokens.pk}", f"job:{maker.pk}", f"folder:{maker.pk}"):
        (shared,) = share(world.project, [("train", {"tokens": reference})])
        assert re.search(r"tokens: jobs/[0-9a-f-]{36}(/output)?\n", shared.text)
        draft, problems = taken(world, "train", shared.text)
        assert problems == []
        assert draft.steps[0].values["tokens"] == reference


def test_another_projects_paths_stay_what_they_are(world: World) -> None:
    foreign = world.stranger.memberships.get().project
    path = f"jobs/{uuid.uuid4()}/output"
    Artifact.objects.create(project=foreign, kind="tokens", path=path)
    for text in (path, "/etc/passwd", "../../secret", "jobs/x/output", "~"):
        draft, _ = taken(world, "train", f"tokens: {text!r}\n")
        assert draft.steps[0].values["tokens"] == text


def test_a_chain_comes_back_from_its_documents(world: World) -> None:
    draft = drafted("chain")
    draft.set("extract.builtin", "cpython")
    draft.set("train.num_steps", 77)
    text = joined(share(world.project, [(step.verb, step.values) for step in draft.steps]))
    back, problems = taken(world, "chain", text)
    assert problems == []
    assert back.steps[4].values["num_steps"] == 77
    assert back.steps[4].values["tokens"] == "step:tokenize"
    assert [step.verb for step in back.made()] == [step.verb for step in draft.made()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("num_steps: 10\nbatch_siz: 3\n", "line 2, batch_siz: there is no such field"),
        ("tokens: x\nmodel:\n  width: 64\n  num_heads: seven\n", "line 4, model.num_heads"),
        ("verb: train\nspec:\n  tokens: x\n  num_steps: -1\n", "line 4, num_steps"),
        ("num_steps: [1\n", "not valid YAML or JSON at line 2"),
        ("a: &x 1\nb: *x\n", "aliases"),
        ("num_steps: 1\nnum_steps: 2\n", "given twice"),
        ("- 1\n- 2\n", "mapping of field names"),
        ("verb: clean\nspec: {}\n", "is of a verb that this page does not build"),
        ("[" * 900, "nests too deeply"),
        ("x: " + "[" * 40 + "]" * 40, "nests deeper than any spec does"),
        ("\x00", "not valid YAML"),
        ("!!python/object/apply:os.system ['true']", "is not read; write a plain value"),
    ],
)
def test_what_is_wrong_in_a_pasted_text_is_named_by_line_and_field(
    text: str, said: str, world: World, as_user: Any
) -> None:
    _draft, problems = taken(world, "train", text)
    assert any(said in problem for problem in problems), problems
    url = reverse("builder:new", kwargs={"project_id": world.project.pk, "page": "train"})
    answer = as_user(world.editor).post(url, {"take": "1", "yaml": text})
    assert answer.status_code == 200


def test_a_fault_in_the_third_document_is_counted_from_the_top(world: World) -> None:
    text = "verb: extract\nspec: {}\n---\nverb: train\nspec:\n  num_steps: none\n"
    _draft, problems = taken(world, "chain", text)
    assert any(problem.startswith("line 6, num_steps") for problem in problems), problems


def test_a_file_is_taken_and_what_is_usable_is_in_the_form(world: World, as_user: Any) -> None:
    client: Client = as_user(world.editor)
    url = reverse("builder:new", kwargs={"project_id": world.project.pk, "page": "train"})
    file = SimpleUploadedFile("a.yaml", b"num_steps: 77\nbatch_size: none\n")
    page = client.post(url, {"take": "1", "yaml_file": file}).content.decode()
    assert 'name="train.num_steps" value="77"' in page
    assert "line 2, batch_size" in page
    binary = SimpleUploadedFile("a.yaml", os.urandom(2000))
    assert client.post(url, {"take": "1", "yaml_file": binary}).status_code == 200


def shown_on(page: str, name: str) -> str:
    found = re.search(rf'id="{name}"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_the_yaml_and_command_of_a_page_rerun_the_job_to_the_last_bit(
    world: World, as_user: Any, settings: Any
) -> None:
    home: Path = settings.TRAINYARD_HOME
    store = make_store(home / "jobs" / str(uuid.uuid4()) / "output", num_documents=40)
    tokens = artifact_index(folder=store, project=world.project)
    spec = {**spec_data(store, num_steps=6), "tokens": f"artifact:{tokens.pk}"}
    job = job_create(project=world.project, verb="train", spec=spec)
    prepare_folder(job)
    root = job.folder.root
    assert main(["train", str(root / "spec.json"), "--out", str(root)]) == 0

    client: Client = as_user(world.viewer)
    page = client.get(reverse("builder:job-settings", kwargs={"job_id": job.pk})).content.decode()
    (home / "train.yaml").write_text(shown_on(page, "spec-text"))
    command = shown_on(page, "command")
    assert command.startswith("python -m training train ")
    subprocess.run(
        ["bash", "-c", command.replace("python", sys.executable, 1)],
        cwd=REPOSITORY,
        env={**os.environ, "TRAINYARD_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    again = home / "again" / "train"
    assert len(series(root, "train/loss")) == 6
    assert series(again, "train/loss") == series(root, "train/loss")
    assert series(again, "validation/loss") == series(root, "validation/loss")
    assert yaml.safe_load((home / "train.yaml").read_text())["spec"]["seed"] == 0
    assert Job.objects.count() == 1


def test_the_steps_of_a_chain_run_from_the_one_file_that_is_downloaded(
    world: World, as_user: Any, tmp_path: Path
) -> None:
    client = as_user(world.editor)
    url = reverse("builder:new", kwargs={"project_id": world.project.pk, "page": "chain"})
    form = {"extract.builtin": "cpython", "download": "1"}
    kept = dict(
        re.findall(
            r'<textarea hidden name="([^"]+)">\s*([^<]*)</textarea>',
            client.get(url).content.decode(),
        )
    )
    answer = client.post(url, {**kept, **form})
    (tmp_path / "chain.yaml").write_bytes(answer.content)
    page = client.post(url, {**kept, "extract.builtin": "cpython"}).content.decode()
    commands = html.unescape(re.search(r'id="commands"[^>]*>([^<]*)<', page)[1]).split("\n")  # type: ignore[index]
    assert [line.split()[3] for line in commands] == [
        "extract", "clean", "tokenizer", "tokenize", "train", "report",
    ]  # fmt: skip
    first = shlex.split(commands[0].replace("$TRAINYARD_HOME", str(tmp_path)))
    assert main(first[3:]) == 0
    clean = load_yaml(tmp_path / "chain.yaml", verb="clean")
    assert isinstance(clean, dict)
    assert (tmp_path / clean["spec"]["documents"] / "manifest.json").exists()
