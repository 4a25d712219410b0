"""The head of masked tokens normalises in the precision of the norm's weights."""

from __future__ import annotations

import warnings

import pytest
import torch

from tests.training.model.shapes import BERT
from training.model.heads import HeadTransform
from training.specs.model_choices import Norm


@pytest.mark.parametrize("norm", list(Norm))
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_no_mismatch_of_types_under_autocast(norm: Norm, dtype: torch.dtype) -> None:
    """torch warns of an RMSNorm whose input and weight differ, and computes in the lower one."""
    head = HeadTransform(BERT.replace(norm=norm).resolve())
    hidden = torch.randn(3, 5, 64, requires_grad=True)
    with warnings.catch_warnings(), torch.autocast("cpu", dtype):
        warnings.simplefilter("error")
        lowered = head(hidden)
        lowered.sum().backward()
    assert lowered.dtype == torch.float32
    assert hidden.grad is not None
    torch.testing.assert_close(lowered, head(hidden), atol=0.05, rtol=0.05)
