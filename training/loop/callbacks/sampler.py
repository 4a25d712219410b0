"""Continues the spec's prompts whenever the run validates, so that learning can be read."""

from __future__ import annotations

from training.events import EventKind
from training.generate.sampling import sample_tokens
from training.loop.run import Run, StepResult
from training.tokenizers.load import load_tokenizer
from training.tokens.store import TOKENIZER_FOLDER


class Sampler:
    """Rank 0 writes one sample event per prompt; the other ranks wait at the next reduction."""

    def __init__(self) -> None:
        self._due_every = 0

    def start(self, run: Run) -> None:
        """Load the tokenizer when there is something to continue."""
        self._due_every = run.spec.validation.every_steps or run.spec.checkpoints.every_steps
        if run.world.is_main and run.spec.samples.prompts:
            self._tokenizer = load_tokenizer(run.store.folder / TOKENIZER_FOLDER)

    def after_step(self, run: Run, result: StepResult) -> None:
        """Sample when due."""
        is_last = result.step == run.spec.num_steps
        is_due = self._due_every and result.step % self._due_every == 0
        if run.world.is_main and (is_due or is_last) and not result.is_stop_wanted:
            for number, prompt in enumerate(run.spec.samples.prompts):
                # One seed per prompt, the same at every step: only the model differs.
                text = self._continue(run, prompt, run.spec.seed + number)
                run.job.events.write(EventKind.SAMPLE, step=result.step, prompt=prompt, text=text)

    def end(self, run: Run) -> None:
        """Nothing to close."""

    def _continue(self, run: Run, prompt: str, seed: int) -> str:
        run.model.eval()
        tokens = sample_tokens(
            run.model,
            self._tokenizer.encode(prompt).ids,
            max_new_tokens=run.spec.samples.max_new_tokens,
            context_length=run.model_spec.context_length,
            temperature=run.spec.samples.temperature,
            seed=seed,
            eos_id=run.store.info.eos_id,
        )
        text: str = self._tokenizer.decode(list(tokens))
        run.model.train()
        return text
