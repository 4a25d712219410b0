"""Attention with a written-out mask: the reference for tests, and decoding with a cache.

Memory grows with the square of the length; nothing is clever here on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from training.model.backends.base import Attend, DistanceBias, Situation, added_mask, bias_matrix
from training.model.backends.sdpa import whole_rows
from training.model.masks import Documents, causal_mask


@dataclass(frozen=True)
class MaskedAttend:
    """Attention under ``mask``, broadcast to [B, H, T, S].

    Bool, true where it may attend; or numbers to add; None is everything.
    """

    mask: Tensor | None

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E] from queries [B, H, T, E] and keys and values [B, K, S, E]."""
        return scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=None if self.mask is None else self._of(query.dtype),
            dropout_p=dropout,
            enable_gqa=query.shape[1] != key.shape[1],
        )

    def _of(self, dtype: torch.dtype) -> Tensor:
        """The mask, numbers in the type of the scores."""
        assert self.mask is not None
        return self.mask if self.mask.dtype == torch.bool else self.mask.to(dtype)


class Dense:
    """A bool mask [B, 1, T, T]: right everywhere, for short rows only."""

    def reason_against(self, situation: Situation) -> str | None:
        """It always works."""
        return None

    def prepare(
        self,
        documents: Documents | None,
        bias: DistanceBias | None = None,
        *,
        is_causal: bool = True,
    ) -> Attend:
        """Write the mask out."""
        if documents is None:
            return whole_rows(bias, is_causal=is_causal)
        may_attend = documents.may_attend(is_causal=is_causal)[:, None]
        masked = _with_bias(may_attend, bias)
        return MaskedAttend(masked if documents.penalty is None else _softened(masked, documents))


def _softened(mask: Tensor, documents: Documents) -> Tensor:
    """The mask, bool or numbers, as numbers that are lower by the penalty across documents."""
    if mask.dtype == torch.bool:
        mask = added_mask(mask, None, torch.float32)
    differs = documents.ids[:, :, None] != documents.ids[:, None, :]
    return mask - (documents.penalty or 0.0) * differs[:, None]


def attend_with_cache(
    num_queries: int,
    num_keys: int,
    is_real: Tensor | None,
    reference: Tensor,
    bias: DistanceBias | None = None,
    *,
    is_causal: bool = True,
) -> Attend:
    """Attention of the last T of S positions, as when decoding with cached keys.

    ``is_real``: bool [B, S], false at padding, or None. A padding query sees itself too, so that
    no row of the softmax is empty. ``bias`` as in ``Backend.prepare``.
    """
    if is_real is None and num_queries == 1 and bias is None:
        return MaskedAttend(None)
    causal = causal_mask(num_queries, num_keys, reference.device)
    seen = causal if is_causal else torch.ones_like(causal)
    if is_real is None:
        return MaskedAttend(_with_bias(seen, bias))
    itself = causal.triu(diagonal=num_keys - num_queries)
    return MaskedAttend(_with_bias(((seen & is_real[:, None, :]) | itself)[:, None], bias))


def _with_bias(may_attend: Tensor, bias: DistanceBias | None) -> Tensor:
    """The mask as it is, or numbers to add when positions add some."""
    if bias is None:
        return may_attend
    matrix = bias_matrix(bias, may_attend.shape[-2], may_attend.shape[-1])
    return added_mask(may_attend, matrix, matrix.dtype)
