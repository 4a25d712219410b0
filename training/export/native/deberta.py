"""DeBERTa (its first version) under the names and layouts of transformers. He 2021.

transformers' class has no decoder of masked tokens: a model with one keeps our class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.export.native.base import Tensors, differences
from training.export.native.encoders import Encoder, encoder_values, unlike_bert, without_mlm_head
from training.export.native.fused import apart, fused
from training.specs.disentangled_parts import DisentangledTerms
from training.specs.model import ModelSpec
from training.specs.model_choices import Position

if TYPE_CHECKING:
    from transformers.configuration_utils import PreTrainedConfig

TERMS = {
    DisentangledTerms.BOTH: ["c2p", "p2c"],
    DisentangledTerms.CONTENT_TO_POSITION: ["c2p"],
    DisentangledTerms.POSITION_TO_CONTENT: ["p2c"],
}


@dataclass(frozen=True)
class Deberta(Encoder):
    """BERT with disentangled attention in place of learned positions; token types or none."""

    name: str = "DebertaForMaskedLM"
    network = "deberta"
    outside = {
        "head_transform.dense": "cls.predictions.transform.dense",
        "head_transform.norm": "cls.predictions.transform.LayerNorm",
    }
    tensor_names = {"lm_head.bias": "cls.predictions.bias"}
    block = {
        name: theirs
        for name, theirs in Encoder.block.items()
        if not name.startswith(("self_attn.q", "self_attn.k", "self_attn.v"))
    } | {
        "self_attn.pos_k_proj": "attention.self.pos_proj",
        "self_attn.pos_q_proj": "attention.self.pos_q_proj",
    }
    positions = "encoder.rel_embeddings.weight"

    def reason_against(self, spec: ModelSpec) -> str | None:
        """One row of the table for each distance, and projections of distances alone."""
        return differences(
            self.name,
            {
                **unlike_bert(spec, position=Position.DISENTANGLED, has_types=False),
                **without_mlm_head(spec),
                f"embeddings are {spec.token_width} wide": spec.has_embedding_projection,
                "there is a sentence head": spec.has_sentence_head,
                "distances fall into buckets": bool(spec.distance_buckets),
                "distances share projections": spec.shares_position_projections,
            },
        )

    def config(self, spec: ModelSpec) -> PreTrainedConfig:
        """DebertaConfig."""
        from transformers import DebertaConfig

        return DebertaConfig(
            **encoder_values(spec),
            relative_attention=True,
            position_biased_input=False,
            max_relative_positions=spec.distance_reach,
            pos_att_type=TERMS[spec.disentangled_terms],
        )

    def tensors(self, ours: Tensors, spec: ModelSpec) -> Tensors:
        """Query, key and value are one matrix; keys have no bias."""
        theirs = super().tensors(ours, spec)
        for layer in range(spec.num_layers):
            mine, native = _attention(layer)
            weights = {name: ours[name] for name in _weights(mine)}
            theirs[f"{native}.in_proj.weight"] = fused(weights, mine, spec)["weight"]
            for letter in "qv":
                theirs[f"{native}.{letter}_bias"] = ours[f"{mine}.{letter}_proj.bias"]
        return theirs

    def ours(self, theirs: Tensors, spec: ModelSpec) -> Tensors:
        """Query, key and value apart."""
        ours = super().ours(theirs, spec)
        for layer in range(spec.num_layers):
            mine, native = _attention(layer)
            ours |= apart(theirs, f"{native}.in_proj", mine, spec)
            for letter in "qv":
                ours[f"{mine}.{letter}_proj.bias"] = theirs[f"{native}.{letter}_bias"]
        return ours


def _attention(layer: int) -> tuple[str, str]:
    return f"model.layers.{layer}.self_attn", f"deberta.encoder.layer.{layer}.attention.self"


def _weights(prefix: str) -> list[str]:
    return [f"{prefix}.{letter}_proj.weight" for letter in "qkv"]
