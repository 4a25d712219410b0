"""What a block with disentangled attention keeps for the backward pass. No torch.

Scores are written out, and those by distance before they are read by position: with T tokens in a
row, H heads and R distances of the table in use, H (T + n R) numbers per token for n terms.
"""

from __future__ import annotations

from training.planning.flops import num_distances, num_terms
from training.specs.model import ModelSpec

_FP32_BYTES, _HALF_BYTES = 4, 2


def disentangled_bytes(
    spec: ModelSpec, num_tokens: int, sequence_length: int, *, is_half: bool
) -> int:
    """Bytes per token of one block's attention, norms apart; ``num_tokens`` of the micro-batch."""
    product = _HALF_BYTES if is_half else _FP32_BYTES
    inner, terms = spec.num_heads * spec.head_width, num_terms(spec)
    distances = num_distances(spec, sequence_length)
    heads = (4 + terms) * inner + terms * spec.num_heads * distances
    table = terms * distances * inner // num_tokens
    weights = spec.num_heads * sequence_length
    # softmax is computed in fp32, and its result lowered for the product with the values
    kept = weights * (_FP32_BYTES + (_HALF_BYTES if is_half else 0))
    if spec.attention_drop:
        kept += 2 * product * weights
    return product * (heads + table) + kept
