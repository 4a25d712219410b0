"""Scales of a chart's axes: their range, round numbers on them, the place of a value."""

from __future__ import annotations

import math
from collections.abc import Sequence

from training.units import format_count


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About ``count`` round numbers (1, 2, 2.5, 5 times a power of ten) within a range."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    power = 10.0 ** math.floor(math.log10(span / count))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if span / (m * power) <= count)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten within a positive range, with their doubles and fives where these are few."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [10.0**e for e in exponents if low <= 10.0**e <= high]
    if len(found) > 2:
        return found
    found = [m * 10.0**e for e in exponents for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    # Within less than a factor of two there may be none of them.
    return found if len(found) > 1 else [value for value in ticks(low, high) if value > 0]


def range_of(values: Sequence[float], *, is_log: bool, pad: float) -> tuple[float, float]:
    """Least and greatest finite value (positive ones for a log axis), a little widened."""
    finite = [v for v in values if math.isfinite(v) and (v > 0 or not is_log)]
    if not finite:
        return (1.0, 10.0) if is_log else (0.0, 1.0)
    low, high = min(finite), max(finite)
    if is_log:
        return (low / 1.1, high * 1.1) if low < high else (low / 2, high * 2)
    if low == high:
        around = abs(low) / 2 or 1.0
        return low - around, high + around
    return low - pad * (high - low), high + pad * (high - low)


def place_of(
    value: float, bounds: tuple[float, float], start: float, end: float, *, is_log: bool
) -> float:
    low, high = bounds
    if is_log:
        value, low, high = (math.log10(max(v, 1e-300)) for v in (value, low, high))
    return round(start + (value - low) / (high - low) * (end - start), 1)


def short_number(value: float) -> str:
    """Short: 1,200 or 0.0031 or 12.3 M."""
    if abs(value) >= 100_000:
        return format_count(value)
    if value == 0 or abs(value) >= 0.001:
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.1e}".replace("e-0", "e-")
