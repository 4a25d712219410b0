"""Phrases that signals, rules and transforms look for; apart from kernels, which load numba."""

from __future__ import annotations

#: C4's phrases of policies and cookies, in lower case.
POLICY_PHRASES = (
    "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies",
    "use cookies",
)  # fmt: skip
JAVASCRIPT, LOREM_IPSUM = "javascript", "lorem ipsum"
#: What stops a URL besides white space and characters that are not ASCII.
URL_STOPS = "<>\"'"
