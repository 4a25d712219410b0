"""One transformer block: attention and feed-forward as branches of the residual stream.

| placement | x becomes | source |
|---|---|---|
| pre | x + f(norm(x)) | Radford 2019 |
| post | norm(x + f(x)) | Vaswani 2017 |
| sandwich | x + norm(f(norm(x))) | Ding 2021 (CogView), Gemma 2 |
| deepnorm | norm(a x + f(x)), a = (2 L)^(1/4) | Wang 2022, for decoders |

Sequential: attention first, then the feed-forward on what it wrote. Parallel (Wang & Komatsuzaki
2021): x + attention(norm(x)) + feedforward(norm'(x)), or both through one norm.

Names of sub-modules are LLaMA's, so that a LLaMA-shaped model's weights are native as they are;
norms after a branch are ``attention_norm`` and ``feedforward_norm``.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import dropout

from training.model.attention import Attention
from training.model.backends.base import Attend
from training.model.cache import Cache
from training.model.disentangled import DisentangledAttention
from training.model.positions import Rotation
from training.model.precision import lowered
from training.registry import find
from training.specs.model import ModelSpec
from training.specs.model_choices import BlockOrder, NormPlacement, Position


class Block(nn.Module):
    """[B, T, D] -> [B, T, D]."""

    def __init__(self, spec: ModelSpec, layer: int) -> None:
        super().__init__()
        norm, feedforward = find("norms", spec.norm).load(), find("feedforwards", spec.feedforward)
        placement = spec.norm_placement
        is_before = placement in {NormPlacement.PRE, NormPlacement.SANDWICH}
        is_after = placement != NormPlacement.PRE
        self.dropout = spec.residual_drop
        self.is_parallel = spec.block_order == BlockOrder.PARALLEL
        self.is_sandwich = placement == NormPlacement.SANDWICH
        self.scale = residual_scale(spec)
        self.input_layernorm = norm(spec) if is_before else None
        is_disentangled = spec.position == Position.DISENTANGLED
        self.self_attn = (DisentangledAttention if is_disentangled else Attention)(spec, layer)
        self.attention_norm = norm(spec) if is_after else None
        has_second = is_before and not spec.has_shared_norm
        self.post_attention_layernorm = norm(spec) if has_second else None
        self.mlp = feedforward.load()(spec)
        self.feedforward_norm = norm(spec) if is_after else None

    def forward(
        self,
        hidden: Tensor,
        attend: Attend,
        rotation: Rotation | None,
        cache: Cache | None = None,
        context: Tensor | None = None,
    ) -> Tensor:
        """``context`` [B, T, D] is what attention looks at; None is the stream itself."""
        normed = _before(self.input_layernorm, hidden)
        read = None if context is None else _before(self.input_layernorm, context)
        attended = self._drop(self.self_attn(normed, attend, rotation, cache, read))
        if self.is_parallel:
            if self.post_attention_layernorm is not None:
                normed = _before(self.post_attention_layernorm, hidden)
            return hidden + attended + self._drop(self.mlp(normed))
        hidden = self._joined(hidden, attended, self.attention_norm)
        normed = _before(self.post_attention_layernorm, hidden)
        return self._joined(hidden, self._drop(self.mlp(normed)), self.feedforward_norm)

    def _joined(self, hidden: Tensor, branch: Tensor, norm: nn.Module | None) -> Tensor:
        """The stream after a branch."""
        if norm is None:
            return hidden + branch
        if self.is_sandwich:
            normed: Tensor = norm(branch.to(hidden.dtype))
            return hidden + normed
        joined: Tensor = norm((hidden if self.scale == 1 else hidden * self.scale) + branch)
        return joined

    def _drop(self, hidden: Tensor) -> Tensor:
        return dropout(hidden, self.dropout) if self.dropout and self.training else hidden


def residual_scale(spec: ModelSpec) -> float:
    """What the stream counts in the sum with a branch."""
    deep = spec.norm_placement == NormPlacement.DEEPNORM
    return float((2 * spec.num_layers) ** 0.25) if deep else 1.0


def _before(norm: nn.Module | None, hidden: Tensor) -> Tensor:
    """What a branch reads."""
    return lowered(hidden if norm is None else norm(hidden))
