"""The verb ``extend_tokenizer``: a tokenizer in, one with more pieces out; old ids stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from training.corpus.corpus import Corpus
from training.corpus.cpython_text import reference_texts
from training.corpus.stopping import check_stop, ends_on_stop
from training.errors import DataError
from training.folder.artifact import ArtifactDraft
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.extend_tokenizer import ExtendTokenizerSpec
from training.tokenizers.load import FILES, TOKENIZER_FILE, special_tokens
from training.tokenizers.train import STATISTICS_FILE
from training.vocabulary.additions import Additions, num_reachable
from training.vocabulary.enlarge import enlarge
from training.vocabulary.spelling import Speller
from training.vocabulary.unchanged import Comparison, compare, require_same_ids
from training.vocabulary.words import Shredded, count_words, shredded

_SAMPLE_BYTES = 5_000_000
_MOST_LISTED = 1_000


def run(spec: ExtendTokenizerSpec, job: Job) -> None:
    """Collect pieces, write them behind the old ones, check; DataError when none is left."""
    kind = "tokenizer" if spec.tokenizer else "model"
    inputs = {kind: job.input(spec.tokenizer or spec.model, kind)}
    old = Speller(inputs[kind])
    additions = Additions(old)
    if spec.other:
        inputs["other"] = job.input(spec.other, "tokenizer")
        additions.take_over(Speller(inputs["other"]))
    for term in spec.terms:
        additions.add_term(term)
    corpus = None
    if spec.corpus:
        inputs["corpus"] = job.input(spec.corpus, "corpus")
        corpus = Corpus.open(inputs["corpus"])
    with ends_on_stop(job), job.write_output("tokenizer", inputs=inputs) as draft:
        mined = _mine(spec, corpus, additions, job) if corpus else []
        _tell(additions, job)
        job.phase("writing the tokenizer")
        _write(additions, draft.path)
        new = Speller(draft.path)
        require_same_ids(old, new)
        job.phase("comparing")
        sample = reading(corpus, _SAMPLE_BYTES, job) if corpus else iter(reference_texts())
        _describe(additions, mined, compare(old, new, sample), new, draft)


def reading(corpus: Corpus, most_bytes: int, job: Job) -> Iterator[str]:
    """Kept texts in order up to so many bytes."""
    total = min(most_bytes, corpus.info.num_kept_bytes)
    num_bytes = 0
    for batch in corpus.batches(("text",), batch_rows=512):
        check_stop(job)
        for text in batch.column("text").to_pylist():
            num_bytes += len(text.encode())
            yield text
            if num_bytes >= most_bytes:
                return
        job.progress(min(num_bytes, total), total, "bytes")


def _mine(
    spec: ExtendTokenizerSpec, corpus: Corpus, additions: Additions, job: Job
) -> list[Shredded]:
    """Words of the corpus that became pieces."""
    part = spec.mining
    if not part.num_terms:
        return []
    job.phase("counting words")
    counts = count_words(reading(corpus, part.max_bytes, job))
    found = shredded(
        additions.speller, counts, min_count=part.min_count, min_pieces=part.min_pieces
    )
    mined: list[Shredded] = []
    for one in found:
        if len(mined) == part.num_terms:
            break
        num_terms, num_refused = len(additions.terms), len(additions.refusals)
        additions.add_term(one.word)
        # Nobody asked for this word, so nobody need be told that it cannot be added.
        del additions.refusals[num_refused:]
        if len(additions.terms) > num_terms:
            mined.append(one)
    if not mined:
        job.warn(
            f"mining: of {len(counts):,} different words none occurs {part.min_count:,} times and "
            f"is cut into {part.min_pieces} pieces.",
            field="mining",
        )
    return mined


def _tell(additions: Additions, job: Job) -> None:
    """Warn of terms that are not added; DataError when nothing is."""
    refused = additions.refusals
    shown = "; ".join(f"{one.term!r}: {one.reason}" for one in refused[:5])
    more = f"; and {len(refused) - 5:,} more" if len(refused) > 5 else ""
    if not additions.pieces:
        raise DataError(
            f"There is no piece to add{f': {shown}{more}' if refused else ''}.",
            advice="Write other terms, mine with lower limits, or merge another tokenizer.",
        )
    if refused:
        counted = "1 term was" if len(refused) == 1 else f"{len(refused):,} terms were"
        job.warn(f"{counted} not added: {shown}{more}.", field="terms")


def _write(additions: Additions, folder: Path) -> None:
    """The old tokenizer's files with the new tokenizer.json."""
    old = additions.speller
    data = enlarge(old.data, list(additions.pieces), additions.pieces)
    for name in FILES:
        if name != TOKENIZER_FILE and (old.folder / name).is_file():
            shutil.copyfile(old.folder / name, folder / name)
    text = json.dumps(data, ensure_ascii=False)
    (folder / TOKENIZER_FILE).write_text(text, encoding="utf-8")


def _describe(
    additions: Additions,
    mined: list[Shredded],
    comparison: Comparison,
    new: Speller,
    draft: ArtifactDraft,
) -> None:
    """``statistics.json`` and the counts of the manifest."""
    size, base = len(new.vocabulary), len(additions.speller.vocabulary)
    reachable = num_reachable(new, additions.pieces)
    counts_of = {one.word: one.count for one in mined}
    figures = {
        "base_vocab_size": base,
        "added": len(additions.pieces),
        "merged": additions.num_merged,
        "terms": len(additions.terms),
        "mined": len(mined),
        "on_the_way": additions.num_on_the_way,
        "reachable": reachable,
        "saved_fraction": comparison.saved_fraction,
        "sample": asdict(comparison),
        "refused": [asdict(one) for one in additions.refusals[:_MOST_LISTED]],
        "listed": [
            {**asdict(one), "count": counts_of.get(one.term)}
            for one in additions.terms[:_MOST_LISTED]
        ],
    }
    statistics = {
        "vocab_size": size,
        "special_tokens": special_tokens(new.tokenizer),
        "extension": figures,
    }
    write_json(draft.path / STATISTICS_FILE, statistics)
    draft.counts.update(
        vocab_size=size,
        base_vocab_size=base,
        added=len(additions.pieces),
        reachable=reachable,
        tokens_saved_fraction=round(comparison.saved_fraction, 6),
        bytes_per_token=round(comparison.num_bytes / max(1, comparison.num_tokens_after), 4),
    )
