"""The shapes of the decoder, one after the other."""

from __future__ import annotations

import pytest

from tests.training.model.shapes import EVERY_SPEC, FURTHER, GPT2, LLAMAS
from training.specs.model import ModelSpec

NATIVE = {**LLAMAS, "GPT-2": GPT2, **FURTHER}


@pytest.fixture(params=list(EVERY_SPEC.values()), ids=list(EVERY_SPEC))
def spec(request: pytest.FixtureRequest) -> ModelSpec:
    """Each shape in turn, resolved."""
    return request.param.resolve()


@pytest.fixture(params=list(NATIVE.values()), ids=list(NATIVE))
def native_spec(request: pytest.FixtureRequest) -> ModelSpec:
    """Each shape that transformers has a class for."""
    return request.param.resolve()
