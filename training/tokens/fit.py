"""How the text of a store was cut, written beside its tokens; what is doubtful is told at once."""

from __future__ import annotations

from pathlib import Path

from training.folder.job import Job
from training.tokens.store import TokenStore
from training.vocabulary.health import health, read_fit
from training.vocabulary.record import FitRecord

_TRAIN = "train"


def write_fit(fit: FitRecord, folder: Path, job: Job, *, has_base: bool) -> None:
    """Leave ``fit.json`` in a store that is written, and warn of what is doubtful."""
    store = TokenStore.open(folder)
    first, last = store.token_range(_TRAIN)
    found = fit.write(folder, store.tokens[first:last])
    for doubt in health(found, has_base=has_base, field="tokenizer"):
        job.warn(doubt.sentence(), field=doubt.field)


def warn_of_health(store: Path, job: Job, *, has_base: bool) -> None:
    """The same before a run; stores of earlier versions tell nothing."""
    found = read_fit(store)
    for doubt in health(found, has_base=has_base) if found else ():
        job.warn(doubt.sentence(), field=doubt.field)
