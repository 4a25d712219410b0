"""Invitation links: the only way to an account after the first one. Used once, or expired."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp.accounts.models import User
from webapp.accounts.services import user_create
from webapp.core.errors import ApplicationError
from webapp.core.tokens import digest_of, new_secret
from webapp.projects.models import Invite, Membership, Project

DEFAULT_DAYS = 7


def invite_create(
    *, project: Project, creator: User, role: str, note: str = "", num_days: int = DEFAULT_DAYS
) -> tuple[Invite, str]:
    """An invitation and the secret of its link, which is never to be had again."""
    text, digest = new_secret()
    invite = Invite.objects.create(
        project=project,
        created_by=creator,
        role=role,
        note=note.strip(),
        digest=digest,
        expires_at=timezone.now() + timedelta(days=num_days),
    )
    return invite, text


def invite_revoke(*, invite: Invite) -> None:
    """The link stops working."""
    invite.delete()


def open_invite(secret: str) -> Invite | None:
    """The invitation of a link, if it can still be accepted."""
    return (
        Invite.objects.select_related("project", "created_by")
        .filter(digest=digest_of(secret), used_at=None, expires_at__gt=timezone.now())
        .first()
    )


@transaction.atomic
def invite_accept_as_new(*, secret: str, username: str, password: str) -> User:
    """Make an account and the membership."""
    invite = _claim(secret)
    user = user_create(username=username, password=password)
    _use(invite, user)
    return user


@transaction.atomic
def invite_accept_as(*, secret: str, user: User) -> Project:
    """Make the membership for somebody with an account."""
    invite = _claim(secret)
    if Membership.objects.filter(project=invite.project, user=user).exists():
        raise ApplicationError(_("You are a member of this project already."), status_code=409)
    _use(invite, user)
    return invite.project


def _claim(secret: str) -> Invite:
    """Lock the invitation, so that of two at once only one uses it."""
    invite = (
        Invite.objects.select_for_update(of=("self",))
        .select_related("project")
        .filter(digest=digest_of(secret), used_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if invite is None:
        raise ApplicationError(
            _("This invitation is used up or expired. Ask for a new one."), status_code=404
        )
    return invite


def _use(invite: Invite, user: User) -> None:
    Membership.objects.create(project=invite.project, user=user, role=invite.role)
    invite.used_at = timezone.now()
    invite.used_by = user
    invite.save(update_fields=["used_at", "used_by", "updated_at"])
