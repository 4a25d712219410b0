"""Serving: load a model once and answer over a Unix socket until stopped."""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Spec, option


class ServeDevice(StrEnum):
    """Where the model answers."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class ServeSpec(Spec):
    """Answer "ping" and "complete" for one model."""

    verb = "serve"

    model: str = option(
        title="Model",
        help="Output folder of a train or export job.",
        artifact="model",
        min_length=1,
    )
    device: ServeDevice = option(
        ServeDevice.AUTO, title="Device", help="auto takes the GPU where there is one."
    )
    num_threads: int = option(
        1, title="Threads", help="CPU threads for one answer.", ge=1, le=1024, group="advanced"
    )
    idle_seconds: float = option(
        0.0,
        title="Ends when idle",
        help="End after so long without a question; 0 stays until stopped.",
        unit="s",
        ge=0,
        le=86_400,
        group="advanced",
    )
    max_new_tokens: int = option(
        512,
        title="Longest answer",
        help="What a question may ask for at most.",
        unit="tokens",
        ge=1,
        le=32_768,
        group="advanced",
    )
