"""What the helper can be asked: name, function, and how long it may take. Nothing else runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training.registry import load_dotted


@dataclass(frozen=True)
class HelperRow:
    """``target`` takes keyword arguments of plain data and gives plain data."""

    name: str
    title: str
    target: str
    timeout_seconds: float = 5.0

    def load(self) -> Any:
        """Import and return the function."""
        return load_dotted(self.target)


FUNCTIONS = {
    row.name: row
    for row in (
        HelperRow("ping", "Whether the helper answers", "training.helper.table:ping"),
        HelperRow(
            "preview_tokens",
            "How a tokenizer cuts a text",
            "training.helper.previews:preview_tokens",
        ),
        HelperRow(
            "cut_text",
            "One text as several tokenizers cut it",
            "training.helper.cutting:cut_text",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "preview_extension",
            "What an extended vocabulary would hold and save",
            "training.helper.extending:preview_extension",
            timeout_seconds=12.0,
        ),
        HelperRow(
            "filter_corpus",
            "What other thresholds would keep and drop",
            "training.helper.corpora:filter_corpus",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "datatrove_script",
            "Rules as a script for DataTrove",
            "training.helper.scripts:datatrove_script",
        ),
        HelperRow(
            "describe_mixture",
            "Sources of a version with their amounts",
            "training.helper.mixtures:describe_mixture",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "read_document",
            "One document with its signals",
            "training.helper.corpora:read_document",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "compare_corpora",
            "What one version keeps and another does not",
            "training.helper.corpora:compare_corpora",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "search_corpus",
            "Documents that hold a phrase",
            "training.helper.search:search_corpus",
            timeout_seconds=12.0,
        ),
        HelperRow(
            "seen_by_run",
            "Steps at which a run and its bases read a phrase",
            "training.helper.search:seen_by_run",
            timeout_seconds=14.0,
        ),
        HelperRow(
            "list_clusters",
            "Clusters of duplicates in a corpus version",
            "training.helper.clusters:list_clusters",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "read_cluster",
            "One cluster of duplicates side by side",
            "training.helper.clusters:read_cluster",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "list_hits",
            "Items of evaluation sets in documents, side by side",
            "training.helper.contamination:list_hits",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "benchmark_items",
            "Items of a benchmark",
            "training.helper.benchmarks:benchmark_items",
        ),
        HelperRow(
            "preview_items",
            "Items of a benchmark as a model would read them",
            "training.helper.asking:preview_items",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "preview_item_rows",
            "The first rows of an upload as items of a benchmark",
            "training.helper.asking:preview_item_rows",
        ),
        HelperRow(
            "evaluation_items",
            "Items of a benchmark as a model judged them",
            "training.helper.benchmarks:evaluation_items",
        ),
        HelperRow(
            "list_losses",
            "Documents in order of their loss",
            "training.helper.losses:list_losses",
        ),
        HelperRow(
            "read_losses",
            "One document with the loss of its tokens",
            "training.helper.losses:read_losses",
        ),
        HelperRow(
            "losses_of_document",
            "What models make of one document",
            "training.helper.losses:losses_of_document",
        ),
        HelperRow("read_step", "What a run read at a step", "training.tokens.reading:read_step"),
        HelperRow(
            "draw_batch",
            "A batch of a run: documents, padding, targets",
            "training.helper.batches:draw_batch",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "draw_first_batch",
            "The first batch of settings, before a run is made of them",
            "training.helper.batches:draw_first_batch",
            timeout_seconds=10.0,
        ),
        HelperRow(
            "packing_figures",
            "How a token store would fill rows",
            "training.helper.batches:packing_figures",
        ),
        HelperRow(
            "preview_rows",
            "The first rows of an upload as a task set reads them",
            "training.helper.task_previews:preview_rows",
        ),
        HelperRow(
            "task_rows",
            "Rows of one split of a task set",
            "training.helper.task_previews:task_rows",
        ),
        HelperRow(
            "preview_examples",
            "Rows as tokens with their loss mask",
            "training.helper.task_previews:preview_examples",
        ),
    )
}


def ping(text: str = "") -> str:
    """The text itself."""
    return text
