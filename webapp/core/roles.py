"""The three roles in a project, in rising order; each may do all that the one below may."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a member may do: look; look and work; look, work and manage the project."""

    VIEWER = "viewer", _("Viewer")
    EDITOR = "editor", _("Editor")
    OWNER = "owner", _("Owner")

    @property
    def rank(self) -> int:
        """0 for viewer, 1 for editor, 2 for owner."""
        return list(Role).index(self)

    def covers(self, needed: Role) -> bool:
        """Whether a member with this role may do what ``needed`` may."""
        return self.rank >= needed.rank
