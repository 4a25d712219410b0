"""What changes the graph is drawn where it acts; every drawing fits its frame and is sound SVG."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from training.design.diagram import WIDTH, draw
from training.design.shapes import Box, Pill, Sum, Wire
from training.design.undrawn import DRAWN, undrawn
from training.design.words import in_words
from training.registry import MODEL_PRESETS
from training.specs.model import ModelSpec

#: About the width of a character of a caption, and of a title, in units of the drawing.
CAPTION, TITLE = 5.4, 7.2


def spec_of(**changes: Any) -> ModelSpec:
    return ModelSpec.model_validate({"vocab_size": 1000, "num_layers": 2} | changes)


def boxes(spec: ModelSpec) -> list[Box]:
    return [one for one in draw(spec).shapes if isinstance(one, Box)]


def titles(spec: ModelSpec) -> list[str]:
    return [one.title for one in boxes(spec)]


def test_norms_stand_where_the_placement_says() -> None:
    pre, inner = ["RMSNorm", "Attention", "RMSNorm", "SwiGLU"], "RMSNorm"
    assert titles(spec_of())[1:5] == pre
    assert titles(spec_of(norm_placement="post"))[1:5] == ["Attention", inner, "SwiGLU", inner]
    sandwich = [inner, "Attention", inner, inner, "SwiGLU", inner]
    assert titles(spec_of(norm_placement="sandwich"))[1:7] == sandwich
    assert titles(spec_of(norm_placement="post")).count(inner) == 2
    deep = draw(spec_of(norm_placement="deepnorm", num_layers=8)).shapes
    # (2 * 8)^(1/4) = 2, by hand, once for each branch
    assert [one.text for one in deep if isinstance(one, Pill)].count("× 2.00") == 2


def test_parallel_branches_meet_in_one_sum() -> None:
    def sums(spec: ModelSpec) -> int:
        return sum(isinstance(one, Sum) for one in draw(spec).shapes)

    assert sums(spec_of()) == 2
    parallel = {"block_order": "parallel"}
    assert sums(spec_of(**parallel)) == 1
    assert titles(spec_of(**parallel)).count("RMSNorm") == 3
    assert titles(spec_of(**parallel, has_shared_norm=True)).count("RMSNorm") == 2
    assert sums(spec_of(position="learned")) == 3


def test_the_shared_matrix_is_a_dashed_line_from_embedding_to_head() -> None:
    def ties(spec: ModelSpec) -> list[Wire]:
        return [one for one in draw(spec).shapes if isinstance(one, Wire) and one.look == "tie"]

    (tie,) = ties(spec_of())
    embedding, head = boxes(spec_of())[0], boxes(spec_of())[-1]
    assert embedding.y < tie.points[0][1] < embedding.bottom
    assert head.y < tie.points[-1][1] < head.bottom
    assert ties(spec_of(is_tied=False)) == []


@pytest.mark.parametrize(
    "changes",
    [{}, {"position": "relative", "has_qk_norm": True, "num_kv_heads": 1},
     {"block_order": "parallel", "rope_fraction": 0.25, "num_kv_heads": 2, "width": 8192,
      "num_heads": 64, "num_layers": 96, "vocab_size": 250_880},
     {"norm_placement": "deepnorm", "norm": "layernorm", "logit_soft_cap": 30,
      "embedding_gradient": 0.1, "has_embedding_norm": True, "position": "sinusoidal"},
     {"attention": "bidirectional", "head": "transform", "embedding_width": 64,
      "num_token_types": 2, "position": "learned"},
     {"attention": "bidirectional", "head": "discriminator", "position": "learned"},
     *({"preset": name} for name in MODEL_PRESETS)],
    ids=str,
)  # fmt: skip
def test_every_drawing_is_sound_and_no_text_leaves_its_box(changes: dict[str, Any]) -> None:
    name = changes.get("preset")
    preset: Any = MODEL_PRESETS[name].load().replace(vocab_size=32_000) if name else None
    spec = preset or spec_of(**changes)
    diagram = draw(spec)
    root = ElementTree.fromstring(diagram.svg(in_words(spec), stands_alone=True))
    assert root.get("aria-label")
    for box in boxes(spec):
        assert box.x >= 0
        assert box.x + box.width <= WIDTH
        assert box.bottom <= diagram.height
        assert 20 + TITLE * len(box.title) + CAPTION * len(box.aside) <= box.width + 6, box.title
        for line in box.lines:
            assert 14 + CAPTION * len(line) <= box.width, line


def test_what_is_not_drawn_is_told() -> None:
    assert undrawn(spec_of()) == []
    assert undrawn(spec_of(dropout=0.1, has_biases=True)) == ["Biases", "Dropout 0.1"]
    assert set(ModelSpec.model_fields) >= DRAWN


def test_names_of_presets_raise_no_doubt_and_unsound_designs_do() -> None:
    for row in MODEL_PRESETS.values():
        assert list(row.load().doubts()) == [], row.name
    unsound: list[tuple[dict[str, Any], str]] = [
        ({"norm_placement": "post", "num_layers": 48}, "norm_placement"),
        ({"position": "sinusoidal"}, "position"),
        ({"num_heads": 16}, "num_heads"),
        ({"has_norm_biases": True}, "has_norm_biases"),
        ({"rope_fraction": 0.5, "position": "alibi"}, "rope_fraction"),
        ({"context_length": 32_768}, "rope_theta"),
        ({"feedforward_width": 512}, "feedforward_width"),
        ({"vocab_size": 50_257}, "vocab_size"),
        ({"is_tied": False, "vocab_size": 64_000}, "is_tied"),
        ({"embedding_gradient": 0.1}, "embedding_gradient"),
    ]
    for changes, field in unsound:
        spec = ModelSpec.model_validate(changes)
        doubt = next(one for one in spec.doubts() if one.field == field)
        for path, value in doubt.fix:
            spec = spec.replace(**{path: value})
        assert field not in {one.field for one in spec.doubts()}, changes
