"""The composable decoder: single-device, readable; what runs in parallel wraps it from outside.

Tensor letters: B batch, T query positions, S key positions, D width, H query heads, K key/value
heads, E head width, V vocabulary. Start at ``transformer`` (the network) and ``huggingface`` (the
class that transformers knows).
"""

from __future__ import annotations
