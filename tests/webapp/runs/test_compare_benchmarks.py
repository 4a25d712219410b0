"""Benchmarks on the page that compares runs: evaluations, own figures, what is missing."""

from __future__ import annotations

import html
import json
import uuid
from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World
from tests.webapp.runs.test_compare import client, compare_url, spec
from tests.webapp.runs.test_pages import make_run, text_of
from training.benchmarks.answers import Answers
from training.benchmarks.benchmark import BenchmarkItem
from training.benchmarks.results import Accuracy
from training.events import EventKind, EventWriter
from webapp.jobs.models import Artifact, Job, JobDependency
from webapp.jobs.states import State
from webapp.runs.benchmark_rows import Missing, Result
from webapp.runs.benchmarks import results_of

__all__ = ["client"]


def told(name: str, right: int, items: int = 100, **more: Any) -> dict[str, Any]:
    return {
        "set": name, "kind": "choice", "items": items, "chance": 0.25, "contaminated": 0,
        **Accuracy(right, items).told(), **more,
    }  # fmt: skip


def artifact(world: World, kind: str, **fields: Any) -> Artifact:
    path = f"jobs/none/{uuid.uuid4()}"
    return Artifact.objects.create(project=world.project, kind=kind, path=path, **fields)


@pytest.fixture
def runs(world: World) -> list[Job]:
    """Three that have finished, with a model each."""
    made = [make_run(world, 60, state=State.FINISHED, spec=spec(n)) for n in range(3)]
    for job in made:
        artifact(world, "model", title=job.title, job=job, counts={"step": 60})
    return made


def evaluate(
    world: World, run: Job, benchmark: Artifact, sets: list[dict[str, Any]], **counts: Any
) -> Artifact:
    row = artifact(
        world, "evaluation",
        counts={"model": "x/output", "sets": sets, "contamination_is_known": True, **counts},
    )  # fmt: skip
    row.sources.set([benchmark, *Artifact.objects.filter(kind="model", job=run)])
    return row


def test_the_best_is_marked_and_what_the_items_cannot_tell_apart_is_said(
    world: World, client: Client, runs: list[Job]
) -> None:
    quiz = artifact(world, "benchmark", title="Quiz <b>")
    evaluate(world, runs[0], quiz, [told("sums", 80)])
    evaluate(world, runs[1], quiz, [told("sums", 75, contaminated=3)])
    evaluate(world, runs[2], quiz, [told("sums", 30)], contamination_is_known=False)
    (row,) = results_of(runs).rows
    best, level, far = row.cells
    assert isinstance(best, Result)
    assert isinstance(level, Result)
    assert isinstance(far, Result)
    assert (best.is_best, level.is_level, far.is_level, far.is_best) == (True, True, False, False)
    assert (best.step, best.is_known, far.is_known, row.chance) == (60, True, False, 25.0)
    page = text_of(client, compare_url(world, runs))
    for text in ("80.0", "± 7.8", "100 items", "step 60", "3 contaminated", "Quiz &lt;b&gt;",
                 "0-shot", "chance 25.0", "not known whether read"):  # fmt: skip
        assert text in page, text
    assert "<b>" not in page


def test_other_ways_of_asking_are_other_rows_and_the_newest_of_a_run_stands(
    world: World, runs: list[Job]
) -> None:
    quiz = artifact(world, "benchmark", title="Quiz")
    evaluate(world, runs[0], quiz, [told("sums", 10)])
    evaluate(world, runs[0], quiz, [told("sums", 20)])
    evaluate(world, runs[1], quiz, [told("sums", 90)], prompt={"num_examples": 5})
    rows = {row.about: row.cells for row in results_of(runs[:2]).rows}
    assert rows.keys() == {"Quiz · 0-shot", "Quiz · 5-shot"}
    newest, missing = rows["Quiz · 0-shot"]
    assert isinstance(newest, Result)
    assert newest.score.percent == pytest.approx(20)
    assert isinstance(missing, Missing)
    other = rows["Quiz · 5-shot"][0]
    assert isinstance(other, Missing)
    assert "evaluate.prompt.num_examples=5" in other.address


def test_what_is_missing_leads_to_a_form_with_the_same_questions(
    world: World, runs: list[Job]
) -> None:
    editor = Client()
    editor.force_login(world.editor)
    quiz = artifact(world, "benchmark", title="Quiz")
    evaluate(
        world, runs[0], quiz, [told("sums", 10)], prompt={"num_examples": 3},
        passkeys=[{"length": 256, "items": 10, **Accuracy(5, 10).told()}],
    )  # fmt: skip
    sums, passkeys = results_of(runs[:2]).rows
    assert passkeys.label == "Passkeys in 256 tokens"
    (model,) = Artifact.objects.filter(kind="model", job=runs[1])
    for row, field in ((sums, 'name="evaluate.prompt.num_examples"'), (passkeys, "256")):
        cell = row.cells[1]
        assert isinstance(cell, Missing)
        form = editor.get(cell.address).content.decode()
        assert f'value="artifact:{model.pk}" selected' in form
        assert field in form
    page = editor.get(compare_url(world, runs[:2])).content.decode()
    assert sums.cells[1].address.replace("&", "&amp;") in page  # type: ignore[union-attr]


def test_a_checkpoint_counts_for_its_run_and_says_its_step(world: World, runs: list[Job]) -> None:
    quiz = artifact(world, "benchmark", title="Quiz")
    job = Job.objects.create(project=world.project, verb="evaluate", title="E", spec={})
    JobDependency.objects.create(job=job, role="model", on_job=runs[1], needs_output=False)
    row = artifact(
        world, "evaluation", job=job,
        counts={"model": f"{runs[1].pk}/step-00000040", "sets": [told("sums", 10)]},
    )  # fmt: skip
    row.sources.set([quiz])
    (found,) = results_of(runs[:2]).rows
    assert isinstance(found.cells[0], Missing)
    assert isinstance(found.cells[1], Result)
    assert (found.cells[1].step, found.cells[1].is_known) == (40, None)


def test_what_a_run_told_itself_stands_until_it_is_evaluated(
    world: World, client: Client, runs: list[Job]
) -> None:
    quiz = artifact(world, "benchmark", title="Quiz")
    for run in runs[:2]:
        JobDependency.objects.create(job=run, role="benchmark", on_artifact=quiz)
    events = EventWriter(runs[0].folder.events)
    for step, right in ((30, 40), (60, 50)):
        events.write(
            EventKind.BENCHMARK, step=step, sets=[told("sums", right)], is_known=True, policy="drop"
        )
    events.close()
    evaluate(world, runs[1], quiz, [told("sums", 45)])
    (row,) = results_of(runs[:2]).rows
    own = row.cells[0]
    assert isinstance(own, Result)
    assert (own.step, own.is_while_training, own.score.percent) == (60, True, pytest.approx(50))
    assert isinstance(row.cells[1], Result)
    answer = client.get(
        f"/api/v1/projects/{world.project.pk}/compare/", {"runs": f"{runs[0].pk},{runs[1].pk}"}
    ).json()
    assert answer["benchmarks"][0]["runs"][0]["accuracy"] == 0.5
    assert answer["benchmarks"][0]["runs"][0]["step"] == 60
    evaluate(world, runs[0], quiz, [told("sums", 51)])
    assert isinstance(newest := results_of(runs[:2]).rows[0].cells[0], Result)
    assert not newest.is_while_training


def test_without_any_the_page_says_so_and_queries_stay_few(
    world: World, client: Client, runs: list[Job], django_assert_max_num_queries: Any
) -> None:
    assert "None of these runs was measured" in text_of(client, compare_url(world, runs))
    quiz = artifact(world, "benchmark", title="Quiz")
    for run in runs:
        for n in range(4):
            evaluate(world, run, quiz, [told(f"set {n}", 10 + n)])
    masked = make_run(world, 5, state=State.FINISHED, spec=spec(9, objective="masked", masked={}))
    with django_assert_max_num_queries(18):
        page = text_of(client, compare_url(world, [*runs, masked]))
    assert "reads both ways" in page
    assert len(page.encode()) < 60_000


def answered(name: str, rights: list[bool], question: str = "q") -> dict[str, Any]:
    """Results of a set as an evaluation keeps them."""
    rows = [
        (f"{question} {n}", BenchmarkItem(n, name, "", "choice", f"{question} {n}", ("a", "b"), 0,
                                          "", "", "", n), right)
        for n, right in enumerate(rights)
    ]  # fmt: skip
    kept = {"answers": Answers.of(rows).told()}
    return told(name, sum(rights), len(rights)) | kept


def evaluate_items(world: World, run: Job, benchmark: Artifact, sets: list[dict[str, Any]]) -> None:
    """With ``evaluation.json``; the counts of its manifest keep no answers."""
    counts = [{key: one[key] for key in one if key != "answers"} for one in sets]
    row = evaluate(world, run, benchmark, counts)
    row.folder.mkdir(parents=True)
    (row.folder / "evaluation.json").write_text(json.dumps({"sets": sets}))


def test_runs_are_compared_item_by_item_and_a_sentence_says_who_is_better(
    world: World, client: Client, runs: list[Job]
) -> None:
    """79 % and 76 % of 400 are level by their intervals; that only 2 items speak for B is not."""
    quiz = artifact(world, "benchmark", title="Quiz")
    first = [True] * 316 + [False] * 84
    second = [True] * 302 + [False] * 14 + [True] * 2 + [False] * 82
    third = [True] * 300 + [False] * 16 + [True] * 10 + [False] * 74
    for run, rights in zip(runs, (first, second, third), strict=True):
        Job.objects.filter(pk=run.pk).update(title=f"R{runs.index(run)} <i>")
        run.refresh_from_db()
        evaluate_items(world, run, quiz, [answered("sums", rights)])
    (row,) = results_of(runs).rows
    assert [one.is_level for one in row.cells if isinstance(one, Result)] == [False, False, True]
    page = html.unescape(text_of(client, compare_url(world, runs)))
    for text in (
        (
            "R0 <i> is better than R1 <i> by 3.0 points [1.0, 5.1], p = 0.0023, over 400 items "
            "answered by both."
        ),
        (
            "No difference between R2 <i> and R0 <i> can be told over 400 items answered by both: "
            "−1.5 points [−4.1, 1.1], p = 0.25. To show one of this size, about 2,300 items"
        ),
    ):
        assert text in page, page[page.find("Item by item") :][:900]
    query = {"runs": ",".join(str(run.pk) for run in runs)}
    answer = client.get(f"/api/v1/projects/{world.project.pk}/compare/", query).json()
    own, other, _third = answer["benchmarks"][0]["runs"]
    assert own["against_first"] is None
    assert other["against_first"]["difference"] == pytest.approx(-0.03)
    assert other["against_first"]["is_clear"] is True
    assert "R0 <i> is better" in other["against_first"]["text"]


def test_why_runs_are_not_compared_item_by_item(
    world: World, client: Client, runs: list[Job]
) -> None:
    quiz = artifact(world, "benchmark", title="Quiz")
    yes = [True] * 40
    evaluate_items(world, runs[0], quiz, [answered("a", yes), answered("b", yes), told("c", 3, 40)])
    sets = [answered("a", [*yes, False]), answered("b", yes, "other"), answered("c", yes)]
    evaluate_items(world, runs[1], quiz, sets)
    evaluate(world, runs[2], quiz, [told("a", 3), told("b", 3)])
    page = html.unescape(text_of(client, compare_url(world, runs)))
    for text in (
        "they were asked 41 and 40 items, which are not the same",
        "as many items were asked, but others, or in other words",
        "keeps no answers. Evaluate it again.",
    ):
        assert text in page, text
    assert "is better than" not in page


def test_answers_while_training_and_of_an_evaluation_are_compared(
    world: World, runs: list[Job]
) -> None:
    quiz = artifact(world, "benchmark", title="Quiz")
    JobDependency.objects.create(job=runs[0], role="benchmark", on_artifact=quiz)
    rights = [True] * 60 + [False] * 40
    events = EventWriter(runs[0].folder.events)
    events.write(EventKind.BENCHMARK, step=60, sets=[answered("sums", rights)], is_known=True)
    events.close()
    evaluate_items(world, runs[1], quiz, [answered("sums", rights)])
    (row,) = results_of(runs[:2]).rows
    (one,) = row.compared.values()
    assert "both are right on the same ones of 100 items" in one.text
