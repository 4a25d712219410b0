"""Samples while training: prompts that are too long are told, and cut at their start."""

from __future__ import annotations

from pathlib import Path

from tests.training.loop.tiny import make_store, prepared
from training.events import all_events
from training.generate.sampling import num_cut_tokens
from training.loop.callbacks.sampler import Sampler
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer

CONTEXT = 32


def test_a_prompt_that_fits_loses_nothing() -> None:
    assert num_cut_tokens([], CONTEXT) == num_cut_tokens([1] * (CONTEXT - 1), CONTEXT) == 0
    assert num_cut_tokens([1] * CONTEXT, CONTEXT) == 1


def test_a_long_prompt_is_warned_of_once_and_still_continued(tmp_path: Path) -> None:
    prompts = ["AB", "AB" * CONTEXT]
    run = prepared(
        tmp_path / "run",
        make_store(tmp_path / "tokens"),
        num_steps=2,
        schedule={"warmup_steps": 0},
        validation={"every_steps": 1},
        samples={"prompts": prompts, "max_new_tokens": 3},
    )
    watch = StopWatch(run.job)
    Trainer(run, [Sampler()], watch).train()
    watch.close()
    run.job.close()
    events = all_events(run.job.folder.events)
    warned = [event for event in events if event.get("field", "").startswith("samples")]
    assert len(warned) == 1
    assert warned[0]["message"].startswith("samples.prompts.1: 64 tokens are more than the context")
    assert warned[0]["message"].endswith("the first 33 are left out.")
    told = [(e["step"], e["prompt"]) for e in events if e["kind"] == "sample"]
    assert told == [(step, prompt) for step in (1, 2) for prompt in prompts]
