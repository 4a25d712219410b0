"""Initial weights from a seed, by a table of standard deviations per kind of parameter.

Radford 2019: normal with one spread, and the projections that write into the residual stream
divided by sqrt(2 L), because 2 L of them are summed. Wang 2022 (DeepNorm): all projections but
those of queries and keys times (8 L)^(-1/4), and no other scaling. Each parameter draws from a
generator of its own, seeded by (seed, name): the result depends neither on torch's global state nor
on the other parameters.
"""

from __future__ import annotations

import hashlib
import math
from enum import StrEnum

import torch
from torch import Tensor, nn

from training.specs.model import ModelSpec
from training.specs.model_choices import NormPlacement


class ParameterKind(StrEnum):
    """What a parameter does, as far as its initial spread is concerned."""

    EMBEDDING = "embedding"
    SCORE_PROJECTION = "query and key projection"
    INPUT_PROJECTION = "value and feed-forward projection"
    OUTPUT_PROJECTION = "output projection"
    HEAD = "head"
    NORM_WEIGHT = "norm weight"
    BIAS = "bias"


_SCORES = ("q_proj", "k_proj")
_INPUTS = ("v_proj", "gate_proj", "up_proj")
_OUTPUTS = ("o_proj", "down_proj")
_NORMS = (
    "norm",
    "embedding_norm",
    "input_layernorm",
    "post_attention_layernorm",
    "attention_norm",
    "feedforward_norm",
    "q_norm",
    "k_norm",
)

#: Which module (last but one part of a weight's name) holds which kind of weight.
KIND_OF_MODULE: dict[str, ParameterKind] = {
    "embed_tokens": ParameterKind.EMBEDDING,
    "positions": ParameterKind.EMBEDDING,
    "lm_head": ParameterKind.HEAD,
    **dict.fromkeys(_NORMS, ParameterKind.NORM_WEIGHT),
    **dict.fromkeys(_SCORES, ParameterKind.SCORE_PROJECTION),
    **dict.fromkeys(_INPUTS, ParameterKind.INPUT_PROJECTION),
    **dict.fromkeys(_OUTPUTS, ParameterKind.OUTPUT_PROJECTION),
}


def spread(spec: ModelSpec) -> dict[ParameterKind, float]:
    """Standard deviation of each kind; 0 for what starts at a constant."""
    deep = spec.norm_placement == NormPlacement.DEEPNORM
    beta = (8 * spec.num_layers) ** -0.25
    into = beta if deep else 1.0
    out = beta if deep else 1 / math.sqrt(2 * spec.num_layers)
    return {
        ParameterKind.EMBEDDING: spec.init_std,
        ParameterKind.SCORE_PROJECTION: spec.init_std,
        ParameterKind.INPUT_PROJECTION: spec.init_std * into,
        ParameterKind.OUTPUT_PROJECTION: spec.init_std * out,
        ParameterKind.HEAD: spec.init_std,
        ParameterKind.NORM_WEIGHT: 0.0,
        ParameterKind.BIAS: 0.0,
    }


def kind_of(name: str) -> ParameterKind:
    """The kind of the parameter of that full name; KeyError for a module not in the table."""
    *_, module, leaf = name.split(".")
    return ParameterKind.BIAS if leaf == "bias" else KIND_OF_MODULE[module]


def initialise(model: nn.Module, spec: ModelSpec, seed: int) -> None:
    """Set every parameter of ``model`` in place."""
    for name, parameter in model.named_parameters():
        initialise_parameter(name, parameter, spec, _generator(seed, name, parameter))


@torch.no_grad()
def initialise_parameter(
    name: str, parameter: Tensor, spec: ModelSpec, generator: torch.Generator | None
) -> None:
    """Set one parameter by its full name; ``generator`` None draws from torch's global one."""
    kind = kind_of(name)
    if kind is ParameterKind.NORM_WEIGHT:
        nn.init.ones_(parameter)
    elif kind is ParameterKind.BIAS:
        nn.init.zeros_(parameter)
    else:
        nn.init.normal_(parameter, std=spread(spec)[kind], generator=generator)


def _generator(seed: int, name: str, parameter: Tensor) -> torch.Generator:
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
    generator = torch.Generator(device=parameter.device)
    return generator.manual_seed(int.from_bytes(digest, "little") >> 1)
