"""Numbers that states give to people: United States social security, Chinese resident identity."""

from __future__ import annotations

import datetime
import re

from training.corpus.pii.detector import NUMBER, Detector, all_of, characters_only, matching

#: Never issued: areas 000, 666 and 900 to 999, group 00, serial 0000.
_AREA, _GROUP, _SERIAL = r"(?! 000 | 666 | 9 ) \d{3}", r"(?! 00 ) \d\d", r"(?! 0000 ) \d{4}"
_SSN = rf"(?<![\w.-]) {_AREA} - {_GROUP} - {_SERIAL} (?! [\w-] | \.\d )"
#: Without hyphens it could be any number, so it must be called by its name.
_SSN_BARE = rf"(?<![\w.-]) {_AREA} [ ]? {_GROUP} [ ]? {_SERIAL} (?! [\w-] | \.\d )"
_NAMED = re.compile(r"\bSSN\b|social security", re.IGNORECASE)
_NAME_WITHIN = 40

#: First two digits: the provinces, Taiwan, Hong Kong, Macao, and residents from there.
_REGION = "(?: 1[1-5] | 2[1-3] | 3[1-7] | 4[1-6] | 5[0-4] | 6[1-5] | 71 | 8[1-3] | 91 )"
_CHINESE_ID = rf"(?<![A-Za-z0-9]) {_REGION} \d{{15}} [\dXx] (?![A-Za-z0-9])"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_FIRST_YEAR = 1880


def _is_named(match: re.Match[str]) -> bool:
    start = match.start()
    return _NAMED.search(match.string, max(0, start - _NAME_WITHIN), start) is not None


def _is_resident(match: re.Match[str]) -> bool:
    """A day of birth that can be, and the check character of ISO 7064 MOD 11-2."""
    value = match.group().upper()
    try:
        born = datetime.date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    if not _FIRST_YEAR <= born.year <= datetime.date.today().year:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value, _WEIGHTS, strict=False))
    return value[17] == _CHECKS[total % 11]


SSN = Detector(
    "SSN", {NUMBER: all_of(matching(_SSN), matching(_SSN_BARE, _is_named))}, characters_only
)
CHINESE_ID = Detector("CHINESE_ID", {NUMBER: matching(_CHINESE_ID, _is_resident)}, characters_only)
