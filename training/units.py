"""Numbers with units, written the same way in logs, pages and reports."""

from __future__ import annotations

import math

_BYTE_STEPS = ("B", "kB", "MB", "GB", "TB", "PB")
_OPERATION_STEPS = ("FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP", "ZFLOP")
_COUNT_STEPS = ("", " k", " M", " B", " T")


def format_bytes(num_bytes: float) -> str:
    """``1_536_000`` -> ``"1.5 MB"`` (powers of 1000, as disks are sold)."""
    return _scaled(num_bytes, _BYTE_STEPS, separator=" ")


def format_count(count: float) -> str:
    """``1_234`` -> ``"1,234"``, ``12_300_000`` -> ``"12.3 M"``."""
    if abs(count) < 100_000:
        return f"{count:,.0f}"
    return _scaled(count, _COUNT_STEPS, separator="")


def format_seconds(seconds: float) -> str:
    """``95`` -> ``"1 min 35 s"``; below ten seconds one decimal; not finite -> ``"unknown"``."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 10:
        return f"{seconds:.1f} s"
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    minutes, rest = divmod(total, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def format_operations(flops: float) -> str:
    """``11_900_000`` -> ``"11.9 MFLOP"``, for what a person compares at a glance."""
    return _scaled(flops, _OPERATION_STEPS, separator=" ")


def format_loss(loss: float) -> str:
    """Loss in nats with four decimals; NaN and infinities by name."""
    return f"{loss:.4f}" if math.isfinite(loss) else str(loss)


def format_p_value(value: float) -> str:
    """``0.0213`` -> ``"p = 0.021"``; below a thousandth only that."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def format_points(share: float, *, signed: bool = False) -> str:
    """A difference of shares in percentage points: ``-0.0151`` -> ``"−1.5"``.

    One digit, two where one would show nothing; the minus sign is one.
    """
    points = 100 * share
    digits = 1 if abs(points) >= 0.05 or not points else 2
    text = f"{points:+.{digits}f}" if signed and points else f"{points:.{digits}f}"
    return text.replace("-", "−")


def rounded_count(number: int) -> str:
    """``3_127`` -> ``"3,100"``: two digits, for numbers that are estimates."""
    digits = max(0, len(str(abs(number))) - 2)
    return f"{round(number, -digits):,}"


def perplexity(loss: float) -> float:
    """exp(loss) for a mean loss in nats per token; infinite instead of an overflow."""
    return math.exp(loss) if loss < 700 else math.inf


def _scaled(value: float, steps: tuple[str, ...], *, separator: str) -> str:
    index = 0
    while abs(value) >= 1000 and index < len(steps) - 1:
        value /= 1000
        index += 1
    digits = 0 if index == 0 else 1
    return f"{value:.{digits}f}{separator}{steps[index]}"
