"""The generator of replaced-token detection: a second, smaller network inside the model's module.

Clark 2020: both share their tables of tokens, positions (where they are learned) and token types;
norms, projections and blocks are each network's own. It is a part of the module, so that one
optimizer, one checkpoint and one restored state hold both; it is no part of what is exported.
"""

from __future__ import annotations

from torch import nn

from training.model.building import build_model
from training.model.network import GENERATOR, TrainyardModel
from training.specs.model_choices import Position
from training.specs.replaced import generator_of
from training.specs.train import TrainSpec


def attach_generator(model: TrainyardModel, spec: TrainSpec) -> None:
    """Build the generator into ``model``; its weights are drawn from another seed."""
    generator = build_model(generator_of(model.spec, spec.replaced), spec.seed + 1)
    ours, its = model.model, generator.model
    generator.set_input_embeddings(ours.embed_tokens)
    generator.lm_head.weight = ours.embed_tokens.weight
    its.token_types = ours.token_types
    if model.spec.position == Position.LEARNED:
        its.positions = ours.positions
    model.add_module(GENERATOR.rstrip("."), generator)


def generator_in(model: nn.Module) -> TrainyardModel:
    """The generator of a model that ``attach_generator`` was given."""
    generator = model.get_submodule(GENERATOR.rstrip("."))
    assert isinstance(generator, TrainyardModel)
    return generator
