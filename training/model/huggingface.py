"""The network as transformers models: the causal class with generation, registration, building.

``register()`` makes AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM and
AutoModelForPreTraining know ``model_type: trainyard`` in this process. Nothing is ever loaded with
remote code: a model whose options match a native class is exported as that class
(``training.export``).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForPreTraining,
    Cache,
    DynamicCache,
    GenerationMixin,
)
from transformers.modeling_outputs import CausalLMOutputWithPast

from training.errors import Problem, SpecError
from training.model.init import initialise
from training.model.masked import TrainyardForMaskedLM, TrainyardForPreTraining
from training.model.masks import Documents
from training.model.network import IGNORED, MODEL_TYPE, TrainyardConfig, TrainyardModel
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection


class TrainyardForCausalLM(TrainyardModel, GenerationMixin):
    """Decoder and language-model head."""

    def forward(
        self,
        input_ids: Tensor,
        documents: Documents | None = None,
        position_ids: Tensor | None = None,
        labels: Tensor | None = None,
        *,
        returns_hidden: bool = False,
        token_type_ids: Tensor | None = None,
        blank_position_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int = 0,
        return_dict: bool | None = None,
    ) -> CausalLMOutputWithPast:
        """Logits [B, T, V] of token ids [B, T]; causal, and inside ``documents`` when given.

        ``returns_hidden`` leaves the head out: ``hidden_states`` is then the one tensor [B, T, D]
        that ``head_input`` wants, for a loop that computes the loss in pieces. ``labels`` [B, T]
        are the input ids (-100 is ignored); they are shifted here, and the first token of a
        document is nobody's target. ``attention_mask`` and the cache serve generation.
        """
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config)
        hidden = self.hidden_states(
            input_ids,
            documents,
            position_ids,
            token_type_ids=token_type_ids,
            blank_position_ids=blank_position_ids,
            attention_mask=attention_mask,
            cache=past_key_values,
        )
        if returns_hidden:
            return CausalLMOutputWithPast(hidden_states=(hidden,), past_key_values=past_key_values)
        logits = self.logits(hidden[:, -logits_to_keep:] if logits_to_keep else hidden)
        loss = None if labels is None else _loss(logits, labels, documents)
        return CausalLMOutputWithPast(loss=loss, logits=logits, past_key_values=past_key_values)

    def generate(self, *args: Any, **options: Any) -> Any:
        """Continue token ids; with prefix attention the prompt is the prefix.

        ValueError for a prefix that no cache would remember.
        """
        if not self.spec.is_causal and options.get("use_cache") is False:
            raise ValueError(
                "This model sees its prompt whole, which is remembered in the cache: leave "
                "use_cache on."
            )
        return super().generate(*args, **options)


def register() -> None:
    """Tell transformers' Auto classes about this model; may be called again."""
    AutoConfig.register(MODEL_TYPE, TrainyardConfig, exist_ok=True)
    AutoModelForCausalLM.register(TrainyardConfig, TrainyardForCausalLM, exist_ok=True)
    AutoModelForMaskedLM.register(TrainyardConfig, TrainyardForMaskedLM, exist_ok=True)
    AutoModelForPreTraining.register(TrainyardConfig, TrainyardForPreTraining, exist_ok=True)


def class_of(spec: ModelSpec) -> type[TrainyardModel]:
    """The class of a spec, by its head and by what it attends to."""
    if spec.head == Head.DISCRIMINATOR:
        return TrainyardForPreTraining
    is_encoder = spec.attention == AttentionDirection.BIDIRECTIONAL
    return TrainyardForMaskedLM if is_encoder else TrainyardForCausalLM


def build_model(spec: ModelSpec, seed: int) -> TrainyardModel:
    """A new model in float32 on the CPU; equal spec and seed give equal bits.

    ``spec`` must be resolved and have a vocabulary. torch's global generators are not touched.
    """
    _check_resolved(spec)
    with torch.device("meta"):
        model = class_of(spec)(TrainyardConfig.of_spec(spec))
    model.to_empty(device="cpu")
    model.tie_weights()
    initialise(model, spec, seed)
    return model


def model_of_tensors(spec: ModelSpec, tensors: dict[str, Tensor]) -> TrainyardModel:
    """A model in float32 on the CPU that takes these weights over, without copying them.

    A tied head may be left out. Who goes on using ``tensors`` must not train the model.
    """
    _check_resolved(spec)
    with torch.device("meta"):
        model = class_of(spec)(TrainyardConfig.of_spec(spec))
    missing, unexpected = model.load_state_dict(tensors, strict=False, assign=True)
    tied = ["lm_head.weight"] if spec.is_tied and spec.head != Head.DISCRIMINATOR else []
    if unexpected or set(missing) - set(tied):
        raise ValueError(f"weights do not fit the spec: {[*missing, *unexpected][:4]}")
    model.tie_weights()
    return model


def _check_resolved(spec: ModelSpec) -> None:
    missing = [
        Problem(f"model.{name}", "must be known before a model is built", got="0")
        for name in ("vocab_size", "num_kv_heads", "feedforward_width")
        if not getattr(spec, name)
    ]
    if missing:
        raise SpecError(missing)


def _loss(logits: Tensor, labels: Tensor, documents: Documents | None) -> Tensor:
    targets = labels[:, 1:]
    if documents is not None:
        is_first = documents.ids[:, 1:] != documents.ids[:, :-1]
        targets = targets.masked_fill(is_first, IGNORED)
    return cross_entropy(logits[:, :-1].float().transpose(1, 2), targets, ignore_index=IGNORED)
