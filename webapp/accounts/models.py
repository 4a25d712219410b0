"""Users with their preferences, named API tokens, the first-start token.

Membership lives in `projects`.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager


class Theme(models.TextChoices):
    """How pages are coloured; auto follows the browser."""

    AUTO = "auto", _("Auto")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A person who can log in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(_("name"), max_length=80, blank=True)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True
    )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name to show: the chosen one, else the username."""
        return self.display_name or self.username


class ApiToken(AbstractAuthToken):
    """A knox token (only its digest is stored) with a name and the time of its last use."""

    objects = AuthTokenManager()

    # The digest is the primary key; addresses and the API name a token by this instead.
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    last_used = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.name


class SetupToken(models.Model):
    """The one-time token of the first start, as a digest; gone once an account exists."""

    digest = models.CharField(max_length=64, primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.digest[:8]}..."
