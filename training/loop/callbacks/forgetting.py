"""The forgetting report: perplexity of general text before tuning, and after it.

The text is a token store that the user names, or Python's language reference, which every machine
has, tokenised as the training text is. Rank 0 reads it alone, whole rows and with no document
boundaries, so that the numbers of two runs on one base can be held side by side.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from training.corpus.cpython_text import reference_texts
from training.events import EventKind
from training.loop.precision import autocast
from training.loop.run import Run, StepResult
from training.loop.tuned import require_same_pieces
from training.tokenizers.load import load_tokenizer
from training.tokens.batches import Gathered
from training.tokens.draws import Draws
from training.tokens.store import TokenStore
from training.units import perplexity

_PYTHON = "Python's language reference"
Rows = npt.NDArray[np.int64]


class Forgetting:
    """Measures once before the first step; at validations where that was asked for."""

    def __init__(self) -> None:
        self._rows: Rows | None = None

    def start(self, run: Run) -> None:
        """Before the first step only: a resumed run knows its number."""
        if not (_is_wanted(run) and run.world.is_main):
            return
        if run.spec.forgetting.at_validations or run.state.step == 0:
            self._rows = general_rows(run)
        if run.state.step == 0 and self._rows is not None:
            run.state.general_loss_before = measure(run, self._rows)
            _tell(run, 0, run.state.general_loss_before)

    def after_step(self, run: Run, result: StepResult) -> None:
        """At validations, when that was asked for."""
        every = run.spec.validation.every_steps
        is_wanted = run.spec.forgetting.at_validations and self._rows is not None
        if is_wanted and self._rows is not None and every and result.step % every == 0:
            _tell(run, result.step, measure(run, self._rows))

    def end(self, run: Run) -> None:
        """Nothing to close."""


def after(run: Run, step: int) -> dict[str, Any]:
    """Measure the weights that are exported, of ``step``; counts for the manifest."""
    before = run.state.general_loss_before
    rows = general_rows(run) if _is_wanted(run) and math.isfinite(before) else None
    if rows is None:
        return {}
    loss = measure(run, rows)
    _tell(run, step, loss)
    return {
        "general_text": _name(run),
        "general_loss_before": before,
        "general_loss": loss,
        "general_perplexity_before": perplexity(before),
        "general_perplexity": perplexity(loss),
    }


def general_rows(run: Run) -> Rows | None:
    """[rows, T + 1] of general text; None, with a warning, when there is too little."""
    part, length = run.spec.forgetting, run.spec.sequence_length + 1
    ids = (
        _chosen(run, part.max_tokens) if run.spec.general_tokens else _python(run, part.max_tokens)
    )
    if len(ids) < length:
        run.job.warn(
            f"The forgetting report is off: the general text has {len(ids):,} tokens, and one row "
            f"takes {length:,}.",
            field="general_tokens",
        )
        return None
    return ids[: len(ids) // length * length].reshape(-1, length)


def measure(run: Run, rows: Rows) -> float:
    """Mean loss in nats per target over ``rows`` [rows, T + 1]; in this process alone."""
    total = np.zeros(run.objective.num_sums)
    run.model.eval()
    with torch.inference_mode(), autocast(run.spec.precision, run.world.device):
        for start in range(0, len(rows), run.spec.micro_batch_size):
            piece = rows[start : start + run.spec.micro_batch_size]
            ids = np.arange(start, start + len(piece))
            gathered = Gathered(piece, np.zeros_like(piece), None, ids, run.rows)
            batch = run.objective.batch(gathered, Draws.fixed(ids), run.world.device)
            total += run.objective.tally(run.model, batch)
    run.model.train()
    return run.objective.figures(total)["loss"]


def _is_wanted(run: Run) -> bool:
    return run.base is not None and run.spec.forgetting.is_on


def _name(run: Run) -> str:
    return run.spec.general_tokens or _PYTHON


def _tell(run: Run, step: int, loss: float) -> None:
    if run.metrics:
        run.metrics.add("general/loss", step, loss)
    run.job.events.write(
        EventKind.FORGETTING,
        step=step,
        loss=loss,
        perplexity=perplexity(loss),
        text=_name(run),
    )


def _chosen(run: Run, max_tokens: int) -> Rows:
    """The beginning of a token store's validation split, or of the other where that is empty."""
    store = TokenStore.open(run.job.input(run.spec.general_tokens, "tokens"))
    require_same_pieces(store.tokenizer_folder, run.store.tokenizer_folder, "The general text")
    split = "validation" if store.num_tokens("validation") else "train"
    first, last = store.token_range(split)
    return np.asarray(store.tokens[first : min(last, first + max_tokens)], dtype=np.int64)


def _python(run: Run, max_tokens: int) -> Rows:
    """Every so many articles, so that the whole of the reference is touched."""
    texts = reference_texts()
    tokenizer = load_tokenizer(run.store.tokenizer_folder)
    # A token is seldom shorter than one character, so this is enough and not much more.
    step = max(1, sum(map(len, texts)) // (8 * max_tokens))
    found = (tokenizer.encode(text, add_special_tokens=False).ids for text in texts[::step])
    ids = itertools.chain.from_iterable((*piece, run.store.info.eos_id) for piece in found)
    return np.fromiter(itertools.islice(ids, max_tokens), dtype=np.int64)
