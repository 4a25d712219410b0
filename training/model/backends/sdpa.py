"""Plain causal attention through torch's fused kernel: each row is one document."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from training.model.backends.base import Attend, Situation, added_mask, bias_matrix
from training.model.backends.tiles import TiledAttention
from training.model.masks import Documents, MaskKind, causal_mask
from training.planning.memory import FEWEST_TILED_TOKENS

HALF_PRECISION = (torch.float16, torch.bfloat16)


class CausalSdpa:
    """``scaled_dot_product_attention(is_causal=True)``; knows nothing of documents."""

    def reason_against(self, situation: Situation) -> str | None:
        """It would leak from one document into the next."""
        if situation.mask is not MaskKind.CAUSAL:
            return "sdpa_causal does not keep packed documents apart"
        return None

    def prepare(self, documents: Documents | None, bias: Tensor | None = None) -> Attend:
        """Write the mask out where positions add to it."""
        if documents is not None:
            raise ValueError("sdpa_causal was given documents, which it would not keep apart")
        return attend_causally if bias is None else BiasedAttend(bias)


@dataclass(frozen=True)
class BiasedAttend:
    """Causal attention over whole rows, with ``bias`` [H, S] by distance."""

    bias: Tensor
    _masks: dict[tuple[int, torch.dtype], Tensor] = field(default_factory=dict)

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E], [B, K, T, E], [B, K, T, E] -> [B, H, T, E]."""
        about = (query.shape[2], query.dtype)
        if about not in self._masks:
            causal = causal_mask(about[0], about[0], query.device)
            matrix = bias_matrix(self.bias, about[0], about[0])
            self._masks[about] = added_mask(causal, matrix, query.dtype)
        return attend_causally(query, key, value, dropout, self._masks[about])


def attend_causally(
    query: Tensor, key: Tensor, value: Tensor, dropout: float, bias: Tensor | None = None
) -> Tensor:
    """Causal attention over whole rows, or under ``bias`` (added to the scores) where it is given.

    Grouped key/value heads are not copied.
    """
    if query.device.type != "cpu" or query.dtype not in HALF_PRECISION or dropout:
        return _fused(query, key, value, dropout, bias)
    # Without autocast, which would bring what is meant to be fp32 back to half precision.
    with torch.autocast("cpu", enabled=False):
        if bias is None and query.shape[2] >= FEWEST_TILED_TOKENS:
            tiled = TiledAttention.apply(query, key, value)
            assert isinstance(tiled, Tensor)
            return tiled
        bias = None if bias is None else bias.float()
        return _fused(query.float(), key.float(), value.float(), 0.0, bias).to(query.dtype)


def _fused(
    query: Tensor, key: Tensor, value: Tensor, dropout: float, bias: Tensor | None
) -> Tensor:
    return scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=bias,
        dropout_p=dropout,
        is_causal=bias is None,
        enable_gqa=query.shape[1] != key.shape[1],
    )
