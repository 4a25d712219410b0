"""The hand-written RMSNorm of the CPU is torch's."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import rms_norm

from training.model.norms import RMSNorm, RMSNormOnCpu
from training.specs.model import ModelSpec


def test_gradient_is_that_of_finite_differences() -> None:
    generator = torch.Generator().manual_seed(1)
    hidden = torch.randn(3, 4, 8, dtype=torch.double, generator=generator, requires_grad=True)
    weight = torch.rand(8, dtype=torch.double, generator=generator, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, w: RMSNormOnCpu.apply(x, w, 1e-5), (hidden, weight), atol=1e-7
    )


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_value_is_that_of_torch(scale: float) -> None:
    norm = RMSNorm(ModelSpec(width=32))
    hidden = torch.randn(2, 5, 32, generator=torch.Generator().manual_seed(2)) * scale
    torch.testing.assert_close(norm(hidden), rms_norm(hidden, (32,), norm.weight, 1e-5))


def test_zeros_stay_zeros_with_a_finite_gradient() -> None:
    norm = RMSNorm(ModelSpec(width=8))
    hidden = torch.zeros(1, 2, 8, requires_grad=True)
    normed = norm(hidden)
    normed.sum().backward()
    assert (normed == 0).all()
    assert hidden.grad is not None
    assert hidden.grad.isfinite().all()
