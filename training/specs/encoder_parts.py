"""What encoders have besides: a factorised embedding, token types, heads of their own. No torch.

Devlin 2019 (BERT: token types, head transform, next sentence), Liu 2019 (RoBERTa: positions begin
after the padding token's number), Lan 2020 (factorised embedding), Clark 2020 (ELECTRA).
"""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Part, option


class Head(StrEnum):
    """What stands on top of the blocks."""

    LINEAR = "linear"
    TRANSFORM = "transform"
    DISCRIMINATOR = "discriminator"


class EncoderOptions(Part):
    """Parts that encoders have and decoders mostly have not."""

    embedding_width: int = option(
        0,
        title="Embedding width",
        help="Numbers per token before a projection to the width: 128 in ELECTRA; 0 is the width.",
        ge=0,
        le=65_536,
        group="advanced",
    )
    num_token_types: int = option(
        0,
        title="Token types",
        help="Learned vectors that say which sentence of a pair a token is of: 2 in BERT, 1 in "
        "RoBERTa, 0 is none.",
        ge=0,
        le=16,
        group="advanced",
    )
    first_position: int = option(
        0,
        title="First position",
        help="Number of the first position: in RoBERTa 2, one more than its padding token's id.",
        ge=0,
        le=1024,
        group="advanced",
    )
    head: Head = option(
        Head.LINEAR,
        title="Head",
        help="linear: a product with the vocabulary; transform: before it a dense layer, GELU and "
        "a norm, and a bias per piece (BERT); discriminator: was a token replaced? (ELECTRA)",
        group="advanced",
    )
    has_sentence_head: bool = option(
        False,
        title="Sentence head",
        help="Dense layer, tanh and two scores at the first token: does the second sentence follow "
        "the first? (BERT)",
        group="advanced",
    )
