"""The loop: for every step, gather rows, sum gradients, reduce, clip, step, tell the callbacks.

One loop for every objective and tuning method; what is optional is a callback. Micro-batches and
ranks add up sums, which are divided once by the number of targets of the whole step, so that
accumulation and processes do not change what is learnt.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from training.loop.loss_scale import Scaled
from training.loop.optimizer import may_skip_on_device, set_learning_rate, trainable
from training.loop.precision import autocast
from training.loop.run import Callback, Run, StepResult
from training.loop.schedule import learning_rate
from training.loop.spikes import Verdict
from training.loop.stopping import StopWatch
from training.parallel.reduce import StepSums, reduce_step
from training.tokens.batches import Batch
from training.tokens.order import rows_at_step


class Trainer:
    """Takes a run from its state's step to its last one."""

    def __init__(self, run: Run, callbacks: Sequence[Callback], stop_watch: StopWatch) -> None:
        self.run = run
        self.callbacks = callbacks
        self.stop_watch = stop_watch
        self._parameters: list[nn.Parameter] = [p for _, p in trainable(run.model)]

    def train(self) -> bool:
        """Run to the end; False when a stop came before it. Ends callbacks in every case."""
        run = self.run
        try:
            for callback in self.callbacks:
                callback.start(run)
            run.model.train()
            while not run.is_over:
                result = self._step(run.state.step + 1)
                for callback in self.callbacks:
                    callback.after_step(run, result)
                if result.is_stop_wanted:
                    break
            return run.is_over
        finally:
            for callback in self.callbacks:
                callback.end(run)

    def _step(self, step: int) -> StepResult:
        run, started = self.run, time.monotonic()
        rate = learning_rate(
            step,
            peak=run.spec.optimizer.learning_rate,
            num_steps=run.spec.num_steps,
            schedule=run.spec.schedule,
        )
        run.optimizer.zero_grad(set_to_none=True)
        sums = self._sum_gradients(self._batches(step))
        loss = sums.loss / sums.num_targets.clamp(min=1)
        norm = self._clip(sums)
        scaled = run.loss_scale.judge(loss, norm) if run.loss_scale is not None else None
        verdict = self._judge(step, loss, norm, scaled)
        self._apply(rate, verdict.is_spike, scaled)
        seconds = time.monotonic() - started
        self._count(step, seconds)
        return StepResult(
            step=step,
            loss=loss,
            gradient_norm=norm,
            learning_rate=rate,
            num_tokens=run.course.num_rows(step) * run.spec.sequence_length,
            seconds=seconds,
            is_stop_wanted=sums.is_stop_wanted,
            is_spike=verdict.is_spike,
            limits=verdict.limits,
            scaled=scaled,
        )

    def _batches(self, step: int) -> list[Batch]:
        """This rank's micro-batches of one optimizer step."""
        run = self.run
        rows = rows_at_step(run.order, step, run.course)
        share = len(rows) // run.world.size
        mine = rows[run.world.rank * share : (run.world.rank + 1) * share]
        first = run.course.places(step).start + run.world.rank * share
        places = np.arange(first, first + share)
        micro = run.spec.micro_batch_size
        return [
            run.batch(mine[start : start + micro], places[start : start + micro])
            for start in range(0, share, micro)
        ]

    def _sum_gradients(self, batches: list[Batch]) -> StepSums:
        """Forward and backward of every micro-batch, then one reduction over the ranks."""
        run = self.run
        total = torch.zeros((), device=run.world.device)
        for batch in batches:
            with autocast(run.spec.precision, run.world.device):
                loss = run.objective(run.model, batch)
            scale = run.loss_scale
            (loss if scale is None else scale.scaled(loss)).backward()
            total += loss.detach()
        return reduce_step(
            self._parameters,
            total,
            sum(batch.num_targets for batch in batches),
            wants_stop=self.stop_watch.is_wanted(),
            world=run.world,
        )

    def _clip(self, sums: StepSums) -> Tensor:
        """Turn summed gradients into clipped mean gradients; returns the norm before clipping.

        Sum to mean and clipping are one multiplication (Pascanu 2013 for clipping).
        """
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        # A step may have no target where a loss mask leaves none.
        scale = 1 / sums.num_targets.clamp(min=1)
        if self.run.loss_scale is not None:
            scale = scale * self.run.loss_scale.inverse()
        norm = nn.utils.get_total_norm(gradients) * scale
        limit = self.run.spec.optimizer.clip_norm
        if limit:
            scale = scale * torch.clamp(limit / (norm + 1e-6), max=1.0)
        torch._foreach_mul_(gradients, scale)
        return norm

    def _judge(self, step: int, loss: Tensor, norm: Tensor, scaled: Scaled | None) -> Verdict:
        """Whether the step is taken; the first one after going back has a clean record."""
        run = self.run
        if run.course.num_rollbacks(step) != run.state.num_rollbacks:
            run.spikes.forget_flags()
        is_overflow = None if scaled is None else scaled.is_overflow
        return run.spikes.judge(step, loss, norm, is_overflow)

    def _apply(self, rate: float, is_spike: Any, scaled: Scaled | None) -> None:
        """Optimizer step, unless the step is skipped: a spike, or an overflow of fp16."""
        is_skipped = is_spike if scaled is None else torch.as_tensor(is_spike) | scaled.is_overflow
        optimizer = self.run.optimizer
        set_learning_rate(optimizer, rate)
        if self.run.world.device.type == "cpu" or not may_skip_on_device(optimizer):
            if not is_skipped:
                optimizer.step()
            return
        # The fused kernel leaves parameters alone when found_inf is 1: no wait for the host.
        optimizer.found_inf = is_skipped.to(torch.float32)  # type: ignore[attr-defined]
        optimizer.grad_scale = None  # type: ignore[attr-defined]
        optimizer.step()

    def _count(self, step: int, seconds: float) -> None:
        state, spec = self.run.state, self.run.spec
        state.step = step
        state.num_rollbacks = self.run.course.num_rollbacks(step)
        num_rows = self.run.course.num_rows(step)
        state.num_rows += num_rows
        state.num_tokens += num_rows * spec.sequence_length
        state.elapsed_seconds += seconds
