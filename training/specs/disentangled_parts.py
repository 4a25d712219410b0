"""Options of disentangled attention and of the decoder of masked tokens. No torch.

He 2021 (DeBERTa): a score is the sum of content to content, content to position and position to
content; absolute positions come in before the last layers. He 2023 (DeBERTa V3, V2's code): buckets
of distances, projections shared with those of contents.
"""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Part, option

_ONLY = ("position", "disentangled")


class DisentangledTerms(StrEnum):
    """What is added to the score of content to content."""

    BOTH = "both"
    CONTENT_TO_POSITION = "content_to_position"
    POSITION_TO_CONTENT = "position_to_content"


class DisentangledOptions(Part):
    """What disentangled attention looks at (positions: disentangled)."""

    disentangled_terms: DisentangledTerms = option(
        DisentangledTerms.BOTH,
        title="Terms of a score",
        help="What a token asks of the distance of another one, what a distance asks of a token, "
        "or both.",
        group="advanced",
        shown_if=_ONLY,
    )
    farthest_distance: int = option(
        0,
        title="Farthest distance",
        help="Tokens farther apart count as so far apart; 0 takes the context length.",
        unit="tokens",
        ge=0,
        le=65_536,
        group="advanced",
        shown_if=_ONLY,
    )
    distance_buckets: int = option(
        0,
        title="Buckets of distances",
        help="Half of them for single distances each way, then ever wider ones: 256 in DeBERTa V3; "
        "0 gives each distance its own.",
        ge=0,
        le=65_536,
        group="advanced",
        shown_if=_ONLY,
    )
    shares_position_projections: bool = option(
        False,
        title="Shared projections",
        help="Distances go through the projections of queries and keys instead of their own "
        "(DeBERTa V2 and V3).",
        group="advanced",
        shown_if=_ONLY,
    )
    mask_decoder_steps: int = option(
        0,
        title="Mask decoder",
        help="The last block is run so many times, asked by hidden states to which absolute "
        "positions were added, and reading those of the block before it: 2 in DeBERTa; 0 is none.",
        ge=0,
        le=8,
        group="advanced",
    )
