"""Taking over a model from elsewhere: safetensors or GGUF, never pickle, never code."""

from __future__ import annotations
