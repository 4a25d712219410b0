"""The network as transformers models: the causal class with generation, and registration.

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

from training.model.masked import TrainyardForMaskedLM, TrainyardForPreTraining
from training.model.masks import Documents
from training.model.network import (
    IGNORED,
    MODEL_TYPE,
    TrainyardModel,
    architecture_of,
    without_generator,
)
from training.model.pretrained import TrainyardConfig, TrainyardPreTrained
from training.specs.model import ModelSpec


class TrainyardForCausalLM(TrainyardPreTrained, GenerationMixin):
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
        found = self.read(
            input_ids,
            documents,
            position_ids,
            returns_hidden=returns_hidden,
            token_type_ids=token_type_ids,
            blank_position_ids=blank_position_ids,
            attention_mask=attention_mask,
            past_key_values=past_key_values,
            use_cache=bool(use_cache),
            logits_to_keep=logits_to_keep,
        )
        loss = None
        if labels is not None and found.logits is not None:
            loss = _loss(found.logits, labels, documents)
        return CausalLMOutputWithPast(
            loss=loss,
            logits=found.logits,
            hidden_states=found.hidden_states,
            past_key_values=found.past_key_values,
        )

    def new_cache(self) -> Cache:
        """transformers' own, which its generation trims and reorders."""
        return DynamicCache(config=self.config)

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


_CLASSES: tuple[type[TrainyardPreTrained], ...] = (
    TrainyardForCausalLM,
    TrainyardForMaskedLM,
    TrainyardForPreTraining,
)


def register() -> None:
    """Tell transformers' Auto classes about this model; may be called again."""
    AutoConfig.register(MODEL_TYPE, TrainyardConfig, exist_ok=True)
    AutoModelForCausalLM.register(TrainyardConfig, TrainyardForCausalLM, exist_ok=True)
    AutoModelForMaskedLM.register(TrainyardConfig, TrainyardForMaskedLM, exist_ok=True)
    AutoModelForPreTraining.register(TrainyardConfig, TrainyardForPreTraining, exist_ok=True)


def class_of(spec: ModelSpec) -> type[TrainyardPreTrained]:
    """The class of a spec, by its head and by what it attends to."""
    return {kind.__name__: kind for kind in _CLASSES}[architecture_of(spec)]


def as_transformers(model: TrainyardModel) -> TrainyardPreTrained:
    """The same network as a transformers model that shares its weights."""
    with torch.device("meta"):
        twin = class_of(model.spec)(TrainyardConfig.of_spec(model.spec))
    twin.load_state_dict(without_generator(model.state_dict()), assign=True)
    twin.tie_head()
    return twin.train(model.training)


def _loss(logits: Tensor, labels: Tensor, documents: Documents | None) -> Tensor:
    targets = labels[:, 1:]
    if documents is not None:
        is_first = documents.ids[:, 1:] != documents.ids[:, :-1]
        targets = targets.masked_fill(is_first, IGNORED)
    return cross_entropy(logits[:, :-1].float().transpose(1, 2), targets, ignore_index=IGNORED)
