"""The verb ``clean``: documents in, a ``corpus`` artifact out.

1. Signals: every shard is read once, several at a time, and its columns are written.
2. Rules: applied to the columns alone, giving the bitmap and the funnel.
3. Examples: the opening of a few dropped documents is read for each rule.

Workers are threads: reading Parquet and the compiled kernels both release the interpreter lock.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from training.corpus.corpus import FUNNEL_FILE, RULES_FILE, describe
from training.corpus.documents import Documents
from training.corpus.funnel import Funnel, apply_rules
from training.corpus.signals.table import SIGNALS_FOLDER, SignalTable, write_signals
from training.corpus.stopping import check_stop, ends_on_stop
from training.errors import DataError
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.clean import CleanSpec

_EXCERPT_CHARACTERS = 240


def run(spec: CleanSpec, job: Job) -> None:
    """Compute signals, apply rules, write the corpus; DataError when the rules keep nothing."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    inputs = {"documents": documents.folder}
    with ends_on_stop(job), job.write_output("corpus", inputs=inputs) as artifact:
        job.phase("computing signals")
        compute_signals(documents, artifact.path, spec.num_workers or 1, job)
        job.phase("applying rules")
        funnel = apply_rules(SignalTable.read(artifact.path), spec.rules)
        if funnel.kept.documents == 0:
            raise _nothing_kept(funnel)
        write_json(artifact.path / RULES_FILE, spec.rules.model_dump(mode="json"))
        write_json(artifact.path / FUNNEL_FILE, with_excerpts(funnel.as_dict(), documents))
        describe(artifact.path, job.folder.output, documents, funnel.is_kept, funnel.kept.bytes)
        artifact.counts.update(
            documents=funnel.total.documents,
            text_bytes=funnel.total.bytes,
            kept_documents=funnel.kept.documents,
            kept_bytes=funnel.kept.bytes,
        )


def compute_signals(documents: Documents, folder: Path, num_workers: int, job: Job) -> None:
    """Write the signals of every shard below ``folder``."""
    shards = documents.shards()
    total, done = documents.num_documents, 0
    (folder / SIGNALS_FOLDER).mkdir()
    with ThreadPoolExecutor(num_workers) as pool:
        running = [
            pool.submit(write_signals, shard, folder / SIGNALS_FOLDER / f"part-{index:05d}.parquet")
            for index, shard in enumerate(shards)
        ]
        try:
            for finished in as_completed(running):
                done += finished.result()
                job.progress(done, total, "documents")
                check_stop(job)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def with_excerpts(funnel: dict[str, Any], documents: Documents) -> dict[str, Any]:
    """The funnel with the opening of each example's text."""
    examples = [example for rule in funnel["rules"] for example in rule["examples"]]
    wanted = sorted({example["index"] for example in examples})
    texts = [row["text"] for row in documents.rows(wanted, ["text"])]
    excerpts = dict(zip(wanted, texts, strict=True))
    for example in examples:
        example["excerpt"] = excerpts[example["index"]][:_EXCERPT_CHARACTERS]
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
