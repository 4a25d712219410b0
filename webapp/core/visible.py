"""Text that people and programs send, as it is shown: nothing in it hides, or turns what is near.

Control characters, marks that turn the writing direction and invisible characters become a visible
sign. Joiners stay: Persian words and many pictograms need them.
"""

from __future__ import annotations

import re

SIGN = "\N{REPLACEMENT CHARACTER}"
_DISGUISE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


def visible(text: str) -> str:
    """The same text with a sign for each character that would disguise it."""
    return _DISGUISE.sub(SIGN, text)
