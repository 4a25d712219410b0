"""BERT, RoBERTa and ELECTRA under the names of transformers.

Devlin 2019 (BERT), Liu 2019 (RoBERTa), Clark 2020 (ELECTRA). Their blocks are the same: a spec
whose positions begin at 0 and whose embedding is as wide as the model is BERT; one whose positions
begin later (after the padding token's id) is RoBERTa; one with a factorised embedding or a
discriminator is ELECTRA.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.export.native.base import BARE, Tensors, differences, head_layout_differs
from training.export.native.fused import flipped, renamed
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import (
    AttentionDirection,
    BlockOrder,
    FeedForward,
    Norm,
    NormPlacement,
    Position,
)

if TYPE_CHECKING:
    from transformers.configuration_utils import PreTrainedConfig

_BLOCK = {
    "self_attn.q_proj": "attention.self.query",
    "self_attn.k_proj": "attention.self.key",
    "self_attn.v_proj": "attention.self.value",
    "self_attn.o_proj": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "mlp.up_proj": "intermediate.dense",
    "mlp.down_proj": "output.dense",
    "feedforward_norm": "output.LayerNorm",
}


class Encoder:
    """What the classes share: names by tables, and no tensor that is laid out otherwise."""

    #: Prefix of the network; names of what stands outside the blocks, ours to theirs.
    network = "bert"
    outside: Mapping[str, str] = {}
    #: Names of the modules of a block, and the name of the table of positions in the network.
    block: Mapping[str, str] = _BLOCK
    positions = "embeddings.position_embeddings.weight"
    #: Our name of a single tensor to theirs.
    tensor_names: Mapping[str, str] = {}

    def tensors(self, ours: Tensors, spec: ModelSpec) -> Tensors:
        """Our names under theirs."""
        theirs = renamed(ours, self._modules(spec))
        named = self._tensors().items()
        return theirs | {native: ours[mine] for mine, native in named if mine in ours}

    def ours(self, theirs: Tensors, spec: ModelSpec) -> Tensors:
        """Their names under ours."""
        ours = renamed(theirs, flipped(self._modules(spec)))
        named = self._tensors().items()
        return ours | {mine: theirs[native] for mine, native in named if native in theirs}

    def _modules(self, spec: ModelSpec) -> dict[str, str]:
        embeddings = f"{self.network}.embeddings"
        names = {
            "model.embed_tokens": f"{embeddings}.word_embeddings",
            "model.token_types": f"{embeddings}.token_type_embeddings",
            "model.embedding_norm": f"{embeddings}.LayerNorm",
            **self.outside,
        }
        for layer in range(spec.num_layers):
            mine, native = f"model.layers.{layer}", f"{self.network}.encoder.layer.{layer}"
            names |= {f"{mine}.{a}": f"{native}.{b}" for a, b in self.block.items()}
        return names

    def _tensors(self) -> dict[str, str]:
        positions = f"{self.network}.{self.positions}"
        return {"model.positions.weight": positions, **self.tensor_names}


def unlike_bert(
    spec: ModelSpec, *, position: Position = Position.LEARNED, has_types: bool = True
) -> dict[str, bool]:
    """The options in which a spec may differ from all encoders of this file."""
    placement = spec.norm_placement
    return {
        f"attention is {spec.attention}": spec.attention != AttentionDirection.BIDIRECTIONAL,
        f"positions are {spec.position}, not {position}": spec.position != position,
        f"norm is {spec.norm}, not layernorm": spec.norm != Norm.LAYERNORM,
        f"norms are placed {placement}, not post": placement != NormPlacement.POST,
        f"feed-forward is {spec.feedforward}, not gelu_exact": spec.feedforward
        != FeedForward.GELU_EXACT,
        f"blocks are {spec.block_order}": spec.block_order != BlockOrder.SEQUENTIAL,
        "there are no biases": not spec.has_biases,
        "there are no token types": has_types and not spec.num_token_types,
        "blanks have positions of their own": spec.has_blank_positions,
        "there is a mask decoder": bool(spec.mask_decoder_steps),
        "embeddings are not normalised": not spec.has_embedding_norm,
        "queries and keys are normalised": spec.has_qk_norm,
        "logits are capped": bool(spec.logit_soft_cap),
        **head_layout_differs(spec),
    }


def without_mlm_head(spec: ModelSpec) -> dict[str, bool]:
    """What a spec may lack of the head of masked tokens."""
    return {
        f"the head is {spec.head}": spec.head != Head.TRANSFORM,
        "the head is not tied": not spec.is_tied,
    }


@dataclass(frozen=True)
class Bert(Encoder):
    """BERT's encoder and its head of masked tokens."""

    name: str = "BertForMaskedLM"
    outside = {
        "head_transform.dense": "cls.predictions.transform.dense",
        "head_transform.norm": "cls.predictions.transform.LayerNorm",
    }
    tensor_names = {"lm_head.bias": "cls.predictions.bias"}

    def reason_against(self, spec: ModelSpec) -> str | None:
        """A sentence head makes it the class of BERT's own pretraining."""
        return differences(
            self.name,
            {
                **unlike_bert(spec),
                **without_mlm_head(spec),
                f"embeddings are {spec.token_width} wide": spec.has_embedding_projection,
                f"positions begin at {spec.first_position}": bool(spec.first_position),
                "there is a sentence head": spec.has_sentence_head,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """BertConfig."""
        from transformers import BertConfig

        return BertConfig(**encoder_values(spec))


@dataclass(frozen=True)
class BertForPreTraining(Bert):
    """BERT with both of its heads: masked tokens, and whether a sentence follows another."""

    name: str = "BertForPreTraining"
    outside = {
        **Bert.outside,
        "sentence_head.pooler": "bert.pooler.dense",
        "sentence_head.score": "cls.seq_relationship",
    }

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Else as BertForMaskedLM."""
        if not spec.has_sentence_head:
            return f"Not a {self.name}: there is no sentence head."
        return super().reason_against(spec.replace(has_sentence_head=False))


@dataclass(frozen=True)
class Roberta(Encoder):
    """BERT whose positions begin after the padding token's id."""

    name: str = "RobertaForMaskedLM"
    network = "roberta"
    outside = {"head_transform.dense": "lm_head.dense", "head_transform.norm": "lm_head.layer_norm"}
    tensor_names = {"lm_head.bias": "lm_head.bias"}

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Its first position is 1 or more."""
        return differences(
            self.name,
            {
                **unlike_bert(spec),
                **without_mlm_head(spec),
                f"embeddings are {spec.token_width} wide": spec.has_embedding_projection,
                "positions begin at 0": not spec.first_position,
                "there is a sentence head": spec.has_sentence_head,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """RobertaConfig; the padding token is the one before the first position."""
        from transformers import RobertaConfig

        values = encoder_values(spec) | {"pad_token_id": spec.first_position - 1}
        return RobertaConfig(**values)


@dataclass(frozen=True)
class ElectraGenerator(Encoder):
    """BERT with a factorised embedding, and a head that goes back to its width."""

    name: str = "ElectraForMaskedLM"
    network = "electra"
    outside = {
        "model.embedding_projection": "electra.embeddings_project",
        "head_transform.dense": "generator_predictions.dense",
        "head_transform.norm": "generator_predictions.LayerNorm",
    }
    tensor_names = {"lm_head.bias": "generator_lm_head.bias"}

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Without a factorised embedding it is BERT."""
        whole = f"embeddings are {spec.width} wide, as the model is"
        return differences(
            self.name,
            {
                **unlike_bert(spec),
                **without_mlm_head(spec),
                whole: not spec.has_embedding_projection,
                f"positions begin at {spec.first_position}": bool(spec.first_position),
                "there is a sentence head": spec.has_sentence_head,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """ElectraConfig."""
        from transformers import ElectraConfig

        return ElectraConfig(**encoder_values(spec), embedding_size=spec.token_width)


@dataclass(frozen=True)
class ElectraDiscriminator(ElectraGenerator):
    """The network that says which tokens were replaced."""

    name: str = "ElectraForPreTraining"
    outside = {
        "model.embedding_projection": "electra.embeddings_project",
        "discriminator.dense": "discriminator_predictions.dense",
        "discriminator.score": "discriminator_predictions.dense_prediction",
    }
    tensor_names = {}

    def reason_against(self, spec: ModelSpec) -> str | None:
        """Its embedding may be factorised or not."""
        return differences(
            self.name,
            {
                **unlike_bert(spec),
                f"the head is {spec.head}": spec.head != Head.DISCRIMINATOR,
                f"positions begin at {spec.first_position}": bool(spec.first_position),
                "there is a sentence head": spec.has_sentence_head,
            },
        )


def encoder_values(spec: ModelSpec) -> dict[str, Any]:
    """What the configs have in common."""
    return {
        "vocab_size": spec.vocab_size,
        "hidden_size": spec.width,
        "num_hidden_layers": spec.num_layers,
        "num_attention_heads": spec.num_heads,
        "intermediate_size": spec.feedforward_width,
        "hidden_act": "gelu",
        "hidden_dropout_prob": spec.residual_drop,
        "attention_probs_dropout_prob": spec.attention_drop,
        "max_position_embeddings": spec.context_length + spec.first_position,
        "type_vocab_size": spec.num_token_types,
        "initializer_range": spec.init_std,
        "layer_norm_eps": spec.norm_epsilon,
        "tie_word_embeddings": True,
        "pad_token_id": None,
        **BARE,
    }
