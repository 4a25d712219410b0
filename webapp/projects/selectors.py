"""What is read about projects and members."""

from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from webapp.accounts.models import User
from webapp.core.access import visible_to
from webapp.projects.models import Invite, Membership, Project

# Rows that go with the project; anything else that points at it is content.
NOT_CONTENT = {Membership, Invite}


def projects_of(user: User) -> QuerySet[Project]:
    """The user's projects with their role and the number of members."""
    # The join of visible_to holds only the user's own membership, so the count is a subquery.
    members = Membership.objects.filter(project=OuterRef("pk")).order_by().values("project")
    counts = members.annotate(count=Count("pk")).values("count")
    return visible_to(user, Project).annotate(num_members=Subquery(counts))


def members_of(project: Project) -> QuerySet[Membership]:
    """Owners first, then by name."""
    return Membership.objects.filter(project=project).select_related("user").order_by("created_at")


def invites_of(project: Project) -> QuerySet[Invite]:
    """Invitations that can still be accepted."""
    return Invite.objects.filter(
        project=project, used_at=None, expires_at__gt=timezone.now()
    ).select_related("created_by")


def contents_of(project: Project) -> dict[str, int]:
    """What hangs from the project, as {name of one or of many: count}, without what is empty."""
    counts: dict[str, int] = {}
    for relation in Project._meta.related_objects:
        model = relation.related_model
        if isinstance(model, str) or model in NOT_CONTENT:
            continue
        count = model._default_manager.filter(**{relation.field.name: project}).count()
        if count:
            names = model._meta
            counts[str(names.verbose_name if count == 1 else names.verbose_name_plural)] = count
    return counts
