"""Filters for times that events carry."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """Unix seconds as UTC time of day; the page's script writes it in local time."""
    return f"{datetime.fromtimestamp(float(seconds), UTC):%H:%M:%S}"
