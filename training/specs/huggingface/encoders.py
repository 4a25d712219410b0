"""Configs of BERT, RoBERTa, ELECTRA and DeBERTa: text read both ways, norms after each sum."""

from __future__ import annotations

from typing import Any

from training.specs.disentangled_parts import DisentangledTerms
from training.specs.encoder_parts import Head
from training.specs.huggingface.reader import ConfigReader, validated
from training.specs.model import ModelSpec
from training.specs.model_choices import (
    AttentionDirection,
    FeedForward,
    Norm,
    NormPlacement,
    Position,
)


def bert(reader: ConfigReader) -> ModelSpec:
    """BERT, with the head of its own pretraining where the config names that class."""
    return validated(
        **_encoder(reader, vocabulary=30_522),
        context_length=reader.integer("max_position_embeddings", 8, 1_048_576, 512),
        head=Head.TRANSFORM,
        has_sentence_head=_architecture(reader) == "BertForPreTraining",
    )


def roberta(reader: ConfigReader) -> ModelSpec:
    """RoBERTa: positions begin after the padding token's id."""
    first = reader.integer("pad_token_id", 0, 1023, 1) + 1
    rows = reader.integer("max_position_embeddings", 8 + first, 1_048_576, 512)
    return validated(
        **_encoder(reader, vocabulary=50_265),
        context_length=rows - first,
        first_position=first,
        head=Head.TRANSFORM,
    )


def electra(reader: ConfigReader) -> ModelSpec:
    """ELECTRA's generator or discriminator, as the config's class says."""
    width = reader.integer("hidden_size", 8, 65_536, 256)
    inner = reader.integer("embedding_size", 1, 65_536, 128)
    is_generator = _architecture(reader) == "ElectraForMaskedLM"
    if is_generator and inner == width:
        raise reader.refusal("embedding_size", inner, f"another than hidden_size ({width})")
    reader.read.update({"summary_last_dropout", "embedding_dropout"})
    return validated(
        **_encoder(reader, vocabulary=30_522),
        context_length=reader.integer("max_position_embeddings", 8, 1_048_576, 512),
        embedding_width=0 if inner == width else inner,
        head=Head.TRANSFORM if is_generator else Head.DISCRIMINATOR,
    )


def deberta(reader: ConfigReader) -> ModelSpec:
    """DeBERTa of the first version: contents and distances in sums of its own."""
    reader.only("relative_attention", (True,))
    reader.only("position_biased_input", (False,))
    reader.only("talking_head", (False,))
    reader.only("legacy", (True,))
    width = reader.integer("hidden_size", 8, 65_536, 768)
    for name in ("embedding_size", "pooler_hidden_size"):
        reader.only(name, (width,))
    reader.read.update({"pooler_dropout", "pooler_hidden_act", "padding_idx"})
    named = reader.data.get("pos_att_type")
    reader.read.add("pos_att_type")
    terms = _terms(named.split("|") if isinstance(named, str) else named)
    if terms is None:
        raise reader.refusal("pos_att_type", named, "c2p, p2c or both")
    context = reader.integer("max_position_embeddings", 8, 1_048_576, 512)
    farthest = reader.integer("max_relative_positions", -1, 65_536, -1)
    shape = _encoder(reader, vocabulary=50_265, least_types=0, epsilon=1e-7)
    return validated(
        **shape | {"position": Position.DISENTANGLED},
        context_length=context,
        farthest_distance=max(0, farthest),
        disentangled_terms=terms,
        head=Head.TRANSFORM,
    )


#: Names of the terms in a config, sorted.
TERMS = {
    ("c2p", "p2c"): DisentangledTerms.BOTH,
    ("c2p",): DisentangledTerms.CONTENT_TO_POSITION,
    ("p2c",): DisentangledTerms.POSITION_TO_CONTENT,
}


def _terms(parts: Any) -> DisentangledTerms | None:
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        return None
    return TERMS.get(tuple(sorted(part.strip() for part in parts)))


def _architecture(reader: ConfigReader) -> str:
    named = reader.data.get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def _encoder(
    reader: ConfigReader, *, vocabulary: int, least_types: int = 1, epsilon: float = 1e-12
) -> dict[str, Any]:
    """What they have in common."""
    reader.only("hidden_act", ("gelu",))
    reader.only("position_embedding_type", ("absolute",))
    reader.only("is_decoder", (False,))
    reader.only("add_cross_attention", (False,))
    reader.only("tie_word_embeddings", (True,))
    reader.read.update(
        {
            "hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout",
            "layer_norm_type", "gradient_checkpointing",
        }
    )  # fmt: skip
    heads = reader.integer("num_attention_heads", 1, 65_536, 12)
    return {
        "attention": AttentionDirection.BIDIRECTIONAL,
        "num_layers": reader.integer("num_hidden_layers", 1, 256, 12),
        "width": reader.integer("hidden_size", 8, 65_536, 768),
        "num_heads": heads,
        "num_kv_heads": heads,
        "vocab_size": reader.integer("vocab_size", 1, 4_194_304, vocabulary),
        "position": Position.LEARNED,
        "norm": Norm.LAYERNORM,
        "norm_epsilon": reader.number("layer_norm_eps", 1e-12, 0.1, epsilon),
        "norm_placement": NormPlacement.POST,
        "has_embedding_norm": True,
        "num_token_types": reader.integer("type_vocab_size", least_types, 16, 2 * least_types),
        "feedforward": FeedForward.GELU_EXACT,
        "feedforward_width": reader.integer("intermediate_size", 1, 1_048_576, 3072),
        "has_biases": True,
        "is_tied": True,
    }
