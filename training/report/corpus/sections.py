"""The report of a corpus as sections: text, tables and charts made from ``report.json`` alone."""

from __future__ import annotations

from training.report.corpus import duplicates, overview, spread, text
from training.report.corpus.wording import Data
from training.report.document import Document
from training.report.section import Section

_BUILDERS = (
    overview.summary,
    overview.sources,
    text.language,
    text.density,
    duplicates.duplication,
    spread.vocabulary,
    spread.lengths,
    spread.topics,
    spread.style,
    text.machine_made,
    overview.method,
)


def sections(data: Data) -> list[Section]:
    """All sections that have something to say."""
    made = [build(data) for build in _BUILDERS]
    return [section for section in made if not section.is_empty]


def document(data: Data) -> Document:
    """The whole report, to be written as HTML or Markdown."""
    about = f"Quality of the corpus {data['corpus']['id'][:12]}"
    return Document(data["title"], about, data["written"], sections(data))
