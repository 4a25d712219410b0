"""How the items of an evaluation were asked, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from training.benchmarks.protocol import shots, unusual
from webapp.jobs.models import Artifact


def prompt_of(evaluation: Artifact) -> dict[str, Any]:
    """The settings of its prompt that are not the usual ones."""
    told = evaluation.counts.get("prompt")
    if isinstance(told, dict):
        return unusual(told)
    # Evaluations of earlier versions say it in the settings of their job alone.
    spec = evaluation.job.spec.get("prompt") if evaluation.job is not None else None
    return unusual(spec if isinstance(spec, dict) else {})


def asked(prompt: Mapping[str, Any]) -> str:
    """As `training.benchmarks.protocol.words`."""
    values = {**prompt, "shots": shots(prompt)}
    told = [
        _("%(shots)s-shot"),
        _("examples from %(examples_split)s") if "examples_split" in prompt else "",
        _("split %(split)s") if "split" in prompt else "",
        _("%(max_items)s items drawn") if "max_items" in prompt else "",
        _("seed %(seed)s") if "seed" in prompt else "",
        _("own template") if {"template", "separator"} & set(prompt) else "",
        _("by %(normalisation)s") if "normalisation" in prompt else "",
    ]
    return ", ".join(text % values for text in told if text)
