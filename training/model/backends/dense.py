"""Attention with a written-out mask: the reference for tests, and decoding with a cache.

Memory grows with the square of the length; nothing is clever here on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from training.model.backends.base import Attend, Situation
from training.model.backends.sdpa import attend_causally
from training.model.masks import Documents, causal_mask


@dataclass(frozen=True)
class MaskedAttend:
    """Attention where ``may_attend`` (bool, broadcast to [B, H, T, S]; None is all) is true."""

    may_attend: Tensor | None

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E] from queries [B, H, T, E] and keys and values [B, K, S, E]."""
        return scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=self.may_attend,
            dropout_p=dropout,
            enable_gqa=query.shape[1] != key.shape[1],
        )


class Dense:
    """A bool mask [B, 1, T, T]: right everywhere, for short rows only."""

    def reason_against(self, situation: Situation) -> str | None:
        """It always works."""
        return None

    def prepare(self, documents: Documents | None) -> Attend:
        """Write the mask out."""
        if documents is None:
            return attend_causally
        return MaskedAttend(documents.may_attend()[:, None])


def attend_with_cache(
    num_queries: int, num_keys: int, is_real: Tensor | None, reference: Tensor
) -> Attend:
    """Attention of the last T of S positions, as when decoding with cached keys.

    ``is_real``: bool [B, S], false at padding, or None. A padding query sees only itself, so that
    no row of the softmax is empty.
    """
    if is_real is None and num_queries == 1:
        return MaskedAttend(None)
    causal = causal_mask(num_queries, num_keys, reference.device)
    if is_real is None:
        return MaskedAttend(causal)
    itself = causal.triu(diagonal=num_keys - num_queries)
    return MaskedAttend(((causal & is_real[:, None, :]) | itself)[:, None])
