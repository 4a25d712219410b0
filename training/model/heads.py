"""Heads of encoders: what stands between hidden states and the scores of an objective.

Transform and next sentence: Devlin 2019 (BERT). Discriminator: Clark 2020 (ELECTRA). The product
with the vocabulary stays ``lm_head`` of the model, so that it can be tied.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import gelu

from training.model.precision import lowered
from training.registry import find
from training.specs.model import ModelSpec


class HeadTransform(nn.Module):
    """norm(gelu(dense(x))): [..., D] -> [..., token width]."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.dense = nn.Linear(spec.width, spec.token_width, bias=spec.has_biases)
        self.norm = find("norms", spec.norm).load()(spec, spec.token_width)

    def forward(self, hidden: Tensor) -> Tensor:
        product = gelu(self.dense(lowered(hidden)))
        transformed: Tensor = self.norm(product.to(hidden.dtype))
        return transformed


class Discriminator(nn.Module):
    """One score per token, above 0 where it looks replaced: [..., D] -> [...]."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.dense = nn.Linear(spec.width, spec.width, bias=spec.has_biases)
        self.score = nn.Linear(spec.width, 1, bias=spec.has_biases)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.score(gelu(self.dense(lowered(hidden)))).squeeze(-1)


class SentenceHead(nn.Module):
    """Scores that the second sentence follows and that it does not: [..., D] -> [..., 2].

    Reads the hidden state of a pair's first token.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.pooler = nn.Linear(spec.width, spec.width, bias=spec.has_biases)
        self.score = nn.Linear(spec.width, 2, bias=spec.has_biases)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.score(self.pooler(lowered(hidden)).tanh())
