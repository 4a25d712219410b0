"""What can be chosen of a quality report; titles, help and bounds are those of its spec."""

from __future__ import annotations

from typing import Any

from django import forms

from training.specs.base import META
from training.specs.corpus_report import CorpusReportSpec
from webapp.core.forms import ServiceForm

_SCHEMA = CorpusReportSpec.schema_document()["properties"]


def _number(name: str) -> forms.IntegerField:
    field = _SCHEMA[name]
    return forms.IntegerField(
        **_texts(name),
        initial=field["default"],
        min_value=field["minimum"],
        max_value=field.get("maximum", 2**31 - 1),
    )


def _texts(name: str) -> dict[str, Any]:
    return {"label": _SCHEMA[name]["title"], "help_text": _SCHEMA[name]["description"]}


class CorpusReportForm(ServiceForm):
    """Size and seed of the sample, and whether near duplicates are searched."""

    sample_documents = _number("sample_documents")
    seed = _number("seed")
    near_duplicates = forms.BooleanField(**_texts("near_duplicates"), initial=True, required=False)
    units = {"sample_documents": _SCHEMA["sample_documents"][META]["unit"]}
