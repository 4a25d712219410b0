"""Small specs of every shape that the decoder has."""

from __future__ import annotations

from training.specs.model import FeedForward, ModelSpec, Norm, Position

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
EVERY_SPEC = {**LLAMAS, "GPT-2": GPT2, **MIXED}
