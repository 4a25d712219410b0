"""Routes of rule sets: pages and REST, taken into those of the corpora app."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.corpora.rule_sets import api, views

_CORPUS = "corpora/<uuid:corpus_id>/"
_ONE = _CORPUS + "rule-sets/<uuid:set_id>/"

PAGES: list[URLPattern] = [
    path(_CORPUS + "rule-sets/", views.rule_sets, name="rule-sets"),
    path(_ONE, views.rule_set_try, name="rule-set-try"),
    path(_ONE + "delete/", views.rule_set_delete, name="rule-set-delete"),
    path(_CORPUS + "rules.yaml", views.version_rules, name="version-rules"),
    path(_CORPUS + "datatrove.py", views.version_datatrove, name="version-datatrove"),
]

API: list[URLPattern] = [
    path("projects/<uuid:project_id>/rule-sets/", api.RuleSets.as_view(), name="rule-sets"),
    path("rule-sets/<uuid:set_id>/", api.RuleSetDetail.as_view(), name="rule-set"),
]
