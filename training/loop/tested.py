"""The loss on the test rows of a task set: once, after the last step, of the exported weights.

A token store has no test rows, so that nothing can choose by them while it trains. Only here, when
all is decided, they are read, written as the training rows were, and taken away again.
"""

from __future__ import annotations

import math
import shutil
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from training.errors import TrainyardError
from training.events import EventKind
from training.loop.callbacks.validator import tally
from training.loop.run import Run
from training.tasks.encoding import ExampleEncoder
from training.tasks.taskset import TEST, TaskSet
from training.tokens.reading import task_set_of
from training.tokens.rows import AnyRows, rows_of_split
from training.tokens.store import TokenStore
from training.tokens.writer import StoreWriter
from training.units import perplexity

_FOLDER = "test.tmp"
_BATCH_ROWS = 512


def tested(run: Run, step: int) -> dict[str, Any]:
    """Counts for the manifest, with an event; in this process alone.

    Empty, with a warning where that is a surprise, when there are no test rows to be read.
    """
    if not (run.store.info.has_loss_mask and run.spec.validation.tests_at_end):
        return {}
    folder = run.job.folder.root / _FOLDER
    try:
        tasks = task_set_of(run.store.folder)
        if not tasks.splits.get(TEST):
            return {}
        run.job.phase("reading the test rows", step=step)
        rows = _rows(run, tasks, folder)
        for note in rows.notes():
            run.job.warn(note)
        loss = run.objective.figures(tally(run, rows, np.arange(len(rows))))["loss"]
    except (TrainyardError, OSError, KeyError, pa.ArrowException) as error:
        run.job.warn(f"There is no loss on the test rows: {error}")
        return {}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    num_read = sum(len(rows.row(index)) for index in range(len(rows)))
    run.job.events.write(
        EventKind.TEST,
        step=step,
        loss=loss,
        perplexity=perplexity(loss),
        num_rows=num_read,
    )
    return {"test_loss": loss if math.isfinite(loss) else None, "test_rows": num_read}


def _rows(run: Run, tasks: TaskSet, folder: Path) -> AnyRows:
    """The test rows as rows of tokens, by the store's own tokenizer, template and choices."""
    info = run.store.info
    template = info.template or "auto"
    encoder = ExampleEncoder(run.store.tokenizer_folder, template, tasks.shape)
    shutil.rmtree(folder, ignore_errors=True)
    with StoreWriter(
        folder,
        vocab_size=info.vocab_size,
        eos_id=info.eos_id,
        template=info.template,
        too_long=info.too_long,
    ) as writer:
        writer.start(TEST)
        waiting = tasks.rows(TEST)
        while batch := list(islice(waiting, _BATCH_ROWS)):
            for row, encoded in zip(batch, encoder.encode(batch), strict=True):
                if not isinstance(encoded, str):
                    writer.add_example(row["row_id"], "", encoded.ids, encoded.has_loss)
    store = TokenStore.open(folder)
    return rows_of_split(store, TEST, run.spec.sequence_length, run.spec.packing)
