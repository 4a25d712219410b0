"""REST: a drawn batch, as the helper answers it."""

from __future__ import annotations

from rest_framework import serializers


class BatchFiguresOut(serializers.Serializer):
    """How full rows are, and how much of the attention lies across documents."""

    rows = serializers.IntegerField()
    tokens = serializers.IntegerField()
    padding = serializers.IntegerField()
    efficiency = serializers.FloatField(help_text="Text of all inputs, 0 to 1.")
    documents_per_row = serializers.FloatField()
    most_documents = serializers.IntegerField()
    crossing_fraction = serializers.FloatField(
        help_text="Pairs of a token and one it could look at that lie in two documents."
    )
    blocked_fraction = serializers.FloatField(help_text="What of these the mask blocks.")


class BatchRowOut(serializers.Serializer):
    """One row: spans and stretches of places."""

    row = serializers.IntegerField()
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="[document or -1, its first token here, first place, place behind, position].",
    )
    targets = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="[first place, place behind] of places that carry loss.",
    )
    num_targets = serializers.IntegerField()
    is_cut = serializers.BooleanField()


class BatchOut(serializers.Serializer):
    """A batch; ``batch`` and ``split`` are figures of it and of all rows."""

    sequence_length = serializers.IntegerField()
    num_rows = serializers.IntegerField()
    first_row = serializers.IntegerField()
    isolation = serializers.CharField()
    resets_positions = serializers.BooleanField()
    is_causal = serializers.BooleanField()
    is_next_token = serializers.BooleanField()
    batch = BatchFiguresOut()
    split = BatchFiguresOut()
    left_out = serializers.IntegerField(help_text="Tokens of the split that are in no row.")
    notes = serializers.ListField(child=serializers.CharField())
    rows = BatchRowOut(many=True)
