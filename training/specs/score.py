"""What the verb ``score`` is asked: which documents, by which classifier, on which device."""

from __future__ import annotations

from enum import StrEnum

from training.planning.machine import num_cores, num_gpus
from training.specs.base import Spec, option


class ScoreDevice(StrEnum):
    """Where an encoder runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def resolved_device(device: ScoreDevice) -> ScoreDevice:
    """The GPU where there is one, unless another device is named."""
    if device != ScoreDevice.AUTO:
        return device
    return ScoreDevice.CUDA if num_gpus() else ScoreDevice.CPU


class ScoreSpec(Spec):
    """One number for each document, stored by its id; a clean job joins it as a column."""

    verb = "score"

    documents: str = option(
        title="Documents",
        help="Folder of documents: all of them are scored.",
        artifact="documents",
        min_length=1,
    )
    classifier: str = option(
        title="Classifier",
        help="Folder of a classifier of any kind.",
        artifact="classifier",
        min_length=1,
    )
    device: ScoreDevice = option(
        ScoreDevice.AUTO,
        title="Device",
        help="Of an encoder: auto takes the GPU where there is one.",
    )
    batch_tokens: int = option(
        0, title="Batch", ge=0, le=1_000_000, unit="tokens", group="advanced",
        help="What an encoder reads at once, padding counted, and at least one text; 0 takes 1,024 "
        "on a processor, 16,384 on a GPU. A stop waits for one batch.",
    )  # fmt: skip
    num_workers: int = option(
        0, title="Workers", ge=0, le=256, group="advanced",
        help="Shards scored at the same time; 0 takes the cores, or one for an encoder.",
    )  # fmt: skip
    num_threads: int = option(
        0, title="Threads", ge=0, le=1024, group="advanced",
        help="Of an encoder in each worker; 0 divides the cores among the workers.",
    )  # fmt: skip

    def resolve(self) -> ScoreSpec:
        """Choose the device."""
        return self.replace(device=resolved_device(self.device))

    def threads_per_worker(self, num_workers: int) -> int:
        """Threads of one process that runs an encoder."""
        return self.num_threads or max(1, num_cores() // num_workers)
