"""The forms of a search: which hits are looked at, and how a corpus without them is made."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.specs.contamination_rules import ContaminationRule
from webapp.core.forms import ServiceForm
from webapp.corpora.contamination.selectors import documents_of, versions_beside
from webapp.jobs.models import Artifact

_FIELDS = ContaminationRule.model_fields
_MOST_PAGES = 1_000_000


class HitsForm(forms.Form):
    """Which hits of a search are shown."""

    set = forms.CharField(required=False, max_length=500)
    item = forms.IntegerField(required=False, min_value=0, max_value=10**9)
    page = forms.IntegerField(required=False, min_value=1, max_value=_MOST_PAGES)

    def asked(self) -> dict[str, Any]:
        """Valid values, and the usual one for each that is not."""
        self.is_valid()
        found = self.cleaned_data
        item = found.get("item")
        return {
            "set_name": found.get("set") or "",
            "item": -1 if item is None else item,
            "page": found.get("page") or 1,
        }


class WithoutForm(ServiceForm):
    """A corpus without the documents that hold items."""

    like = forms.ChoiceField(
        label=_("Rules besides"),
        required=False,
        help_text=_("Those of a corpus of these documents; its signals are used again."),
    )
    at_most = forms.IntegerField(
        label=_FIELDS["at_most"].title, help_text=_FIELDS["at_most"].description or "", initial=0,
        min_value=0, max_value=1_000_000, required=False,
    )  # fmt: skip
    item_share = forms.FloatField(
        label=_FIELDS["item_share"].title, help_text=_FIELDS["item_share"].description or "",
        initial=0, min_value=0, max_value=1, step_size=0.01, required=False,
    )  # fmt: skip
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, search: Artifact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._versions = {str(one.pk): one for one in versions_beside(documents_of(search))}
        offered = [(pk, str(one)) for pk, one in self._versions.items()]
        self.fields["like"].choices = [  # type: ignore[attr-defined]
            ("", _("none: every other document stays")), *offered,
        ]  # fmt: skip

    def asked(self) -> dict[str, Any]:
        """For `services.corpus_without`; call ``is_valid`` first."""
        found = self.cleaned_data
        return {
            "like": self._versions.get(found.get("like", "")),
            "at_most": found.get("at_most") or 0,
            "item_share": found.get("item_share") or 0.0,
            "idempotency_key": found.get("key", ""),
        }
