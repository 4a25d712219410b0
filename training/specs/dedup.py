"""What the verb ``dedup`` is asked: near duplicates of documents, without rules or signals."""

from __future__ import annotations

from training.planning.machine import num_cores
from training.specs.base import Spec, option
from training.specs.duplicate_rules import NearSearchPart


class DedupSpec(NearSearchPart, Spec):
    """Clusters of documents that say nearly the same; nothing is dropped."""

    verb = "dedup"

    documents: str = option(
        title="Documents", help="Folder of documents.", artifact="documents", min_length=1
    )
    num_workers: int = option(
        0,
        title="Workers",
        help="Shards read at the same time; 0 takes the cores.",
        ge=0,
        le=256,
        group="advanced",
    )

    def resolve(self) -> DedupSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or num_cores())
