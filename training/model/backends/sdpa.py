"""Attention over whole rows through torch's fused kernel: each row is one document."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from training.model.backends.base import Attend, DistanceBias, Situation, added_mask, bias_matrix
from training.model.backends.tiles import TiledAttention
from training.model.masks import Documents, causal_mask
from training.planning.memory import FEWEST_TILED_TOKENS

HALF_PRECISION = (torch.float16, torch.bfloat16)


class Sdpa:
    """``scaled_dot_product_attention``, causal or not; knows nothing of documents."""

    def reason_against(self, situation: Situation) -> str | None:
        """It would leak from one document into the next."""
        if situation.mask.is_isolating:
            return "sdpa does not keep packed documents apart"
        return None

    def prepare(
        self,
        documents: Documents | None,
        bias: DistanceBias | None = None,
        *,
        is_causal: bool = True,
    ) -> Attend:
        """Write the mask out where positions add to it."""
        if documents is not None:
            raise ValueError("sdpa was given documents, which it would not keep apart")
        return whole_rows(bias, is_causal=is_causal)


def whole_rows(bias: DistanceBias | None, *, is_causal: bool) -> Attend:
    """Attention over whole rows, back alone or both ways."""
    if bias is not None:
        return BiasedAttend(bias, is_causal)
    return attend_causally if is_causal else partial(attend_rows, is_causal=False)


@dataclass(frozen=True)
class BiasedAttend:
    """Attention over whole rows, with a bias by distance."""

    bias: DistanceBias
    is_causal: bool = True
    _masks: dict[tuple[int, torch.dtype], Tensor] = field(default_factory=dict)

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E], [B, K, T, E], [B, K, T, E] -> [B, H, T, E]."""
        about = (query.shape[2], query.dtype)
        if about not in self._masks:
            causal = causal_mask(about[0], about[0], query.device)
            seen = causal if self.is_causal else torch.ones_like(causal)
            matrix = bias_matrix(self.bias, about[0], about[0])
            self._masks[about] = added_mask(seen, matrix, query.dtype)
        return attend_rows(query, key, value, dropout, self._masks[about])


def attend_causally(
    query: Tensor, key: Tensor, value: Tensor, dropout: float, added: Tensor | None = None
) -> Tensor:
    """``attend_rows`` looking back alone."""
    return attend_rows(query, key, value, dropout, added)


def attend_rows(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    dropout: float,
    added: Tensor | None = None,
    *,
    is_causal: bool = True,
) -> Tensor:
    """Attention over whole rows; ``added`` to the scores, where it is given, is the whole mask.

    Grouped key/value heads are not copied.
    """
    is_causal = is_causal and added is None
    if query.device.type != "cpu" or query.dtype not in HALF_PRECISION or dropout:
        return _fused(query, key, value, dropout, added, is_causal)
    # Without autocast, which would bring what is meant to be fp32 back to half precision.
    with torch.autocast("cpu", enabled=False):
        if added is None and query.shape[2] >= FEWEST_TILED_TOKENS:
            tiled = TiledAttention.apply(query, key, value, is_causal)
            assert isinstance(tiled, Tensor)
            return tiled
        added = None if added is None else added.float()
        mixed = _fused(query.float(), key.float(), value.float(), 0.0, added, is_causal)
        return mixed.to(query.dtype)


def _fused(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    dropout: float,
    added: Tensor | None,
    is_causal: bool,
) -> Tensor:
    return scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=added,
        dropout_p=dropout,
        is_causal=is_causal,
        enable_gqa=query.shape[1] != key.shape[1],
    )
