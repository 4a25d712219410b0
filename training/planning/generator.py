"""What the generator of replaced-token detection adds to a plan. No torch.

It shares the tables of tokens, token types and learned positions with the model (Clark 2020); all
else of it is learnt, stored and computed beside the model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from training.planning.flops import count_flops
from training.planning.memory import MemoryPlan, Shape, activation_bytes_per_token, logit_bytes
from training.planning.params import count_parameters, count_tensors
from training.planning.trained import Trained
from training.specs.model import ModelSpec
from training.specs.model_choices import Position
from training.specs.replaced import generator_of


def generator_beside(run: Any, model: ModelSpec) -> ModelSpec | None:
    """The generator of a run with this resolved model; None for every other objective."""
    if getattr(run, "objective", "") != "replaced":
        return None
    return generator_of(model, run.replaced)


def trained_beside(trained: Trained, generator: ModelSpec | None) -> Trained:
    """What learns, with what of the generator is its own."""
    if generator is None:
        return trained
    tables = (generator.vocab_size + generator.num_token_types) * generator.token_width
    num_shared = 1 + bool(generator.num_token_types)
    if generator.position == Position.LEARNED:
        rows = generator.context_length + generator.first_position
        tables, num_shared = tables + rows * generator.token_width, num_shared + 1
    own = count_parameters(generator).total - tables
    num_tensors = count_tensors(generator) - num_shared
    return replace(
        trained,
        num_parameters=trained.num_parameters + own,
        num_tensors=trained.num_tensors + num_tensors,
        num_added=trained.num_added + own,
        num_added_tensors=trained.num_added_tensors + num_tensors,
    )


def memory_beside(memory: MemoryPlan, generator: ModelSpec | None, shape: Shape) -> MemoryPlan:
    """With what a forward pass of the generator keeps; its weights are counted as trained."""
    if generator is None:
        return memory
    kept = shape.num_tokens * activation_bytes_per_token(generator, shape)
    logits = memory.logits + logit_bytes(generator, shape)
    return replace(memory, activations=memory.activations + kept, logits=logits)


def training_flops_beside(generator: ModelSpec | None, sequence_length: int) -> tuple[float, float]:
    """Per token (causal attention counted as half, all pairs counted); its head for every token."""
    if generator is None:
        return 0.0, 0.0
    counted = count_flops(generator, sequence_length)
    return counted.training, counted.training_full
