"""Text taken from web pages, PDF and EPUB against gold text, beside peers on the same input.

By shingles of four words (each CJK character is a word). Web pages: 102 articles of the
article-extraction-benchmark, precision and recall averaged over pages, F1 of the two. Books: Debian
manuals that exist as PDF, EPUB and plain text. Peers run when they are installed
(trafilatura, pypdf); the whole text of the page and the raw text of the PDF always stand beside
ours. Seconds are processor seconds.

Run: python -m benchmarks.extraction [FOLDER]
FOLDER holds unpacked Debian packages (dpkg -x developers-reference_*.deb FOLDER, the same for
debian-reference-zh-cn); without it only the articles are measured.
"""

from __future__ import annotations

import gzip
import importlib
import io
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.table import Row, print_table
from training.corpus.extract import epub, html, pdf
from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Found

ARTICLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "articles"
#: Below the figures that the measured version has: what may not be lost in silence.
ARTICLE_F1_GOAL = 0.945
#: Asked of the manual whose plain text its authors make from the same source.
MANUAL_F1_GOALS = {"developers-reference, PDF": 0.90, "developers-reference, EPUB": 0.97}
_SHINGLE = 4
_TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\W_]+", re.UNICODE)
_MANUALS = (
    ("developers-reference", "developers-reference"),
    ("debian-reference", "debian-reference.zh-cn"),
)


@dataclass(frozen=True)
class Score:
    """Agreement with gold text."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def rows(folder: Path | None = None) -> Iterator[Row]:
    """Articles, then manuals."""
    yield from article_rows()
    if folder is not None:
        yield from manual_rows(folder)


def article_rows() -> Iterator[Row]:
    """F1 of the main content, ours first."""
    if not ARTICLES.is_dir():
        yield Row("articles", "no ../shared/data/articles", "", "")
        return
    gold = {key: entry["text"] for key, entry in json.loads(read_text("gold.json")).items()}
    pages = {
        key: gzip.decompress((ARTICLES / "html" / f"{key}.html.gz").read_bytes()) for key in gold
    }
    ours, seconds = scored(pages, gold, lambda data: ours_of(html, data))
    yield Row(
        "main content of 102 articles, F1",
        f"{ours.f1:.3f}",
        f"precision {ours.precision:.3f}, recall {ours.recall:.3f}",
        f"{megabytes(pages) / seconds:.0f} MB/s",
        f">= {ARTICLE_F1_GOAL}",
        ours.f1 >= ARTICLE_F1_GOAL,
    )
    peers: dict[str, Callable[[bytes], str] | None] = {
        "whole text of the page": lambda data: ours_of(html, data, html_content="whole"),
        "trafilatura": trafilatura_text(),
    }
    for name, read in peers.items():
        if read is None:
            yield Row(f"  {name}", "", "not installed", "")
            continue
        peer, its_seconds = scored(pages, gold, read)
        yield Row(
            f"  {name}, F1",
            f"{peer.f1:.3f}",
            f"precision {peer.precision:.3f}, recall {peer.recall:.3f}",
            f"{its_seconds / seconds:.1f} times our time",
        )


def manual_rows(folder: Path) -> Iterator[Row]:
    """PDF and EPUB of manuals against the plain text that their authors publish."""
    for directory, stem in _MANUALS:
        home = folder / "usr/share" / directory
        if not home.is_dir():
            yield Row(stem, f"no {home.relative_to(folder)} in the folder", "", "")
            continue
        gold = shingles(gzip.decompress((home / f"{stem}.txt.gz").read_bytes()).decode())
        data = (home / f"{stem}.pdf").read_bytes()
        raw = partial(ours_of, pdf, data, removes_page_furniture=False, mends_lines=False)
        yield from book_rows(f"{stem}, PDF", gold, partial(ours_of, pdf, data))
        yield from book_rows("  raw text", gold, raw)
        if pypdf := pypdf_text():
            yield from book_rows("  pypdf", gold, partial(pypdf, data))
        if (book := home / f"{stem}.epub").is_file():
            yield from book_rows(f"{stem}, EPUB", gold, partial(ours_of, epub, book.read_bytes()))


def book_rows(name: str, gold: Counter[object], read: Callable[[], str]) -> Iterator[Row]:
    """One row: shingles in common with the gold text."""
    start = time.process_time()
    text = read()
    seconds = time.process_time() - start
    score = overlap(shingles(text), gold)
    goal = MANUAL_F1_GOALS.get(name)
    yield Row(
        f"{name}, F1",
        f"{score.f1:.3f}",
        f"precision {score.precision:.3f}, recall {score.recall:.3f}",
        f"{seconds:.2f} s",
        f">= {goal}" if goal else "",
        None if goal is None else score.f1 >= goal,
    )


def ours_of(module: object, data: bytes, **options: object) -> str:
    """The text that one of our readers makes of the bytes."""
    source = ByteSource("input", io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]
    items = module.read(source, ReadOptions(**options))  # type: ignore[attr-defined, arg-type]
    return "\n\n".join(item.text for item in items if isinstance(item, Found))


def scored(
    pages: dict[str, bytes], gold: dict[str, str], read: Callable[[bytes], str]
) -> tuple[Score, float]:
    """Mean precision and recall over the pages, and processor seconds."""
    start = time.process_time()
    texts = {key: read(data) for key, data in pages.items()}
    seconds = time.process_time() - start
    scores = [overlap(shingles(texts[key]), shingles(gold[key])) for key in gold]
    count = len(scores)
    precision = sum(score.precision for score in scores) / count
    return Score(precision, sum(score.recall for score in scores) / count), seconds


def overlap(found: Counter[object], gold: Counter[object]) -> Score:
    """Precision and recall of what was found; both 1 when nothing was there to be found."""
    common = sum((found & gold).values())
    num_found, num_gold = sum(found.values()), sum(gold.values())
    precision = common / num_found if num_found else float(num_gold == 0)
    return Score(precision, common / num_gold if num_gold else 1.0)


def shingles(text: str) -> Counter[object]:
    """Every run of four words, with how often it stands there."""
    words = tokens(text)
    if len(words) < _SHINGLE:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(*(words[start:] for start in range(_SHINGLE)), strict=False))


def tokens(text: str) -> list[str]:
    """Words as they stand; each CJK character is one."""
    return _TOKEN.findall(text.lower())


def trafilatura_text() -> Callable[[bytes], str] | None:
    """The peer with its defaults, without comments as we; None when it is not installed."""
    try:
        library = importlib.import_module("trafilatura")
    except ImportError:
        return None
    return lambda data: library.extract(data, include_comments=False) or ""


def pypdf_text() -> Callable[[bytes], str] | None:
    """The peer with its defaults; None when it is not installed."""
    try:
        library = importlib.import_module("pypdf")
    except ImportError:
        return None
    return lambda data: "\n".join(
        page.extract_text() for page in library.PdfReader(io.BytesIO(data)).pages
    )


def megabytes(pages: dict[str, bytes]) -> float:
    """Size of all pages."""
    return sum(map(len, pages.values())) / 1e6


def read_text(name: str) -> str:
    """A file of the articles."""
    return (ARTICLES / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    print_table(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
