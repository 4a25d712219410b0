"""What the verb ``dedup`` is asked: near duplicates of documents, without rules or signals."""

from __future__ import annotations

from training.planning.machine import num_cores
from training.specs.base import Spec, option
from training.specs.common_options import workers_option
from training.specs.duplicate_rules import NearSearchPart


class DedupSpec(NearSearchPart, Spec):
    """Clusters of documents that say nearly the same; nothing is dropped."""

    verb = "dedup"

    documents: str = option(
        title="Documents", help="Folder of documents.", artifact="documents", min_length=1
    )
    num_workers: int = workers_option()

    def resolve(self) -> DedupSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or num_cores())
