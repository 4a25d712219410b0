"""Which items of a benchmark or an evaluation are shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_MOST_PAGES = 1_000_000
OUTCOMES = (("", _("all")), ("right", _("right")), ("wrong", _("wrong")))


class ItemsForm(forms.Form):
    """A set, an outcome, a page."""

    set = forms.CharField(required=False, max_length=500)
    outcome = forms.ChoiceField(required=False, choices=OUTCOMES)
    page = forms.IntegerField(required=False, min_value=1, max_value=_MOST_PAGES)

    def asked(self) -> dict[str, Any]:
        """Valid values, and the usual one for each that is not."""
        self.is_valid()
        found = self.cleaned_data
        return {
            "set_name": found.get("set") or "",
            "outcome": found.get("outcome") or "",
            "page": found.get("page") or 1,
        }


class LossesForm(forms.Form):
    """In which order documents are shown, of which source."""

    order = forms.CharField(required=False, max_length=20)
    source = forms.CharField(required=False, max_length=500)
    page = forms.IntegerField(required=False, min_value=1, max_value=_MOST_PAGES)

    def asked(self) -> dict[str, Any]:
        """Valid values, and the usual one for each that is not."""
        self.is_valid()
        found = self.cleaned_data
        return {
            "order": found.get("order") or "highest",
            "source": found.get("source") or "",
            "page": found.get("page") or 1,
        }


class DocumentForm(forms.Form):
    """Which part of a document is shown."""

    first = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, data: Any) -> None:
        super().__init__({"first": data.get("offset", "")})

    def offset(self) -> int:
        """The first token; 0 for anything that is no number of one."""
        self.is_valid()
        return self.cleaned_data.get("first") or 0
