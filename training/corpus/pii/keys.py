"""Keys of services: by the form that each service gives them; by entropy where that is loose."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter

from training.corpus.pii.detector import KEY_BLOCK, TOKEN, Detector, all_of, matching

_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9_-])"
_FIXED = rf"""{_BEFORE} (?:
    (?: AKIA | ASIA | ABIA | ACCA ) [A-Z2-7]{{16}}
  | gh[pousr]_[A-Za-z0-9]{{36,255}}
  | github_pat_[A-Za-z0-9]{{22}}_[A-Za-z0-9]{{59}}
  | glpat-[\w-]{{20}}
  | AIza[\w-]{{35}}
  | GOCSPX-[\w-]{{28}}
  | hf_[A-Za-z]{{34}}
  | npm_[A-Za-z0-9]{{36}}
  | xox[abeoprs]-\d{{6,16}}-[A-Za-z0-9-]{{10,200}}
  | xapp-\d-[A-Z0-9]{{8,16}}-\d{{8,16}}-[a-f0-9]{{32,128}}
) {_AFTER}"""
#: OpenAI, Anthropic, OpenRouter (sk-...), Stripe (sk_live_...), other Slack tokens.
_LOOSE = rf"""{_BEFORE} (?:
    sk-(?: [a-z0-9]{{2,12}}- ){{0,3}} (?P<sk> [\w-]{{20,200}} )
  | [sr]k_(?: live | test )_ (?P<stripe> [A-Za-z0-9]{{16,128}} )
  | xox[abeoprs]- (?P<slack> [A-Za-z0-9-]{{20,200}} )
) {_AFTER}"""
_AWS_SECRET = r"""
    aws_secret_access_key ["']? \s{0,3} [:=] \s{0,3} ["']?
    (?P<value> [A-Za-z0-9/+]{40} ) (?![A-Za-z0-9/+=])
"""
_WEB_TOKEN = r"""
    (?<![\w.-]) (?P<header> eyJ[\w-]{8,2000} ) \. eyJ[\w-]{8,6000} \. [\w-]{16,2000} (?![\w-])
"""
_NAME = r"(?: [A-Z0-9]{2,9}[ ] ){0,3} PRIVATE[ ]KEY (?: [ ]BLOCK )?"
_BLOCK = rf"""
    -----BEGIN[ ]{_NAME}-----
    (?: [^-]{{40,20000}} (?: -{{1,4}} [^-]{{1,20000}} ){{0,20}} -----END[ ]{_NAME}-----
      | (?: \s | \\[nr] ){{0,4}} [A-Za-z0-9+/=\s]{{40,20000}} )
"""
_LEAST_ENTROPY = 3.5


def entropy(value: str) -> float:
    """Bits per character, from how often each comes."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values())


def _is_random(match: re.Match[str]) -> bool:
    """Digits and letters of high entropy; lower-case words with hyphens are a name."""
    value = match.group(match.lastgroup or 0)
    is_mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    is_name = "-" in value and value == value.lower()
    return is_mixed and not is_name and entropy(value) >= _LEAST_ENTROPY


def _is_web_token(match: re.Match[str]) -> bool:
    """Whether the header names an algorithm."""
    header = match.group("header")
    try:
        known = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (binascii.Error, ValueError):
        return False
    return isinstance(known, dict) and "alg" in known


API_KEY = Detector(
    "KEY",
    {
        TOKEN: all_of(
            matching(_FIXED),
            matching(_LOOSE, _is_random),
            matching(_AWS_SECRET, _is_random, group="value"),
            matching(_WEB_TOKEN, _is_web_token),
        ),
        KEY_BLOCK: matching(_BLOCK),
    },
    str,
)
