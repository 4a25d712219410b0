"""What can be chosen of a quality report; titles, help and bounds are those of its spec."""

from __future__ import annotations

from typing import Any

from django import forms

from training.specs.corpus_report import CorpusReportSpec
from webapp.core.forms import ServiceForm

_NUMBERS = ("sample_documents", "seed")


class CorpusReportForm(ServiceForm):
    """Size and seed of the sample, and whether near duplicates are searched."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        schema = CorpusReportSpec.schema_document()["properties"]
        self.base_fields = {
            **{name: _number(schema[name]) for name in _NUMBERS},
            "near_duplicates": forms.BooleanField(
                **_texts(schema["near_duplicates"]), initial=True, required=False
            ),
        }
        super().__init__(*args, **kwargs)
        for name in _NUMBERS:
            self.fields[name].unit = schema[name]["trainyard"]["unit"]  # type: ignore[attr-defined]


def _number(field: dict[str, Any]) -> forms.IntegerField:
    return forms.IntegerField(
        **_texts(field),
        initial=field["default"],
        min_value=field["minimum"],
        max_value=field.get("maximum", 2**31 - 1),
    )


def _texts(field: dict[str, Any]) -> dict[str, str]:
    return {"label": field["title"], "help_text": field["description"]}
