"""Shapes of corpora in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from training.registry import PII_KINDS, RULE_PRESETS
from training.specs.clean import MOST_MARKS
from training.specs.export_corpus import FORMATS
from training.specs.weights import MOST_WEIGHT
from webapp.corpora.versions.choice import ORDERS, PAGE_SIZE, SHOWS
from webapp.corpora.versions.selectors import Version

_MAX_PAGE = 50


class VersionOut(serializers.Serializer):
    """A version in short. Bytes are of text."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    name = serializers.CharField()
    number = serializers.IntegerField()
    documents_id = serializers.UUIDField(allow_null=True)
    num_documents = serializers.IntegerField()
    num_bytes = serializers.IntegerField()
    kept_fraction = serializers.FloatField()
    num_runs = serializers.IntegerField()
    created_at = serializers.DateTimeField()


def version_row(version: Version) -> dict[str, Any]:
    """A version as `VersionOut` describes it; written out, for a list has hundreds of them."""
    return {
        "id": version.artifact.pk,
        "title": version.title,
        "name": version.name,
        "number": version.number,
        "documents_id": version.documents.pk if version.documents else None,
        "num_documents": version.num_documents,
        "num_bytes": version.num_bytes,
        "kept_fraction": version.kept_fraction,
        "num_runs": version.num_runs,
        "created_at": version.created_at,
    }


class VersionDetailOut(VersionOut):
    """With rules, funnel, and the other versions of the corpus."""

    rules = serializers.DictField()
    redact = serializers.ListField(child=serializers.CharField(), allow_null=True)
    routes = serializers.DictField(child=serializers.CharField())
    always_keep = serializers.ListField(child=serializers.CharField())
    always_keep_sources = serializers.ListField(child=serializers.CharField())
    weights = serializers.DictField(child=serializers.FloatField())
    funnel = serializers.DictField(allow_null=True)
    versions = VersionOut(many=True)


class _DecidedIn(serializers.Serializer):
    """What decides besides rules; null: as in the version at hand."""

    routes = serializers.DictField(
        child=serializers.ChoiceField([*RULE_PRESETS]),
        default=None,
        allow_null=True,
        help_text="Language -> preset that judges its documents.",
    )
    always_keep = serializers.ListField(
        child=serializers.RegexField("^[0-9a-fA-F]{32}$"),
        default=None,
        allow_null=True,
        max_length=MOST_MARKS,
        help_text="Ids of documents that stay whatever the rules say.",
    )
    always_keep_sources = serializers.ListField(
        child=serializers.CharField(max_length=255),
        default=None,
        allow_null=True,
        max_length=MOST_MARKS,
        help_text="Sources of which every document stays.",
    )


class CorpusIn(_DecidedIn):
    """Rules over documents; ``like`` is a version whose signals are taken over."""

    documents = serializers.UUIDField()
    weights = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=MOST_WEIGHT),
        default=None,
        allow_null=True,
        help_text="Source -> how often it is read in one pass; null: as in `like`.",
    )
    tokenizer = serializers.UUIDField(
        default=None, allow_null=True, help_text="Counts the tokens of every document."
    )
    preset = serializers.ChoiceField([*RULE_PRESETS], default="", allow_blank=True)
    rules = serializers.DictField(default=dict)
    like = serializers.UUIDField(default=None, allow_null=True)
    contamination = serializers.UUIDField(
        default=None,
        allow_null=True,
        help_text="What a search for evaluation sets found; the rule `contamination` goes by it.",
    )
    redact = serializers.ListField(
        child=serializers.ChoiceField([*PII_KINDS]),
        default=None,
        allow_null=True,
        help_text="Kinds of personal data that are replaced by placeholders; null: as `like` does.",
    )
    title = serializers.CharField(max_length=120, default="", allow_blank=True)
    idempotency_key = serializers.CharField(max_length=80, default="", allow_blank=True)


class FilterIn(_DecidedIn):
    """Rules as in a clean spec; what is not named is as in the version (or the preset)."""

    preset = serializers.ChoiceField([*RULE_PRESETS], default="", allow_blank=True)
    rules = serializers.DictField(default=dict)
    show = serializers.ChoiceField(SHOWS, default="dropped")
    rule = serializers.CharField(max_length=80, default="", allow_blank=True)
    order = serializers.ChoiceField(ORDERS, default="near")
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    offset = serializers.IntegerField(min_value=0, max_value=2**40, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=_MAX_PAGE, default=PAGE_SIZE)


class FilterOut(serializers.Serializer):
    """What `training.helper.corpora.filter_corpus` answers."""

    funnel = serializers.DictField()
    num_shown = serializers.IntegerField()
    documents = serializers.ListField(child=serializers.DictField())
    signal = serializers.CharField(help_text="What the named rule looks at.")
    is_ready = serializers.BooleanField(
        help_text="Whether what the named rule looks at has been computed."
    )
    histogram = serializers.DictField(allow_null=True)


class DocumentOut(serializers.Serializer):
    """One document."""

    index = serializers.IntegerField()
    doc_id = serializers.CharField()
    source = serializers.CharField()
    num_bytes = serializers.IntegerField()
    text = serializers.CharField()
    num_chars = serializers.IntegerField()
    num_masked = serializers.IntegerField()
    origin = serializers.DictField()
    language = serializers.CharField()
    meta = serializers.CharField()
    places = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    signals = serializers.DictField()
    scores = serializers.DictField()
    verdicts = serializers.ListField(child=serializers.DictField())


class DifferenceOut(serializers.Serializer):
    """Documents and bytes on each side, and what was changed.

    A change is of a rule (``word_count.at_least``) or of another field of ``clean``: ``routes.zh``,
    ``always_keep.ID``, ``always_keep_sources.NAME``, ``weights.NAME``, ``redact``.
    """

    gained = serializers.DictField()
    lost = serializers.DictField()
    both = serializers.DictField()
    num_shown = serializers.IntegerField()
    documents = serializers.ListField(child=serializers.DictField())
    changes = serializers.ListField(child=serializers.DictField())


class ExportIn(serializers.Serializer):
    """The format of the file."""

    format = serializers.ChoiceField(FORMATS, default=FORMATS[0])
    idempotency_key = serializers.CharField(max_length=80, default="", allow_blank=True)
