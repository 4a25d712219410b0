"""Values replaced by placeholders: <EMAIL_1> is the same address wherever it stands in a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.corpus.pii.find import Finding, detectors, find
from training.corpus.places import Place, Places


@dataclass(frozen=True)
class Redacted:
    """A text without the values. ``findings`` are places in the text that came in."""

    text: str
    findings: tuple[Finding, ...]
    placeholders: tuple[str, ...]

    def places(self) -> Places:
        """Where the placeholders stand in ``text``."""
        found, shift = [], 0
        for finding, placeholder in zip(self.findings, self.placeholders, strict=True):
            start = finding.start + shift
            found.append((start, start + len(placeholder)))
            shift += len(placeholder) - (finding.stop - finding.start)
        return found

    def moved(self, places: Sequence[Place]) -> Places:
        """Places in the text that came in, as places in ``text``; never into a placeholder."""
        return [(self._moved(start), self._moved(stop, is_stop=True)) for start, stop in places]

    def _moved(self, at: int, *, is_stop: bool = False) -> int:
        starts = [finding.start for finding in self.findings]
        before = bisect_right(starts, at - is_stop) - 1
        if before < 0:
            return at
        start, stop = self.places()[before]
        inside = at < self.findings[before].stop
        if inside:
            return stop if is_stop else start
        return stop + at - self.findings[before].stop


def redact(text: str, kinds: Iterable[str] = ()) -> Redacted:
    """``text`` with every value of these kinds (all, unless some are named) as a placeholder."""
    return with_placeholders(text, find(text, kinds))


def with_placeholders(text: str, findings: Sequence[Finding]) -> Redacted:
    """``text`` with a placeholder for each finding; equal values have equal numbers."""
    numbers: dict[tuple[str, str], int] = {}
    parts, placeholders, end = [], [], 0
    sizes: dict[str, int] = {}
    for finding in findings:
        detector = detectors()[finding.kind]
        value = detector.same(text[finding.start : finding.stop])
        key = (detector.label, value)
        if key not in numbers:
            numbers[key] = sizes[detector.label] = sizes.get(detector.label, 0) + 1
        placeholders.append(f"<{detector.label}_{numbers[key]}>")
        parts += [text[end : finding.start], placeholders[-1]]
        end = finding.stop
    parts.append(text[end:])
    return Redacted("".join(parts), tuple(findings), tuple(placeholders))
