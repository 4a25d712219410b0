"""What a vocabulary costs in training and in generation, relative to the best one compared.

* training = tokens of the text x operations of a token, forward and backward, with the head over
  the vocabulary (``training.planning.flops``);
* generation = tokens of the text x weights that are read for each: all blocks and the head. One
  answer at a time is bound by that, and of the input's table one row is read.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.planning.flops import count_flops
from training.planning.params import count_parameters
from training.specs.compare_tokenizers import ReferencePart
from training.specs.model import ModelSpec

_HEAD_WIDTH = 64


@dataclass(frozen=True)
class Cost:
    """Of cutting the text by one tokenizer: operations, weights read, and the model's size."""

    training_flops: float
    weights_read: float
    num_parameters: int


def cost_of(reference: ReferencePart, vocab_size: int, num_tokens: int) -> Cost:
    """Of the reference with this vocabulary, over so many tokens."""
    spec = ModelSpec(
        num_layers=reference.num_layers,
        width=reference.width,
        num_heads=reference.width // _HEAD_WIDTH,
        context_length=reference.context_length,
        vocab_size=vocab_size,
        is_tied=True,
    ).resolve()
    count = count_parameters(spec)
    # Tied: the table is read whole as the head.
    return Cost(num_tokens * count_flops(spec).training, num_tokens * count.total, count.total)
