"""What the verb ``export_corpus`` is asked: which corpus, written as what."""

from __future__ import annotations

from training.specs.base import Spec, option

FORMATS = ("jsonl.zst", "parquet")


class ExportCorpusSpec(Spec):
    """The kept documents of a corpus as one file that any program can read."""

    verb = "export_corpus"

    corpus: str = option(
        title="Corpus", help="Folder of a corpus.", artifact="corpus", min_length=1
    )
    format: str = option(
        "jsonl.zst",
        title="Format",
        help="One JSON object per line, compressed with zstd; or Parquet.",
        choices=FORMATS,
    )
