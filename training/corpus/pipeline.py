"""The verb ``clean``: documents in, a ``corpus`` artifact out.

1. Signals: every shard is read once, several at a time, and its columns are written; or those of
   another corpus over the same documents are taken over, when they are defined in the same way.
2. Near duplicates: when the rule is on, clusters are searched and stored as a column, unless the
   other corpus had them.
3. Perplexities and contamination: likewise, when these rules are on; another model, or another
   search, is another column.
4. Scores of quality and safety: computed by a light classifier, or joined by ``doc_id``.
5. Rules: applied to the columns alone, giving the bitmap and the funnel.
6. Examples: the opening of a few dropped documents is read for each rule.
7. Texts: unless the spec says no, all documents are written as Parquet files, kept and dropped.

Shards are read side by side, and once each: what is done stays in the folder ``work`` of the job
until the corpus is whole, for an attempt that follows a killed or stopped one.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from training.corpus.amounts import Measure
from training.corpus.classifiers.finding import ScoreFinder
from training.corpus.contamination.column import column_name as contamination_column
from training.corpus.contamination.column import write_column
from training.corpus.corpus import FUNNEL_FILE, RULES_FILE, describe, write_routes
from training.corpus.dedup.column import column_name
from training.corpus.dedup.verb import search
from training.corpus.documents import Documents
from training.corpus.excerpts import excerpt_of, places_shown
from training.corpus.executor import ShardRunner, work_folder
from training.corpus.funnel import Funnel, Routes, apply_rules, rules_of
from training.corpus.keeping import AlwaysKept
from training.corpus.ngram_lm.column import column_name as perplexity_column
from training.corpus.ngram_lm.column import perplexities
from training.corpus.search.index import INDEX_VERSION
from training.corpus.signals.table import (
    SignalTable,
    SignalWriter,
    are_current,
    column_file,
    definitions,
    save_column,
    share_signals,
)
from training.corpus.stopping import KEPT, ends_on_stop
from training.corpus.text_files import Judging, write_texts
from training.corpus.token_counts import column_name as tokens_column
from training.corpus.token_counts import token_counts
from training.corpus.verdicts import Verdicts
from training.corpus.weights import write_weights
from training.errors import DataError
from training.folder.artifact import ArtifactDraft, load_manifest
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart

#: Unknown ids that a warning names.
_NAMED = 5


def run(spec: CleanSpec, job: Job) -> None:
    """Compute signals, apply rules, write the corpus; DataError when the rules keep nothing."""
    documents = Documents.open(job.input(spec.documents, "documents"))
    inputs = {"documents": documents.folder}
    other = job.input(spec.signals, "corpus") if spec.signals else None
    about = {
        "documents": documents.manifest.id,
        "definitions": definitions(spec.segmentation),
        "search_index": INDEX_VERSION,
        # Columns taken over are that corpus' own files: no other attempt may write into them.
        "signals": load_manifest(other).id if other else "",
    }
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, about) as work,
        job.write_output("corpus", inputs=inputs) as artifact,
    ):
        runner = ShardRunner(job, work, spec.num_workers or 1)
        rules, tokenizer = find_columns(spec, documents, runner, artifact)
        # Not moved: what the marks of the work folder call done must stay there until the end.
        share_signals(work, artifact.path)
        job.phase("applying rules")
        table = SignalTable.read(artifact.path)
        routes, keep = spec.route_rules(), marks_of(spec, job, table, artifact.path)
        verdicts = Verdicts(table, Measure(table, tokens_column(tokenizer)))
        funnel = apply_rules(table, rules, routes, keep=keep, verdicts=verdicts)
        if funnel.kept.documents == 0:
            raise _nothing_kept(funnel)
        write_json(artifact.path / RULES_FILE, rules.model_dump(mode="json"))
        write_routes(artifact.path, routes)
        _tell_unknown_weights(spec, job, table)
        write_weights(artifact.path, spec.weights)
        tell = partial(with_excerpts, funnel.as_dict(), documents, artifact.path, rules, routes)
        told = runner.errand(tell, len(documents.shards()))
        if spec.text_files:
            judging = Judging.of(work, rules, routes, keep)
            write_texts(documents, runner, judging, spec.redact, artifact.path)
        write_json(artifact.path / FUNNEL_FILE, told())
        describe(
            artifact.path, job.folder.output, documents, funnel.is_kept, funnel.kept.bytes, spec,
            tokenizer,
        )  # fmt: skip
        artifact.counts.update(_counts(funnel))


def find_columns(
    spec: CleanSpec, documents: Documents, runner: ShardRunner, artifact: ArtifactDraft
) -> tuple[RulesPart, str]:
    """Everything that rules and funnel look at, in the work folder: steps 1 to 4.

    The rules, with the ids of what their columns were made with, and the id of the tokenizer.
    """
    find_signals(spec, documents, runner)
    find_clusters(spec, documents, runner)
    rules = find_perplexities(spec, documents, runner, artifact)
    rules = ScoreFinder(spec, documents, runner, artifact).find(rules)
    rules = find_contamination(spec, rules, documents, runner, artifact)
    return rules, count_tokens(spec, documents, runner, artifact)


def find_signals(spec: CleanSpec, documents: Documents, runner: ShardRunner) -> None:
    """Take over the signals that the spec names if they would come out the same; else compute."""
    job = runner.job
    if spec.signals:
        other = job.input(spec.signals, "corpus")
        if are_current(other, documents, spec.segmentation):
            job.phase("taking over the signals")
            share_signals(other, runner.folder)
            return
        job.warn(
            "The signals of the other corpus are of other documents or words, or of an older "
            "version."
        )
    job.phase("computing signals")
    writer = SignalWriter.begin(runner, documents, spec.segmentation)
    runner.run("signals", writer, len(writer.shards), writer.starts[-1])


def find_clusters(spec: CleanSpec, documents: Documents, runner: ShardRunner) -> None:
    """Search near duplicates with the rule's settings and store them beside the signals."""
    rule = spec.rules.near_duplicates
    column = column_file(runner.folder, column_name(rule))
    if rule.is_on and not column.exists():
        save_column(column, search(rule, documents, runner).roots)


def find_perplexities(
    spec: CleanSpec, documents: Documents, runner: ShardRunner, artifact: ArtifactDraft
) -> RulesPart:
    """Score all documents if the rule is on; the rules, in which it then names its model's id."""
    rule = spec.rules.perplexity
    if not rule.is_on:
        return spec.rules
    model = runner.job.input(spec.ngram_model, "ngram_model") if spec.ngram_model else None
    if model is not None:
        rule = rule.replace(model=load_manifest(model).id)
        artifact.inputs["ngram_model"] = model
    name = perplexity_column(rule.model)
    column = column_file(runner.folder, name)
    if not column.exists():
        if model is None:
            raise DataError(
                f"The documents have no perplexities under the model {rule.model}.",
                advice="Name the model in the field ngram_model.",
            )
        runner.job.phase("computing perplexities")
        save_column(column, perplexities(model, documents, runner, name))
    return spec.rules.replace(perplexity=rule)


def find_contamination(
    spec: CleanSpec,
    rules: RulesPart,
    documents: Documents,
    runner: ShardRunner,
    artifact: ArtifactDraft,
) -> RulesPart:
    """Take over what was found if the rule is on; the rules, which then name that search's id."""
    rule = rules.contamination
    if not rule.is_on:
        return rules
    found = runner.job.input(spec.contamination, "contamination") if spec.contamination else None
    if found is not None:
        rule = rule.replace(contamination=load_manifest(found).id)
        artifact.inputs["contamination"] = found
    column = column_file(runner.folder, contamination_column(rule.contamination))
    if not column.exists():
        if found is None:
            raise DataError(
                f"The documents were not searched as {rule.contamination} says.",
                advice="Name the output of decontaminate in the field contamination.",
            )
        write_column(found, documents, column.parent, rule.contamination)
    return rules.replace(contamination=rule)


def count_tokens(
    spec: CleanSpec, documents: Documents, runner: ShardRunner, artifact: ArtifactDraft
) -> str:
    """Count the tokens of all documents if a tokenizer is named; its id, empty without one."""
    if not spec.tokenizer:
        return ""
    tokenizer = runner.job.input(spec.tokenizer, "tokenizer")
    artifact.inputs["tokenizer"] = tokenizer
    found = load_manifest(tokenizer).id
    name = tokens_column(found)
    column = column_file(runner.folder, name)
    if not column.exists():
        runner.job.phase("counting tokens")
        save_column(column, token_counts(tokenizer, documents, runner, name))
    return found


def marks_of(spec: CleanSpec, job: Job, table: SignalTable, draft: Path) -> AlwaysKept:
    """What is always kept, written into the corpus; a warning names what is not there."""
    keep = AlwaysKept.of(spec.always_keep, spec.always_keep_sources)
    keep.write(draft)
    if unknown := keep.unknown(table) if keep else []:
        named = f"{_named(unknown)} ({len(unknown):,} in all)"
        job.warn(f"Always kept, and in none of these documents: {named}.")
    return keep


def _tell_unknown_weights(spec: CleanSpec, job: Job, table: SignalTable) -> None:
    if unknown := sorted(set(spec.weights) - set(table.source_names)):
        job.warn(f"Weights of sources that none of these documents is of: {_named(unknown)}.")


def _named(unknown: list[str]) -> str:
    return ", ".join(unknown[:_NAMED]) + (" ..." if len(unknown) > _NAMED else "")


def with_excerpts(
    funnel: dict[str, Any],
    documents: Documents,
    corpus: Path,
    rules: RulesPart,
    routes: Routes,
) -> dict[str, Any]:
    """The funnel with a piece of each example's text, and where in it the rule found its reason.

    ``corpus`` holds the signals.
    """
    table = SignalTable.read(corpus)
    examples = [example for rule in funnel["rules"] for example in rule["examples"]]
    wanted = sorted({example["index"] for example in examples})
    texts = [row["text"] for row in documents.rows(wanted, ["text"])]
    text_of = dict(zip(wanted, texts, strict=True))
    for told, (_, rule, _) in zip(funnel["rules"], rules_of(rules, routes), strict=True):
        for example in told["examples"]:
            text = text_of[example["index"]]
            found = places_shown(rule, table, example["index"], text)
            example.update(asdict(excerpt_of(text, found)))
    return funnel


def _counts(funnel: Funnel) -> dict[str, int]:
    counts = {
        "documents": funnel.total.documents,
        "text_bytes": funnel.total.bytes,
        "kept_documents": funnel.kept.documents,
        "kept_bytes": funnel.kept.bytes,
    }
    return counts if funnel.kept.tokens is None else counts | {"kept_tokens": funnel.kept.tokens}


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
