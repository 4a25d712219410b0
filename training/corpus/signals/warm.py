"""Compiles the kernels of the corpus before anybody waits for them.

``python -m training.corpus.signals.warm``, or with all others ``python -m training.tokens.warm``,
which set-up runs: numba keeps the code beside the source, or in ``NUMBA_CACHE_DIR``, which must
then be set for the jobs too (the container image does so).
"""

from __future__ import annotations

from training.corpus.classifiers.warm import warm_classifiers
from training.corpus.contamination.warm import warm_contamination
from training.corpus.quality_report.warm import warm_quality_report
from training.corpus.search.warm import warm_search
from training.corpus.signals.batch import TextBatch
from training.registry import SIGNALS
from training.specs.signals import Segmentation


def compile_kernels() -> None:
    """Compute every signal of two lines of text, and all else that is compiled."""
    batch = TextBatch.of(["one two three four five six\nseven", "一二三"])
    for row in SIGNALS.values():
        row.load()(batch)
    # Words of Chinese by a dictionary have a kernel of their own.
    assert len(TextBatch(batch.texts, Segmentation.RJIEBA).words.hashes)
    warm_search(batch)
    warm_classifiers(batch)
    warm_contamination(batch)
    warm_quality_report(batch)


if __name__ == "__main__":
    compile_kernels()
