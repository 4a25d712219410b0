"""Numbers of bank cards (ISO/IEC 7812, check digit by Luhn) and accounts (IBAN, ISO 13616)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from training.corpus.pii.detector import (
    ACCOUNT,
    NUMBER,
    Detector,
    Place,
    characters_only,
    matching,
)

#: Issuer's first digits -> lengths of its numbers.
_ISSUERS = [
    (re.compile(digits), lengths)
    for digits, lengths in (
        ("4", (13, 16, 19)),  # Visa
        ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),  # Mastercard
        ("3[47]", (15,)),  # American Express
        ("6011|64[4-9]|65", (16, 19)),  # Discover
        ("30[0-5]|3095|36|3[89]", (14,)),  # Diners Club
        ("352[89]|35[3-8]", (16, 17, 18, 19)),  # JCB
        ("1800|2131", (15,)),  # JCB, older
        ("62", (16, 17, 18, 19)),  # UnionPay
        ("220[0-4]", (16, 17, 18, 19)),  # Mir
        ("5018|50[23]|5[6-8]|6304|6390|67|0604", tuple(range(12, 20))),  # Maestro
    )
]  # fmt: skip
#: In one piece, in fours that are no part of a row of such numbers, or as American Express has it.
_CARD = r"""
    (?<![\w.-]) (?:
        \d{12,19}
      | (?<! \D\d{4}[ ] ) \d{4} (?P<a> [ -] ) \d{4} (?P=a) \d{4} (?P=a) \d{4}
        (?: (?P=a) \d{3} )? (?! [ ]\d{4}\b )
      | \d{4} (?P<b> [ -] ) \d{6} (?P=b) \d{4,5}
    ) (?! [\w-] | \.\d )
"""

_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"(\w\w)(\d\d)",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
        "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 "
        "IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 "
        "MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 "
        "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30",
    )
}
_ACCOUNT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ ]?[A-Za-z0-9])", re.ASCII)
_IN_FOURS = re.compile(r"(?:\w{4} )+\w{1,4}", re.ASCII)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _is_card(match: re.Match[str]) -> bool:
    digits = characters_only(match.group())
    is_issued = any(len(digits) in lengths and issuer.match(digits) for issuer, lengths in _ISSUERS)
    return is_issued and luhn(digits)


def _accounts(text: str, start: int, stop: int) -> Iterator[Place]:
    for match in _ACCOUNT.finditer(text, start, stop):
        length = _LENGTHS.get(match.group()[:2].upper())
        if length is None:
            continue
        end = _after(text, match.start(), length)
        if end and _is_account(text[match.start() : end]):
            yield match.start(), end


def _after(text: str, at: int, length: int) -> int:
    """Where the next ``length`` letters and digits end, single spaces between them; 0 if not."""
    left = length
    for place in range(at, min(len(text), at + 2 * length)):
        is_part = text[place].isascii() and text[place].isalnum()
        if not is_part and not (text[place] == " " and text[place - 1] != " "):
            return 0
        left -= is_part
        if left == 0:
            after = text[place + 1 : place + 2]
            return 0 if after.isascii() and after.isalnum() else place + 1
    return 0


def _is_account(value: str) -> bool:
    """In one piece or in fours, in one case, with a remainder of 1 modulo 97."""
    compact = value.replace(" ", "")
    if compact != value and not (_IN_FOURS.fullmatch(value) and value == value.upper()):
        return False
    if compact not in (compact.upper(), compact.lower()):
        return False
    number = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return int(number) % 97 == 1


CARD = Detector("CARD", {NUMBER: matching(_CARD, _is_card)}, characters_only)
IBAN = Detector("IBAN", {ACCOUNT: _accounts}, characters_only)
