"""Initial weights from a seed, by a table of standard deviations per kind of parameter.

Radford 2019: normal with one spread, and the projections that write into the residual stream
divided by sqrt(2 L), because 2 L of them are summed. Each parameter draws from a generator of its
own, seeded by (seed, name): the result depends neither on torch's global state nor on the other
parameters.
"""

from __future__ import annotations

import hashlib
import math
from enum import StrEnum

import torch
from torch import Tensor, nn

from training.specs.model import ModelSpec


class ParameterKind(StrEnum):
    """What a parameter does, as far as its initial spread is concerned."""

    EMBEDDING = "embedding"
    INPUT_PROJECTION = "input projection"
    OUTPUT_PROJECTION = "output projection"
    HEAD = "head"
    NORM_WEIGHT = "norm weight"
    BIAS = "bias"


_INPUTS = ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj")
_OUTPUTS = ("o_proj", "down_proj")

#: Which module (last but one part of a weight's name) holds which kind of weight.
KIND_OF_MODULE: dict[str, ParameterKind] = {
    "embed_tokens": ParameterKind.EMBEDDING,
    "positions": ParameterKind.EMBEDDING,
    "lm_head": ParameterKind.HEAD,
    "norm": ParameterKind.NORM_WEIGHT,
    "input_layernorm": ParameterKind.NORM_WEIGHT,
    "post_attention_layernorm": ParameterKind.NORM_WEIGHT,
    **dict.fromkeys(_INPUTS, ParameterKind.INPUT_PROJECTION),
    **dict.fromkeys(_OUTPUTS, ParameterKind.OUTPUT_PROJECTION),
}


def spread(spec: ModelSpec) -> dict[ParameterKind, float]:
    """Standard deviation of each kind; 0 for what starts at a constant."""
    return {
        ParameterKind.EMBEDDING: spec.init_std,
        ParameterKind.INPUT_PROJECTION: spec.init_std,
        ParameterKind.OUTPUT_PROJECTION: spec.init_std / math.sqrt(2 * spec.num_layers),
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
