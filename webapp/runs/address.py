"""Numbers that an address names: whatever somebody has typed there is answered."""

from __future__ import annotations

from typing import overload

#: More digits than any step or byte has; int() itself refuses very long ones.
_MOST_DIGITS = 18


@overload
def whole_number(text: str | None, otherwise: int) -> int: ...
@overload
def whole_number(text: str | None, otherwise: None = None) -> int | None: ...
def whole_number(text: str | None, otherwise: int | None = None) -> int | None:
    """The number, 0 or more; what is none counts as left out."""
    is_number = text is not None and text.isascii() and text.isdigit()
    return int(text) if text and is_number and len(text) <= _MOST_DIGITS else otherwise
