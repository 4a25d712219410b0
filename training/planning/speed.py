"""How fast a machine does the parts of a training step: measured curves, and reading off them.

Each part (a matrix product, a norm, the loss, the optimizer ...) was timed at a few sizes, forward
and backward; ``training.parallel.calibration`` writes them to a small JSON file. In between, time
is a straight line in logarithms; beyond the largest size it grows in proportion to the work; below
the smallest it stays, because there the call itself is what costs. No torch.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.folder.atomic import read_json
from training.folder.kept import shared_folder

FORMAT_VERSION = 2
CALIBRATION = "calibration.json"


@dataclass(frozen=True)
class Curve:
    """Seconds of one call at growing sizes."""

    sizes: tuple[float, ...]
    seconds: tuple[float, ...]

    def at(self, size: float) -> float:
        """Seconds of a call of ``size``."""
        sizes, seconds = self.sizes, self.seconds
        if size <= sizes[0]:
            return seconds[0]
        if size >= sizes[-1]:
            return seconds[-1] * size / sizes[-1]
        upper = bisect.bisect_right(sizes, size)
        share = math.log(size / sizes[upper - 1]) / math.log(sizes[upper] / sizes[upper - 1])
        return math.exp(
            (1 - share) * math.log(seconds[upper - 1]) + share * math.log(seconds[upper])
        )


@dataclass(frozen=True)
class Surface:
    """Curves over a second size: that of ``curves[i]`` is ``second[i]``, growing."""

    second: tuple[float, ...]
    curves: tuple[Curve, ...]

    def at(self, size: float, second: float) -> float:
        """Seconds of a call of those two sizes."""
        across = Curve(self.second, tuple(curve.at(size) for curve in self.curves))
        return across.at(second)


@dataclass(frozen=True)
class Speed:
    """What was timed in one precision, by part."""

    curves: dict[str, Curve]
    surfaces: dict[str, Surface]


@dataclass(frozen=True)
class Calibration:
    """One machine, measured: ``speeds`` by precision.

    ``process_bytes``: resident memory of a training process before it has a model.
    ``speedup``: how many times quicker ``num_threads`` threads are than one, with large products.
    """

    device: str
    name: str
    measured: float
    speeds: dict[str, Speed]
    process_bytes: int
    num_threads: int
    speedup: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"format_version": FORMAT_VERSION, **asdict(self)}


def calibration_file() -> Path:
    """Where this machine's measurement is kept: in the home folder, else in the user's cache."""
    return shared_folder() / CALIBRATION


def read_calibration(path: Path) -> Calibration | None:
    """The measurement in a JSON file; None when there is none that can be read."""
    data: Any = read_json(path)
    if not isinstance(data, dict) or data.get("format_version") != FORMAT_VERSION:
        return None
    try:
        return Calibration(
            device=str(data["device"]),
            name=str(data["name"]),
            measured=float(data["measured"]),
            speeds={str(name): _speed(entry) for name, entry in data["speeds"].items()},
            process_bytes=int(data["process_bytes"]),
            num_threads=int(data["num_threads"]),
            speedup=float(data["speedup"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _speed(data: dict[str, Any]) -> Speed:
    return Speed(
        curves={str(name): _curve(entry) for name, entry in data["curves"].items()},
        surfaces={
            str(name): Surface(
                _growing(entry["second"]), tuple(_curve(curve) for curve in entry["curves"])
            )
            for name, entry in data["surfaces"].items()
        },
    )


def _curve(data: dict[str, Any]) -> Curve:
    sizes, seconds = _growing(data["sizes"]), tuple(float(value) for value in data["seconds"])
    if len(sizes) != len(seconds) or min(seconds) <= 0 or not all(map(math.isfinite, seconds)):
        raise ValueError("a curve needs one positive time for each size")
    return Curve(sizes, seconds)


def _growing(values: Sequence[float]) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if not numbers or any(b <= a for a, b in zip((0.0, *numbers), numbers, strict=False)):
        raise ValueError("sizes must be positive and grow")
    return numbers
