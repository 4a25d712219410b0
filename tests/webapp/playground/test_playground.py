"""The playground: which models can be chosen, sessions, and text over the socket piece by piece."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from tests.webapp.factories import World
from tests.webapp.runs.in_process import Socket
from training.generate.completer import Completer
from training.generate.question import Question
from webapp.jobs.models import Job
from webapp.jobs.states import State
from webapp.playground.selectors import model_choices, served_models
from webapp.playground.services import session_start

ASKED = {"prompt": "ABC", "max_new_tokens": 12, "temperature": 1, "top_p": 1, "seed": 5}


def whole_answer(completer: Completer) -> dict[str, Any]:
    """What the model says without any socket."""
    *_, last = completer.pieces(Question.of(ASKED, most_new_tokens=512))
    assert isinstance(last, dict)
    return last


def talk(client: Client, job: Job, *messages: dict[str, Any], until: int) -> list[dict[str, Any]]:
    """What comes over a socket until so many answers have ended."""

    @async_to_sync
    async def attempt() -> list[dict[str, Any]]:
        socket = Socket(f"/ws/playground/{job.pk}/", client.cookies)
        assert await socket.open()
        for message in messages:
            await socket.say(**message)
        heard: list[dict[str, Any]] = []
        while sum(one["type"] != "text" for one in heard) < until:
            told = await socket.hear()
            assert told is not None
            heard.append(told)
        await socket.leave()
        return heard

    return attempt()


@pytest.mark.django_db(transaction=True)
class TestOverTheSocket:
    """Channels closes connections between messages, which a transaction would not survive."""

    def test_both_models_answer_in_pieces(
        self, world: World, session: Job, completer: Completer, as_user: Any
    ) -> None:
        asked = [{"type": "ask", "id": 7 + model, "model": model, **ASKED} for model in (0, 1)]
        heard = talk(as_user(world.editor), session, *asked, until=2)
        whole = whole_answer(completer)
        for number in (7, 8):
            mine = [one for one in heard if one["id"] == number]
            assert [one["type"] for one in mine] == ["text"] * (len(mine) - 1) + ["done"]
            assert "".join(one["text"] for one in mine[:-1]) == whole["text"]
            assert mine[-1]["num_new_tokens"] == whole["num_new_tokens"]

    def test_what_the_model_refuses_comes_as_its_sentence(
        self, world: World, session: Job, as_user: Any
    ) -> None:
        asked = {"type": "ask", "id": 1, "model": 0, **ASKED, "top_p": 7}
        (failed,) = talk(as_user(world.editor), session, asked, until=1)
        assert failed == {
            "type": "failed",
            "id": 1,
            "message": "top_p: got 7; accepted: a number from 0 to 1.",
        }

    def test_a_message_that_is_none_is_refused_and_the_socket_goes_on(
        self, world: World, session: Job, as_user: Any
    ) -> None:
        asked = {"type": "ask", "id": 2, "model": 0, **ASKED, "max_new_tokens": 1}
        heard = talk(as_user(world.editor), session, {"type": "exec"}, asked, until=2)
        assert (heard[0]["type"], heard[-1]["type"]) == ("refused", "done")

    def test_a_session_that_ended_says_so(self, world: World, as_user: Any) -> None:
        asked = {"type": "ask", "id": 1, "model": 0, **ASKED}
        (failed,) = talk(as_user(world.editor), world.session, asked, until=1)
        assert failed["message"] == "These models are not served any more. Start them again."


def test_checkpoints_and_models_can_be_chosen(world: World) -> None:
    Job.objects.filter(pk=world.job.pk).update(verb="train")
    assert world.checkpoint_step == 20
    assert world.stored
    groups = dict(model_choices(world.project))
    assert groups["Models"] == [(f"artifact:{world.stored.pk}", str(world.stored))]
    (checkpoint,) = groups["Checkpoints"]
    assert checkpoint[0] == f"folder:{world.job.pk}/checkpoints/step-00000020"


def test_the_same_models_are_one_session_until_it_ends(world: World) -> None:
    wanted = {
        "project": world.project,
        "created_by": world.editor,
        "model": f"artifact:{world.stored.pk}",
        "second_model": f"folder:{world.job.pk}/checkpoints/step-00000020",
    }
    first = session_start(**wanted)
    assert session_start(**wanted) == first
    names = [model.name for model in served_models(first)]
    assert names == [str(world.stored), f"{world.job.title}, step 20"]
    assert first.title == f"Playground: {' / '.join(names)}"
    Job.objects.filter(pk=first.pk).update(state=State.FINISHED)
    assert session_start(**wanted) != first


def test_a_model_of_another_project_is_refused_beside_its_field(world: World, as_user: Any) -> None:
    client: Client = as_user(world.stranger)
    elsewhere = world.stranger.memberships.get().project
    page = client.post(
        f"/projects/{elsewhere.pk}/playground/", {"model": f"artifact:{world.stored.pk}"}
    )
    assert page.status_code == 200
    assert not Job.objects.filter(verb="serve").exists()


def test_without_scripts_a_prompt_is_answered_whole(
    world: World, session: Job, completer: Completer, as_user: Any
) -> None:
    page = as_user(world.editor).post(f"/playground/{session.pk}/", ASKED).content.decode()
    assert page.count("answer__prompt") == 2
    assert whole_answer(completer)["text"].strip()[:8] in page
    bad = as_user(world.editor).post(f"/playground/{session.pk}/", {**ASKED, "seed": -1})
    assert "greater than or equal to 0" in bad.content.decode()


def test_a_model_of_a_run_leads_to_where_it_saw_a_phrase(world: World, as_user: Any) -> None:
    Job.objects.filter(pk=world.job.pk).update(verb="train")
    wanted = {"project": world.project, "created_by": world.editor, "second_model": ""}
    model = f"folder:{world.job.pk}/checkpoints/step-{world.checkpoint_step:08d}"
    session = session_start(model=model, **wanted)
    page = as_user(world.viewer).get(f"/playground/{session.pk}/").content.decode()
    assert f'href="/runs/{world.job.pk}/seen/" data-seen' in page


def test_a_viewer_reads_but_cannot_ask(world: World, session: Job, as_user: Any) -> None:
    client = as_user(world.viewer)
    page = client.get(f"/playground/{session.pk}/").content.decode()
    assert "data-ask" not in page
    assert client.post(f"/playground/{session.pk}/", ASKED).status_code == 403


def test_a_job_that_serves_nothing_has_no_session(world: World, as_user: Any) -> None:
    assert as_user(world.owner).get(f"/playground/{world.job.pk}/").status_code == 404
