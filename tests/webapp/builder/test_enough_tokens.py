"""A batch that the chosen tokens do not fill is refused in the builder, at the field, mendable."""

from __future__ import annotations

from typing import Any

import pytest

from tests.webapp.builder.test_pages import artifact
from tests.webapp.factories import World
from training.specs.train import TrainSpec
from webapp.builder.choices import Choices
from webapp.builder.enough_tokens import too_large_batch


@pytest.mark.parametrize(
    ("counts", "changes", "expected"),
    [
        ({"train_tokens": 32 * 128 + 1}, {}, []),
        ({"train_tokens": 32 * 128}, {}, ["up to 31 rows"]),
        ({"train_tokens": 32 * 128}, {"sequence_length": 64}, []),
        ({"train_tokens": 4_000, "train_documents": 9}, {"packing": {"way": "best_fit"}}, []),
        ({"train_tokens": 2_000, "train_documents": 9}, {"packing": {"way": "best_fit"}},
         ["up to 24 rows"]),
        ({"train_tokens": 300, "loss_tokens": 12}, {}, []),
        ({}, {}, []),
        ({"train_tokens": 300}, {"base": "artifact:2"}, []),
    ],
)  # fmt: skip
def test_what_is_refused(
    world: World, counts: dict[str, int], changes: dict[str, Any], expected: list[str]
) -> None:
    tokens = artifact(world, "tokens", **counts)

    class Chosen(Choices):
        def artifact(self, reference: str) -> Any:
            return tokens

    fields = {"tokens": "artifact:1", "batch_size": 32, "model": {"context_length": 128}}
    problems = too_large_batch(TrainSpec.parse({**fields, **changes}), Chosen())
    assert [problem.expected for problem in problems] == expected
    assert all(problem.field == "batch_size" for problem in problems)
