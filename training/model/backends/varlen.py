"""Flash attention over sequences of different lengths laid end to end (GPU, half precision).

Dao 2023, FlashAttention-2, through ``torch.nn.attention.varlen``; there is no CPU kernel in torch
2.13 and no dropout. Only the list of document ends is needed, no mask at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn

from training.model.backends.base import Attend, DistanceBias, Situation
from training.model.backends.sdpa import HALF_PRECISION, whole_rows
from training.model.masks import Documents, MaskKind

#: What the flash kernel accepts, in half precision.
MAX_HEAD_WIDTH = 256


@dataclass(frozen=True)
class VarlenAttend:
    """Attention inside each of the segments that ``offsets`` (int32 [N + 1]) bounds."""

    offsets: Tensor
    longest: int
    is_causal: bool = True

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E]; ``dropout`` must be 0 (``reason_against`` says so beforehand)."""
        if dropout:
            raise ValueError(f"varlen attention has no dropout on weights, got {dropout}")
        num_rows, _, num_tokens, _ = query.shape
        mixed = varlen_attn(
            query.transpose(1, 2).flatten(0, 1),
            key.transpose(1, 2).flatten(0, 1),
            value.transpose(1, 2).flatten(0, 1),
            self.offsets,
            self.offsets,
            self.longest,
            self.longest,
            window_size=(-1, 0 if self.is_causal else -1),
            enable_gqa=query.shape[1] != key.shape[1],
        )
        assert isinstance(mixed, Tensor)
        return mixed.unflatten(0, (num_rows, num_tokens)).transpose(1, 2)


class Varlen:
    """One kernel call for all documents of the batch."""

    def reason_against(self, situation: Situation) -> str | None:
        """CUDA, half precision, no dropout, head widths of 8 to 256 in steps of 8."""
        if situation.device != "cuda":
            return f"varlen attention has no kernel for {situation.device}"
        if not situation.mask.is_isolating:
            return "attention over whole rows has a faster kernel (sdpa)"
        if situation.mask is MaskKind.SOFT:
            return "varlen attention computes each document alone"
        if situation.mask is MaskKind.PREFIX:
            return "varlen attention cannot see a prefix whole and the rest causally"
        if situation.has_dropout:
            return "varlen attention has no dropout on attention weights"
        if situation.has_bias:
            return "varlen attention cannot add positions to the scores"
        if situation.dtype not in HALF_PRECISION:
            return f"varlen attention wants bf16 or fp16, not {situation.dtype}"
        if situation.head_width % 8 or situation.head_width > MAX_HEAD_WIDTH:
            return f"varlen attention wants head widths of 8, 16 ... {MAX_HEAD_WIDTH}"
        return None

    def prepare(
        self,
        documents: Documents | None,
        bias: DistanceBias | None = None,
        *,
        is_causal: bool = True,
    ) -> Attend:
        """Lay the rows end to end; ``bias`` must be None (``reason_against`` says so)."""
        if bias is not None:
            raise ValueError("varlen attention cannot add positions to the scores")
        if documents is None:
            return whole_rows(None, is_causal=is_causal)
        if is_causal and documents.prefixes is not None:
            raise ValueError("varlen attention cannot see a prefix whole and the rest causally")
        num_tokens = documents.ids.shape[1]
        segments = documents.segments()
        offsets = [0, *(row * num_tokens + end for row, _, end in segments)]
        return VarlenAttend(
            torch.tensor(offsets, dtype=torch.int32, device=documents.ids.device),
            max(end - start for _, start, end in segments),
            is_causal,
        )
