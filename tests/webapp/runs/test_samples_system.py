"""Samples across steps, new words marked; what the machine did, and when the disk is full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.factories import World
from tests.webapp.runs.test_pages import make_run, text_of
from training.events import EventKind, EventWriter
from training.folder.layout import JobFolder
from training.folder.records import RECORD
from training.folder.series import MetricWriter, read_index, series_path
from webapp.jobs.states import State
from webapp.runs.disk_outlook import disk_outlook
from webapp.runs.samples import changed_words, grid_of, spread


@pytest.fixture
def client(world: World) -> Client:
    client = Client()
    client.force_login(world.viewer)
    return client


def write_samples(folder: JobFolder, steps: list[int]) -> None:
    events = EventWriter(folder.events)
    for step in steps:
        for prompt in ("The", "<b>A</b>"):
            events.write(EventKind.SAMPLE, step=step, prompt=prompt, text=f" word {step} same end")
    events.close()


def test_the_grid_has_each_prompt_at_spread_steps(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    write_samples(folder, [10, 20, 30, 40, 50, 60, 20])
    grid = grid_of(folder)
    assert grid.steps == [10, 30, 40, 60]
    assert [prompt for prompt, _ in grid.rows] == ["The", "<b>A</b>"]
    second = grid.rows[0][1][1]
    assert second is not None
    assert [piece.text for piece in second.pieces if piece.is_new] == ["30"]
    assert grid_of(folder, [20, 50, 99]).steps == [20, 50]
    assert spread([1], 4) == [1]


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_pieces_joined_are_the_text(before: str, after: str) -> None:
    pieces = changed_words(before, after)
    assert "".join(piece.text for piece in pieces) == after
    if before == after:
        assert not any(piece.is_new for piece in pieces)


def test_pages_of_samples_and_system(client: Client, world: World) -> None:
    job = make_run(world, 0, state=State.RUNNING)
    assert "No sample yet" in text_of(client, f"/runs/{job.pk}/samples/")
    assert "Nothing measured yet" in text_of(client, f"/runs/{job.pk}/system/")
    job.folder.root.mkdir(parents=True)
    write_samples(job.folder, [10, 20])
    page = text_of(client, f"/runs/{job.pk}/samples/?step=10&step=20&step=x")
    assert "<mark>20</mark>" in page
    assert "&lt;b&gt;A&lt;/b&gt;" in page
    metrics = MetricWriter(job.folder.metrics)
    for step in range(3):
        metrics.add("system/cpu_cores", step, 1.5)
        metrics.add("system/gpu0_percent", step, 90)
    metrics.close()
    page = text_of(client, f"/runs/{job.pk}/system/")
    assert page.count('<svg class="plot"') == 2
    assert "GPU 0" in page


def test_what_a_check_found_stands_beside_the_text(client: Client, world: World) -> None:
    job = make_run(world, 0, state=State.RUNNING)
    job.folder.root.mkdir(parents=True)
    write_samples(job.folder, [10])
    address = f"/runs/{job.pk}/samples/"
    assert "Of all prompts" not in text_of(client, address)
    events = EventWriter(job.folder.events)
    wrong = {"is_valid": False, "problem": "is <b>no</b> JSON"}
    names = {"num_names": 3, "num_unknown": 2, "unknown": ["Foo & mab", "<i>mab"]}
    for prompt, found in (("The", wrong | names), ("A", {"is_valid": True, "num_names": 1})):
        events.write(EventKind.SAMPLE, step=20, prompt=prompt, text="t", **found)
    events.close()
    page = text_of(client, address)
    assert "1 of 2 valid<br>2 of 4 names not in the lexicon" in page
    assert "is &lt;b&gt;no&lt;/b&gt; JSON" in page
    assert f'href="/runs/{job.pk}/seen/?phrase=Foo%20%26%20mab&amp;ignore_case=on"' in page
    assert "&lt;i&gt;mab</a>" in page
    assert "1 known name" in page


def test_the_system_page_says_how_steps_are_computed(client: Client, world: World) -> None:
    job = make_run(world, 0, state=State.RUNNING)
    job.folder.root.mkdir(parents=True)
    address = f"/runs/{job.pk}/system/"
    assert "Kernels" not in text_of(client, address)
    events = EventWriter(job.folder.events)
    against = {"varlen": "it has <b>no</b> kernel for cpu"}
    for name in ("sdpa", "per_document"):
        part = {"part": "attention", "chosen": name, "why": "fused", "against": against}
        events.write(EventKind.KERNELS, step=0, parts=[part, {"part": "later", "chosen": "x"}])
    events.close()
    page = text_of(client, address)
    assert 'Fused kernel, document by document <code class="is-faint">per_document</code>' in page
    assert "whole rows <code" not in page
    assert "it has &lt;b&gt;no&lt;/b&gt; kernel for cpu" in page
    assert '<th scope="row">later</th>' in page


def test_the_disk_is_full_when_the_free_space_has_gone_at_this_pace(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    metrics = MetricWriter(folder.metrics)
    metrics.add("system/disk_free_bytes", 0, 1.0)
    metrics.close()
    assert disk_outlook(folder) is None
    records = np.zeros(200, dtype=RECORD)
    records["step"] = np.arange(200)
    records["time"] = 1_790_000_000 + 5 * records["step"]
    records["value"] = 10e9 - 1e6 * 5 * records["step"]
    records.tofile(
        series_path(folder.metrics, read_index(folder.metrics)["system/disk_free_bytes"])
    )
    outlook = disk_outlook(folder)
    assert outlook is not None
    assert outlook.bytes_per_second == pytest.approx(1e6, rel=1e-3)
    assert outlook.full_in_seconds == pytest.approx(9_005, rel=1e-2)


@pytest.mark.parametrize("step", ["9" * 5_000, "٣", "-1", "1e3", ""])
def test_a_step_that_is_no_number_counts_as_left_out(
    client: Client, world: World, step: str
) -> None:
    job = make_run(world, 0, state=State.RUNNING)
    job.folder.root.mkdir(parents=True)
    write_samples(job.folder, [10, 20])
    assert "<mark>20</mark>" in text_of(client, f"/runs/{job.pk}/samples/?step={step}")
    assert client.get(f"/runs/{job.pk}/log/?at={step}").status_code == 200


def test_samples_that_a_rewind_took_back_are_not_those_of_the_run(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    write_samples(folder, [10, 20, 30])
    events = EventWriter(folder.events)
    events.write(EventKind.RESUMED, step=15)
    events.close()
    assert grid_of(folder).all_steps == [10]
    write_samples(folder, [18])
    assert grid_of(folder).all_steps == [10, 18]


def test_the_page_says_that_the_first_samples_are_not_looked_at(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_run(world, 0, state=State.RUNNING)
    job.folder.root.mkdir(parents=True)
    write_samples(job.folder, list(range(10, 100, 10)))
    sentence = "The first samples are not shown here"
    assert sentence not in text_of(client, f"/runs/{job.pk}/samples/")
    monkeypatch.setattr("webapp.runs.samples._MOST_BYTES", 700)
    assert sentence in text_of(client, f"/runs/{job.pk}/samples/")
