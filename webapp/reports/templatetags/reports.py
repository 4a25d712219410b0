"""A filter that takes a value out of a mapping by a key that is not known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def lookup(mapping: Mapping[Any, Any], key: Any) -> Any:
    """``mapping[key]``, or an empty text."""
    return mapping.get(key, "")
