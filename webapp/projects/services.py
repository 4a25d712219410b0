"""What changes projects and their members. Nothing here checks who asks; views and API do."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.core.roles import Role
from webapp.projects.models import Membership, Project
from webapp.projects.selectors import contents_of, invites_of


@transaction.atomic
def project_create(*, owner: User, name: str) -> Project:
    """A project with its first owner."""
    project = Project.objects.create(name=name.strip(), created_by=owner)
    Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    return project


def project_rename(*, project: Project, name: str) -> Project:
    """Another name for the same project."""
    project.name = name.strip()
    project.save(update_fields=["name", "updated_at"])
    return project


@transaction.atomic
def project_delete(*, project: Project) -> None:
    """Delete a project in which nothing is left but members and invitations."""
    contents = contents_of(project)
    if contents:
        message = _("The project still holds %(listed)s. Delete these first.")
        raise ApplicationError(message % {"listed": _listed(contents)}, status_code=409)
    project.delete()


@transaction.atomic
def member_add(*, project: Project, username: str, role: str) -> Membership:
    """Make somebody who has an account a member."""
    user = User.objects.filter(username=username.strip(), is_active=True).first()
    if user is None:
        message = _("There is no account named “%(name)s”.") % {"name": username.strip()}
        raise ApplicationError(message, fields={"username": [message]})
    return _join(project, user, role)


@transaction.atomic
def member_change_role(*, membership: Membership, role: str) -> Membership:
    """Another role for a member; a project keeps at least one owner.

    Whoever may invite no longer has no open invitations either: with one of them he could come
    back as what he was.
    """
    if role != Role.OWNER:
        _keep_an_owner(membership)
        _revoke_invites(membership)
    membership.role = role
    membership.save(update_fields=["role", "updated_at"])
    return membership


@transaction.atomic
def member_remove(*, membership: Membership) -> None:
    """The member sees nothing of the project any more; a project keeps at least one owner."""
    _keep_an_owner(membership)
    _revoke_invites(membership)
    membership.delete()


def _join(project: Project, user: User, role: str) -> Membership:
    membership, is_new = Membership.objects.get_or_create(
        project=project, user=user, defaults={"role": role}
    )
    if not is_new:
        message = _("%(name)s is a member already.") % {"name": user.label}
        raise ApplicationError(message, fields={"username": [message]}, status_code=409)
    return membership


def _revoke_invites(membership: Membership) -> None:
    """Links that this member has made for this project, and that nobody has used, stop working."""
    invites_of(membership.project).filter(created_by=membership.user_id).delete()


def _listed(contents: dict[str, int]) -> str:
    """“1 job, 2 artifacts”."""
    return ", ".join(f"{count} {name}" for name, count in contents.items())


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.select_for_update().filter(
        project_id=membership.project_id, role=Role.OWNER
    )
    if [owner.pk for owner in owners] == [membership.pk]:
        raise ApplicationError(
            _("This is the only owner. Make somebody else an owner first."), status_code=409
        )
