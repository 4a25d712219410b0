"""The loss of held-out text read in windows of one, two, four times the trained context.

The same tokens are predicted at every length, so that only what stands before them differs: of each
stretch of text, as long as the longest window, the last C - 1 tokens (C: the trained context), read
after the tokens that the window has before them. Stretches lie within one document where at least
eight documents are that long; else they run over the borders of documents (Press 2022 does so).
Loss falls where a model makes use of what stands further back, and leaps where its positions end.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.ablation.reading import ReadRun
from training.benchmarks.prompts import Request
from training.corpus.stopping import check_stop
from training.evaluation.likelihood import Scorer
from training.folder.artifact import MANIFEST
from training.folder.atomic import read_json
from training.folder.job import Job
from training.loop.base import load_base
from training.specs.model_choices import AttentionDirection, Position
from training.tokens.store import TokenStore

_FEWEST_DOCUMENTS, _MOST_STRETCHES = 8, 64
_VALIDATION = "validation"
_BATCH_TOKENS = 4_096


def measure(runs: Sequence[ReadRun], lengths: Sequence[int], job: Job, *, num_threads: int) -> None:
    """Fill in ``run.lengths`` of every run that left a causal model; others keep none."""
    torch.set_num_threads(num_threads)
    job.phase("reading longer text", lengths=[*lengths])
    ready = [run for run in runs if (run.folder.output / MANIFEST).is_file()]
    for number, run in enumerate(ready):
        run.lengths.update(_of_run(run, lengths, job))
        job.progress(number + 1, len(ready), "runs")


def _of_run(run: ReadRun, lengths: Sequence[int], job: Job) -> dict[int, float]:
    base = load_base(run.folder.output)
    if base.spec.attention != AttentionDirection.CAUSAL:
        return {}
    context = base.spec.context_length
    ends = base.spec.position == Position.LEARNED
    possible = [length for length in lengths if length == 1 or not ends]
    stretches = stretches_of(_store(run), context * max(lengths))
    if not stretches:
        told = f"The held-out text is shorter than {max(lengths)} times the context of {context:,}"
        job.warn(f"{told} tokens, so {run.variant} was not read at other lengths.")
        return {}
    scorer = Scorer(
        model=base.model(),
        context_length=context * max(lengths),
        device=torch.device("cpu"),
        batch_tokens=_BATCH_TOKENS,
        check=partial(check_stop, job),
    )
    return {length: _loss(scorer, stretches, context, length) for length in possible}


def stretches_of(store: TokenStore, num_tokens: int) -> list[tuple[int, ...]]:
    """Evenly spread stretches of the held-out text, the same for every run; [] if it is short."""
    first, last = store.documents(_VALIDATION)
    long = [n for n in range(first, last) if len(store.document_tokens(n)) >= num_tokens]
    if len(long) >= _FEWEST_DOCUMENTS:
        documents = _spread(long, _MOST_STRETCHES)
        return [_ids(store.document_tokens(number)[:num_tokens]) for number in documents]
    begin, end = store.token_range(_VALIDATION)
    starts = _spread(range(begin, end - num_tokens + 1, num_tokens), _MOST_STRETCHES)
    return [_ids(store.tokens[start : start + num_tokens]) for start in starts]


def _loss(scorer: Scorer, stretches: Sequence[tuple[int, ...]], context: int, length: int) -> float:
    """Nats per token of the last ``context`` - 1 tokens of each stretch."""
    requests = [Request(ids[-context * length :], context - 1, 0) for ids in stretches]
    total = sum(one.log_likelihood for one in scorer.score(requests))
    return -total / (len(stretches) * (context - 1))


def _spread(places: Sequence[int], most: int) -> list[int]:
    chosen = np.linspace(0, len(places), min(most, len(places)), endpoint=False).astype(int)
    return [places[number] for number in chosen]


def _ids(tokens: Any) -> tuple[int, ...]:
    return tuple(tokens.tolist())


def _store(run: ReadRun) -> TokenStore:
    spec = (read_json(run.folder.spec) or {}).get("spec") or {}
    return TokenStore.open(Path(os.path.realpath(run.folder.root / str(spec.get("tokens", "")))))
