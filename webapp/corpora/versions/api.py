"""REST: corpora and their versions. POST ``filter`` tries thresholds and stores nothing."""

from __future__ import annotations

import uuid

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from webapp.core.access import load_for
from webapp.core.roles import Role
from webapp.corpora.versions import asking, selectors, services
from webapp.corpora.versions.changes import decided_changes
from webapp.corpora.versions.choice import read_choice, rule_changes
from webapp.corpora.versions.serializers import (
    CorpusIn,
    DifferenceOut,
    DocumentOut,
    ExportIn,
    FilterIn,
    FilterOut,
    VersionDetailOut,
    VersionOut,
    version_row,
)
from webapp.corpora.versions.stored import Stored
from webapp.jobs.models import Artifact
from webapp.jobs.selectors import require_kind
from webapp.jobs.serializers import ArtifactOut, JobOut
from webapp.projects.models import Project

MAX_LISTED = 200

_SIDE = OpenApiParameter("side", str, enum=["gained", "lost"], default="gained")
_SEED = OpenApiParameter("seed", int, default=0)
_PAGE = OpenApiParameter("page", int, default=1)
_RULE = OpenApiParameter("rule", str, description="Whose places in the text are told.")


class Corpora(APIView):
    """The corpus versions of a project."""

    @extend_schema(operation_id="corpora_list", responses=VersionOut(many=True))
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """List the newest 200; versions over the same documents are one corpus."""
        project = load_for(request.user, Project, project_id)
        newest = selectors.Versions(project)[:MAX_LISTED]
        return Response([version_row(one) for one in newest])

    @extend_schema(operation_id="corpora_create", request=CorpusIn, responses={201: JobOut})
    def post(self, request: Request, project_id: uuid.UUID) -> Response:
        """Start the job that makes a version; with ``like`` it takes seconds (editors)."""
        project = load_for(request.user, Project, project_id, Role.EDITOR)
        data = CorpusIn(data=request.data)
        data.is_valid(raise_exception=True)
        wanted = dict(data.validated_data)
        like, found = wanted.pop("like"), wanted.pop("contamination")
        documents = _of_kind(project, wanted.pop("documents"), "documents")
        if tokenizer := wanted.pop("tokenizer"):
            wanted["tokenizer"] = _of_kind(project, tokenizer, "tokenizer")
        job = services.version_create(
            documents=documents,
            created_by=request.user,
            like=_of_kind(project, like, selectors.KIND) if like else None,
            contamination=_of_kind(project, found, "contamination") if found else None,
            **wanted,
        )
        return Response(JobOut(job).data, status=status.HTTP_201_CREATED)


class CorpusDetail(APIView):
    """One version."""

    @extend_schema(operation_id="corpora_read", responses=VersionDetailOut)
    def get(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """Its numbers, its rules, and the funnel as the job wrote it."""
        corpus = _corpus(request, corpus_id)
        version, siblings = selectors.version_of(corpus)
        stored = Stored.of(corpus)
        data = {
            **version_row(version),
            "rules": stored.rules,
            "redact": stored.redact,
            "routes": stored.routes,
            "always_keep": stored.marks.doc_ids,
            "always_keep_sources": stored.marks.sources,
            "weights": stored.weights,
            "funnel": selectors.stored_funnel(corpus),
            "versions": [version_row(one) for one in siblings],
        }
        return Response(data)


class CorpusFilter(APIView):
    """Other thresholds, tried on the stored signals."""

    @extend_schema(operation_id="corpora_filter", request=FilterIn, responses=FilterOut)
    def post(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """The funnel with these rules, and a page of documents; nothing is stored."""
        corpus = _corpus(request, corpus_id)
        data = FilterIn(data=request.data)
        data.is_valid(raise_exception=True)
        return Response(asking.ask_rules(corpus, **data.validated_data))


class CorpusDocument(APIView):
    """One document of a version."""

    @extend_schema(operation_id="corpora_document", responses=DocumentOut, parameters=[_RULE])
    def get(self, request: Request, corpus_id: uuid.UUID, index: int) -> Response:
        """Its text, origin and signals, and what each rule of the version says of it."""
        corpus = _corpus(request, corpus_id)
        choice = read_choice(request.query_params, Stored.of(corpus))
        return Response(asking.ask_document(corpus, index, choice))


class CorpusDifference(APIView):
    """Two versions side by side."""

    @extend_schema(
        operation_id="corpora_difference",
        responses=DifferenceOut,
        parameters=[_SIDE, _SEED, _PAGE],
    )
    def get(self, request: Request, corpus_id: uuid.UUID, other_id: uuid.UUID) -> Response:
        """What was changed since the other one, documents gained and lost, a page of one side."""
        corpus, other = _corpus(request, corpus_id), _corpus(request, other_id)
        if corpus.project_id != other.project_id:
            raise Http404
        choice = read_choice(request.query_params, Stored.of(corpus))
        before = read_choice(request.query_params, Stored.of(other))
        side = "lost" if request.query_params.get("side") == "lost" else "gained"
        answer = asking.ask_difference(corpus, other, choice, side)
        found = rule_changes(before.stored, choice.stored)
        found += decided_changes(before.decided, choice.decided)
        changes = [{"field": name, "before": was, "now": now} for name, was, now in found]
        return Response({**answer, "changes": changes})


class CorpusExports(APIView):
    """Files with the kept documents of a version."""

    @extend_schema(operation_id="corpora_exports", responses=ArtifactOut(many=True))
    def get(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """List them; their files are downloaded as those of any artifact."""
        exports, _jobs = selectors.exports_of(_corpus(request, corpus_id))
        return Response(ArtifactOut([one.artifact for one in exports], many=True).data)

    @extend_schema(operation_id="corpora_export", request=ExportIn, responses={201: JobOut})
    def post(self, request: Request, corpus_id: uuid.UUID) -> Response:
        """Start the job that writes one (editors)."""
        corpus = _corpus(request, corpus_id, Role.EDITOR)
        data = ExportIn(data=request.data)
        data.is_valid(raise_exception=True)
        job = services.export_create(corpus=corpus, created_by=request.user, **data.validated_data)
        return Response(JobOut(job).data, status=status.HTTP_201_CREATED)


def _corpus(request: Request, corpus_id: uuid.UUID, role: Role = Role.VIEWER) -> Artifact:
    return require_kind(load_for(request.user, Artifact, corpus_id, role), selectors.KIND)


def _of_kind(project: Project, artifact_id: uuid.UUID, kind: str) -> Artifact:
    found = Artifact.objects.filter(project=project, pk=artifact_id, kind=kind).first()
    if found is None:
        raise Http404
    return found
