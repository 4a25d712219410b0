"""What is asked of a comparison: which tokenizers, a text to show, a corpus to measure on."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.specs.compare_tokenizers import MAX_TOKENIZERS, CompareTokenizersSpec
from webapp.core.forms import ServiceForm
from webapp.jobs.models import Artifact
from webapp.tokenizers.comparing import MAX_CHARS

_MEGABYTE = 1_000_000
_DEFAULT = CompareTokenizersSpec.model_fields["max_bytes"].default // _MEGABYTE


class CutForm(ServiceForm):
    """Tokenizers, and a text that they cut."""

    tokenizer = forms.MultipleChoiceField(
        label=_("Tokenizers"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one tokenizer.")},
    )
    text = forms.CharField(
        label=_("Text"), widget=forms.Textarea, required=False, max_length=MAX_CHARS, strip=False
    )

    def __init__(self, *args: Any, offered: list[Artifact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tokenizer"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), one) for one in offered
        ]

    def chosen(self) -> list[uuid.UUID]:
        """Ids of the tokenizers; call ``is_valid`` first."""
        return [uuid.UUID(one) for one in self.cleaned_data["tokenizer"][:MAX_TOKENIZERS]]


class MeasureForm(CutForm):
    """The same with a corpus."""

    corpus = forms.ChoiceField(
        label=_("Corpus"), error_messages={"required": _("Choose a corpus.")}
    )
    megabytes = forms.IntegerField(
        label=_("Text to cut"),
        help_text=_("Documents are drawn from the whole corpus up to about this much."),
        min_value=1,
        max_value=100_000,
        initial=_DEFAULT,
    )
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    units = {"megabytes": _("MB")}

    def __init__(self, *args: Any, corpora: list[Artifact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["corpus"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), str(one)) for one in corpora
        ]

    def asked(self) -> dict[str, Any]:
        """For `comparing.compare_ask`; call ``is_valid`` first."""
        found = self.cleaned_data
        return {
            "tokenizers": self.chosen(),
            "corpus": uuid.UUID(found["corpus"]),
            "max_bytes": found["megabytes"] * _MEGABYTE,
            "idempotency_key": found["key"],
        }
