"""What all our transformers classes are made of: the config, the network and its heads.

A class adds its loss (``training.model.huggingface``: causal, ``training.model.masked``: masked and
replaced tokens). Nothing here knows an objective.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from transformers import Cache
from transformers.configuration_utils import PreTrainedConfig
from transformers.modeling_utils import PreTrainedModel

from training.model.heads import Discriminator, HeadTransform, SentenceHead
from training.model.init import initialise_parameter
from training.model.masks import Documents
from training.model.transformer import Decoder
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec

MODEL_TYPE = "trainyard"

#: Names of the weights of a second network that is learnt with this one begin so.
GENERATOR = "generator."
#: Label that is nobody's target, as everywhere in transformers.
IGNORED = -100


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


class TrainyardModel(PreTrainedModel):
    """The network, the head that the spec asks for, and the seed of every weight."""

    config_class = TrainyardConfig
    config: TrainyardConfig
    base_model_prefix = "model"
    _no_split_modules = ["Block"]
    _supports_sdpa = True

    def __init__(self, config: TrainyardConfig) -> None:
        super().__init__(config)
        self.spec = spec = config.model_spec()
        self.model = Decoder(spec)
        has_transform = spec.head == Head.TRANSFORM
        if spec.head == Head.DISCRIMINATOR:
            self.discriminator = Discriminator(spec)
        else:
            self._tied_weights_keys = {"lm_head.weight": "model.embed_tokens.weight"}
            self.head_transform = HeadTransform(spec) if has_transform else None
            self.lm_head = nn.Linear(spec.head_input_width, spec.vocab_size, bias=has_transform)
        self.sentence_head = SentenceHead(spec) if spec.has_sentence_head else None
        self.post_init()

    @property
    def attention_backend(self) -> str:
        """Name of the attention back end, or "auto"."""
        return self.model.attention_backend

    @attention_backend.setter
    def attention_backend(self, name: str) -> None:
        self.model.attention_backend = name

    def get_input_embeddings(self) -> nn.Embedding:
        """The token embedding."""
        return self.model.embed_tokens

    def set_input_embeddings(self, value: nn.Embedding) -> None:
        """Replace the token embedding."""
        self.model.embed_tokens = value

    def hidden_states(
        self,
        input_ids: Tensor,
        documents: Documents | None,
        position_ids: Tensor | None,
        *,
        token_type_ids: Tensor | None = None,
        blank_position_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """[B, T, D] of token ids [B, T]; ``attention_mask`` [B, S] is 1 real, 0 padding."""
        hidden: Tensor = self.model(
            input_ids,
            documents,
            position_ids,
            cache=cache,
            is_real=real_positions(attention_mask),
            token_type_ids=token_type_ids,
            blank_position_ids=blank_position_ids,
        )
        return hidden

    def head_input(self, hidden: Tensor) -> Tensor:
        """What the product with the vocabulary reads, of hidden states [..., D]."""
        return hidden if self.head_transform is None else self.head_transform(hidden)

    def logits(self, hidden: Tensor) -> Tensor:
        """[..., V] of hidden states [..., D]."""
        return soft_capped(self.lm_head(self.head_input(hidden)), self.spec.logit_soft_cap)

    def _init_weights(self, module: nn.Module) -> None:
        # transformers asks module by module; the table goes by full names
        path = next(name for name, found in self.named_modules() if found is module)
        for leaf, parameter in module.named_parameters(recurse=False):
            initialise_parameter(f"{path}.{leaf}", parameter, self.spec, generator=None)


def without_generator(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of the model itself."""
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(GENERATOR)}


def soft_capped(logits: Tensor, cap: float) -> Tensor:
    """c tanh(logits / c) in fp32; the logits themselves where ``cap`` is 0."""
    return (logits.float() / cap).tanh() * cap if cap else logits


def real_positions(attention_mask: Tensor | None) -> Tensor | None:
    """Bool [B, S], false at padding; None where there is none. ValueError for other masks."""
    if attention_mask is None:
        return None
    if attention_mask.dim() != 2:
        raise ValueError(
            f"attention_mask must be [B, S] of 1 and 0, got shape {tuple(attention_mask.shape)}; "
            "use a dynamic cache"
        )
    is_real = attention_mask.bool()
    return None if bool(is_real.all()) else is_real
