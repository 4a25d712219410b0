"""Freezing by depth: frozen parameters get no gradient and no optimizer state."""

from __future__ import annotations

from training.errors import Problem, SpecError
from training.model.network import TrainyardModel
from training.specs.model import ModelSpec
from training.specs.tuning import FreezePart, TuningPart

_EMBEDDINGS = (
    "model.embed_tokens.",
    "model.positions.",
    "model.mask_positions.",
    "model.token_types.",
    "model.blank_positions.",
    "model.embedding_projection.",
)
_LAYER = "model.layers."


def apply(model: TrainyardModel, part: TuningPart, seed: int) -> None:
    """Freeze what ``part.freeze`` names; SpecError when the model has too few layers for it."""
    _check(part.freeze, model.spec)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not is_frozen(name, part.freeze, model.spec))


def is_frozen(name: str, part: FreezePart, spec: ModelSpec) -> bool:
    """Whether the parameter of that full name keeps the base's weights."""
    layers_below = max(part.first_layers, spec.num_layers - part.all_but_top)
    num_frozen = layers_below if part.all_but_top else part.first_layers
    if name.startswith(_LAYER):
        return int(name.removeprefix(_LAYER).partition(".")[0]) < num_frozen
    if name.startswith(_EMBEDDINGS):
        return part.embeddings or bool(part.all_but_top)
    return False


def _check(part: FreezePart, spec: ModelSpec) -> None:
    for field, number in (("first_layers", part.first_layers), ("all_but_top", part.all_but_top)):
        if number > spec.num_layers:
            raise SpecError(
                [
                    Problem(
                        f"tuning.freeze.{field}",
                        "the base has fewer layers",
                        got=str(number),
                        expected=f"up to {spec.num_layers}",
                        hint="Freeze fewer layers.",
                        fix=((f"tuning.freeze.{field}", spec.num_layers),),
                    )
                ]
            )
