"""REST: items before anything is scored, as the pages of previews show them."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.builder.values import is_shallow
from webapp.core.access import load_for
from webapp.core.errors import ApplicationError
from webapp.evaluations import previews
from webapp.evaluations.selectors import BENCHMARK
from webapp.projects.models import Project

VERBS = [BENCHMARK, previews.VERB]
_MOST_PAGES = 1_000_000


class ItemsPreviewIn(serializers.Serializer):
    """Settings as for making a job."""

    verb = serializers.ChoiceField(choices=VERBS)
    spec = serializers.DictField(default=dict)
    page = serializers.IntegerField(min_value=1, max_value=_MOST_PAGES, default=1)
    file = serializers.CharField(
        max_length=500, allow_blank=True, default="", help_text="Of an upload with several."
    )


class Preview(APIView):
    """Items of settings, before anything runs."""

    @extend_schema(
        operation_id="evaluations_preview", request=ItemsPreviewIn, responses=OpenApiTypes.OBJECT
    )
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """``evaluate``: five items as the model reads them; ``benchmark``: the first rows."""
        project = load_for(request.user, Project, project_id)
        data = ItemsPreviewIn(data=request.data)
        data.is_valid(raise_exception=True)
        asked = data.validated_data
        if not is_shallow(asked["spec"]):
            raise ApplicationError(_("The settings nest deeper than any spec does."))
        page = previews.page_of(project, asked["verb"], asked["spec"])
        if asked["verb"] == BENCHMARK:
            return Response(previews.rows_preview(page, asked["file"]))
        return Response(previews.items_preview(page, asked["page"]))
