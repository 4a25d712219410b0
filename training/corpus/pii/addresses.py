"""Addresses on the net: e-mail, user name and password in a URL, IP addresses of either version.

Only addresses in ASCII are found; those with letters of other scripts are not.
"""

from __future__ import annotations

import ipaddress
import re

from training.corpus.pii.detector import AT_SIGN, COLONS, NUMBER, Detector, matching

#: Ends of file names, which look like a domain in "icon@2x.png".
_FILE_ENDS = frozenset(
    ["png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "py", "html", "php", "json"]
)

_EMAIL = r"""
    (?<![\w.%+-]) [A-Za-z0-9_] [\w.%+'-]{0,63} @
    (?: [A-Za-z0-9] (?: [A-Za-z0-9-]{0,61} [A-Za-z0-9] )? \. ){1,8}
    (?: [A-Za-z]{2,24} | xn--[A-Za-z0-9-]{1,59} ) (?![A-Za-z0-9@])
"""
_CREDENTIALS = r"""
    (?<![A-Za-z0-9]) [A-Za-z] [A-Za-z0-9+.-]{1,20} ://
    (?P<value> [^\s/@:"'<>]{0,128} : (?! [{$<%*] ) [^\s/@"'<>]{1,256} ) @ [A-Za-z0-9\[]
"""
_BYTE = "(?: 25[0-5] | 2[0-4]\\d | 1\\d\\d | [1-9]?\\d )"
_IPV4 = rf"""
    (?<![\w.]) (?<![A-Za-z]/) (?: {_BYTE} \. ){{3}} {_BYTE} (?! \w | \.\d | -\d )
"""
_IPV6 = r"(?<![\w:.]) (?: [0-9A-Fa-f]{0,4} : ){2,7} [0-9A-Fa-f]{0,4} (?! [\w:] )"
_VERSION = re.compile(r"\b(?:version|release|v)[ :.]{1,2}$", re.IGNORECASE)


def _is_address(match: re.Match[str]) -> bool:
    local, _, domain = match.group().rpartition("@")
    is_name = not (".." in local or local.endswith("."))
    return is_name and domain.rpartition(".")[2].lower() not in _FILE_ENDS


def _is_global_v4(match: re.Match[str]) -> bool:
    """Routable everywhere, and not the number of a section or a version (1.2.3.4)."""
    value = match.group()
    if all(len(part) == 1 for part in value.split(".")):
        return False
    if _VERSION.search(match.string, max(0, match.start() - 12), match.start()):
        return False
    return _is_routable(ipaddress.IPv4Address(value))


def _is_global_v6(match: re.Match[str]) -> bool:
    """Routable everywhere; a shortened one must be of 2000::/3, a full one look like no bytes."""
    value = match.group()
    groups = value.split(":")
    if "::" in value:
        if not re.match(r"[23][0-9A-Fa-f]{3}:", value):
            return False
    elif sum(len(group) > 2 for group in groups) < 4:
        return False
    try:
        return _is_routable(ipaddress.IPv6Address(value))
    except ValueError:
        return False


def _is_routable(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not address.is_multicast


EMAIL = Detector("EMAIL", {AT_SIGN: matching(_EMAIL, _is_address)}, str.lower)
URL_CREDENTIALS = Detector("CREDENTIALS", {AT_SIGN: matching(_CREDENTIALS, group="value")}, str)
IP = Detector(
    "IP",
    {NUMBER: matching(_IPV4, _is_global_v4), COLONS: matching(_IPV6, _is_global_v6)},
    str.lower,
)
