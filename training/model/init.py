"""Initial weights from a seed, by the table of spreads in ``training.planning.initial``.

Each parameter draws from a generator of its own, seeded by (seed, name): the result depends neither
on torch's global state nor on the other parameters.
"""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn

from training.planning.initial import ParameterKind, kind_of, spread
from training.specs.model import ModelSpec


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
