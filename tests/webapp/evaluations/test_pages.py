"""Pages and API of evaluations, with the helper answering for real; nothing is markup but ours."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.webapp.evaluations.made import HOSTILE, fill
from tests.webapp.factories import World
from tests.webapp.tasksets.test_pages import client, page
from webapp.jobs.models import Artifact

__all__ = ["client"]

ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def filled(world: World) -> dict[str, str]:
    return fill(world.project, world.editor)


def answer(client: Client, address: str, **query: Any) -> Any:
    got = client.get(f"/api/v1/{address}", query)
    assert got.status_code == 200, got.content[:500]
    return got.json()


@pytest.mark.django_db
def test_every_page_shows_the_figures_and_no_foreign_markup(
    client: Client, world: World, filled: dict[str, str], helper: None
) -> None:
    pages = [
        page(client, f"/projects/{world.project.pk}/evaluations/"),
        page(client, f"/benchmarks/{filled['benchmark']}/"),
        page(client, f"/evaluations/{filled['evaluation']}/"),
    ]
    for text in pages:
        assert HOSTILE not in text
        assert ESCAPED in text
    listed, benchmark, evaluation = pages
    counts = Artifact.objects.get(pk=filled["evaluation"]).counts
    for one in counts["sets"]:
        assert f"{100 * one['accuracy']:.1f}" in listed
        assert f"{100 * one['accuracy']:.1f}" in evaluation
    assert "train 4" in benchmark
    assert "odd" in evaluation
    assert "Whether the model has read the items is not known" in evaluation
    assert "recall--" in evaluation


@pytest.mark.django_db
def test_items_are_paged_and_chosen_by_set_and_outcome(
    client: Client, filled: dict[str, str], helper: None
) -> None:
    address = f"evaluations/{filled['evaluation']}/items/"
    every = answer(client, address)
    assert (every["num_items"], len(every["items"])) == (26, 10)
    assert len(answer(client, address, page=3)["items"]) == 6
    right = answer(client, address, outcome="right")["num_items"]
    wrong = answer(client, address, outcome="wrong")["num_items"]
    assert right + wrong == 26
    assert answer(client, address, set="sky")["num_items"] == 2
    choice = every["items"][0]["choices"][0]
    assert choice["per_byte"] == pytest.approx(choice["log_likelihood"] / choice["num_bytes"])
    text = page(client, f"/evaluations/{filled['evaluation']}/", set="sky", page=99)
    assert "No item is like this" in text
    assert "page=1" in text


@pytest.mark.django_db
def test_the_api_has_what_the_pages_have(
    client: Client, world: World, filled: dict[str, str], helper: None
) -> None:
    project = f"projects/{world.project.pk}"
    assert answer(client, f"{project}/benchmarks/")[0]["counts"]["items"] == 26
    assert answer(client, f"{project}/evaluations/")[0]["counts"]["sets"][0]["items"] in (2, 24)
    found = answer(client, f"benchmarks/{filled['benchmark']}/", page=2)
    assert (found["num_items"], len(found["items"])) == (26, 10)
    results = answer(client, f"evaluations/{filled['evaluation']}/")["results"]
    assert len(results["passkey"]) == 6


@pytest.mark.django_db
def test_the_list_takes_as_many_queries_for_many_as_for_one(
    client: Client, world: World, filled: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    from django.db import connection

    address = f"/projects/{world.project.pk}/evaluations/"
    page(client, address)
    with CaptureQueriesContext(connection) as few:
        page(client, address)
    row = Artifact.objects.get(pk=filled["evaluation"])
    for n in range(5):
        copy = Artifact.objects.create(
            project=world.project, kind="evaluation", counts=row.counts, path=f"jobs/none-{n}"
        )
        copy.sources.set([filled["model"], filled["benchmark"]])
    with CaptureQueriesContext(connection) as many:
        page(client, address)
    assert len(many) == len(few)


@pytest.mark.django_db
def test_a_folder_that_is_gone_is_told_and_strangers_find_nothing(
    client: Client, world: World, filled: dict[str, str], helper: None
) -> None:
    for kind in ("benchmark", "evaluation"):
        shutil.rmtree(Artifact.objects.get(pk=filled[kind]).folder)
    assert "missing in its folder" in page(client, f"/benchmarks/{filled['benchmark']}/")
    assert "missing in its folder" in page(client, f"/evaluations/{filled['evaluation']}/")
    gone = client.get(f"/api/v1/evaluations/{filled['evaluation']}/items/")
    assert gone.status_code == 409
    stranger = Client()
    stranger.force_login(world.stranger)
    assert stranger.get(f"/evaluations/{filled['evaluation']}/").status_code == 404
    assert client.get(f"/evaluations/{filled['benchmark']}/").status_code == 404


@pytest.mark.django_db
def test_losses_are_shown_by_document_and_by_token(
    client: Client, world: World, filled: dict[str, str], helper: None
) -> None:
    address = f"/losses/{filled['losses']}/"
    listed = page(client, f"/projects/{world.project.pk}/evaluations/")
    assert address in listed
    whole = page(client, address, order="lowest", source="web")
    assert HOSTILE not in whole
    assert ESCAPED in whole
    told = answer(client, f"losses/{filled['losses']}/", order="lowest", source="web")
    losses = [row["loss"] for row in told["documents"]]
    assert losses == sorted(losses)
    assert {row["source"] for row in told["documents"]} == {"web"}
    first = told["documents"][0]["document"]
    text = page(client, f"{address}documents/{first}/")
    assert HOSTILE not in text
    assert "天" in text
    pieces = answer(client, f"losses/{filled['losses']}/documents/{first}/")["pieces"]
    assert "".join(piece for piece, _ in pieces).startswith(HOSTILE)
    assert not any("�" in piece for piece, _ in pieces)
    assert "not among those" in page(client, f"{address}documents/999999/")
    assert page(client, f"{address}documents/{first}/", offset="x" * 50)
