"""The verb ``clean``: documents in, a ``corpus`` artifact out.

1. Signals: every shard is read once, several at a time, and its columns are written; or those of
   another corpus over the same documents are taken over, when they are defined in the same way.
2. Near duplicates: when the rule is on, clusters are searched and stored as a column, unless the
   other corpus had them.
3. Rules: applied to the columns alone, giving the bitmap and the funnel.
4. Examples: the opening of a few dropped documents is read for each rule.

Workers are threads: reading Parquet and the compiled kernels both release the interpreter lock.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.corpus import FUNNEL_FILE, RULES_FILE, describe
from training.corpus.dedup.column import column_name
from training.corpus.dedup.verb import search
from training.corpus.documents import Documents
from training.corpus.excerpts import excerpt_of
from training.corpus.funnel import Funnel, apply_rules, rules_of
from training.corpus.signals.table import (
    SIGNALS_FOLDER,
    SignalTable,
    SignalWriter,
    are_current,
    share_signals,
)
from training.corpus.stopping import check_stop, ends_on_stop
from training.errors import DataError
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart


def run(spec: CleanSpec, job: Job) -> None:
    """Compute signals, apply rules, write the corpus; DataError when the rules keep nothing."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    inputs = {"documents": documents.folder}
    with ends_on_stop(job), job.write_output("corpus", inputs=inputs) as artifact:
        find_signals(spec, documents, artifact.path, job)
        find_clusters(spec, documents, artifact.path, job)
        job.phase("applying rules")
        funnel = apply_rules(SignalTable.read(artifact.path), spec.rules)
        if funnel.kept.documents == 0:
            raise _nothing_kept(funnel)
        write_json(artifact.path / RULES_FILE, spec.rules.model_dump(mode="json"))
        write_json(
            artifact.path / FUNNEL_FILE, with_excerpts(funnel.as_dict(), documents, spec.rules)
        )
        describe(artifact.path, job.folder.output, documents, funnel.is_kept, funnel.kept.bytes)
        artifact.counts.update(
            documents=funnel.total.documents,
            text_bytes=funnel.total.bytes,
            kept_documents=funnel.kept.documents,
            kept_bytes=funnel.kept.bytes,
        )


def find_signals(spec: CleanSpec, documents: Documents, folder: Path, job: Job) -> None:
    """Take over the signals that the spec names if they would come out the same; else compute."""
    if spec.signals:
        other = job.input(spec.signals, "corpus")
        if are_current(other, documents):
            job.phase("taking over the signals")
            share_signals(other, folder)
            return
        job.warn("The signals of the other corpus are of other documents, or of an older version.")
    job.phase("computing signals")
    compute_signals(documents, folder, spec.num_workers or 1, job)


def compute_signals(documents: Documents, folder: Path, num_workers: int, job: Job) -> None:
    """Write the signals of every shard below ``folder``."""
    total, done = documents.num_documents, 0
    writer = SignalWriter(folder, documents)
    with ThreadPoolExecutor(num_workers) as pool:
        shards = enumerate(documents.shards())
        running = [pool.submit(writer.write, number, shard) for number, shard in shards]
        try:
            for finished in as_completed(running):
                done += finished.result()
                job.progress(done, total, "documents")
                check_stop(job)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def find_clusters(spec: CleanSpec, documents: Documents, folder: Path, job: Job) -> None:
    """Search near duplicates with the rule's settings and store them beside the signals."""
    rule = spec.rules.near_duplicates
    column = folder / SIGNALS_FOLDER / f"{column_name(rule)}.npy"
    if not rule.is_on or column.exists():
        return
    found = search(rule, documents, folder, job, spec.num_workers or 1)
    np.save(column, found.roots)


def with_excerpts(funnel: dict[str, Any], documents: Documents, rules: RulesPart) -> dict[str, Any]:
    """The funnel with a piece of each example's text, and where in it the rule found its reason."""
    examples = [example for rule in funnel["rules"] for example in rule["examples"]]
    wanted = sorted({example["index"] for example in examples})
    texts = [row["text"] for row in documents.rows(wanted, ["text"])]
    text_of = dict(zip(wanted, texts, strict=True))
    for told, (_, rule, _) in zip(funnel["rules"], rules_of(rules), strict=True):
        for example in told["examples"]:
            example.update(asdict(excerpt_of(text_of[example["index"]], rule)))
    return funnel


def _nothing_kept(funnel: Funnel) -> DataError:
    drops = [
        f"{outcome.rule} drops {outcome.marginal.documents:,}"
        for outcome in funnel.rules
        if outcome.marginal.documents
    ]
    first = next(outcome for outcome in funnel.rules if outcome.dropped.documents)
    return DataError(
        f"The rules keep none of the {funnel.total.documents:,} documents "
        f"(each alone: {', '.join(drops)}). For example {first.examples[0].reason}.",
        advice="Loosen the thresholds of these rules, or switch some off.",
    )
