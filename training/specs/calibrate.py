"""What the verb ``calibrate`` is asked: which device of this machine to time."""

from __future__ import annotations

from training.planning.machine import num_gpus
from training.specs.base import Spec, option
from training.specs.optimization import Device


class CalibrateSpec(Spec):
    """Time the parts of a training step on this machine, for the planner."""

    verb = "calibrate"

    device: Device = option(
        Device.AUTO, title="Device", help="auto takes the GPU where there is one."
    )

    def resolve(self) -> CalibrateSpec:
        """Choose the device."""
        if self.device != Device.AUTO:
            return self
        return self.replace(device=Device.CUDA if num_gpus() else Device.CPU)
