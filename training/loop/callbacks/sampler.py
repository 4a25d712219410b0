"""Continues the spec's prompts whenever the run validates, so that learning can be read."""

from __future__ import annotations

from training.events import EventKind
from training.generate.checks import TextChecks
from training.generate.opening import opening_of
from training.generate.sampling import num_cut_tokens, sample_tokens
from training.loop.precision import autocast
from training.loop.run import Run, StepResult
from training.specs.watching import SamplesPart, Structure
from training.tokenizers.load import load_tokenizer
from training.tokens.store import TOKENIZER_FOLDER


class Sampler:
    """Rank 0 writes one sample event per prompt; the other ranks wait at the next reduction."""

    def __init__(self) -> None:
        self._due_every = 0
        self._prompts: list[list[int]] = []
        self._checks: TextChecks | None = None

    def start(self, run: Run) -> None:
        """Turn the prompts into tokens, when there are any."""
        self._due_every = run.spec.validation.every_steps or run.spec.checkpoints.every_steps
        if run.world.is_main and run.spec.samples.prompts and run.model_spec.writes_text:
            self._tokenizer = load_tokenizer(run.store.folder / TOKENIZER_FOLDER)
            self._prompts = [
                self._tokenizer.encode(text, add_special_tokens=False).ids
                for text in run.spec.samples.prompts
            ]
            for number, prompt in enumerate(self._prompts):
                _warn_of_long_prompt(run, number, prompt)
            self._checks = _checks_of(run.spec.samples)

    def after_step(self, run: Run, result: StepResult) -> None:
        """Sample when due, at a stop too: what is left out here would never be made up."""
        is_last = result.step == run.spec.num_steps
        is_due = self._due_every and result.step % self._due_every == 0
        if not (is_due or is_last):
            return
        for number, prompt in enumerate(self._prompts):
            # One seed per prompt, the same at every step: only the model differs.
            text = self._continue(run, prompt, run.spec.seed + number)
            run.job.events.write(
                EventKind.SAMPLE,
                step=result.step,
                prompt=run.spec.samples.prompts[number],
                text=text,
                **(self._checks.check(text).told() if self._checks else {}),
            )

    def end(self, run: Run) -> None:
        """Nothing to close."""

    def _continue(self, run: Run, prompt: list[int], seed: int) -> str:
        run.model.eval()
        tokens = sample_tokens(
            run.model,
            prompt,
            max_new_tokens=run.spec.samples.max_new_tokens,
            context_length=run.model_spec.context_length,
            temperature=run.spec.samples.temperature,
            seed=seed,
            eos_id=run.store.info.eos_id,
            opening=opening_of(run.model, run.store.tokenizer_folder),
        )
        with autocast(run.spec.precision, run.world.device):
            text: str = self._tokenizer.decode(list(tokens))
        run.model.train()
        return text


def _checks_of(asked: SamplesPart) -> TextChecks | None:
    """None where nothing is asked of the texts."""
    is_json = asked.structure == Structure.JSON
    if not is_json and not asked.name_endings:
        return None
    return TextChecks.of(
        is_json=is_json,
        keys=asked.required_keys,
        endings=asked.name_endings,
        lexicon=asked.lexicon,
    )


def _warn_of_long_prompt(run: Run, number: int, prompt: list[int]) -> None:
    length = run.model_spec.context_length
    num_cut = num_cut_tokens(prompt, length, run.spec.samples.max_new_tokens)
    if num_cut:
        run.job.warn(
            f"samples.prompts.{number}: {len(prompt):,} tokens are more than the context of "
            f"{length:,} has room for; the first {num_cut:,} are left out.",
            field=f"samples.prompts.{number}",
        )
