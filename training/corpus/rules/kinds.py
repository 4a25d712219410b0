"""Rules that tell kinds of text: programs, markup, dialogues."""

from __future__ import annotations

import re

from training.corpus.places import Places, lines, matches
from training.corpus.rules.threshold import Threshold

_COMMENT = re.compile(r"#(?![a-zA-Z])|//|/\*|\*|--|;|%|<!-|\"{3}|'{3}")
_XML = re.compile(r"<\?xml version=")
_OF_NAME = r"[a-zA-Z0-9._\-'*\x80-\U0010ffff]"
_SPEAKER = re.compile(
    r"(?:\[[^\]]{0,22}\])?[#* ]*(?:<(?P<nick>[^\s<>:：]{1,31})>(?=.)"
    rf"|(?![0-9._\-'])(?P<name>{_OF_NAME}+?(?: {_OF_NAME}*?){{0,2}})(?::(?=\s)|：(?=.)))"
)


class Comments(Threshold):
    """Too few or too many comments."""

    signal, noun, below = "comment_line_fraction", "of the lines are comments", "less"

    def places(self, text: str) -> Places:
        """The comments."""
        return [place for place in lines(text) if _COMMENT.match(text, *place)]


class XmlHeader(Threshold):
    """Markup under another name."""

    signal, style = "xml_header", "count"
    noun, one = "XML declarations", "XML declaration"

    def places(self, text: str) -> Places:
        """The declaration."""
        return matches(text[:100], _XML)


class SpeakerLines(Threshold):
    """Too few lines with a speaker."""

    signal, noun, below = "speaker_line_fraction", "of the lines have a speaker", "less"

    def places(self, text: str) -> Places:
        """The names that there are."""
        return speakers(text)


class Turns(Threshold):
    """Too few turns."""

    signal, style = "turn_count", "count"
    noun, one = "turns", "turn"

    def places(self, text: str) -> Places:
        """The names that there are."""
        return speakers(text)


class Speakers(Turns):
    """Too few or too many speakers."""

    signal = "speaker_count"
    noun, one = "speakers", "speaker"


def speakers(text: str) -> Places:
    """Where the names at the beginning of lines stand."""
    found = [_SPEAKER.match(text, start, stop) for start, stop in lines(text)]
    return [match.span(match.lastgroup or 0) for match in found if match]
