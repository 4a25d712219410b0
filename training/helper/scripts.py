"""Rules as programs for other systems; here, for a rule names its signal only once it is loaded."""

from __future__ import annotations

from typing import Any

from training.corpus.datatrove_script import pipeline_script
from training.specs.rules import RulesPart


def datatrove_script(rules: dict[str, Any], routes: dict[str, str], title: str) -> str:
    """The text of a Python script; ``rules`` are whole and valid."""
    return pipeline_script(RulesPart.model_validate(rules), routes, title)
