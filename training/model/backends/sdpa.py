"""Plain causal attention through torch's fused kernel: each row is one document."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from training.model.backends.base import Attend, Situation
from training.model.masks import Documents, MaskKind


class CausalSdpa:
    """``scaled_dot_product_attention(is_causal=True)``; knows nothing of documents."""

    def reason_against(self, situation: Situation) -> str | None:
        """It would leak from one document into the next."""
        if situation.mask is not MaskKind.CAUSAL:
            return "sdpa_causal does not keep packed documents apart"
        return None

    def prepare(self, documents: Documents | None) -> Attend:
        """Nothing to prepare."""
        if documents is not None:
            raise ValueError("sdpa_causal was given documents, which it would not keep apart")
        return attend_causally


def attend_causally(query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
    """Causal attention over whole rows; grouped key/value heads are not copied."""
    return scaled_dot_product_attention(
        query,
        key,
        value,
        dropout_p=dropout,
        is_causal=True,
        enable_gqa=query.shape[1] != key.shape[1],
    )
