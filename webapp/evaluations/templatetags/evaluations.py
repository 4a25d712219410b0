"""A filter for the ways in which a choice can be the likeliest."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from webapp.evaluations.selectors import WAYS

register = template.Library()


@register.filter
def ways(names: Iterable[str]) -> str:
    """The names of scoring as the head of the table of results has them."""
    return ", ".join(str(WAYS.get(name, name)) for name in names)
