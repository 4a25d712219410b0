"""The block diagram of a spec: tokens above, logits below, the residual stream at the left.

Everything that changes the graph is drawn where it acts: norms before, after or around a branch or
on the stream; the weight of the stream in DeepNorm; parallel branches with one norm or two;
positions that are added to the embedding or act in attention; the matrix that the head shares.
"""

from __future__ import annotations

import itertools

from training.design import captions
from training.design.shapes import SUM_RADIUS, TITLE_HEIGHT, Box, Diagram, Frame, Pill, Sum, Wire
from training.planning.params import (
    attention_parameters,
    count_parameters,
    feedforward_parameters,
    qk_norm_parameters,
)
from training.specs.model import ModelSpec
from training.specs.model_choices import BlockOrder, NormPlacement
from training.units import format_count

WIDTH = 360
_LEFT, _FULL = 16, 320
_STREAM, _BRANCH, _BRANCH_WIDTH = 62, 118, 208
_COLUMNS, _COLUMN_WIDTH, _COLUMN_GAP = 92, 114, 8
_GAP = 14
#: Norms on the stream are as wide as fits left of the branches.
_NORM_WIDTH = 88


def draw(spec: ModelSpec) -> Diagram:
    """The diagram of a spec with a vocabulary; widths that are still 0 are resolved first."""
    return _Drawing(spec.resolve()).diagram


class _Drawing:
    """Shapes from above to below; ``y`` is where the stream has got to."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.count = count_parameters(spec)
        self.diagram = Diagram(WIDTH)
        self.y = 0.0
        self._pill("tokens")
        embedding = self._embedding()
        self._blocks()
        head = self._head()
        if captions.shares_matrix(spec):
            self._tie(embedding, head)
        self._pill(captions.outcome(spec))
        self.diagram.height = self.y + 2

    def _add(self, *shapes: Box | Wire | Sum | Frame | Pill) -> None:
        self.diagram.shapes += shapes

    def _flow(self, length: float = _GAP, *, has_tip: bool = False) -> None:
        """The stream goes on downwards."""
        points = [(_STREAM, self.y), (_STREAM, self.y + length)]
        self._add(Wire(points, "main", has_tip))
        self.y += length

    def _pill(self, text: str) -> None:
        if self.y:
            self._flow(has_tip=True)
        self._add(Pill(_STREAM, self.y + 11, text))
        self.y += 21

    def _wide(self, title: str, lines: list[str], aside: str, part: str) -> Box:
        """A box across the whole width, through which the stream goes."""
        self._flow(has_tip=True)
        box = Box(_LEFT, self.y, _FULL, title, lines, aside, part)
        self._add(box)
        self.y = box.bottom
        return box

    def _embedding(self) -> Box:
        spec = self.spec
        told = format_count(self.count.token_embedding)
        lines = captions.embedding_lines(spec)
        box = self._wide("Token embedding", lines, told, "token_embedding")
        if spec.position in captions.ADDED:
            title, told_lines = captions.position_box(spec)
            aside = captions.position_count(spec)
            side = Box(_BRANCH, self.y + 10, 218, title, told_lines, aside, "position_embedding")
            at = side.y + side.height / 2
            self._flow(at - SUM_RADIUS - self.y)
            self._add(side, Wire([(side.x, at), (_STREAM + SUM_RADIUS, at)], has_tip=True))
            self._sum(at)
            self._flow(side.bottom - self.y)
        if spec.has_embedding_norm:
            self._wide(f"{captions.norm_name(spec)} of embeddings", [], "", "norms")
        return box

    def _blocks(self) -> None:
        spec = self.spec
        self._flow(10)
        top, place = self.y, len(self.diagram.shapes)
        self._flow(26)
        if spec.block_order == BlockOrder.PARALLEL:
            self._parallel()
        else:
            self._branch(self._attention(_BRANCH, _BRANCH_WIDTH))
            self._branch(self._feedforward(_BRANCH, _BRANCH_WIDTH))
        self._flow(10)
        label = f"× {spec.num_layers} {'block' if spec.num_layers == 1 else 'blocks'}"
        frame = Frame(_LEFT - 8, top, _FULL + 16, self.y - top, label)
        self.diagram.shapes.insert(place, frame)

    def _branch(self, inner: Box) -> None:
        """Off the stream, through the norms and the branch, and back into a sum."""
        placement = self.spec.norm_placement
        start, middle = self.y, inner.middle
        y = start + 8
        boxes = []
        if placement in {NormPlacement.PRE, NormPlacement.SANDWICH}:
            boxes.append(self._norm(inner.x, inner.width, y))
            y = boxes[-1].bottom + 8
        boxes.append(
            Box(inner.x, y, inner.width, inner.title, inner.lines, inner.aside, inner.part)
        )
        if placement == NormPlacement.SANDWICH:
            boxes.append(self._norm(inner.x, inner.width, boxes[-1].bottom + 8))
        self._add(Wire([(_STREAM, start), (middle, start), (middle, boxes[0].y)], has_tip=True))
        for above, below in itertools.pairwise(boxes):
            self._add(Wire([(middle, above.bottom), (middle, below.y)]))
        at = boxes[-1].bottom + 12
        self._join(middle, boxes[-1].bottom, at)
        self._add(*boxes)
        self._after(at)

    def _parallel(self) -> None:
        """Both branches of what the stream holds now, into one sum."""
        spec, start = self.spec, self.y
        first = self._attention(_COLUMNS, _COLUMN_WIDTH, is_narrow=True)
        second_x = _COLUMNS + _COLUMN_WIDTH + _COLUMN_GAP
        second = self._feedforward(second_x, _COLUMN_WIDTH, is_narrow=True)
        y = start + 8
        if spec.has_shared_norm:
            norms = [self._norm(_COLUMNS, 2 * _COLUMN_WIDTH + _COLUMN_GAP, y)]
        else:
            norms = [self._norm(one.x, one.width, y) for one in (first, second)]
        for norm in norms:
            self._add(Wire([(_STREAM, start), (norm.middle, start), (norm.middle, y)], "", True))
        below = norms[0].bottom + 8
        boxes = [
            Box(one.x, below, one.width, one.title, one.lines, one.aside, one.part)
            for one in (first, second)
        ]
        at = max(box.bottom for box in boxes) + 12
        for box in boxes:
            self._add(Wire([(box.middle, norms[0].bottom), (box.middle, below)]))
            self._join(box.middle, box.bottom, at)
        self._add(*norms, *boxes)
        self._after(at)

    def _join(self, middle: float, bottom: float, at: float) -> None:
        points = [(middle, bottom), (middle, at), (_STREAM + SUM_RADIUS, at)]
        self._add(Wire(points, has_tip=True))

    def _after(self, at: float) -> None:
        """The stream down to the sum, what it is multiplied by, and a norm on it."""
        spec = self.spec
        is_deep = spec.norm_placement == NormPlacement.DEEPNORM
        if is_deep:
            middle = (self.y + at) / 2
            weight = (2 * spec.num_layers) ** 0.25
            self._flow(at - SUM_RADIUS - self.y)
            self._add(Pill(_STREAM, middle, f"× {weight:.2f}", 52))
        else:
            self._flow(at - SUM_RADIUS - self.y)
        self._sum(at)
        if is_deep or spec.norm_placement == NormPlacement.POST:
            self._flow(8)
            box = self._norm(_STREAM - _NORM_WIDTH / 2, _NORM_WIDTH, self.y)
            self._add(box)
            self.y = box.bottom
        self._flow()

    def _sum(self, at: float) -> None:
        self._add(Sum(_STREAM, at))
        self.y = at + SUM_RADIUS

    def _norm(self, x: float, width: float, y: float) -> Box:
        return Box(x, y, width, captions.norm_name(self.spec), part="norms")

    def _attention(self, x: float, width: float, *, is_narrow: bool = False) -> Box:
        spec = self.spec
        lines = captions.attention_lines(spec, is_narrow=is_narrow)
        number = format_count(attention_parameters(spec) + qk_norm_parameters(spec))
        if is_narrow:
            return Box(x, 0, width, "Attention", [number, *lines], part="attention")
        return Box(x, 0, width, "Attention", lines, number, "attention")

    def _feedforward(self, x: float, width: float, *, is_narrow: bool = False) -> Box:
        spec = self.spec
        lines = captions.feedforward_lines(spec, is_narrow=is_narrow)
        number, name = format_count(feedforward_parameters(spec)), captions.feedforward_name(spec)
        if is_narrow:
            return Box(x, 0, width, name, [number, *lines], part="feedforward")
        return Box(x, 0, width, name, lines, number, "feedforward")

    def _head(self) -> Box:
        spec = self.spec
        if spec.has_last_norm:
            self._wide(captions.norm_name(spec), [], "", "norms")
        told = format_count(self.count.head) if self.count.head else "shared"
        box = self._wide(captions.head_title(spec), captions.head_lines(spec), told, "head")
        if spec.logit_soft_cap:
            cap = f"{spec.logit_soft_cap:g} tanh(logit / {spec.logit_soft_cap:g})"
            self._wide("Soft cap", [], cap, "")
        return box

    def _tie(self, embedding: Box, head: Box) -> None:
        """A dashed line outside of everything, from the embedding to the head."""
        right, outside = _LEFT + _FULL, WIDTH - 6
        top, bottom = embedding.y + TITLE_HEIGHT, head.y + TITLE_HEIGHT
        points = [(right, top), (outside, top), (outside, bottom), (right, bottom)]
        self._add(Wire(points, "tie", has_tip=True))
