"""Says at the start of an attempt how its steps are computed: one event, ``kernels``.

The attention back end is the one that the first batch gets: it is looked up, and nothing is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from training.events import EventKind
from training.loop.optimizer import choice_of
from training.loop.precision import autocast
from training.loop.run import Run, StepResult
from training.model.backends.explained import explained
from training.model.masks import Documents
from training.specs.model_choices import Position
from training.specs.optimization import Precision, Recomputation
from training.tokens.order import rows_at_step

_PRECISIONS = {
    Precision.FP32: "every product in float32",
    Precision.BF16: "products in bfloat16, weights, norms and sums in float32",
    Precision.FP16: "products in float16 with a scaled loss, weights, norms and sums in float32",
}
_AGAIN = {
    Recomputation.NONE: "all is kept that the backward pass reads",
    Recomputation.SELECTIVE: "norms, activations and written-out attention are computed again",
    Recomputation.FULL: "blocks but for the last are computed again",
}


class KernelReport:
    """Writes the event and is silent from then on."""

    def start(self, run: Run) -> None:
        """Rank 0 tells; the others compute the same."""
        if not run.world.is_main or run.is_over:
            return
        parts = [_attention(run), *_others(run)]
        message = "; ".join(f"{part['part']} {part['chosen']}" for part in parts)
        run.job.events.write(EventKind.KERNELS, step=run.state.step, parts=parts, message=message)

    def after_step(self, run: Run, result: StepResult) -> None:
        """Nothing changes."""

    def end(self, run: Run) -> None:
        """Nothing to close."""


def _part(
    part: str, chosen: str, why: str = "", against: dict[str, str] | None = None
) -> dict[str, Any]:
    return {"part": part, "chosen": chosen, "why": why, "against": against or {}}


def _attention(run: Run) -> dict[str, Any]:
    """Of the first batch of this attempt."""
    if run.model_spec.position == Position.DISENTANGLED:
        why = "distances have vectors of their own, so scores are written out for whole rows"
        return _part("attention", "disentangled", why)
    decoder, documents = run.model.model, _first_documents(run)
    run.model.train()
    with torch.enable_grad(), autocast(run.spec.precision, run.world.device):
        bias = decoder.positions.bias(1, run.world.device)
        dtype = next(run.model.parameters()).dtype
        situation = decoder.situation(documents, run.world.device.type, dtype, bias)
    is_learned = bias is not None and bias.numbers.requires_grad
    found = explained(situation, is_bias_learned=is_learned)
    return _part("attention", found.name, found.inside, found.against)


def _first_documents(run: Run) -> Documents | None:
    step, micro = run.state.step + 1, run.spec.micro_batch_size
    rows = rows_at_step(run.order, step, run.course)[:micro]
    first = run.course.places(step).start
    documents: Documents | None = run.batch(rows, np.arange(first, first + len(rows))).documents
    return documents


def _others(run: Run) -> list[dict[str, Any]]:
    spec = run.spec
    threads = f"{spec.num_threads} threads each" if spec.num_threads > 1 else "1 thread each"
    is_cpu = run.world.device.type == "cpu"
    return [
        _part("precision", str(spec.precision), _PRECISIONS[spec.precision]),
        _part("recomputation", str(spec.recomputation), _AGAIN[spec.recomputation]),
        _part(
            "compilation",
            "torch.compile" if spec.compiles else "none",
            "what lies around attention in a block, for training alone: validation and samples "
            "run uncompiled"
            if spec.compiles
            else "every operation is a kernel of its own",
        ),
        _part("optimizer", choice_of(spec.optimizer).kernel),
        _part(
            "processes",
            f"{run.world.size} on {run.world.device.type}",
            threads if is_cpu else torch.cuda.get_device_name(run.world.device),
        ),
    ]
