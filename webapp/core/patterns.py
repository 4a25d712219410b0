"""Examples for the pattern page: each state, each kind of message, a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from webapp.core.forms import ServiceForm
from webapp.core.states import STATES


class PatternForm(ServiceForm):
    """One field of each kind."""

    units = {"count": "tokens"}

    name = forms.CharField(label="Name", help_text="One sentence that says what it does.")
    count = forms.IntegerField(
        label="Sequence length", initial=1024, min_value=16, help_text="Tokens in a row."
    )
    choice = forms.ChoiceField(label="Precision", choices=[("fp32", "fp32"), ("bf16", "bf16")])
    notes = forms.CharField(label="Notes", widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label="Tie embeddings", required=False)


def pattern_context() -> dict[str, Any]:
    """Context of the pattern page."""
    bad = PatternForm({"name": "", "count": "3", "choice": "int4"})
    bad.is_valid()
    return {
        "states": list(STATES),
        "form": PatternForm(),
        "bad_form": bad,
        "since": timezone.now() - timedelta(minutes=3),
        "kinds": ["info", "success", "warning", "error"],
        "log_lines": [f"step {step} loss {9.5 - step / 200:.3f}" for step in range(0, 400, 20)],
    }
