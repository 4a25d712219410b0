"""Rules on what stands in the lines of web pages: capitals, digits, notices, filler, links."""

from __future__ import annotations

import re
from collections.abc import Callable

from training.corpus.places import Places, lines, matches
from training.corpus.rules.threshold import Threshold
from training.corpus.signals.fixed_phrases import (
    JAVASCRIPT,
    LOREM_IPSUM,
    POLICY_PHRASES,
    URL_STOPS,
)

_ASCII = re.IGNORECASE | re.ASCII
_JAVASCRIPT = re.compile(JAVASCRIPT, _ASCII)
_POLICY = re.compile("|".join(POLICY_PHRASES), _ASCII)
_LOREM_IPSUM = re.compile(LOREM_IPSUM, _ASCII)
_URL = re.compile(
    rf"(?:https?://|(?<![a-z0-9])www\.)[^\x00-\x20\x7f-\U0010ffff{URL_STOPS}]*", _ASCII
)


class UppercaseLines(Threshold):
    """Too many lines in capitals."""

    signal, noun = "uppercase_line_fraction", "of the lines are in capitals"

    def places(self, text: str) -> Places:
        """Those lines."""
        return [place for place in lines(text) if _is_mostly(text[slice(*place)], str.isupper)]


class NumericLines(Threshold):
    """Too many lines of digits."""

    signal, noun = "numeric_line_fraction", "of the lines are mostly digits"

    def places(self, text: str) -> Places:
        """Those lines."""
        return [place for place in lines(text) if _is_mostly(text[slice(*place)], str.isdecimal)]


class JavascriptLines(Threshold):
    """Too many lines that name JavaScript."""

    signal, noun = "javascript_line_fraction", "of the lines name JavaScript"

    def places(self, text: str) -> Places:
        """The word."""
        return matches(text, _JAVASCRIPT)


class PolicyLines(Threshold):
    """Too many lines about policies and cookies."""

    signal, noun = "policy_line_fraction", "of the lines are about policies and cookies"

    def places(self, text: str) -> Places:
        """The phrases."""
        return matches(text, _POLICY)


class LoremIpsum(Threshold):
    """Text that fills a layout."""

    signal, style = "lorem_ipsum_count", "count"
    noun, one = "times lorem ipsum", "time lorem ipsum"

    def places(self, text: str) -> Places:
        """The words."""
        return matches(text, _LOREM_IPSUM)


class Urls(Threshold):
    """Too many links."""

    signal, noun = "url_share", "of the text is links"

    def places(self, text: str) -> Places:
        """The links."""
        return matches(text, _URL)


def _is_mostly(line: str, is_wanted: Callable[[str], bool]) -> bool:
    visible = "".join(line.split())
    return 2 * sum(map(is_wanted, visible)) > len(visible)
