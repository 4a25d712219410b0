"""Metrics and progress. On a GPU the host reads losses in batches, so that steps need not wait."""

from __future__ import annotations

import logging
import time

import psutil
import torch

from training.folder.series import MetricWriter
from training.loop.callbacks.due import comes_to_rest
from training.loop.run import Run, StepResult

_DRAIN_SECONDS = 0.5
_SPEED_SECONDS = 1.0
_LOG_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Reporter:
    """Writes one point per step and series, whatever their values (``SpikeWatch`` judges them)."""

    def __init__(self) -> None:
        self._waiting: list[StepResult] = []
        self._drain_due = 0.0
        self._speed_since = 0.0
        self._speed_seconds = 0.0
        self._speed_tokens = 0
        self._first_step = 0
        self._started = 0.0
        self._was_disk_full = False
        self._log_due = 0.0
        self._process = psutil.Process()

    def start(self, run: Run) -> None:
        """Start the clocks."""
        self._started = self._speed_since = time.monotonic()
        self._first_step = run.state.step

    def after_step(self, run: Run, result: StepResult) -> None:
        """Queue the result; read it at once on a CPU, in batches on a GPU."""
        self._waiting.append(result)
        self._speed_tokens += result.num_tokens
        self._speed_seconds += result.seconds
        now = time.monotonic()
        # Nothing may be saved or validated before its losses have been read.
        is_last = comes_to_rest(run, result)
        if run.world.device.type == "cpu" or now >= self._drain_due or is_last:
            self._wait_for_device(run)
            self._drain_due = now + _DRAIN_SECONDS
        if now - self._speed_since >= _SPEED_SECONDS or is_last:
            self._report_speed(run, result, now)

    def end(self, run: Run) -> None:
        """Write what waits."""
        self._drain(run)
        if run.metrics:
            run.metrics.close()

    def _wait_for_device(self, run: Run) -> None:
        """Read what waits. A GPU still computes it, so the wait is a part of the steps' time."""
        started = time.monotonic()
        self._drain(run)
        waited = time.monotonic() - started
        self._speed_seconds += waited
        run.state.elapsed_seconds += waited

    def _drain(self, run: Run) -> None:
        waiting, self._waiting = self._waiting, []
        for result in waiting:
            loss, norm = result.loss.item(), result.gradient_norm.item()
            if run.metrics:
                run.metrics.add("train/loss", result.step, loss)
                run.metrics.add("train/gradient_norm", result.step, norm)
                run.metrics.add("train/learning_rate", result.step, result.learning_rate)
                if result.scaled is not None:
                    run.metrics.add("train/loss_scale", result.step, result.scaled.scale.item())

    def _tell_of_full_disk(self, run: Run, metrics: MetricWriter) -> None:
        if metrics.is_disk_full and not self._was_disk_full:
            run.job.warn(
                "The disk is full: metric points wait in memory and are written when there is "
                "room. Free some space."
            )
        self._was_disk_full = metrics.is_disk_full

    def _log(self, run: Run, result: StepResult, speed: float, now: float) -> None:
        if now < self._log_due and result.step < run.spec.num_steps:
            return
        self._log_due = now + _LOG_SECONDS
        logger.info(
            "step %d of %d, loss %.4f, learning rate %.3g, gradient norm %.3f, %.0f tokens/s",
            result.step,
            run.spec.num_steps,
            result.loss.item(),
            result.learning_rate,
            result.gradient_norm.item(),
            speed,
        )

    def _report_speed(self, run: Run, result: StepResult, now: float) -> None:
        step = result.step
        if run.metrics:
            # Of the time in steps alone: validating and saving are no slower training.
            speed = self._speed_tokens / max(1e-9, self._speed_seconds)
            self._log(run, result, speed, now)
            run.metrics.add("train/tokens_per_second", step, speed)
            run.metrics.add("train/tokens_seen", step, run.state.num_tokens)
            self._tell_of_full_disk(run, run.metrics)
            run.metrics.add("system/memory_bytes", step, self._process.memory_info().rss)
            if run.world.device.type == "cuda":
                used = torch.cuda.max_memory_allocated(run.world.device)
                run.metrics.add("system/gpu_memory_bytes", step, used)
        self._speed_since, self._speed_seconds, self._speed_tokens = now, 0.0, 0
        pace = (now - self._started) / max(1, step - self._first_step)
        run.job.progress(
            step,
            run.spec.num_steps,
            "steps",
            num_tokens=run.state.num_tokens,
            eta_seconds=pace * (run.spec.num_steps - step),
        )
