"""Forms of the account pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from webapp.accounts import throttle
from webapp.accounts.models import Theme
from webapp.core import languages
from webapp.core.forms import ServiceForm, style_widgets

TOKEN_LIFETIMES = [
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("", _("No end")),
]


class LoginForm(AuthenticationForm):
    """Django's login form with a pause after too many wrong tries."""

    template_name = "components/form.html"
    error_messages = {
        "invalid_login": _("Username and password do not match. Both are case-sensitive."),
        "inactive": _("This account is switched off."),
        "blocked": _("Too many wrong tries. Wait 15 minutes and try again."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style_widgets(self)

    def clean(self) -> dict[str, Any]:
        """Refuse without looking at the password while the pause lasts."""
        username = self.cleaned_data.get("username", "")
        address = client_address(self.request)
        if throttle.is_blocked(username, address):
            raise ValidationError(self.error_messages["blocked"], code="blocked")
        try:
            cleaned = super().clean()
        except ValidationError:
            throttle.count_failure(username, address)
            raise
        throttle.forget(username, address)
        return cleaned


class AccountForm(ServiceForm):
    """Username and password of a new account."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters; a few words are fine."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class SetupForm(AccountForm):
    """The first account; the token came with the link."""

    token = forms.CharField(widget=forms.HiddenInput)


class ProfileForm(ServiceForm):
    """How a person is called and how pages look to them."""

    display_name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("Shown to other members instead of your username."),
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=lambda: [("", _("As the browser")), *languages.offered()],
        required=False,
    )


class ThemeForm(forms.Form):
    """The theme alone, for the switch in the top bar."""

    theme = forms.ChoiceField(choices=Theme.choices)


class PasswordForm(ServiceForm):
    """The old password and a new one."""

    old_password = forms.CharField(
        label=_("Password now"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 characters; a few words are fine."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class TokenForm(ServiceForm):
    """Name and lifetime of an API token."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What will use it, such as “nightly export”.")
    )
    num_days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=TOKEN_LIFETIMES,
        coerce=int,
        empty_value=None,
        required=False,
        initial="90",
    )


def client_address(request: HttpRequest | None) -> str:
    """The peer's address; the server rewrites it for trusted proxies (uvicorn --proxy-headers)."""
    return str(request.META.get("REMOTE_ADDR", "")) if request else ""
