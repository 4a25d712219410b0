"""An objective whose special tokens the tokens lack is refused in the builder, with a remedy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.webapp.builder.test_pages import artifact
from tests.webapp.factories import World
from training.folder.atomic import write_json
from training.specs.train import TrainSpec
from webapp.builder.choices import Choices
from webapp.builder.needed_tokens import lacking_tokens

BOTH = {"attention": "bidirectional"}


@pytest.mark.parametrize(
    ("special", "changes", "missing"),
    [
        ([], {"objective": "masked", "model": BOTH}, ["[MASK]"]),
        (["[MASK]"], {"objective": "masked", "model": BOTH}, []),
        (["<mask>"], {"objective": "masked", "model": BOTH}, []),
        ([], {}, []),
        (
            ["[MASK]", "<sop>"],
            {"objective": "blank", "model": {"attention": "prefix"}},
            ["[gMASK]", "<eop>"],
        ),
    ],
)
def test_what_is_missing_is_named(
    world: World, special: list[str], changes: dict[str, Any], missing: list[str]
) -> None:
    tokens = artifact(world, "tokens")
    (tokens.folder / "tokenizer").mkdir(parents=True)
    added = [{"id": 5 + i, "content": text, "special": True} for i, text in enumerate(special)]
    write_json(tokens.folder / "tokenizer" / "tokenizer.json", {"added_tokens": added})

    class Chosen(Choices):
        def artifact(self, reference: str) -> Any:
            return tokens

    problems = lacking_tokens(TrainSpec.parse({"tokens": "artifact:1", **changes}), Chosen())
    assert [problem.expected for problem in problems] == missing
    assert all("tokenize again" in problem.hint for problem in problems)
