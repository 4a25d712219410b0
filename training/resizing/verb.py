"""The verb ``resize_embeddings``: a model and its extended tokenizer in, a larger model out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from training.corpus.corpus import Corpus
from training.corpus.cpython_text import reference_texts
from training.errors import DataError
from training.events import EventKind
from training.export.folder import export_tensors
from training.export.native import Tensors
from training.export.verb import describe
from training.folder.atomic import write_json
from training.folder.job import Job
from training.loop.base import Base, load_base
from training.model.building import model_of_tensors
from training.resizing.check import Check, Losses, measure, rows_without_new
from training.resizing.rows import origins_of, resized
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.resize_embeddings import ResizeEmbeddingsSpec
from training.vocabulary.spelling import Speller

RESIZING_FILE = "resizing.json"


def run(spec: ResizeEmbeddingsSpec, job: Job) -> None:
    """Enlarge, check, write; DataError when the tokenizer does not extend the model's."""
    job.events.write(EventKind.STARTED)
    inputs = {
        "base": job.input(spec.model, "model"),
        "tokenizer": job.input(spec.tokenizer, "tokenizer"),
    }
    if spec.corpus:
        inputs["corpus"] = job.input(spec.corpus, "corpus")
    job.phase("reading the model")
    base = load_base(inputs["base"])
    old, new = Speller(_tokenizer_of(base)), Speller(inputs["tokenizer"])
    origins = origins_of(old, new)
    num_rows = _num_rows(base.spec.vocab_size, new, spec.row_multiple)
    num_old = min(origins)
    rows = _check_rows(spec, base, old, new, inputs.get("corpus"))
    job.phase("reading text with the old model")
    is_checked = len(rows) and base.spec.head != Head.DISCRIMINATOR
    before = measure(base.model(), rows, num_old) if is_checked else None
    job.phase("adding rows")
    tensors = resized(base.tensors, base.spec, num_rows, origins)
    larger = base.spec.replace(vocab_size=num_rows)
    check = _checked(before, tensors, larger, rows, num_old, job)
    unknown = sum(not ids for ids in origins.values())
    if unknown:
        job.warn(
            f"{unknown:,} new pieces hold nothing that the old tokenizer could write; their rows "
            "are the mean of all old ones."
        )
    job.phase("writing the model")
    with job.write_output("model", inputs=inputs) as draft:
        info = export_tensors(tensors, larger, inputs["tokenizer"], draft.path)
        describe(info, draft)
        draft.title = f"{base.identity.name.partition('/')[0]}, {len(new.vocabulary):,} pieces"
        figures = {
            "rows_before": base.spec.vocab_size,
            "rows": num_rows,
            "pieces_before": len(old.vocabulary),
            "pieces": len(new.vocabulary),
            "new_pieces": len(origins),
            "new_pieces_without_old": unknown,
            "check": check,
        }
        write_json(draft.path / RESIZING_FILE, figures)
        draft.counts.update(
            vocab_size=num_rows, new_pieces=len(origins), base_name=base.identity.name, **check
        )
    job.events.write(EventKind.FINISHED, new_pieces=len(origins), **check)


def _tokenizer_of(base: Base) -> Path:
    if base.tokenizer is None:
        raise DataError(
            f"{base.identity.name} has no tokenizer beside it, so that nothing says what its rows "
            "stand for.",
            advice="Import the model together with its tokenizer.json.",
        )
    return base.tokenizer


def _num_rows(before: int, new: Speller, multiple: int) -> int:
    """Rows for every id, none fewer than before, filled up to the multiple."""
    needed = max(before, 1 + max(new.vocabulary.values()))
    return -(-needed // multiple) * multiple


def _check_rows(
    spec: ResizeEmbeddingsSpec, base: Base, old: Speller, new: Speller, corpus: Path | None
) -> Tensor:
    texts = Corpus.open(corpus).texts() if corpus else iter(reference_texts())
    return rows_without_new(
        old, new, texts, length=base.spec.context_length, most_tokens=spec.max_check_tokens
    )


def _checked(
    before: Losses | None, tensors: Tensors, spec: ModelSpec, rows: Tensor, num_old: int, job: Job
) -> dict[str, Any]:
    """The figures of the check; empty, with a warning, where there was no text for it."""
    if before is None:
        why = "too little of the text is without a new piece"
        if spec.head == Head.DISCRIMINATOR:
            why = "a discriminator scores tokens and gives pieces no probability"
        job.warn(f"The check is left out: {why}. Old rows are copied as they are.", field="corpus")
        return {}
    job.phase("reading text with the new model")
    check = Check(before, measure(model_of_tensors(spec, tensors).eval(), rows, num_old))
    check.require()
    return {
        "check_tokens": before.num_tokens,
        "loss_before": before.over_old,
        "loss_after": check.after.over_old,
        "loss_before_all": before.over_all,
        "loss_after_all": check.after.over_all,
        "taken_fraction": check.taken_fraction,
    }
