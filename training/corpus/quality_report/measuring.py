"""All measures of a corpus as plain data: ``report.json``, from which every drawing is made.

1. Documents are drawn, for the whole and for each source, before and after cleaning (`sampling`).
2. Shard by shard, the drawn ones are read once and counted (`reading`).
3. Copies come from the stored hashes, near duplicates from the stored clusters or a search.
4. Each population is told: exact figures of all its documents, estimates from its sample.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.corpus import Corpus
from training.corpus.dedup.column import column_name
from training.corpus.dedup.verb import search
from training.corpus.executor import ShardRunner
from training.corpus.quality_report.density import block_density
from training.corpus.quality_report.diversity import diversity_of
from training.corpus.quality_report.duplication import overlap_of, share
from training.corpus.quality_report.machine_made import Columns, examples_of, mark_columns
from training.corpus.quality_report.measures import MEASURES, Measure
from training.corpus.quality_report.reading import Sampled, read_sample
from training.corpus.quality_report.sampling import (
    WHOLE,
    Grouping,
    Limits,
    Mask,
    Population,
    chosen,
    populations,
)
from training.corpus.quality_report.spelling import Slip, likely_slips
from training.corpus.quality_report.statistics import (
    Estimate,
    histogram,
    mean,
    percentiles,
    ratio,
)
from training.corpus.quality_report.style import distances, languages_of, scores_of, style_of
from training.corpus.quality_report.topic_names import named_terms
from training.corpus.quality_report.topics import Topics, effective_number, find_topics
from training.corpus.signals.batch import Int64
from training.corpus.signals.table import Groups, SignalTable
from training.corpus.stopping import check_stop
from training.folder.naming import called
from training.specs.corpus_report import CorpusReportSpec
from training.specs.duplicate_rules import NearDuplicatesRule

FORMAT_VERSION = 1
#: Edges of the histogram of lengths in words: halves of powers of ten.
LENGTH_EDGES = (0.0, 1.0, *(round(10 ** (step / 4), 1) for step in range(1, 25)))
_SLIPS_SHOWN = 20
#: Documents shorter than this tell nothing by their own compression.
LEAST_COMPRESSED_BYTES = 1_000
_REPEATED = "repeated_5gram_share"


@dataclass(frozen=True)
class _Measured:
    """What was found of the corpus before it is told population by population."""

    table: SignalTable
    is_kept: Mask
    grouping: Grouping
    sample: Sampled
    columns: Columns
    topics: Topics
    topic_of: Int64

    def mask(self, population: Population) -> Mask:
        """[documents] those of a population."""
        mask = np.ones(len(self.table), dtype=bool)
        if population.group != WHOLE:
            mask = self.grouping.groups == population.group
        return mask & self.is_kept if population.is_after else mask


def measure(spec: CorpusReportSpec, corpus: Corpus, runner: ShardRunner) -> dict[str, Any]:
    """The whole report; DataError when the signals of the corpus cannot be read."""
    job = runner.job
    table = SignalTable.read(corpus.folder)
    grouping = Grouping.of(table, spec.max_sources)
    limits = Limits(spec.sample_documents, spec.max_document_bytes, spec.sample_bytes, spec.seed)
    found = populations(table, corpus.is_kept, grouping, limits)
    near = _near_groups(spec, corpus, table, runner)
    job.phase("reading the sample")
    sample = read_sample(corpus.documents, chosen(found), limits.document_bytes, runner)
    check_stop(job)
    job.phase("measuring")
    slips = likely_slips({word: count for word, (_, count) in sample.spellings.items()})
    topics = find_topics(sample.terms, sample.rows_of(found[0].sample), spec.num_topics, spec.seed)
    check_stop(job)
    every = np.arange(len(sample.places))
    measured = _Measured(
        table,
        corpus.is_kept,
        grouping,
        sample,
        _columns(sample, table, slips),
        topics,
        topics.assign(sample.terms, every),
    )
    told = []
    for population in found:
        told.append(_told(measured, population))
        check_stop(job)
        job.progress(len(told), len(found), "tables")
    names = ["", *grouping.names]
    return {
        "format_version": FORMAT_VERSION,
        "title": spec.title or called(corpus.folder),
        "written": time.time(),
        "corpus": {"id": corpus.manifest.id, "documents_id": corpus.info.documents_id},
        "settings": spec.to_dict(),
        "num_pooled_sources": grouping.num_pooled,
        "sources": list(grouping.names),
        "populations": [
            {"source": name, "before": told[2 * place], "after": told[2 * place + 1]}
            for place, name in enumerate(names)
        ],
        "duplication": _duplication(measured, near),
        "style_distances": [
            distances([one["style"] for one in told[2 + after :: 2]], told[0]["style"])
            for after in (0, 1)
        ],
        "topics": named_terms(topics, sample),
        "slips": [[s.word, s.count, s.meant, s.meant_count] for s in slips[:_SLIPS_SHOWN]],
        "machine_made": _examples(measured, found),
    }


def _near_groups(
    spec: CorpusReportSpec, corpus: Corpus, table: SignalTable, runner: ShardRunner
) -> tuple[str, Groups] | None:
    """(how they were searched, groups): of the corpus' own search, else of a new one."""
    rule = corpus.rules().get("near_duplicates") or {}
    stored = sorted(table.clusters)
    if rule.get("is_on"):
        own = column_name(NearDuplicatesRule.model_validate(rule))
        stored.sort(key=lambda name: name != own)
    if stored:
        return stored[0], table.groups_of(stored[0])
    if not spec.near_duplicates:
        return None
    roots = search(spec.near_search, corpus.documents, runner).roots
    return column_name(spec.near_search), Groups.of_roots(roots)


def _columns(sample: Sampled, table: SignalTable, slips: list[Slip]) -> Columns:
    """[n] everything that a measure can name and that is no plain fact."""
    from training.corpus.signals.kernels import count_members

    repeated = table.values.get(_REPEATED)
    columns = mark_columns(sample, None if repeated is None else repeated[sample.places])
    hashes = np.array(sorted(sample.spellings[slip.word][0] for slip in slips), dtype=np.uint64)
    columns["slips"] = np.zeros(len(sample.places), dtype=np.int64)
    if len(hashes) and len(sample.words.items):
        columns["slips"] = count_members(sample.words.items, sample.words.bounds, hashes)
    return columns


def _told(measured: _Measured, population: Population) -> dict[str, Any]:
    """One population as plain data."""
    table, sample = measured.table, measured.sample
    mask = measured.mask(population)
    rows = sample.rows_of(population.sample)
    words = table.values["word_count"][mask]
    return {
        "num_documents": population.num_documents,
        "num_bytes": int(table.values["num_bytes"][mask].sum()),
        "num_words": int(words.sum()),
        "num_sampled": len(rows),
        "sampled_bytes": int(sample.fact("bytes")[rows].sum()),
        "measures": {
            one.name: _estimate(one, measured, rows, population.num_documents) for one in MEASURES
        },
        "lengths": {"words": percentiles(words), "histogram": histogram(words, LENGTH_EDGES)},
        "density": {
            "per_document": _own_density(sample, rows),
            "blocks": block_density(sample.texts.of(row).tobytes() for row in rows.tolist()),
        },
        "diversity": diversity_of(sample.words, rows),
        "topics": _topic_shares(measured, rows),
        "style": style_of(table, mask),
        "languages": languages_of(table, mask),
        "scores": scores_of(table, mask),
    }


def _estimate(one: Measure, measured: _Measured, rows: Int64, population: int) -> Estimate:
    def column(name: str) -> npt.NDArray[Any]:
        known = measured.columns.get(name)
        return (measured.sample.fact(name) if known is None else known)[rows]

    part = column(one.part).astype(np.float64)
    found = ratio(part, column(one.whole), population) if one.whole else mean(part, population)
    return {
        "value": None if found["value"] is None else found["value"] * one.factor,
        "error": None if found["error"] is None else found["error"] * one.factor,
    }


def _own_density(sample: Sampled, rows: Int64) -> dict[str, float] | None:
    """Percentiles of the compressed size of documents that are long enough."""
    sizes = sample.fact("bytes")[rows]
    is_long = sizes >= LEAST_COMPRESSED_BYTES
    return percentiles(sample.fact("compressed")[rows][is_long] / sizes[is_long])


def _topic_shares(measured: _Measured, rows: Int64) -> dict[str, Any]:
    """Share of documents of each topic, of none, and the effective number of topics."""
    nearest = measured.topic_of[rows]
    counts = np.bincount(nearest[nearest >= 0], minlength=len(measured.topics))
    total = int(counts.sum())
    shares = counts / total if total else counts.astype(np.float64)
    return {
        "shares": shares.tolist(),
        "effective": effective_number(shares) if total else None,
        "num_documents": total,
    }


def _duplication(measured: _Measured, near: tuple[str, Groups] | None) -> dict[str, Any]:
    """Copies and near duplicates, before and after; ``search`` says how they were found."""
    everything = np.ones(len(measured.table), dtype=bool)

    def both(groups: Groups) -> dict[str, Any]:
        told = {}
        for name, mask in (("before", everything), ("after", measured.is_kept)):
            number = len(measured.grouping.names)
            overlap = overlap_of(groups, measured.grouping.groups, number, mask)
            whole = share(overlap["spare_in_whole"], sum(overlap["documents"]))
            told[name] = {**overlap, "share_in_whole": whole}
        return told

    return {
        "exact": both(measured.table.equal_texts),
        "near": both(near[1]) if near else None,
        "search": near[0] if near else "",
    }


def _examples(measured: _Measured, found: list[Population]) -> list[dict[str, Any]]:
    """Documents of the whole that read machine-made, kept ones first, with their source."""
    rows = np.concatenate([measured.sample.rows_of(one.sample) for one in (found[1], found[0])])
    _, first = np.unique(rows, return_index=True)
    examples = examples_of(measured.sample, measured.columns, rows[np.sort(first)])
    for example in examples:
        place = example["index"]
        example["source"] = measured.grouping.names[measured.grouping.groups[place]]
        example["is_kept"] = bool(measured.is_kept[place])
    return examples
