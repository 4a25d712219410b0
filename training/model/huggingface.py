"""The decoder as a transformers model: config, class with head and generation, registration.

``register()`` makes AutoConfig and AutoModelForCausalLM know ``model_type: trainyard`` in this
process. Nothing is ever loaded with remote code: a model whose options match a native class is
exported as that class (``training.export``).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModelForCausalLM, Cache, DynamicCache, GenerationMixin
from transformers.configuration_utils import PreTrainedConfig
from transformers.modeling_outputs import CausalLMOutputWithPast
from transformers.modeling_utils import PreTrainedModel

from training.errors import Problem, SpecError
from training.model.init import initialise, initialise_parameter
from training.model.masks import Documents
from training.model.transformer import Decoder
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection

MODEL_TYPE = "trainyard"

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


class TrainyardForCausalLM(PreTrainedModel, GenerationMixin):
    """Decoder and language-model head."""

    config_class = TrainyardConfig
    config: TrainyardConfig
    base_model_prefix = "model"
    _tied_weights_keys = {"lm_head.weight": "model.embed_tokens.weight"}
    _no_split_modules = ["Block"]
    _supports_sdpa = True

    def __init__(self, config: TrainyardConfig) -> None:
        super().__init__(config)
        self.spec = config.model_spec()
        self.model = Decoder(self.spec)
        self.lm_head = nn.Linear(self.spec.width, self.spec.vocab_size, bias=False)
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

    def forward(
        self,
        input_ids: Tensor,
        documents: Documents | None = None,
        position_ids: Tensor | None = None,
        labels: Tensor | None = None,
        *,
        returns_hidden: bool = False,
        attention_mask: Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int = 0,
        return_dict: bool | None = None,
    ) -> CausalLMOutputWithPast:
        """Logits [B, T, V] of token ids [B, T]; causal, and inside ``documents`` when given.

        ``returns_hidden`` leaves the head out: ``hidden_states`` is then the one tensor [B, T, D]
        that ``lm_head`` wants, for a loop that computes the loss in pieces. ``labels`` [B, T] are
        the input ids (-100 is ignored); they are shifted here, and the first token of a document
        is nobody's target. ``attention_mask`` (1 real, 0 padding) and the cache serve generation.
        """
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config)
        hidden = self.model(
            input_ids,
            documents,
            position_ids,
            cache=past_key_values,
            is_real=_real_positions(attention_mask),
        )
        if returns_hidden:
            return CausalLMOutputWithPast(hidden_states=(hidden,), past_key_values=past_key_values)
        logits = self.lm_head(hidden[:, -logits_to_keep:] if logits_to_keep else hidden)
        logits = soft_capped(logits, self.spec.logit_soft_cap)
        loss = None if labels is None else _loss(logits, labels, documents)
        return CausalLMOutputWithPast(loss=loss, logits=logits, past_key_values=past_key_values)

    def generate(self, *args: Any, **options: Any) -> Any:
        """Continue token ids; with prefix attention the prompt is the prefix.

        ValueError for a bidirectional model, and for a prefix that no cache would remember.
        """
        if self.spec.attention == AttentionDirection.BIDIRECTIONAL:
            raise ValueError(
                "This model's attention is bidirectional: it fills in blanks of a text that is "
                "there, and cannot write one. Use a causal or a prefix model."
            )
        if not self.spec.is_causal and options.get("use_cache") is False:
            raise ValueError(
                "This model sees its prompt whole, which is remembered in the cache: leave "
                "use_cache on."
            )
        return super().generate(*args, **options)

    def _init_weights(self, module: nn.Module) -> None:
        # transformers asks module by module; the table goes by full names
        path = next(name for name, found in self.named_modules() if found is module)
        for leaf, parameter in module.named_parameters(recurse=False):
            initialise_parameter(f"{path}.{leaf}", parameter, self.spec, generator=None)


def register() -> None:
    """Tell transformers' Auto classes about this model; may be called again."""
    AutoConfig.register(MODEL_TYPE, TrainyardConfig, exist_ok=True)
    AutoModelForCausalLM.register(TrainyardConfig, TrainyardForCausalLM, exist_ok=True)


def build_model(spec: ModelSpec, seed: int) -> TrainyardForCausalLM:
    """A new model in float32 on the CPU; equal spec and seed give equal bits.

    ``spec`` must be resolved and have a vocabulary. torch's global generators are not touched.
    """
    _check_resolved(spec)
    with torch.device("meta"):
        model = TrainyardForCausalLM(TrainyardConfig.of_spec(spec))
    model.to_empty(device="cpu")
    model.tie_weights()
    initialise(model, spec, seed)
    return model


def model_of_tensors(spec: ModelSpec, tensors: dict[str, Tensor]) -> TrainyardForCausalLM:
    """A model in float32 on the CPU that takes these weights over, without copying them.

    A tied head may be left out. Who goes on using ``tensors`` must not train the model.
    """
    _check_resolved(spec)
    with torch.device("meta"):
        model = TrainyardForCausalLM(TrainyardConfig.of_spec(spec))
    missing, unexpected = model.load_state_dict(tensors, strict=False, assign=True)
    tied = ["lm_head.weight"] if spec.is_tied else []
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


def soft_capped(logits: Tensor, cap: float) -> Tensor:
    """c tanh(logits / c) in fp32; the logits themselves where ``cap`` is 0."""
    return (logits.float() / cap).tanh() * cap if cap else logits


def _real_positions(attention_mask: Tensor | None) -> Tensor | None:
    if attention_mask is None:
        return None
    if attention_mask.dim() != 2:
        raise ValueError(
            f"attention_mask must be [B, S] of 1 and 0, got shape {tuple(attention_mask.shape)}; "
            "use a dynamic cache"
        )
    is_real = attention_mask.bool()
    return None if bool(is_real.all()) else is_real


def _loss(logits: Tensor, labels: Tensor, documents: Documents | None) -> Tensor:
    targets = labels[:, 1:]
    if documents is not None:
        is_first = documents.ids[:, 1:] != documents.ids[:, :-1]
        targets = targets.masked_fill(is_first, IGNORED)
    return cross_entropy(logits[:, :-1].float().transpose(1, 2), targets, ignore_index=IGNORED)
