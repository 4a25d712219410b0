"""Values replaced by placeholders: <EMAIL_1> is the same address wherever it stands in a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from training.corpus.pii.find import Finding, detectors, find
from training.corpus.places import Place, Places

#: Characters that `masked_piece` looks at on both sides of a piece.
_MARGIN = 1_000


@dataclass(frozen=True)
class Redacted:
    """A text without the values: ``findings`` stood in the text that came in, ``places`` in it."""

    text: str
    findings: tuple[Finding, ...]
    #: Where the placeholder of each finding stands in ``text``.
    places: tuple[Place, ...]

    def moved(self, places: Sequence[Place]) -> Places:
        """Places in the text that came in, as places in ``text``: a placeholder whole or not."""
        starts = [finding.start for finding in self.findings]
        return [
            (
                self._moved(start, bisect_right(starts, start) - 1, 0),
                self._moved(stop, bisect_right(starts, stop - 1) - 1, 1),
            )
            for start, stop in places
        ]

    def _moved(self, at: int, before: int, end: int) -> int:
        """``at``, of which finding ``before`` begins left; an end of its placeholder if inside."""
        if before < 0:
            return at
        stop = self.findings[before].stop
        if at < stop:
            return self.places[before][end]
        return self.places[before][1] + at - stop


def redact(text: str, kinds: Collection[str] | None = None) -> Redacted:
    """``text`` with every value of these kinds (None: all) as a placeholder."""
    return with_placeholders(text, find(text, kinds))


def masked_piece(text: str, start: int, stop: int) -> str:
    """``text[start:stop]`` masked; a value that the piece cuts through is one placeholder too."""
    begin, stop = max(0, start - _MARGIN), min(stop, len(text))
    masked = redact(text[begin : stop + _MARGIN])
    ((first, last),) = masked.moved([(start - begin, stop - begin)])
    return masked.text[first:last]


def with_placeholders(text: str, findings: Sequence[Finding]) -> Redacted:
    """``text`` with a placeholder for each finding; equal values have equal numbers."""
    numbers: dict[str, dict[str, int]] = {}
    parts: list[str] = []
    places: list[Place] = []
    end = size = 0
    for finding in findings:
        detector = detectors()[finding.kind]
        known = numbers.setdefault(finding.kind, {})
        value = detector.same(text[finding.start : finding.stop])
        placeholder = f"<{detector.label}_{known.setdefault(value, len(known) + 1)}>"
        size += finding.start - end
        places.append((size, size + len(placeholder)))
        size += len(placeholder)
        parts += [text[end : finding.start], placeholder]
        end = finding.stop
    return Redacted("".join([*parts, text[end:]]), tuple(findings), tuple(places))
