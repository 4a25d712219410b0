"""How items were put to a model: results can be compared where that was the same.

Kept are the settings that are not the usual ones; seeds count only where something was drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.specs.prompting import PromptPart

Prompt = Mapping[str, Any]
_USUAL = PromptPart().model_dump(mode="json")


def unusual(prompt: Prompt) -> dict[str, Any]:
    """The settings of a ``prompt`` that change what is measured, by name; {} for the usual way."""
    found = {
        name: value for name, usual in _USUAL.items() if (value := prompt.get(name, usual)) != usual
    }
    if not {"num_examples", "max_items"} & set(found):
        found.pop("seed", None)
    return found


def shots(prompt: Prompt) -> int:
    """How many examples stood before each question."""
    return int(prompt.get("num_examples") or 0)


def words(prompt: Prompt) -> str:
    """In a few words, the number of examples first: "5-shot, test, 100 items drawn"."""
    found = unusual(prompt)
    told = [
        f"{shots(found)}-shot",
        f"examples from {found['examples_split']}" if "examples_split" in found else "",
        f"split {found['split']}" if "split" in found else "",
        f"{found['max_items']:,} items drawn" if "max_items" in found else "",
        f"seed {found['seed']}" if "seed" in found else "",
        "own template" if {"template", "separator"} & set(found) else "",
        f"by {found['normalisation']}" if "normalisation" in found else "",
    ]
    return ", ".join(filter(None, told))
