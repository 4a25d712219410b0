"""The workbench of tokenizers: a text cut at once, comparisons asked for, and what they found."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from tests.training.vocabulary import kinds
from tests.webapp.factories import World
from training.folder.atomic import write_json
from training.helper.cutting import cut_text
from webapp.jobs.models import Artifact, Job


def make(world: World, kind: str, title: str, folder: Path | None = None) -> Artifact:
    row = Artifact.objects.create(
        project=world.project, kind=kind, title=title, path=f"jobs/{uuid.uuid4()}/output"
    )
    if folder is not None:
        row.folder.parent.mkdir(parents=True)
        shutil.copytree(folder, row.folder)
    return row


def url(world: World) -> str:
    return reverse("tokenizers:compare", kwargs={"project_id": world.project.pk})


@pytest.fixture
def pair(world: World, tmp_path: Path) -> list[Artifact]:
    byte_level = make(world, "tokenizer", "Bytes", kinds.byte_level(tmp_path / "bytes"))
    unigram = make(world, "model", "Unigram", kinds.unigram(tmp_path / "uni", {"▁the": -2.0}))
    return [byte_level, unigram]


def test_pieces_cover_the_text_and_share_a_character_that_is_cut(tmp_path: Path) -> None:
    folders = [str(kinds.byte_level(tmp_path / "b")), str(kinds.unigram(tmp_path / "u", {}))]
    text = "the 癌 fox\n <s>"
    answer = cut_text(folders, text)
    for cut in answer["cuts"]:
        shown = "".join(piece for piece, _ids in cut["pieces"]).replace("▁", "")
        assert shown.replace(" ", "") == text.replace(" ", "")
        assert sum(len(ids) for _piece, ids in cut["pieces"]) == cut["tokens"]
    by_text = dict(answer["cuts"][0]["pieces"])
    # A character of three bytes, none of which was learnt.
    assert len(by_text["癌"]) == 3
    assert answer["cuts"][0]["partial"] == 3
    assert answer["cuts"][1]["unknown"] >= 1


@pytest.mark.usefixtures("helper")
def test_a_viewer_sees_a_text_as_each_tokenizer_cuts_it(
    world: World, as_user: Any, pair: list[Artifact]
) -> None:
    client = as_user(world.viewer)
    asked = {"tokenizer": [str(one.pk) for one in pair], "text": "<b>the</b> fox"}
    page = client.get(url(world), asked).content.decode()
    assert page.count('class="cut"') == 2
    assert "<b>the" not in page
    assert "&lt;" in page
    assert "Compare on this corpus" not in page
    none = client.get(url(world), {"text": "x"}, headers={"hx-request": "true"}).content.decode()
    assert "Choose at least one tokenizer" in none
    other = {"tokenizer": [str(uuid.uuid4())], "text": "x"}
    answer = client.get(url(world), other, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert b"not one of the available choices" in answer.content


def test_an_empty_project_says_what_to_do(world: World, as_user: Any) -> None:
    page = as_user(world.editor).get(url(world)).content.decode()
    assert "No tokenizer yet" in page
    assert "New tokenizer" in page


def test_an_editor_has_them_compared_on_a_corpus(
    world: World, as_user: Any, pair: list[Artifact]
) -> None:
    client = as_user(world.editor)
    assert "There is no corpus in this project yet" in client.get(url(world)).content.decode()
    corpus = make(world, "corpus", "Mine")
    posted = {
        "tokenizer": [str(one.pk) for one in pair],
        "corpus": str(corpus.pk),
        "megabytes": "5",
        "key": "once",
    }
    assert client.post(url(world), posted).status_code == 302
    assert client.post(url(world), posted).status_code == 302
    job = Job.objects.get(verb="compare_tokenizers")
    assert job.spec["max_bytes"] == 5_000_000
    assert [one["path"] for one in job.spec["tokenizers"]] == [f"artifact:{x.pk}" for x in pair]
    on = set(job.dependencies.values_list("on_artifact", flat=True))
    assert on == {corpus.pk, *(one.pk for one in pair)}
    refused = client.post(url(world), {**posted, "megabytes": "0", "tokenizer": []})
    assert refused.status_code == 422
    assert "Choose at least one tokenizer" in refused.content.decode()


def test_the_api_asks_cuts_and_reads(
    world: World, as_user: Any, pair: list[Artifact], helper: None
) -> None:
    client = as_user(world.editor)
    corpus = make(world, "corpus", "Mine")
    where = reverse("api:tokenizer-comparisons", kwargs={"project_id": world.project.pk})
    data = {"corpus": str(corpus.pk), "tokenizers": [str(pair[0].pk)]}
    made = client.post(where, data, content_type="application/json")
    assert made.status_code == 201
    data["tokenizers"] = [str(uuid.uuid4())]
    assert client.post(where, data, content_type="application/json").status_code == 400
    cut = reverse("api:cut-text", kwargs={"project_id": world.project.pk})
    found = client.get(cut, {"tokenizer": str(pair[0].pk), "text": "the fox"}).json()
    assert found["cuts"][0]["name"] == "Bytes"
    assert "path" not in str(found)


def test_a_comparison_is_shown_and_a_damaged_one_is_survived(world: World, as_user: Any) -> None:
    row = make(world, "tokenizer_comparison", "Two")
    row.folder.mkdir(parents=True)
    figures = {"tokens": 10, "tokens_per_character": 0.5, "tokens_per_word": 2.5,
               "bytes_per_token": 2.0, "unknown_fraction": 0.125,
               "partial_fraction": 0.0}  # fmt: skip
    text = {"documents": 1, "num_bytes": 20, "characters": 20, "words": 4}
    entry = {
        "name": "<i>One</i>", "kind": "BPE", "vocab_size": 300, "total": figures,
        "by_source": {"web": figures}, "by_language": {"": figures},
        "han": {"distinct": 3, "occurrences": 4}, "training_ratio": 1.0, "generation_ratio": 1.5,
        "shredded": [{"word": "fox", "count": 5, "num_pieces": 3, "num_saved": 10,
                      "pieces": ["f", "o", "x"]}],
    }  # fmt: skip
    write_json(
        row.folder / "comparison.json",
        {
            "text": {**text, "distinct_han": 9, "by_source": {"web": text},
                     "by_language": {"": text}},
            "reference": {"num_layers": 12, "width": 768, "context_length": 1024},
            "tokenizers": [entry, {**entry, "name": "Two", "training_ratio": 1.2}],
        },
    )  # fmt: skip
    client = as_user(world.viewer)
    where = reverse("tokenizers:comparison", kwargs={"comparison_id": row.pk})
    page = client.get(where).content.decode()
    for words in ("12.5 %", "× 1.20", "3 / 9", "&lt;i&gt;One", "<strong>× 1.00</strong>"):
        assert words in page
    (row.folder / "comparison.json").write_text("{}")
    damaged = client.get(where)
    assert damaged.status_code == 200
    assert b"or damaged; compare again" in damaged.content
