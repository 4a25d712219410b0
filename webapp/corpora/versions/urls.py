"""Routes of corpus versions: pages and REST, taken into the tables of the corpora app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.corpora.versions import api, clusters, mixture, saving, search_api, search_views, views

_CORPUS = "corpora/<uuid:corpus_id>/"

PAGES: list[URLPattern] = [
    path("documents/<uuid:documents_id>/corpus/", views.version_new, name="version-new"),
    path("documents/<uuid:documents_id>/clean/", views.version_start, name="version-start"),
    path(_CORPUS, views.version, name="version"),
    path(_CORPUS + "documents/<int:index>/", views.document, name="version-document"),
    path(_CORPUS + "search/", search_views.search, name="version-search"),
    path(_CORPUS + "mixture/", mixture.mixture, name="version-mixture"),
    path(_CORPUS + "clusters/", clusters.cluster_list, name="version-clusters"),
    path(_CORPUS + "clusters/<int:index>/", clusters.cluster, name="version-cluster"),
    path(_CORPUS + "since/<uuid:other_id>/", views.difference, name="version-difference"),
    path(_CORPUS + "save/", saving.version_save, name="version-save"),
    path(_CORPUS + "exports/", views.version_exports, name="version-exports"),
    path(_CORPUS + "export/", views.version_export, name="version-export"),
]

API: list[URLPattern] = [
    path("projects/<uuid:project_id>/corpora/", api.Corpora.as_view(), name="corpora"),
    path(_CORPUS, api.CorpusDetail.as_view(), name="corpus"),
    path(_CORPUS + "filter/", api.CorpusFilter.as_view(), name="corpus-filter"),
    path(_CORPUS + "search/", search_api.CorpusSearch.as_view(), name="corpus-search"),
    path(_CORPUS + "mixture/", mixture.CorpusMixture.as_view(), name="corpus-mixture"),
    path(_CORPUS + "clusters/", clusters.Clusters.as_view(), name="corpus-clusters"),
    path(_CORPUS + "clusters/<int:index>/", clusters.Cluster.as_view(), name="corpus-cluster"),
    path(
        _CORPUS + "documents/<int:index>/",
        api.CorpusDocument.as_view(),
        name="corpus-document",
    ),
    path(
        _CORPUS + "since/<uuid:other_id>/",
        api.CorpusDifference.as_view(),
        name="corpus-difference",
    ),
    path(_CORPUS + "exports/", api.CorpusExports.as_view(), name="corpus-exports"),
]
