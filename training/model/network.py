"""The network and its heads, as it is trained, measured and asked to write.

Plain torch: transformers takes seconds to load, and only its own classes need it
(``training.model.pretrained`` and what is made of it). Nothing here knows an objective.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from training.model.cache import Cache, KeyValueCache
from training.model.heads import Discriminator, HeadTransform, SentenceHead
from training.model.masks import Documents
from training.model.transformer import Decoder
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection

MODEL_TYPE = "trainyard"

#: Names of the weights of a second network that is learnt with this one begin so.
GENERATOR = "generator."
#: Label that is nobody's target, as everywhere in transformers.
IGNORED = -100


@dataclass(frozen=True)
class Read:
    """What a forward pass gave, under transformers' names: logits, or hidden states in their place.

    ``logits`` [B, T, V] (a discriminator's scores are [B, T]); ``hidden_states`` is one tensor
    [B, T, D]; ``past_key_values`` is the cache that was read into.
    """

    logits: Tensor | None = None
    hidden_states: tuple[Tensor, ...] | None = None
    past_key_values: Cache | None = None


class Network(nn.Module):
    """All parts and what they compute; a class adds how it begins, and what a loss is to it."""

    def compose(self, spec: ModelSpec) -> None:
        """Make all parts, without values that mean anything."""
        self.spec = spec
        self.model = Decoder(spec)
        has_transform = spec.head == Head.TRANSFORM
        if spec.head == Head.DISCRIMINATOR:
            self.discriminator = Discriminator(spec)
        else:
            self.head_transform = HeadTransform(spec) if has_transform else None
            self.lm_head = nn.Linear(spec.head_input_width, spec.vocab_size, bias=has_transform)
        self.sentence_head = SentenceHead(spec) if spec.has_sentence_head else None

    def tie_head(self) -> None:
        """Let head and embedding be one matrix, where the spec says so."""
        if self.spec.is_tied and self.spec.head != Head.DISCRIMINATOR:
            self.lm_head.weight = self.model.embed_tokens.weight

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

    def read(
        self,
        input_ids: Tensor,
        documents: Documents | None = None,
        position_ids: Tensor | None = None,
        *,
        returns_hidden: bool = False,
        token_type_ids: Tensor | None = None,
        blank_position_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool = False,
        logits_to_keep: int = 0,
    ) -> Read:
        """Read token ids [B, T], inside ``documents`` when given.

        ``returns_hidden`` leaves the head out, for a loop that computes the loss in pieces.
        ``attention_mask`` and the cache serve generation; ``use_cache`` begins one.
        """
        if use_cache and past_key_values is None:
            past_key_values = self.new_cache()
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
            return Read(hidden_states=(hidden,), past_key_values=past_key_values)
        if self.spec.head == Head.DISCRIMINATOR:
            return Read(logits=self.discriminator(hidden))
        logits = self.logits(hidden[:, -logits_to_keep:] if logits_to_keep else hidden)
        return Read(logits=logits, past_key_values=past_key_values)

    def new_cache(self) -> Cache:
        """For reading that goes on later."""
        return KeyValueCache()


class TrainyardModel(Network):
    """The network of a resolved spec."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.compose(spec)
        self.tie_head()

    def forward(self, *args: Any, **options: Any) -> Read:
        """As `read`."""
        return self.read(*args, **options)


def architecture_of(spec: ModelSpec) -> str:
    """The name of our transformers class for a spec (``training.model.huggingface.class_of``)."""
    if spec.head == Head.DISCRIMINATOR:
        return "TrainyardForPreTraining"
    is_encoder = spec.attention == AttentionDirection.BIDIRECTIONAL
    return "TrainyardForMaskedLM" if is_encoder else "TrainyardForCausalLM"


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
