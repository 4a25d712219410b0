"""Reads lists of words: one entry a line, or one JSON object a line; each fault names its line.

In text files ``#`` begins a comment line, and ``!`` an entry that is allowed: where it stands,
nothing inside it is found. ``en.txt`` and ``words.en.txt`` are for English; any other name is for
all languages. JSON lines hold ``entry``, and may hold ``language`` and ``is_allowed``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from training.corpus.classifiers.keywords import Entry, entry_fault
from training.corpus.extract.encoding import find_encoding
from training.corpus.extract.jsonl import parse_strict
from training.corpus.language.identify import NAMES

MOST_ENTRIES = 1_000_000
MOST_BYTES = 64 << 20
MOST_CHARACTERS = 200
_FAULTS_TOLD = 5
_SAMPLE_BYTES = 1 << 20


@dataclass
class ListFile:
    """What one file gave. ``faults`` are the first sentences of ``num_faults``."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    num_faults: int = 0
    num_repeated: int = 0
    refused: str = ""

    def fault(self, line: int, reason: str) -> None:
        """Count a line that is left out."""
        self.num_faults += 1
        if len(self.faults) < _FAULTS_TOLD:
            self.faults.append(f"{self.name}, line {line:,}: {reason}")


class ListReader:
    """Reads files one after another; an entry counts once, where it first stands."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], bool] = {}

    def read(self, path: Path, name: str) -> ListFile:
        """The entries of a file; ``refused`` says why it gave none at all."""
        result = ListFile(name)
        if path.stat().st_size > MOST_BYTES:
            result.refused = f"is larger than {MOST_BYTES >> 20} MB, which no list of words is"
            return result
        data = path.read_bytes()
        if b"\0" in data:
            result.refused = "is no text: it holds NUL bytes"
            return result
        text = data.decode(find_encoding(data[:_SAMPLE_BYTES]), errors="replace").lstrip("\ufeff")
        is_json = PurePosixPath(name).suffix.lower() in {".jsonl", ".ndjson"}
        language = language_of(name)
        # JSON strings may hold the other characters that end a line for Python.
        lines = text.split("\n") if is_json else text.splitlines()
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            found = _json_entry(line, language) if is_json else _text_entry(line, language)
            if isinstance(found, str):
                result.fault(number, found)
            elif found is not None:
                self._add(result, number, found)
            if len(self._seen) > MOST_ENTRIES:
                result.refused = f"takes the list beyond {MOST_ENTRIES:,} entries"
                self._forget(result)
                break
        if not result.refused and not result.entries:
            result.refused = f"gave no entry: {'; '.join(result.faults) or 'it is empty'}"
        return result

    def _forget(self, refused: ListFile) -> None:
        """What a refused file holds counts where it stands next."""
        for entry in refused.entries:
            del self._seen[_key(entry)]
        refused.entries.clear()

    def _add(self, result: ListFile, number: int, entry: Entry) -> None:
        key = _key(entry)
        if key in self._seen:
            if self._seen[key] != entry.is_allowed:
                result.fault(
                    number, f"{_shown(entry.text)} is listed and allowed; the first counts"
                )
            else:
                result.num_repeated += 1
            return
        self._seen[key] = entry.is_allowed
        result.entries.append(entry)


def _key(entry: Entry) -> tuple[str, str]:
    return entry.language, " ".join(entry.text.lower().split())


def language_of(name: str) -> str:
    """The language that a file's name tells, or empty."""
    parts = PurePosixPath(name).name.lower().split(".")
    told = parts[0] if len(parts) < 3 else parts[-2]
    return told if told in NAMES else ""


def _text_entry(line: str, language: str) -> Entry | str | None:
    text = line.strip()
    if text.startswith("#"):
        return None
    is_allowed = text.startswith("!")
    return _checked(text[1:].strip() if is_allowed else text, language, is_allowed=is_allowed)


def _json_entry(line: str, language: str) -> Entry | str:
    try:
        row = parse_strict(line)
    except ValueError as error:
        return f"is no JSON object ({error})"
    if not isinstance(row, dict) or not isinstance(row.get("entry"), str):
        return "holds no text under the key entry"
    if others := set(row) - {"entry", "language", "is_allowed"}:
        return f"holds the unknown key {_shown(min(others))}"
    told = row.get("language", language)
    if told not in NAMES:
        return f"names the unknown language {_shown(str(told))}; codes are as in en, zh, de"
    is_allowed = row.get("is_allowed", False)
    if not isinstance(is_allowed, bool):
        return "has an is_allowed that is neither true nor false"
    return _checked(row["entry"].strip(), told, is_allowed=is_allowed)


def _checked(text: str, language: str, *, is_allowed: bool) -> Entry | str:
    if len(text) > MOST_CHARACTERS:
        return f"is {len(text):,} characters long; at most {MOST_CHARACTERS} make an entry"
    if "\ufffd" in text:
        return "holds bytes that are no text in the file's encoding"
    if reason := entry_fault(text):
        return f"{_shown(text)} {reason}"
    return Entry(text, language, is_allowed)


def _shown(text: str) -> str:
    return repr(text[:40])
