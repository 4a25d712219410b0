"""What the verb ``corpus_report`` is asked: which corpus to measure, and on how large a sample."""

from __future__ import annotations

from training.planning.machine import num_cores
from training.specs.base import Spec, option
from training.specs.common_options import workers_option
from training.specs.duplicate_rules import NearSearchPart


class CorpusReportSpec(Spec):
    """Measure the text of a corpus, by source and for the whole, before and after cleaning.

    Lengths, style and duplication are counted over all documents. What needs the text is measured
    on a sample of each source, and told with its standard error.
    """

    verb = "corpus_report"

    corpus: str = option(
        title="Corpus", help="Folder of a corpus version.", artifact="corpus", min_length=1
    )
    title: str = option("", title="Title", help="Empty takes the folder's name.", max_length=200)
    sample_documents: int = option(
        2_000, title="Sample", unit="documents", ge=1, le=200_000, recommended=(200, 20_000),
        help="Documents of each source, before and after cleaning, whose text is measured.",
    )  # fmt: skip
    max_document_bytes: int = option(
        100_000, title="Text of a document", unit="bytes", ge=1_000, le=10_000_000,
        recommended=(10_000, 1_000_000), group="advanced",
        help="Of a longer document only so much of its beginning is measured.",
    )  # fmt: skip
    sample_bytes: int = option(
        100_000_000, title="Text read", unit="bytes", ge=1_000_000, le=10_000_000_000,
        recommended=(20_000_000, 1_000_000_000), group="advanced",
        help="In all, shared by the samples: those of long documents are smaller. Decides memory.",
    )  # fmt: skip
    max_sources: int = option(
        12, title="Sources shown", ge=1, le=50, group="advanced",
        help="The sources with the most documents; all others are told as one.",
    )  # fmt: skip
    num_topics: int = option(
        12, title="Topics", ge=2, le=50, group="advanced",
        help="Groups of documents with like words, of which the spread of topics is counted.",
    )  # fmt: skip
    seed: int = option(
        0, title="Seed", ge=0, group="advanced",
        help="Another seed takes another sample and begins the topics elsewhere.",
    )  # fmt: skip
    near_duplicates: bool = option(
        True, title="Search near duplicates",
        help="Unless the corpus has searched them; off reports exact copies alone.",
    )  # fmt: skip
    near_search: NearSearchPart = option(
        factory=NearSearchPart, title="Near duplicates", group="advanced",
        help="How they are searched, when the corpus has not.", shown_if=("near_duplicates",),
    )  # fmt: skip
    num_workers: int = workers_option()

    def resolve(self) -> CorpusReportSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or num_cores())
