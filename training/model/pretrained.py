"""What all our transformers classes are made of: the config, and the network with its seed.

A class adds its loss (``training.model.huggingface``: causal, ``training.model.masked``: masked and
replaced tokens).
"""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers.configuration_utils import PreTrainedConfig
from transformers.modeling_utils import PreTrainedModel

from training.model.init import initialise_parameter
from training.model.network import MODEL_TYPE, Network
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec


class TrainyardConfig(PreTrainedConfig):
    """A resolved ModelSpec under ``spec``; the other names are transformers' own for tools."""

    model_type = MODEL_TYPE
    keys_to_ignore_at_inference = ["past_key_values"]

    spec: dict[str, Any] | None = None
    vocab_size: int = 0
    hidden_size: int = 0
    num_hidden_layers: int = 0
    num_attention_heads: int = 0
    num_key_value_heads: int = 0
    max_position_embeddings: int = 0
    tie_word_embeddings: bool = True
    use_cache: bool = True
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | None = None
    pad_token_id: int | None = None

    @classmethod
    def of_spec(cls, spec: ModelSpec) -> TrainyardConfig:
        """The config of a resolved spec."""
        return cls(
            spec=spec.model_dump(mode="json"),
            vocab_size=spec.vocab_size,
            hidden_size=spec.width,
            num_hidden_layers=spec.num_layers,
            num_attention_heads=spec.num_heads,
            num_key_value_heads=spec.num_kv_heads,
            max_position_embeddings=spec.context_length,
            tie_word_embeddings=spec.is_tied,
            dtype="float32",
        )

    def model_spec(self) -> ModelSpec:
        """The spec, validated again: a config file may have been edited."""
        return ModelSpec.model_validate(self.spec or {})


class TrainyardPreTrained(PreTrainedModel, Network):
    """The network as transformers keeps it: saved, loaded, tied and seeded by its rules."""

    config_class = TrainyardConfig
    config: TrainyardConfig
    base_model_prefix = "model"
    _no_split_modules = ["Block"]
    _supports_sdpa = True

    def __init__(self, config: TrainyardConfig) -> None:
        super().__init__(config)
        self.compose(config.model_spec())
        if self.spec.head != Head.DISCRIMINATOR:
            self._tied_weights_keys = {"lm_head.weight": "model.embed_tokens.weight"}
        self.post_init()  # type: ignore[operator]  # transformers has no types

    def _init_weights(self, module: nn.Module) -> None:
        # transformers asks module by module; the table goes by full names
        path = next(name for name, found in self.named_modules() if found is module)
        for leaf, parameter in module.named_parameters(recurse=False):
            initialise_parameter(f"{path}.{leaf}", parameter, self.spec, generator=None)
