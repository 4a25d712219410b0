"""The soft document mask through the fused causal kernel: documents told by added columns.

Scores of other documents are to be ``penalty`` lower. Softmax does not change when all scores of a
query move alike, so it is the same to raise those of the own document. That is a product: queries
and keys get one column for each document of the row, 1 in their own, and the query's times the
penalty. So the kernel stays the fused causal one, and nothing of T x T is written out; its products
are (E + D) / E times those of one plain causal call, for D documents in a row and heads of width E.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from training.model.backends.base import Attend, DistanceBias, Situation
from training.model.backends.sdpa import whole_rows
from training.model.masks import Documents, MaskKind

#: Widths of heads that kernels like are multiples of this.
_ALIGNED = 8


@dataclass(frozen=True)
class SoftAttend:
    """``attend`` over whole rows; ``columns`` [B, 1, T, D] is 1 where a token is of a document."""

    columns: Tensor
    penalty: float
    attend: Attend
    _made: dict[torch.dtype, Tensor] = field(default_factory=dict)

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """[B, H, T, E], [B, K, T, E], [B, K, T, E] -> [B, H, T, E]."""
        width = query.shape[-1]
        if query.dtype not in self._made:
            fill = -(width + self.columns.shape[-1]) % _ALIGNED
            self._made[query.dtype] = pad(self.columns, (0, fill)).to(query.dtype)
        columns = self._made[query.dtype]
        widened = width + columns.shape[-1]
        # The kernel divides by the root of the widened width.
        scale = math.sqrt(widened / width)
        mixed = self.attend(
            _joined(query * scale, columns * (self.penalty * math.sqrt(widened))),
            _joined(key, columns),
            pad(value, (0, columns.shape[-1])),
            dropout,
        )
        return mixed[..., :width]


class Soft:
    """For the soft mask alone, on every device."""

    def reason_against(self, situation: Situation) -> str | None:
        """Other masks forbid, which no finite number does."""
        if situation.mask is not MaskKind.SOFT:
            return "soft weighs other documents less and forbids none"
        return None

    def prepare(
        self,
        documents: Documents | None,
        bias: DistanceBias | None = None,
        *,
        is_causal: bool = True,
    ) -> Attend:
        """Write the columns; ``documents`` must have a penalty, and the model looks back alone."""
        if documents is None or documents.penalty is None or not is_causal:
            raise ValueError("soft wants documents with a penalty, and a model that looks back")
        num_documents = max(map(len, documents.ends))
        columns = one_hot(documents.ids.long(), num_documents)[:, None]
        return SoftAttend(columns, documents.penalty, whole_rows(bias, is_causal=True))


def _joined(tensor: Tensor, columns: Tensor) -> Tensor:
    """[B, H, T, E] and [B, 1, T, D] -> [B, H, T, E + D]."""
    return torch.cat([tensor, columns.expand(-1, tensor.shape[1], -1, -1)], dim=-1)
