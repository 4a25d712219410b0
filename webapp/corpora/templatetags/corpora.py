"""Numbers as the pages of corpora show them."""

from __future__ import annotations

from django import template

from training.units import format_bytes, format_count

register = template.Library()


@register.filter
def percent(fraction: float) -> str:
    """0.389 as "38.9 %"; what is not nothing never reads as nothing."""
    if 0 < fraction < 0.0005:
        return "< 0.1 %"
    return f"{100 * fraction:.1f} %"


@register.filter
def exact(number: float) -> str:
    """31754 as "31,754"."""
    return f"{int(number):,}"


@register.filter
def amount(number: float, unit: str) -> str:
    """Documents exactly, bytes with a unit, tokens to what can be read."""
    if unit == "tokens":
        return format_count(number)
    return format_bytes(number) if unit == "bytes" else exact(number)


@register.filter
def times(number: float) -> str:
    """0.126 as "0.13", 12.6 as "13"."""
    return f"{number:.3g}" if number < 1_000 else f"{number:,.0f}"


@register.filter
def named(amounts: dict[str, int], unit: str) -> int:
    """What an amount has of a unit."""
    return amounts[unit]


@register.filter
def signal(value: float) -> str:
    """A whole number, or four digits."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
