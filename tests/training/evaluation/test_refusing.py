"""What is not scored is told."""

from __future__ import annotations

from pathlib import Path

from tests.training.benchmarks.test_paired import item
from tests.training.corpus.jobs import events_of
from training.benchmarks.prompts import chosen_items
from training.evaluation.refusing import tell_left_out
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.specs.prompting import PromptPart


def test_sets_of_which_no_item_is_in_the_split_are_named(tmp_path: Path) -> None:
    items = [item(0, split="test"), item(1, split="train"), item(2, set="cloze")]
    job = Job(JobFolder(tmp_path), verb="evaluate", spec={})
    tell_left_out(job, items, chosen_items(items, PromptPart()))
    tell_left_out(job, items, chosen_items(items, PromptPart(split="test")))
    job.close()
    (told,) = events_of(tmp_path, "warning")
    assert told["message"].startswith("No item of cloze is scored: ")
