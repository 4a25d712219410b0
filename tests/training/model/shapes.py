"""Small specs of every shape that the decoder has."""

from __future__ import annotations

from training.specs.disentangled_parts import DisentangledTerms
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

LLAMA = ModelSpec(num_layers=2, width=64, num_heads=4, context_length=128, vocab_size=211)
GPT2 = LLAMA.replace(
    position=Position.LEARNED,
    norm=Norm.LAYERNORM,
    feedforward=FeedForward.GELU,
    has_biases=True,
)

LLAMAS = {
    "MHA tied": LLAMA,
    "GQA tied": LLAMA.replace(num_kv_heads=2),
    "MQA untied": LLAMA.replace(num_kv_heads=1, is_tied=False),
    "MHA untied with biases": LLAMA.replace(is_tied=False, has_biases=True, rope_theta=500.0),
}
MIXED = {
    "RoPE with LayerNorm and GELU": LLAMA.replace(
        norm=Norm.LAYERNORM, feedforward=FeedForward.GELU, num_kv_heads=2
    ),
    "learned with RMSNorm": LLAMA.replace(position=Position.LEARNED, is_tied=False),
}
NEOX = GPT2.replace(
    position=Position.ROPE,
    rope_fraction=0.25,
    feedforward=FeedForward.GELU_EXACT,
    block_order=BlockOrder.PARALLEL,
    is_tied=False,
)
BLOOM = GPT2.replace(position=Position.ALIBI, has_embedding_norm=True)
FALCON = LLAMA.replace(
    norm=Norm.LAYERNORM,
    has_norm_biases=True,
    feedforward=FeedForward.GELU_EXACT,
    feedforward_width=256,
    block_order=BlockOrder.PARALLEL,
    num_kv_heads=1,
    has_shared_norm=True,
)
QWEN3 = LLAMA.replace(has_qk_norm=True, num_kv_heads=2, attention_head_width=24)
#: Specs that are classes of transformers besides LLaMA and GPT-2.
FURTHER = {
    "GPT-NeoX": NEOX,
    "GPT-NeoX sequential": NEOX.replace(block_order=BlockOrder.SEQUENTIAL),
    "BLOOM": BLOOM,
    "Falcon 7B": FALCON,
    "Falcon 40B": FALCON.replace(num_kv_heads=2, has_shared_norm=False),
    "Falcon 11B": FALCON.replace(num_kv_heads=2),
    "Falcon with ALiBi": FALCON.replace(
        position=Position.ALIBI,
        is_alibi_scaled=True,
        has_biases=True,
        num_kv_heads=4,
        block_order=BlockOrder.SEQUENTIAL,
        has_shared_norm=False,
    ),
    "Qwen3": QWEN3,
    "GLM": LLAMA.replace(
        rope_fraction=0.5, num_kv_heads=2, has_qkv_biases=True, is_tied=False, norm_epsilon=1e-6
    ),
}
BERT = GPT2.replace(
    attention=AttentionDirection.BIDIRECTIONAL,
    norm_placement=NormPlacement.POST,
    norm_epsilon=1e-12,
    feedforward=FeedForward.GELU_EXACT,
    has_embedding_norm=True,
    num_token_types=2,
    head=Head.TRANSFORM,
)
ELECTRA = BERT.replace(embedding_width=24)
DEBERTA = BERT.replace(position=Position.DISENTANGLED, num_token_types=0, norm_epsilon=1e-7)
#: Encoders that are classes of transformers.
ENCODERS = {
    "BERT": BERT,
    "BERT with both heads": BERT.replace(has_sentence_head=True),
    "RoBERTa": BERT.replace(num_token_types=1, first_position=2, norm_epsilon=1e-5),
    "DeBERTa": DEBERTA,
    "DeBERTa, near distances": DEBERTA.replace(farthest_distance=12, num_token_types=2),
    "DeBERTa, one term": DEBERTA.replace(disentangled_terms=DisentangledTerms.CONTENT_TO_POSITION),
    "ELECTRA generator": ELECTRA,
    "ELECTRA discriminator": ELECTRA.replace(head=Head.DISCRIMINATOR),
    "ELECTRA discriminator, whole": BERT.replace(head=Head.DISCRIMINATOR),
}
#: What no class of transformers is.
ALONE = {
    "relative, post-norm": LLAMA.replace(
        position=Position.RELATIVE, norm_placement=NormPlacement.POST
    ),
    "sinusoidal, DeepNorm": GPT2.replace(
        position=Position.SINUSOIDAL, norm_placement=NormPlacement.DEEPNORM
    ),
    "no positions, sandwich, GeGLU": LLAMA.replace(
        position=Position.NONE,
        norm_placement=NormPlacement.SANDWICH,
        feedforward=FeedForward.GEGLU,
        num_kv_heads=2,
    ),
    "parallel LLaMA, ReLU": LLAMA.replace(
        block_order=BlockOrder.PARALLEL, feedforward=FeedForward.RELU
    ),
    "ALiBi with six heads, QK-norm, SiLU": LLAMA.replace(
        width=96,
        num_heads=6,
        num_kv_heads=3,
        position=Position.ALIBI,
        has_qk_norm=True,
        feedforward=FeedForward.SILU,
    ),
}
EVERY_SPEC = {**LLAMAS, "GPT-2": GPT2, **MIXED, **FURTHER, **ALONE}
