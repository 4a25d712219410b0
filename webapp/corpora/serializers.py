"""Shapes of uploads in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from webapp.corpora.limits import CHUNK_BYTES, MAX_FILES
from webapp.corpora.models import Upload, UploadFile
from webapp.corpora.names import MAX_SENT_CHARS, clean_name
from webapp.corpora.services import FileIdentity

_SHA256 = r"^[0-9a-f]{64}$"


class FileIn(serializers.Serializer):
    """A file before it is sent: size, time and two hashes tell whether it is the same again."""

    name = serializers.CharField(
        max_length=MAX_SENT_CHARS,
        trim_whitespace=False,
        help_text="With its folder, when a folder was chosen. A label: never opened by the server.",
    )
    num_bytes = serializers.IntegerField(min_value=0, max_value=2**62)
    modified_ms = serializers.IntegerField(min_value=0, max_value=2**62, default=0)
    first_sha256 = serializers.RegexField(_SHA256, help_text="Of the first 16 MiB, in hex.")
    last_sha256 = serializers.RegexField(_SHA256, help_text="Of the last 16 MiB, in hex.")


class UploadIn(serializers.Serializer):
    """Files that belong together; one that stands here twice is expected once."""

    title = serializers.CharField(max_length=120, allow_blank=True, default="")
    files = FileIn(many=True, allow_empty=False, max_length=MAX_FILES)

    def identities(self) -> list[FileIdentity]:
        """As the service takes them."""
        rows = self.validated_data["files"]
        return [FileIdentity(**{**row, "name": clean_name(row["name"])}) for row in rows]


class UploadFileOut(serializers.ModelSerializer):
    """A file and how much of it has arrived."""

    class Meta:
        model = UploadFile
        fields = ["id", "name", "num_bytes", "modified_ms", "first_sha256", "last_sha256",
                  "offset", "refused"]  # fmt: skip


class UploadOut(serializers.ModelSerializer):
    """An upload with its files; ``chunk_bytes`` is the most that one request may append."""

    files = UploadFileOut(many=True)
    chunk_bytes = serializers.SerializerMethodField()

    class Meta:
        model = Upload
        fields = ["id", "title", "created_at", "expires_at", "artifact", "job", "chunk_bytes",
                  "files"]  # fmt: skip

    def get_chunk_bytes(self, _upload: Any) -> int:
        """The same for all."""
        return CHUNK_BYTES


class FinishedFileOut(UploadFileOut):
    """A file that is here whole."""

    sha256 = serializers.CharField(help_text="Of all of it, in hex; empty when it was refused.")

    class Meta(UploadFileOut.Meta):
        fields = [*UploadFileOut.Meta.fields, "sha256"]


class FinishedOut(UploadOut):
    """A finished upload; one of examples or of a model has no job: a task set or import is next."""

    files = FinishedFileOut(many=True)
    holds_examples = serializers.BooleanField()
    holds_model = serializers.BooleanField()
    holds_tokenizer = serializers.BooleanField()

    class Meta(UploadOut.Meta):
        fields = [*UploadOut.Meta.fields, "holds_examples", "holds_model", "holds_tokenizer"]


class FinishIn(serializers.Serializer):
    """What is to be done with what has arrived."""

    starts_reading = serializers.BooleanField(default=True)
