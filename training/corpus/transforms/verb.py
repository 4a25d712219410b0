"""The verb ``transform``: documents in, documents with other texts out.

1. Each transform that is on makes its preparing passes, in the order of ``registry.TRANSFORMS``.
   A pass makes the edits of the transforms before it and leaves the texts for the next one.
   What another job has found in the documents is taken over from its artifact.
2. Every shard is read once more and written with all edits made; ids, sources, languages, origins
   and ``meta`` stay. Documents that end up too short are left out.
3. What was done is put together in ``edits.json``.

Shards are worked on side by side, and once each: what is done stays in the folder ``work`` of the
job until the end, for an attempt that follows a killed or stopped one. The documents that come out
are the same, byte for byte, for any number of workers.
"""

from __future__ import annotations

import functools
import shutil
from pathlib import Path
from typing import Any

from training.corpus.documents import FILES_FILE, Documents
from training.corpus.executor import ShardRunner, work_folder
from training.corpus.stopping import KEPT, check_stop, ends_on_stop
from training.corpus.transforms.chain import Chain, Link
from training.corpus.transforms.cut_contamination import take_over
from training.corpus.transforms.passes import ChainPasses
from training.corpus.transforms.record import RecordRoom
from training.corpus.transforms.report import EDITS_FILE, FORMAT_VERSION, ReportSource
from training.corpus.transforms.rewrite import Rewriter, left_out, shard_file
from training.errors import DataError
from training.folder.artifact import ArtifactDraft, load_manifest
from training.folder.atomic import link_or_copy, write_json
from training.folder.job import Job
from training.registry import TRANSFORMS
from training.specs.transform import TransformSpec

_TOLD = "told"


def run(spec: TransformSpec, job: Job) -> None:
    """Edit every text; DataError when no document is left."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    inputs = {"documents": documents.folder}
    if spec.cut_contamination.is_on:
        inputs["contamination"] = job.input(spec.contamination, "contamination")
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, _about(spec, inputs)) as work,
        job.write_output("documents", inputs=inputs) as artifact,
    ):
        runner = ShardRunner(job, work.resolve(), spec.num_workers or 1)
        chain = _chain(spec, documents, runner.folder)
        for link in chain.links:
            if link.name == "cut_contamination":
                found = inputs["contamination"]
                take_over(found, documents, spec.cut_contamination, link.folder)
        records = RecordRoom(runner.folder / _TOLD, spec.seed, spec.num_samples)
        waiting = Chain(chain.shards, chain.starts)
        for link in chain.links:
            job.phase(f"preparing: {TRANSFORMS[link.name].title}")
            passes = ChainPasses(waiting, runner, records, link.name)
            link.load().prepare(passes)
            waiting = passes.chain.followed_by(link)
        job.phase("editing texts")
        rewriter = Rewriter(waiting, runner.folder, spec.min_characters, records)
        runner.run("rewrite", rewriter, len(chain.shards), chain.starts[-1])
        job.phase("counting what went")
        _finish(spec, documents, chain, runner, artifact)


def _about(spec: TransformSpec, inputs: dict[str, Path]) -> dict[str, Any]:
    """What decides the result; another work folder is not gone on with."""
    settings = spec.to_dict()
    settings.pop("num_workers")
    versions = {name: TRANSFORMS[name].version for name in spec.chosen()}
    ids = {f"{kind}_id": load_manifest(folder).id for kind, folder in inputs.items()}
    return {**ids, "spec": settings, "versions": versions}


def _chain(spec: TransformSpec, documents: Documents, folder: Path) -> Chain:
    shards = tuple(shard.resolve() for shard in documents.shards())
    links = tuple(
        Link(name, options, folder / "transforms" / name) for name, options in spec.chosen().items()
    )
    for link in links:
        link.folder.mkdir(parents=True, exist_ok=True)
    return Chain(shards, documents.starts(), links)


def _finish(
    spec: TransformSpec,
    documents: Documents,
    chain: Chain,
    runner: ShardRunner,
    artifact: ArtifactDraft,
) -> None:
    """Put the shards, the report and the counts into the artifact."""
    job, num_shards = runner.job, len(chain.shards)
    gone, total = left_out(runner.folder, num_shards)
    if not total["documents_after"]:
        raise _nothing_left(total, spec)
    check = functools.partial(check_stop, job)
    source = ReportSource(runner.folder / _TOLD, num_shards, spec.num_samples)
    report = {
        "format_version": FORMAT_VERSION,
        "documents_id": documents.manifest.id,
        "min_characters": spec.min_characters,
        "total": total,
        "left_out": gone,
        "transforms": source.transform_rows(chain.links, check),
    }
    write_json(artifact.path / EDITS_FILE, report)
    if (files := documents.folder / FILES_FILE).exists():
        shutil.copyfile(files, artifact.path / FILES_FILE)
    kept = [path for shard in range(num_shards) if (path := shard_file(runner.folder, shard))]
    for number, path in enumerate(kept):
        link_or_copy(path, artifact.path / f"shard-{number:05d}.parquet")
    if gone["documents"]:
        job.warn(
            f"{gone['documents']:,} of {total['documents']:,} documents {_short(spec)} afterwards "
            "and were left out."
        )
    artifact.counts.update(
        documents=total["documents_after"],
        text_bytes=total["bytes_after"],
        shards=len(kept),
        changed=total["changed"],
        left_out=gone["documents"],
        bytes_removed=total["bytes"] - total["bytes_after"],
    )


def _short(spec: TransformSpec) -> str:
    few = f"have fewer than {spec.min_characters:,} characters"
    return few if spec.min_characters > 1 else "have no text"


def _nothing_left(total: dict[str, int], spec: TransformSpec) -> DataError:
    return DataError(
        f"Nothing is left: after {', '.join(spec.chosen())} {total['documents']:,} of "
        f"{total['documents']:,} documents {_short(spec)}.",
        advice="Switch a transform off, loosen its limits, or lower min_characters.",
    )
