"""What is odd in rows that can be read: named cases, counted, the first ones shown with places.

A case is kept or dropped by an option of the spec; some are only told. Lengths are characters, in
buckets that double, so that one histogram serves a tweet and a book.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from training.specs.tasks import Choice, QualityPart
from training.tasks.shapes import Example, answers, num_chars

MAX_EXAMPLES = 5
MAX_LABELS = 200
_EXCERPT_CHARS = 160
#: Upper edges of the length buckets: 16, 32 ... 2^24 characters.
LENGTH_EDGES = [1 << power for power in range(4, 25)]

TITLES = {
    "empty_answers": "An answer is blank",
    "duplicates": "Same content as an earlier row",
    "unfinished": "The dialogue ends on a user turn",
    "unbalanced": "User and assistant do not alternate",
    "no_answer": "The dialogue holds no answer",
    "same_answers": "Both answers of a pair are the same",
    "parted_copies": "A copy would have stood in another split",
    "rare_labels": "The label has fewer than 10 rows",
}
#: Cases that an option decides on; the others are told only.
_DECIDED = ("empty_answers", "duplicates", "unfinished", "unbalanced")


@dataclass
class Finding:
    """One case: how often, what became of the rows, and the first ones."""

    name: str
    title: str
    count: int = 0
    num_dropped: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


class Quality:
    """Looks at row after row; ``report`` is what ``quality.json`` holds."""

    def __init__(self, part: QualityPart) -> None:
        self._dropped = {name for name in _DECIDED if getattr(part, name) == Choice.DROP}
        self._findings: dict[str, Finding] = {}
        self._seen: set[bytes] = set()
        self._labels: Counter[str] = Counter()
        self._turns: Counter[str] = Counter()
        self._lengths: list[int] = []
        self._answer_lengths: list[int] = []

    def judge(self, row_id: bytes, example: Example, file: str, line: int) -> bool:
        """Whether the row stays; every case it shows is counted."""
        names = list(_cases(example))
        if row_id in self._seen:
            names.append("duplicates")
        is_kept = not self._dropped & set(names)
        for name in names:
            self.count(name, example, file, line, is_dropped=name in self._dropped)
        if is_kept:
            self._seen.add(row_id)
            self._measure(example)
        return is_kept

    def count(self, name: str, example: Example, file: str, line: int, *, is_dropped: bool) -> None:
        """Count one case of a row."""
        finding = self._findings.setdefault(name, Finding(name, TITLES[name]))
        finding.count += 1
        finding.num_dropped += is_dropped
        if len(finding.examples) < MAX_EXAMPLES:
            finding.examples.append({"file": file, "line": line, "excerpt": excerpt(example)})

    def report(self) -> dict[str, Any]:
        """Findings, lengths, labels and roles as plain data."""
        rare = [label for label, count in self._labels.items() if count < 10]
        if rare:
            shown = [{"file": "", "line": 0, "excerpt": label} for label in rare[:MAX_EXAMPLES]]
            self._findings["rare_labels"] = Finding(
                "rare_labels", TITLES["rare_labels"], len(rare), 0, shown
            )
        findings = [self._findings[name] for name in TITLES if name in self._findings]
        return {
            "findings": [vars(finding) for finding in findings],
            "lengths": {"rows": _lengths(self._lengths), "answers": _lengths(self._answer_lengths)},
            "labels": dict(self._labels.most_common(MAX_LABELS)),
            "num_labels": len(self._labels),
            "turns": dict(self._turns),
        }

    @property
    def num_dropped(self) -> int:
        """Cases that cost a row; a row with two of them counts in both."""
        return sum(finding.num_dropped for finding in self._findings.values())

    def sentences(self) -> Iterator[str]:
        """What was dropped, for the job's warnings."""
        for finding in self._findings.values():
            if finding.num_dropped:
                first = finding.examples[0]
                yield (
                    f"{finding.title}: {finding.num_dropped:,} rows were left out, the first is "
                    f"{first['file']} line {first['line']}."
                )

    def _measure(self, example: Example) -> None:
        self._lengths.append(num_chars(example))
        self._answer_lengths.extend(len(answer) for answer in answers(example))
        if "label" in example:
            self._labels[example["label"]] += 1
        for turn in example.get("messages", []):
            self._turns[turn["role"]] += 1


def excerpt(example: Example) -> str:
    """The beginning of a row on one line."""
    if example.get("messages"):
        text = example["messages"][0]["content"]
    else:
        text = str(example.get("text") or example.get("instruction") or "")
    text = " ".join(text[: 4 * _EXCERPT_CHARS].split())
    return text if len(text) <= _EXCERPT_CHARS else text[:_EXCERPT_CHARS] + "…"


def _cases(example: Example) -> Iterator[str]:
    said = answers(example)
    if any(not answer.strip() for answer in said):
        yield "empty_answers"
    if "chosen" in example:
        if example["chosen"].strip() == example["rejected"].strip():
            yield "same_answers"
        turns = [*example["messages"], {"role": "assistant"}]
        if not _alternates(turns):
            yield "unbalanced"
    elif "messages" in example:
        if example["messages"][-1]["role"] == "user":
            yield "unfinished"
        if not said:
            yield "no_answer"
        if not _alternates(example["messages"]):
            yield "unbalanced"


def _alternates(turns: list[dict[str, str]]) -> bool:
    """One system turn at most, at the beginning; then user, assistant, user ..."""
    rest = turns[1:] if turns[0]["role"] == "system" else turns
    return bool(rest) and all(
        turn["role"] == ("user", "assistant")[index % 2] for index, turn in enumerate(rest)
    )


def _lengths(values: list[int]) -> dict[str, Any]:
    """Counts per bucket and the usual quantiles; [] and zeros for no values."""
    if not values:
        return {"edges": LENGTH_EDGES, "counts": [], "median": 0, "p95": 0, "longest": 0}
    array = np.array(values)
    places = np.searchsorted(LENGTH_EDGES, array, side="left").clip(max=len(LENGTH_EDGES) - 1)
    return {
        "edges": LENGTH_EDGES,
        "counts": np.bincount(places, minlength=len(LENGTH_EDGES)).tolist(),
        "median": int(np.median(array)),
        "p95": int(np.percentile(array, 95)),
        "longest": int(array.max()),
    }
