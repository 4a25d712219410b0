"""transformers' own model with the weights of one of ours."""

from __future__ import annotations

import torch
import transformers
from torch import Tensor
from transformers.modeling_utils import PreTrainedModel

from training.export.folder import HEAD
from training.export.native import NativeClass, native_class
from training.model.building import build_model
from training.model.huggingface import as_transformers
from training.model.network import Network
from training.model.pretrained import TrainyardPreTrained
from training.specs.model import ModelSpec


def build_transformers(spec: ModelSpec, seed: int) -> TrainyardPreTrained:
    """A new model of ours as transformers has it: with its losses, its cache and ``generate``."""
    return as_transformers(build_model(spec, seed))


def native_of(ours: Network) -> NativeClass:
    """The class of transformers that our model is."""
    native = native_class(ours.spec)
    assert native is not None
    return native


def same_weights(ours: Network) -> dict[str, Tensor]:
    """Our weights under the native names."""
    state = {
        name: tensor.detach().clone()
        for name, tensor in ours.state_dict().items()
        if not (ours.spec.is_tied and name == HEAD)
    }
    return native_of(ours).tensors(state, ours.spec)


def twin_of(ours: Network) -> PreTrainedModel:
    """The twin in evaluation mode; every weight that it has is ours."""
    native = native_of(ours)
    twin = getattr(transformers, native.name)(native.config(ours.spec))
    theirs = same_weights(ours)
    if "embed_out.weight" in theirs:
        # GPT-NeoX has this name in files alone.
        theirs[HEAD] = theirs.pop("embed_out.weight")
    missing = twin.load_state_dict(theirs, strict=False)
    assert not missing.unexpected_keys
    tied = (".decoder.weight", ".decoder.bias", HEAD, "generator_lm_head.weight")
    assert all(name.endswith(tied) for name in missing.missing_keys)
    twin.tie_weights()
    counted = sum(parameter.numel() for parameter in ours.parameters())
    assert sum(parameter.numel() for parameter in twin.parameters()) == counted
    return twin.eval()


def take_one_step(model: PreTrainedModel, **batch: Tensor) -> float:
    """One AdamW step on the model's own loss; returns the loss before it."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    loss = model(**batch).loss
    loss.backward()
    optimizer.step()
    return float(loss.item())
