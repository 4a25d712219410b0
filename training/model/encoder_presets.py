"""Named encoders to start from; the vocabulary comes from the tokenizer. No torch.

Devlin 2019 (BERT), Liu 2019 (RoBERTa), He 2021 (DeBERTa), Clark 2020 (ELECTRA; its generator is a
quarter as wide as its discriminator). The sizes in the titles count the vocabulary of the source:
30,522 pieces for BERT and ELECTRA, 50,265 for RoBERTa and DeBERTa; the tiny ones have 4,096.
"""

from __future__ import annotations

from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import (
    AttentionDirection,
    FeedForward,
    Norm,
    NormPlacement,
    Position,
)

BERT_BASE = ModelSpec(
    attention=AttentionDirection.BIDIRECTIONAL,
    num_layers=12,
    width=768,
    num_heads=12,
    context_length=512,
    position=Position.LEARNED,
    norm=Norm.LAYERNORM,
    norm_epsilon=1e-12,
    norm_placement=NormPlacement.POST,
    has_embedding_norm=True,
    feedforward=FeedForward.GELU_EXACT,
    has_biases=True,
    num_token_types=2,
    head=Head.TRANSFORM,
    dropout=0.1,
)
BERT_TINY = BERT_BASE.replace(num_layers=4, width=128, num_heads=4, context_length=256, dropout=0.0)
#: The table of positions has 514 rows, because the padding token's id is 1.
ROBERTA_BASE = BERT_BASE.replace(num_token_types=1, first_position=2, norm_epsilon=1e-5)
ELECTRA_SMALL = BERT_BASE.replace(
    width=256, num_heads=4, embedding_width=128, head=Head.DISCRIMINATOR
)
ELECTRA_SMALL_GENERATOR = ELECTRA_SMALL.replace(width=64, num_heads=1, head=Head.TRANSFORM)
#: As transformers has it. DeBERTa's own pretraining also has a mask decoder of 2 steps.
DEBERTA_BASE = BERT_BASE.replace(
    position=Position.DISENTANGLED, norm_epsilon=1e-7, num_token_types=0
)
DEBERTA_TINY = BERT_TINY.replace(
    position=Position.DISENTANGLED, norm_epsilon=1e-7, num_token_types=0, mask_decoder_steps=2
)
ELECTRA_TINY = BERT_TINY.replace(embedding_width=64, head=Head.DISCRIMINATOR)
