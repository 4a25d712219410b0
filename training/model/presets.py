"""Named architectures to start from; the vocabulary comes from the tokenizer. No torch.

The sizes in the titles count the vocabulary of the source: 32,000 pieces for the llama2.c sizes
(Karpathy 2023, trained on TinyStories), 50,257 for GPT-2 (Radford 2019), 50,304 for Pythia
(Biderman 2023), 250,880 for BLOOM (Scao 2022), 65,024 for Falcon (Almazrouei 2023), 151,936 for
Qwen3 (Yang 2025), 151,552 for GLM-4 (GLM team 2024); the tiny ones have 4,096.
Encoders: ``training.model.encoder_presets``.

``by_depth`` makes a model of one number, as nanochat does (Karpathy 2025): 64 of width per layer.
Heads are 64 wide, as in GPT-2, so that they divide the width at every depth. The learning rate is
6e-4 at a width of 768 (Brown 2020, 125 M) and falls with the square root of the width.
"""

from __future__ import annotations

import math

from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection, BlockOrder, FeedForward, Norm, Position

LLAMA_TINY = ModelSpec(
    num_layers=4, width=128, num_heads=4, context_length=256, feedforward_width=352
)
GPT2_TINY = ModelSpec(
    num_layers=4,
    width=128,
    num_heads=4,
    context_length=256,
    position=Position.LEARNED,
    norm=Norm.LAYERNORM,
    feedforward=FeedForward.GELU,
    has_biases=True,
)
LLAMA_15M = ModelSpec(
    num_layers=6, width=288, num_heads=6, context_length=256, feedforward_width=768
)
LLAMA_42M = ModelSpec(
    num_layers=8, width=512, num_heads=8, context_length=1024, feedforward_width=1376
)
LLAMA_110M = ModelSpec(
    num_layers=12, width=768, num_heads=12, context_length=1024, feedforward_width=2048
)
GPT2_SMALL = ModelSpec(
    num_layers=12,
    width=768,
    num_heads=12,
    context_length=1024,
    position=Position.LEARNED,
    norm=Norm.LAYERNORM,
    feedforward=FeedForward.GELU,
    has_biases=True,
    dropout=0.1,
)
PYTHIA_70M = ModelSpec(
    num_layers=6,
    width=512,
    num_heads=8,
    context_length=2048,
    rope_fraction=0.25,
    norm=Norm.LAYERNORM,
    block_order=BlockOrder.PARALLEL,
    feedforward=FeedForward.GELU_EXACT,
    has_biases=True,
    is_tied=False,
)
BLOOM_560M = ModelSpec(
    num_layers=24,
    width=1024,
    num_heads=16,
    context_length=2048,
    position=Position.ALIBI,
    norm=Norm.LAYERNORM,
    has_embedding_norm=True,
    feedforward=FeedForward.GELU,
    has_biases=True,
)
FALCON_7B = ModelSpec(
    num_layers=32,
    width=4544,
    num_heads=71,
    num_kv_heads=1,
    context_length=2048,
    norm=Norm.LAYERNORM,
    has_norm_biases=True,
    block_order=BlockOrder.PARALLEL,
    has_shared_norm=True,
    feedforward=FeedForward.GELU_EXACT,
)
GLM4_9B = ModelSpec(
    num_layers=40,
    width=4096,
    num_heads=32,
    num_kv_heads=2,
    context_length=8192,
    rope_fraction=0.5,
    norm_epsilon=1.5625e-7,
    has_qkv_biases=True,
    feedforward_width=13_696,
    is_tied=False,
)
#: For blank infilling: what is given is seen whole.
GLM_TINY = GLM4_9B.replace(
    num_layers=4,
    width=128,
    num_heads=4,
    context_length=256,
    feedforward_width=352,
    norm_epsilon=1e-5,
    attention=AttentionDirection.PREFIX,
    is_tied=True,
)
QWEN3_600M = ModelSpec(
    num_layers=28,
    width=1024,
    num_heads=16,
    num_kv_heads=8,
    attention_head_width=128,
    context_length=40_960,
    rope_theta=1e6,
    norm_epsilon=1e-6,
    has_qk_norm=True,
    feedforward_width=3072,
)

#: Width per layer, width of a head, and where the learning rate is known.
WIDTH_PER_LAYER = 64
HEAD_WIDTH = 64
_KNOWN_WIDTH, _KNOWN_LEARNING_RATE = 768, 6e-4


def by_depth(num_layers: int) -> tuple[ModelSpec, float]:
    """A LLaMA-style model of ``num_layers`` layers, and its peak learning rate (two digits)."""
    width = WIDTH_PER_LAYER * num_layers
    learning_rate = _KNOWN_LEARNING_RATE * math.sqrt(_KNOWN_WIDTH / width)
    model = ModelSpec(num_layers=num_layers, width=width, num_heads=width // HEAD_WIDTH)
    return model, float(f"{learning_rate:.1e}")
