"""Whether the chosen tokens fill one batch: refused before the run is made where they cannot."""

from __future__ import annotations

from training.errors import Problem
from training.specs.base import Spec
from training.specs.train import TrainSpec
from training.tokens.enough import batch_problem, most_rows
from webapp.builder.choices import Choices


def too_large_batch(spec: Spec, choices: Choices) -> list[Problem]:
    """Of a training on a text that is there, by the counts of its tokens.

    Nothing of examples, whose rows are few, nor where the length of rows waits for a base.
    """
    tokens = choices.artifact(spec.tokens) if isinstance(spec, TrainSpec) else None
    if tokens is None or not isinstance(spec, TrainSpec):
        return []
    length = spec.sequence_length or (0 if spec.base else spec.model.context_length)
    counts = [tokens.counts.get(name) for name in ("train_tokens", "train_documents")]
    num_tokens, num_documents = (one if isinstance(one, int) else 0 for one in counts)
    if not length or not num_tokens or "loss_tokens" in tokens.counts:
        return []
    num_rows = most_rows(num_tokens, num_documents, length, spec.packing)
    problem = batch_problem(spec.batch_size, num_rows, spec.num_processes)
    return [problem] if problem else []
