"""Samples while training: prompts that are too long are told, and cut at their start."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.training.loop.tiny import make_store, prepared
from training.events import all_events
from training.generate.sampling import num_cut_tokens, sample_tokens
from training.loop.callbacks.sampler import Sampler
from training.loop.stopping import StopWatch
from training.loop.trainer import Trainer
from training.model.building import build_model
from training.specs.model import ModelSpec

CONTEXT = 32
SPEC = ModelSpec(num_layers=1, width=32, num_heads=2, vocab_size=64, context_length=64).resolve()


def test_a_prompt_that_fits_loses_nothing() -> None:
    assert num_cut_tokens([], CONTEXT, 8) == num_cut_tokens([1] * (CONTEXT - 1), CONTEXT, 8) == 0


def test_a_long_prompt_leaves_room_for_an_answer_but_not_more_than_half() -> None:
    assert num_cut_tokens([1] * CONTEXT, CONTEXT, 1) == 1
    assert num_cut_tokens([1] * 40, CONTEXT, 10) == 40 - (CONTEXT - 10)
    assert num_cut_tokens([1] * 40, CONTEXT, 1_000) == 40 - CONTEXT // 2


def test_a_seed_draws_the_same_tokens_and_leaves_torchs_own_generator_alone() -> None:
    model = build_model(SPEC, seed=3)

    def drawn(seed: int) -> list[int]:
        return list(
            sample_tokens(
                model.eval(), [1, 2, 3], max_new_tokens=24, context_length=64, seed=seed, top_p=0.9
            )
        )

    torch.manual_seed(5)
    untouched = torch.get_rng_state()
    first = drawn(1)
    assert first == drawn(1) != drawn(2)
    assert torch.equal(torch.get_rng_state(), untouched)
    # The same draws from whole passes, without a cache.
    generator, ids = torch.Generator().manual_seed(1), [1, 2, 3]
    for _ in range(24):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
        probabilities = torch.softmax(logits.float() / 0.8, dim=-1)
        ordered, order = probabilities.sort(descending=True)
        kept = order[: int((ordered.cumsum(0) < 0.9).sum()) + 1]
        nucleus = torch.zeros_like(probabilities)
        nucleus[kept] = probabilities[kept]
        ids.append(int(torch.multinomial(nucleus, 1, generator=generator)))
    assert ids[3:] == first


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
    assert warned[0]["message"].endswith("the first 35 are left out.")
    told = [(e["step"], e["prompt"]) for e in events if e["kind"] == "sample"]
    assert told == [(step, prompt) for step in (1, 2) for prompt in prompts]
