"""REST: the user's own profile, password and API tokens."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.accounts import selectors, services
from webapp.accounts.models import ApiToken, Theme, User
from webapp.core import languages

MAX_TOKEN_DAYS = 3650


class ProfileOut(serializers.ModelSerializer):
    """What a user may read about themselves."""

    class Meta:
        model = User
        fields = ["id", "username", "display_name", "theme", "language", "date_joined"]


class ProfileIn(serializers.Serializer):
    """What a user may change about themselves; everything else is ignored."""

    display_name = serializers.CharField(max_length=80, allow_blank=True, required=False)
    theme = serializers.ChoiceField(choices=Theme.choices, required=False)
    language = serializers.ChoiceField(
        choices=languages.offered(), allow_blank=True, required=False
    )


class PasswordIn(serializers.Serializer):
    """The old password and a new one."""

    old_password = serializers.CharField(trim_whitespace=False)
    new_password = serializers.CharField(trim_whitespace=False)


class TokenIn(serializers.Serializer):
    """``num_days`` null means a token without end."""

    name = serializers.CharField(max_length=80)
    num_days = serializers.IntegerField(
        min_value=1, max_value=MAX_TOKEN_DAYS, allow_null=True, default=90
    )


class TokenOut(serializers.ModelSerializer):
    """A token without its secret."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = ApiToken
        fields = ["id", "name", "created", "last_used", "expiry"]


class TokenCreated(TokenOut):
    """A new token with its secret, which is never shown again."""

    token = serializers.CharField()

    class Meta(TokenOut.Meta):
        fields = [*TokenOut.Meta.fields, "token"]


class Me(APIView):
    """The profile of whoever asks."""

    @extend_schema(responses=ProfileOut)
    def get(self, request: Request) -> Response:
        """Read it."""
        return Response(ProfileOut(request.user).data)

    @extend_schema(request=ProfileIn, responses=ProfileOut)
    def patch(self, request: Request) -> Response:
        """Change what is sent."""
        data = ProfileIn(data=request.data)
        data.is_valid(raise_exception=True)
        user = services.profile_update(user=request.user, **data.validated_data)
        return Response(ProfileOut(user).data)


class Password(APIView):
    """The password of whoever asks."""

    @extend_schema(request=PasswordIn, responses={204: None})
    def post(self, request: Request) -> Response:
        """Change it; all sessions of the user end."""
        data = PasswordIn(data=request.data)
        data.is_valid(raise_exception=True)
        services.password_change(user=request.user, **data.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Tokens(APIView):
    """The API tokens of whoever asks."""

    @extend_schema(responses=TokenOut(many=True), operation_id="tokens_list")
    def get(self, request: Request) -> Response:
        """List them, newest first."""
        return Response(TokenOut(selectors.tokens_of(request.user), many=True).data)

    @extend_schema(request=TokenIn, responses={201: TokenCreated})
    def post(self, request: Request) -> Response:
        """Make one; the answer holds its secret, once."""
        data = TokenIn(data=request.data)
        data.is_valid(raise_exception=True)
        token, text = services.api_token_create(user=request.user, **data.validated_data)
        body = {**TokenOut(token).data, "token": text}
        return Response(body, status=status.HTTP_201_CREATED)


class Token(APIView):
    """One API token of whoever asks."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: uuid.UUID) -> Response:
        """Revoke it."""
        services.api_token_revoke(token=selectors.token_of(request.user, token_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
