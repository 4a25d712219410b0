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
    """Keep one model loaded, or two side by side, and answer prompts."""

    verb = "serve"

    model: str = option(
        title="Model",
        help="Output folder of a train or export job, or a checkpoint of a run.",
        artifact="model",
        min_length=1,
    )
    second_model: str = option(
        "",
        title="Second model",
        help="Answers the same prompts, for comparison; empty for none.",
        artifact="model",
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
