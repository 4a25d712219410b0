"""Learning is real: tiny Shakespeare from text to model, as far down as a reference gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.shakespeare import STYLES, final_loss


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_shakespeare_is_learnt_as_well_as_by_the_reference(shared_data: Path, style: str) -> None:
    model, limit, _ = STYLES[style]
    assert final_loss(model) <= limit
