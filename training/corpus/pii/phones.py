"""Telephone numbers: international (E.164, with +), of North America, Chinese mobiles.

National numbers of other countries are not found: without a country nothing tells them from others.
"""

from __future__ import annotations

import re

from training.corpus.pii.detector import NUMBER, Detector, all_of, characters_only, matching

#: Every country code that is assigned (ITU-T E.164).
_COUNTRY = r"""(?: 1 | 7 | 2[07] | 3[0-469] | 4[013-9] | 5[1-8] | 6[0-6] | 8[1246] | 9[0-58]
    | (?: 2[1-689] | 3[578] | 42 | 5[09] | 6[789] | 8[058] | 9[679] ) \d )"""
_INTERNATIONAL = rf"""
    (?<![\w+]) \+ {_COUNTRY} (?: [ .-]? (?: \( \d{{1,4}} \) | \d ) ){{4,14}} (?! \w | \.\d )
"""
_LEAST, _MOST = 8, 15
_FRACTION = re.compile(r"\.\d$")
#: Neither an area nor an exchange begins with 0 or 1, or is one of the service codes (911).
_THREE = r"(?! \d11 ) [2-9] \d\d"
_EXTENSION = r"(?: \s? (?: x | ext\.? ) \s? \d{1,6} )?"
_NORTH_AMERICAN = rf"""
    (?<![\w.+/-]) (?: (?: 00 )? 1 [ .-] )?
    (?: \( {_THREE} \) [ ]? {_THREE} [ .-] | {_THREE} (?P<sign> [.-] ) {_THREE} (?P=sign)
      | (?<= 1[ ] ) {_THREE} [ ] {_THREE} [ ] )
    \d{{4}} {_EXTENSION} (?! [\w-] | \.\d )
"""
_CHINESE_MOBILE = r"""
    (?<![\w.+-]) (?: (?: 86 | 0086 ) [ -]? )? 1[3-9]\d (?P<sign> [ -]? ) \d{4} (?P=sign) \d{4}
    (?! [\w-] | \.\d )
"""


def _has_length(match: re.Match[str]) -> bool:
    """As many digits as E.164 allows, of North America exactly 11; no number with a fraction."""
    value = match.group()
    digits = characters_only(value)
    if digits.startswith("1") and not (len(digits) == 11 and digits[1] in "23456789"):
        return False
    return _LEAST <= len(digits) <= _MOST and not _FRACTION.search(value)


PHONE = Detector(
    "PHONE",
    {
        NUMBER: all_of(
            matching(_INTERNATIONAL, _has_length),
            matching(_NORTH_AMERICAN),
            matching(_CHINESE_MOBILE),
        )
    },
    characters_only,
)
