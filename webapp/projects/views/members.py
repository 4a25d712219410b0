"""The members of a project, their roles, and invitation links."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from webapp.core.access import load_for, open_for
from webapp.core.requests import UserRequest
from webapp.core.roles import Role
from webapp.projects import invites, selectors, services
from webapp.projects.forms import InviteForm, MemberForm, RoleForm
from webapp.projects.models import Invite, Membership, Project


@require_http_methods(["GET", "POST"])
def members(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Who is a member; owners add people who have an account."""
    role = Role.OWNER if request.method == "POST" else Role.VIEWER
    project = open_for(request, Project, project_id, role)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        membership = form.attempt(services.member_add, project=project, **form.cleaned_data)
        if membership:
            messages.success(request, _("%(name)s is a member now.") % {"name": membership.user})
            return redirect("projects:members", project_id=project.pk)
    return _page(request, project, member_form=form)


@require_POST
def member_role(request: UserRequest, membership_id: uuid.UUID) -> HttpResponse:
    """Give a member another role."""
    membership = open_for(request, Membership, membership_id, Role.OWNER)
    form = RoleForm(request.POST)
    if form.is_valid():
        services.member_change_role(membership=membership, role=form.cleaned_data["role"])
        messages.success(request, _("The role is changed."))
    return redirect("projects:members", project_id=membership.project_id)


@require_POST
def member_remove(request: UserRequest, membership_id: uuid.UUID) -> HttpResponse:
    """Remove a member; anybody may leave."""
    membership = open_for(request, Membership, membership_id)
    if membership.user_id != request.user.pk:
        load_for(request.user, Membership, membership_id, Role.OWNER)
    services.member_remove(membership=membership)
    if membership.user_id == request.user.pk:
        messages.success(request, _("You have left the project."))
        return redirect("projects:list")
    messages.success(request, _("%(name)s is no longer a member.") % {"name": membership.user})
    return redirect("projects:members", project_id=membership.project_id)


@require_POST
def invite_create(request: UserRequest, project_id: uuid.UUID) -> HttpResponse:
    """Make an invitation; its link is shown once, in this answer."""
    project = open_for(request, Project, project_id, Role.OWNER)
    form = InviteForm(request.POST)
    made = None
    if form.is_valid():
        arguments = {"project": project, "creator": request.user, **form.cleaned_data}
        made = form.attempt(invites.invite_create, **arguments)
    if made is None:
        return _page(request, project, invite_form=form)
    link = reverse("projects:invite-accept", kwargs={"secret": made[1]})
    return _page(request, project, invite_link=request.build_absolute_uri(link))


@require_POST
def invite_revoke(request: UserRequest, invite_id: uuid.UUID) -> HttpResponse:
    """The link stops working."""
    invite = open_for(request, Invite, invite_id, Role.OWNER)
    invites.invite_revoke(invite=invite)
    messages.success(request, _("The invitation is revoked."))
    return redirect("projects:members", project_id=invite.project_id)


def _page(request: UserRequest, project: Project, **context: object) -> HttpResponse:
    defaults: dict[str, object] = {
        "project": project,
        "tab": "members",
        "members": selectors.members_of(project),
        "invites": selectors.invites_of(project),
        "roles": Role.choices,
        "member_form": MemberForm(),
        "invite_form": InviteForm(),
    }
    return render(request, "projects/members.html", defaults | context)
