"""Named architectures to start from; the vocabulary comes from the tokenizer. No torch.

The sizes in the titles count the vocabulary of the source: 32,000 pieces for the llama2.c sizes
(Karpathy 2023, trained on TinyStories), 50,257 for GPT-2 (Radford 2019); the tiny ones have 4,096.
"""

from __future__ import annotations

from training.specs.model import FeedForward, ModelSpec, Norm, Position

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
