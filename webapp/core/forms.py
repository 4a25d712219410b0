"""Base of our hand-written forms: renders through one field template, and calls services.

Forms generated from a spec are not here; they walk its JSON schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django import forms
from django.utils.functional import Promise

from webapp.core.errors import ApplicationError

Result = TypeVar("Result")


def style_widgets(form: forms.BaseForm) -> None:
    """Give each widget the class of our stylesheet; a widget's own classes stay."""
    for field in form.fields.values():
        style = "checkbox" if isinstance(field.widget, forms.CheckboxInput) else "input"
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 4
        own = field.widget.attrs.get("class", "")
        field.widget.attrs["class"] = f"{own} {style}".strip()


class ServiceForm(forms.Form):
    """A form whose valid data goes to a service; what the service refuses comes back as errors."""

    template_name = "components/form.html"
    # Shown inside the control, by field name.
    units: ClassVar[dict[str, str | Promise]] = {}
    required_css_class = "is-required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_widgets(self)
        for name, unit in self.units.items():
            self.fields[name].unit = unit  # type: ignore[attr-defined]

    def attempt(self, service: Callable[..., Result], **arguments: object) -> Result | None:
        """Call ``service`` if the form is valid; None when there are errors to show."""
        if not self.is_valid():
            return None
        try:
            return service(**arguments)
        except ApplicationError as error:
            self._show(error)
            return None

    def _show(self, error: ApplicationError) -> None:
        known = {name: texts for name, texts in error.fields.items() if name in self.fields}
        for name, texts in known.items():
            self.add_error(name, texts)
        if not known:
            self.add_error(None, error.message)
