"""The builder's pages without any script: every button is a plain post that loses nothing."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.factories import World, make_job
from training.registry import VERBS
from webapp.builder.schema import Leaf, Node, Part, Union, leaves, tree_of
from webapp.jobs.models import Artifact, Job, JobGroup
from webapp.jobs.services.creation import job_create

MAX_HTML_BYTES = 60_000
Post = Any


def artifact(world: World, kind: str, **counts: int) -> Artifact:
    path = f"jobs/{uuid.uuid4()}/output"
    return Artifact.objects.create(
        project=world.project, kind=kind, title=f"My {kind}", path=path, counts=counts
    )


@pytest.fixture
def client(world: World, as_user: Any) -> Client:
    return as_user(world.editor)  # type: ignore[no-any-return]


def address(world: World, page: str, query: str = "", name: str = "builder:new") -> str:
    return reverse(name, kwargs={"project_id": world.project.pk, "page": page}) + query


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def tokens(world: World) -> Artifact:
    return artifact(world, "tokens", train_tokens=1_000_000, vocab_size=2_048)


@pytest.fixture
def run_form(tokens: Artifact) -> dict[str, str]:
    return {
        "key": "k1", "title": "My run", "open": "", "shown": "basic",
        "train.tokens": f"artifact:{tokens.pk}", "train.model.num_layers": "2",
        "train.model.width": "64", "train.model.num_heads": "4", "train.num_steps": "20",
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["basic", "advanced"])
@pytest.mark.parametrize("page", [*sorted(VERBS), "chain"])
def test_every_verb_has_a_form_within_the_budget(
    page: str, mode: str, world: World, client: Client
) -> None:
    for kind in ("documents", "corpus", "tokenizer", "tokens", "model"):
        for _number in range(40):
            artifact(world, kind, tokens=5)
    answer = client.post(address(world, page), {"mode": mode, "open": "train"})
    assert answer.status_code == 200
    assert len(answer.content) < MAX_HTML_BYTES
    assert client.get(address(world, page)).status_code == 200


def choices_that_show(node: Node, path: str, chosen: dict[str, str]) -> Iterator[dict[str, str]]:
    """For every value below a node: the choices beside it and its groups with which it matters."""
    if isinstance(node, Leaf):
        yield chosen
        return
    parts = node.variants.values() if isinstance(node, Union) else [node]
    for child in (child for part in parts if isinstance(part, Part) for child in part.children):
        needed = dict(chosen)
        if child.shown_if:
            beside, *values = child.shown_if
            needed[f"{path}.{beside}"] = values[0] if values else "artifact:x"
        yield from choices_that_show(child, f"{path}.{child.name}", needed)


def test_a_form_shows_every_value_of_its_spec_and_nothing_by_hand(
    world: World, client: Client
) -> None:
    tree = tree_of("train")
    groups = [f"train.{child.name}" for child in tree.children]
    whole = {"mode": "advanced", "open": groups}
    needed = {tuple(chosen.items()) for chosen in choices_that_show(tree, "train", {})}
    page = "".join(
        text_of(client.post(address(world, "train"), {**whole, **dict(chosen)}))
        for chosen in sorted(needed)
    )
    names = [f'name="train.{path}"' for path, _leaf in leaves(tree)]
    assert [name for name in names if name not in page] == []


def test_what_matters_only_with_another_choice_is_shown_with_it(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    plain = text_of(client.post(address(world, "train"), run_form))
    assert "train.tuning.method" not in plain.partition("<aside")[0]
    base = {**run_form, "train.base": "artifact:x", "train.tuning.method": "lora"}
    tuned = text_of(client.post(address(world, "train"), base))
    assert 'name="train.tuning.lora.rank"' in tuned
    assert 'name="train.tuning.freeze.first_layers"' not in tuned
    odd = {**base, "train.tuning.method": "full", "train.tuning.lora.rank": "9"}
    assert 'name="train.tuning.lora.rank" value="9"' in text_of(
        client.post(address(world, "train"), odd)
    )


def test_a_run_is_started_once_and_again_when_something_was_changed(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    form = {**run_form, "start": "1"}
    first = client.post(address(world, "train"), form)
    again = client.post(address(world, "train"), form)
    job = Job.objects.get(verb="train")
    assert first.url == again.url == reverse("runs:detail", kwargs={"job_id": job.pk})
    assert (job.title, job.spec["model"]["num_layers"]) == ("My run", 2)
    client.post(address(world, "train"), {**form, "train.num_steps": "30"})
    assert Job.objects.filter(verb="train").count() == 2


def test_problems_stand_beside_their_fields_and_a_click_mends_them(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    form = {**run_form, "train.model.num_heads": "7", "train.num_steps": "many"}
    answer = client.post(address(world, "train"), {**form, "start": "1"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert Job.objects.count() == 0
    assert 'value="many"' in page
    assert "Must be a whole number" in page
    fixed = text_of(client.post(address(world, "train"), {**form, "train.num_steps": "20"}))
    fix = json.dumps([["train.model.num_heads", 8]])
    assert "Set Heads = 8" in fixed
    mended = client.post(address(world, "train"), {**form, "train.num_steps": "20", "set": fix})
    assert "Ready to start." in text_of(mended)


@pytest.mark.parametrize(
    "text", ["[", "{}", '[["train"]]', '[["train.a.b", 1]]', "[" * 99_000, '[["x.y", {}]]', "0"]
)
def test_a_damaged_fix_changes_nothing(
    text: str, world: World, client: Client, run_form: dict[str, str]
) -> None:
    answer = client.post(address(world, "train"), {**run_form, "set": text})
    assert answer.status_code == 200
    assert 'value="64"' in text_of(answer)


def test_presets_and_the_depth_dial_set_the_model(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    preset = text_of(
        client.post(address(world, "train"), {**run_form, "preset": "train:llama-15m"})
    )
    assert 'name="train.model.width" value="288"' in preset
    assert 'value="My run"' in preset
    dial = text_of(
        client.post(address(world, "train"), {**run_form, "dial": "train", "depth": "12"})
    )
    assert 'name="train.model.width" value="768"' in dial
    assert 'name="train.optimizer.learning_rate" value="0.0006"' in dial
    for depth in ("", "0", "65", "a", "1" * 99):
        same = client.post(address(world, "train"), {**run_form, "dial": "train", "depth": depth})
        assert 'name="train.model.width" value="64"' in text_of(same)


def test_the_plan_counts_exactly_and_says_how(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    url = address(world, "train", name="builder:check")
    page = text_of(client.post(url, run_form))
    for words in ("Parameters", "Memory", "Disk", "Tokens per parameter", "4 bytes per parameter"):
        assert words in page
    assert "1,000,000" in page or "1.0 M" in page
    assert "How" not in page  # no script writes it
    broken = text_of(client.post(url, {**run_form, "train.model.num_heads": "7"}))
    assert "The plan is that of the last settings that could run." in broken
    assert 'id="plan" ' not in broken


def test_a_chain_makes_only_what_is_not_there_yet(
    world: World, client: Client, tokens: Artifact
) -> None:
    form = {"key": "k", "open": "", "extract.builtin": "cpython", "start": "1", "title": "All"}
    page = client.get(address(world, "chain"))
    kept = dict(
        re.findall(r'<textarea hidden name="([^"]+)">\s*([^<]*)</textarea>', page.content.decode())
    )
    answer = client.post(address(world, "chain"), {**kept, **form, "report.@make": "on"})
    assert answer.status_code == 302
    group = JobGroup.objects.get()
    jobs = list(group.jobs.order_by("position"))
    verbs = ["extract", "clean", "tokenizer", "tokenize", "train", "report"]
    assert [job.verb for job in jobs] == verbs
    assert jobs[4].spec["tokens"] == f"job:{jobs[3].pk}"
    assert answer.url == reverse("runs:detail", kwargs={"job_id": jobs[4].pk})
    shorter = {**kept, **form, "train.tokens": f"artifact:{tokens.pk}", "report.@make": "off"}
    client.post(address(world, "chain"), {**shorter, "key": "k2"})
    assert [job.verb for job in Job.objects.exclude(group=group)] == ["train"]


def test_starting_from_a_job_shows_what_is_changed(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    client.post(address(world, "train"), {**run_form, "start": "1"})
    job = Job.objects.get(verb="train")
    query = f"?from={job.pk}"
    same = text_of(client.get(address(world, "train", query)))
    assert "Nothing yet: it would run as before." in same
    changed = {**run_form, "train.num_steps": "40"}
    page = text_of(client.post(address(world, "train", query, "builder:check"), changed))
    assert "<del>20</del> <ins>40</ins>" in page
    assert client.get(address(world, "clean", query)).status_code == 404
    assert client.get(address(world, "train", "?from=nonsense")).status_code == 404


def test_a_copy_names_what_a_job_made_instead_of_the_job(world: World, client: Client) -> None:
    maker = make_job(world.project)
    Job.objects.filter(pk=maker.pk).update(verb="tokenize")
    spec = {"tokens": f"job:{maker.pk}"}
    run = job_create(project=world.project, verb="train", spec=spec)
    made = artifact(world, "tokens")
    Artifact.objects.filter(pk=made.pk).update(job=maker)
    Job.objects.filter(pk=maker.pk).update(state="finished")
    page = text_of(client.get(address(world, "train", f"?from={run.pk}")))
    assert f'value="artifact:{made.pk}" selected' in page
    assert "Nothing yet" in page


def test_an_artifact_of_the_address_is_chosen(world: World, client: Client) -> None:
    corpus = artifact(world, "corpus")
    artifact(world, "corpus")
    page = text_of(client.get(address(world, "tokenizer", f"?artifact={corpus.pk}")))
    assert f'value="artifact:{corpus.pk}" selected' in page
    chain = text_of(client.get(address(world, "chain", f"?artifact={corpus.pk}")))
    assert "not needed" in chain
    stranger = client.get(address(world, "chain", f"?artifact={uuid.uuid4()}"))
    assert stranger.status_code == 404


def test_hostile_texts_are_shown_and_never_rendered(world: World, client: Client) -> None:
    bad = '"><script>alert(1)</script>\u202e'
    form = {"train.tokens": bad, "train.num_steps": bad, "title": bad, "train.samples.prompts": bad}
    page = client.post(address(world, "train"), {**form, "start": "1"})
    assert page.status_code == 422
    assert b"<script>alert" not in page.content
    for name in ("shown", "open", "key", "mode", "add", "remove", "preset", "fold", "unfold"):
        assert client.post(address(world, "train"), {name: bad}).status_code == 200
    assert client.get(address(world, "no-such-verb")).status_code == 404


def test_another_projects_results_are_refused(world: World, client: Client) -> None:
    foreign = Artifact.objects.create(
        project=world.stranger.memberships.get().project, kind="tokens", path="jobs/x/output"
    )
    form = {"train.tokens": f"artifact:{foreign.pk}", "start": "1"}
    answer = client.post(address(world, "train"), form)
    assert "Is not in this project" in text_of(answer)
    assert Job.objects.count() == 0


def test_the_number_of_queries_does_not_grow(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        artifact(world, "tokens", tokens=number)
        artifact(world, "corpus", kept=number)
    with django_assert_max_num_queries(14):
        client.get(address(world, "chain"))


def test_a_base_gives_the_plan_its_architecture(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    base = artifact(world, "model")
    base.folder.mkdir(parents=True)
    config = {
        "model_type": "gpt2", "n_layer": 2, "n_embd": 64, "n_head": 4, "n_positions": 128,
        "vocab_size": 1000, "activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
    }  # fmt: skip
    (base.folder / "config.json").write_text(json.dumps(config))
    url = address(world, "train", name="builder:check")
    form = {**run_form, "train.base": f"artifact:{base.pk}", "train.tuning.method": "lora"}
    page = text_of(client.post(url, form))
    assert "Position table" in page
    for damage in ("{", "[]", json.dumps({**config, "auto_map": {"x": "y"}})):
        (base.folder / "config.json").write_text(damage)
        assert "known once the model is there" in text_of(client.post(url, form))


def test_a_checkpoint_can_be_the_base(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    client.post(address(world, "train"), {**run_form, "start": "1"})
    run = Job.objects.get(verb="train")
    page = text_of(client.get(address(world, "train", f"?checkpoint={run.pk}:20")))
    assert re.search(rf'value="folder:{run.pk}/checkpoints/step-0*20" selected', page)
    assert "Parameters" in page
    for bad in ("x", f"{run.pk}", f"{run.pk}:../..", f"{run.pk}:{'9' * 40}", f"{uuid.uuid4()}:1"):
        assert client.get(address(world, "train", f"?checkpoint={bad}")).status_code == 404


def test_a_model_takes_the_place_of_the_import_and_of_nothing_else(
    world: World, client: Client
) -> None:
    base = artifact(world, "model")
    page = client.get(address(world, "tuning", f"?artifact={base.pk}")).content.decode()
    kept = dict(re.findall(r'<textarea hidden name="([^"]+)">\s*([^<]*)</textarea>', page))
    assert kept["train.base"].strip() == f"artifact:{base.pk}"
    assert "report.run" not in kept or kept["report.run"].strip() == "step:train"


def test_the_api_judges_plans_and_gives_yaml_without_making_anything(
    world: World, client: Client, tokens: Artifact
) -> None:
    url = reverse("api:check", kwargs={"project_id": world.project.pk})

    def ask(verb: str, spec: Any) -> Any:
        body = {"verb": verb, "spec": spec}
        return client.post(url, body, content_type="application/json")

    good = ask("train", {"tokens": f"artifact:{tokens.pk}"}).json()
    assert (good["problems"], good["plan"][0]["title"]) == ([], "Parameters")
    assert "num_steps: 1000" in good["yaml"]
    bad = ask("train", {"model": {"num_heads": 7}}).json()
    assert {one["field"] for one in bad["problems"]} == {"tokens", "model.num_heads"}
    assert bad["problems"][1]["fix"] == {"model.num_heads": 8}
    deep: Any = 1
    for _level in range(200):
        deep = {"x": deep}
    for spec in (deep, [], {"model": 3}, {"tokens": ["a"]}, {"tokens": {"a": 1}}, {"model": None}):
        assert ask("train", spec).status_code in {200, 400}
    assert ask("none", {}).status_code == 400
    assert Job.objects.count() == 0


def test_a_list_of_results_says_that_there_are_older_ones(world: World, client: Client) -> None:
    for _number in range(12):
        artifact(world, "tokens")
    assert "older ones by a button" not in text_of(client.get(address(world, "train")))
    artifact(world, "tokens")
    assert "The newest 12 are offered" in text_of(client.get(address(world, "train")))


def test_a_number_outside_its_range_is_mended_by_a_click(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    form = {**run_form, "train.batch_size": "3", "train.optimizer.learning_rate": "0.5"}
    page = text_of(client.post(address(world, "train"), form))
    assert "Set Batch = 16" in page
    assert "Set Learning rate = 0.003" in page
    fix = json.dumps([["train.batch_size", 16]])
    assert "Set Batch" not in text_of(client.post(address(world, "train"), {**form, "set": fix}))
    tuned = {**form, "train.base": "artifact:x", "train.tuning.method": "lora"}
    assert "Set Learning rate = 0.001" in text_of(client.post(address(world, "train"), tuned))


def test_presets_of_a_model_are_not_offered_beside_a_base(
    world: World, client: Client, run_form: dict[str, str]
) -> None:
    assert 'value="train:llama-15m"' in text_of(client.post(address(world, "train"), run_form))
    tuned = text_of(client.post(address(world, "train"), {**run_form, "train.base": "artifact:x"}))
    assert 'value="train:llama-15m"' not in tuned
    assert 'name="dial"' not in tuned
    assert 'name="dial"' not in text_of(client.get(address(world, "tuning")))
