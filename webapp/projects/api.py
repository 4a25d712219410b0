"""REST: projects, members, invitations."""

from __future__ import annotations

import uuid

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.projects import invites, selectors, services
from webapp.projects.models import Invite, Membership, Project

MAX_INVITE_DAYS = 90


class ProjectOut(serializers.ModelSerializer):
    """A project, with the role of whoever asks."""

    role = serializers.ChoiceField(choices=Role.choices, source="access_role")

    class Meta:
        model = Project
        fields = ["id", "name", "role", "created_at", "updated_at"]


class ProjectIn(serializers.Serializer):
    """What of a project can be written."""

    name = serializers.CharField(max_length=80)


class MemberOut(serializers.ModelSerializer):
    """A member."""

    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.label")

    class Meta:
        model = Membership
        fields = ["id", "username", "name", "role", "created_at"]


class MemberIn(serializers.Serializer):
    """Somebody who has an account, and the role to give."""

    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices)


class RoleIn(serializers.Serializer):
    """A role alone."""

    role = serializers.ChoiceField(choices=Role.choices)


class InviteIn(serializers.Serializer):
    """What an invitation gives, and for how long."""

    role = serializers.ChoiceField(choices=Role.choices)
    num_days = serializers.IntegerField(
        min_value=1, max_value=MAX_INVITE_DAYS, default=invites.DEFAULT_DAYS
    )
    note = serializers.CharField(max_length=80, allow_blank=True, default="")


class InviteOut(serializers.ModelSerializer):
    """An invitation without its link."""

    class Meta:
        model = Invite
        fields = ["id", "role", "note", "created_at", "expires_at"]


class InviteCreated(InviteOut):
    """A new invitation with its link, which is never shown again."""

    link = serializers.URLField()

    class Meta(InviteOut.Meta):
        fields = [*InviteOut.Meta.fields, "link"]


class Projects(APIView):
    """All projects of whoever asks."""

    @extend_schema(responses=ProjectOut(many=True), operation_id="projects_list")
    def get(self, request: Request) -> Response:
        """List them by name."""
        return Response(ProjectOut(selectors.projects_of(request.user), many=True).data)

    @extend_schema(request=ProjectIn, responses={201: ProjectOut})
    def post(self, request: Request) -> Response:
        """Make one and own it."""
        data = ProjectIn(data=request.data)
        data.is_valid(raise_exception=True)
        made = services.project_create(owner=request.user, **data.validated_data)
        project = load_for(request.user, Project, made.pk)
        return Response(ProjectOut(project).data, status=status.HTTP_201_CREATED)


class ProjectDetail(APIView):
    """One project."""

    @extend_schema(responses=ProjectOut)
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """Read it."""
        return Response(ProjectOut(load_for(request.user, Project, project_id)).data)

    @extend_schema(request=ProjectIn, responses=ProjectOut)
    def patch(self, request: Request, project_id: uuid.UUID) -> Response:
        """Rename it (owners)."""
        project = load_for(request.user, Project, project_id, Role.OWNER)
        data = ProjectIn(data=request.data)
        data.is_valid(raise_exception=True)
        services.project_rename(project=project, **data.validated_data)
        return Response(ProjectOut(project).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: uuid.UUID) -> Response:
        """Delete it when it is empty (owners)."""
        project = load_for(request.user, Project, project_id, Role.OWNER)
        services.project_delete(project=project)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Members(APIView):
    """The members of a project."""

    @extend_schema(responses=MemberOut(many=True), operation_id="members_list")
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List them in the order in which they joined."""
        project = load_for(request.user, Project, project_id)
        return Response(MemberOut(selectors.members_of(project), many=True).data)

    @extend_schema(request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Add somebody who has an account (owners)."""
        project = load_for(request.user, Project, project_id, Role.OWNER)
        data = MemberIn(data=request.data)
        data.is_valid(raise_exception=True)
        membership = services.member_add(project=project, **data.validated_data)
        return Response(MemberOut(membership).data, status=status.HTTP_201_CREATED)


class MemberDetail(APIView):
    """One member."""

    @extend_schema(request=RoleIn, responses=MemberOut)
    def patch(self, request: Request, membership_id: uuid.UUID) -> Response:
        """Give another role (owners)."""
        membership = load_for(request.user, Membership, membership_id, Role.OWNER)
        data = RoleIn(data=request.data)
        data.is_valid(raise_exception=True)
        services.member_change_role(membership=membership, **data.validated_data)
        return Response(MemberOut(membership).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, membership_id: uuid.UUID) -> Response:
        """Remove the member (owners), or leave (oneself)."""
        membership = load_for(request.user, Membership, membership_id)
        if membership.user_id != request.user.pk:
            load_for(request.user, Membership, membership_id, Role.OWNER)
        services.member_remove(membership=membership)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Invites(APIView):
    """The invitations of a project that can still be accepted."""

    @extend_schema(responses=InviteOut(many=True), operation_id="invites_list")
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List them (owners)."""
        project = load_for(request.user, Project, project_id, Role.OWNER)
        return Response(InviteOut(selectors.invites_of(project), many=True).data)

    @extend_schema(request=InviteIn, responses={201: InviteCreated})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Make one (owners); the answer holds its link, once."""
        project = load_for(request.user, Project, project_id, Role.OWNER)
        data = InviteIn(data=request.data)
        data.is_valid(raise_exception=True)
        invite, secret = invites.invite_create(
            project=project, creator=request.user, **data.validated_data
        )
        path = reverse("projects:invite-accept", kwargs={"secret": secret})
        body = {**InviteOut(invite).data, "link": request.build_absolute_uri(path)}
        return Response(body, status=status.HTTP_201_CREATED)


class InviteDetail(APIView):
    """One invitation."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, invite_id: uuid.UUID) -> Response:
        """Revoke it (owners)."""
        invite = load_for(request.user, Invite, invite_id, Role.OWNER)
        invites.invite_revoke(invite=invite)
        return Response(status=status.HTTP_204_NO_CONTENT)
