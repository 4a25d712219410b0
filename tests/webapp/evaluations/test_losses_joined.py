"""Losses lead to the document they are of, to where a run read its words, and back."""

from __future__ import annotations

import re
import uuid

import pytest
from django.conf import settings
from django.test import Client

from tests.training.corpus.jobs import run_verb
from tests.training.evaluation.chain import make_chain
from tests.webapp.factories import World, make_project
from tests.webapp.tasksets.test_pages import client, page
from webapp.jobs.models import Artifact, Job
from webapp.jobs.services.artifacts import artifact_index
from webapp.jobs.states import State

__all__ = ["client"]


@pytest.mark.django_db
def test_a_loss_leads_to_its_document_and_back(client: Client, world: World, helper: None) -> None:
    home = settings.TRAINYARD_HOME / "jobs" / str(uuid.uuid4())
    texts = [f"Text number {n}: the mill stands by the river and {n} mills are old." * 2
             for n in range(20)]  # fmt: skip
    texts += ["Write to jane.roe@example.org about the mill by the river, says number one. " * 2]
    chain = make_chain(home, texts)
    run = Job.objects.create(project=world.project, verb="train", title="R", state=State.FINISHED)
    losses = run_verb(
        "losses", home / "losses", model=str(chain.model), tokens=str(chain.tokens),
        split="train", num_threads=1, device="cpu",
    )  # fmt: skip
    corpus = artifact_index(folder=home / "clean" / "output", project=world.project)
    artifact_index(folder=home / "extract" / "output", project=world.project)
    model = artifact_index(folder=chain.model, project=world.project, job=run, title="M")
    made = artifact_index(folder=losses, project=world.project)
    made.sources.set([model])
    listed = page(client, f"/losses/{made.pk}/")
    documents = set(re.findall(rf"/corpora/{corpus.pk}/documents/\d+/", listed))
    assert len(documents) == 10
    shown = page(client, f"/losses/{made.pk}/documents/0/")
    (document,) = set(re.findall(rf"/corpora/{corpus.pk}/documents/\d+/", shown))
    seen = re.findall(rf"/runs/{run.pk}/seen/\?phrase=[^\"]+", shown)
    assert len(seen) > 10
    assert all("jane" not in one for one in seen)
    text = page(client, document)
    (back,) = re.findall(rf"/corpora/{corpus.pk}/losses/[0-9a-f]{{32}}/\?offset=\d+", text)
    found = page(client, back)
    assert f"/losses/{made.pk}/documents/0/" in found
    nobody = page(client, f"/corpora/{corpus.pk}/losses/{'0' * 32}/")
    assert "No measurement has read it" in nobody
    # Of another project nothing is linked.
    Artifact.objects.filter(pk=corpus.pk).update(project=make_project(world.stranger, "Other"))
    assert str(corpus.pk) not in page(client, f"/losses/{made.pk}/documents/0/")
    assert client.get(back).status_code == 404
