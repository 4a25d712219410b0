"""Forms of the project pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from webapp.core.forms import ServiceForm
from webapp.core.roles import Role

INVITE_LIFETIMES = [(1, _("1 day")), (7, _("7 days")), (30, _("30 days"))]


class ProjectForm(ServiceForm):
    """A project's name."""

    name = forms.CharField(label=_("Name"), max_length=80)


class DeleteForm(ServiceForm):
    """Deleting asks for the name, typed."""

    confirm = forms.CharField(label=_("Type the project's name to delete it"))

    def __init__(self, *args: object, expected: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.expected = expected

    def clean_confirm(self) -> str:
        """Refuse anything but the name."""
        if self.cleaned_data["confirm"].strip() != self.expected:
            raise forms.ValidationError(_("This is not the project's name."))
        return self.expected


class MemberForm(ServiceForm):
    """Somebody who has an account."""

    prefix = "member"
    username = forms.CharField(label=_("Username"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EDITOR)


class RoleForm(ServiceForm):
    """A role alone."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class InviteForm(ServiceForm):
    """What an invitation link gives, and until when."""

    prefix = "invite"
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.EDITOR)
    num_days = forms.TypedChoiceField(
        label=_("Valid for"), choices=INVITE_LIFETIMES, coerce=int, initial=7
    )
    note = forms.CharField(
        label=_("For"), max_length=80, required=False, help_text=_("Whom it is meant for.")
    )
