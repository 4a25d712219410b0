"""A network with values: new ones from a seed, or those of tensors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from training.errors import Problem, SpecError
from training.model.init import initialise
from training.model.network import TrainyardModel
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec

_DRAWS = {"normal_", "uniform_", "kaiming_uniform_"}


class _NoDraws(TorchFunctionMode):
    """Leaves out what layers of torch draw for themselves: their values are never used.

    On the meta device, where there are none, every draw would load torch's compiler: a second.
    """

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), options: Any = None
    ) -> Any:
        options = options or {}
        if getattr(function, "__name__", "") in _DRAWS:
            return args[0] if args else options["tensor"]
        return function(*args, **options)


def without_values(spec: ModelSpec) -> TrainyardModel:
    """The network of a resolved spec on the meta device: shapes, and no memory."""
    with torch.device("meta"), _NoDraws():
        return TrainyardModel(spec)


def build_model(spec: ModelSpec, seed: int) -> TrainyardModel:
    """A new model in float32 on the CPU; equal spec and seed give equal bits.

    ``spec`` must be resolved and have a vocabulary. torch's global generators are not touched.
    """
    _check_resolved(spec)
    model = without_values(spec)
    model.to_empty(device="cpu")
    model.tie_head()
    initialise(model, spec, seed)
    return model


def model_of_tensors(spec: ModelSpec, tensors: dict[str, Tensor]) -> TrainyardModel:
    """A model in float32 on the CPU that takes these weights over, without copying them.

    A tied head may be left out. Who goes on using ``tensors`` must not train the model.
    """
    _check_resolved(spec)
    model = without_values(spec)
    missing, unexpected = model.load_state_dict(tensors, strict=False, assign=True)
    tied = ["lm_head.weight"] if spec.is_tied and spec.head != Head.DISCRIMINATOR else []
    if unexpected or set(missing) - set(tied):
        raise ValueError(f"weights do not fit the spec: {[*missing, *unexpected][:4]}")
    model.tie_head()
    return model


def _check_resolved(spec: ModelSpec) -> None:
    missing = [
        Problem(f"model.{name}", "must be known before a model is built", got="0")
        for name in ("vocab_size", "num_kv_heads", "feedforward_width")
        if not getattr(spec, name)
    ]
    if missing:
        raise SpecError(missing)
