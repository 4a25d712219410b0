"""A batch as shapes: rows as bars of documents, where loss is taken, and who may look at whom.

Takes what `training.helper.batches` answers. Colours are classes; widths are tokens, so that a bar
or a mask is drawn in the units of its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.units import format_count

_NUM_SLOTS = 6
#: Lines of the table of one row.
_MAX_LISTED = 40
_BAR, _STRIP = 12, 4

_FIGURES: tuple[tuple[str, str | Promise, Callable[[float], str]], ...] = (
    ("rows", _("Rows"), format_count),
    ("tokens", _("Tokens of text"), format_count),
    ("padding", _("Padding"), format_count),
    ("efficiency", _("Text of all that is computed"), lambda share: _percent(share)),
    ("documents_per_row", _("Documents in a row"), lambda mean: f"{mean:.1f}"),
    ("most_documents", _("Documents in a row, at most"), format_count),
    ("crossing_fraction", _("Attention across documents"), lambda share: _percent(share)),
    ("blocked_fraction", _("Blocked by the mask"), lambda share: _percent(share)),
)

Span = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Shape:
    """One path of an SVG and the class that colours it."""

    style: str
    path: str


@dataclass(frozen=True)
class Listed:
    """A line of the table: tokens ``start`` to ``stop`` (behind) of a document, at which places."""

    document: int
    start: int
    stop: int
    begin: int
    end: int
    position: int
    num_targets: int

    @property
    def is_padding(self) -> bool:
        """Whether it is no document."""
        return self.document < 0

    @property
    def last(self) -> int:
        """The last of the document's tokens here, counted from 0."""
        return self.stop - 1

    @property
    def last_place(self) -> int:
        """The last place, counted from 0."""
        return self.end - 1


@dataclass(frozen=True)
class RowPicture:
    """One row: ``bar`` [T x 16 units], ``mask`` [T x T units] and a table.

    ``spans`` and ``targets`` are for the script: numbers, those of one apart by blanks.
    """

    row: int
    place: int
    num_targets: int
    num_padding: int
    num_documents: int
    blocked_fraction: float
    bar: list[Shape]
    mask: list[Shape]
    listed: list[Listed]
    num_unlisted: int
    is_cut: bool
    spans: str
    targets: str

    @property
    def blocked(self) -> str:
        """Of this row's attention, as a percentage."""
        return _percent(self.blocked_fraction)


@dataclass(frozen=True)
class BatchPicture:
    """All that the page of a batch shows. ``drawn`` is the helper's answer."""

    drawn: dict[str, Any]
    rows: list[RowPicture]

    @property
    def length(self) -> int:
        """Tokens of a row."""
        return int(self.drawn["sequence_length"])

    @property
    def efficiency(self) -> str:
        """Text of all that is computed in the batch."""
        return _percent(self.drawn["batch"]["efficiency"])

    @property
    def figures(self) -> list[tuple[str | Promise, str, str]]:
        """(what, of the batch, of all rows)."""
        batch, split = self.drawn["batch"], self.drawn["split"]
        return [(label, write(batch[key]), write(split[key])) for key, label, write in _FIGURES]

    @property
    def next_row(self) -> int | None:
        """Where the next page of rows begins; None at the last one."""
        after = int(self.drawn["first_row"]) + len(self.rows)
        return after if after < self.drawn["num_rows"] else None


def picture_of(drawn: dict[str, Any]) -> BatchPicture:
    """The shapes of every row of the answer."""
    first = int(drawn["first_row"])
    rows = [_row(row, first + at, drawn) for at, row in enumerate(drawn["rows"])]
    return BatchPicture(drawn, rows)


def _row(row: dict[str, Any], place: int, drawn: dict[str, Any]) -> RowPicture:
    length = int(drawn["sequence_length"])
    spans: list[Span] = [_span(one) for one in row["spans"]]
    targets = [(int(begin), int(end)) for begin, end in row["targets"]]
    padding = sum(end - begin for document, _s, begin, end, _p in spans if document < 0)
    listed = [_listed(span, targets) for span in spans[:_MAX_LISTED]]
    return RowPicture(
        row=int(row["row"]),
        place=place + 1,
        num_targets=int(row["num_targets"]),
        num_padding=padding,
        num_documents=sum(span[0] >= 0 for span in spans),
        blocked_fraction=_blocked(spans, length, drawn),
        bar=_bar(spans, targets),
        mask=_mask(spans, length, drawn),
        listed=listed,
        num_unlisted=len(spans) - len(listed),
        is_cut=bool(row["is_cut"]),
        spans=_joined(spans),
        targets=_joined(targets),
    )


def _span(one: Sequence[int]) -> Span:
    document, start, begin, end, position = (int(number) for number in one)
    return document, start, begin, end, position


def _listed(span: Span, targets: list[tuple[int, int]]) -> Listed:
    document, start, begin, end, position = span
    within = sum(max(0, min(end, stop) - max(begin, first)) for first, stop in targets)
    return Listed(document, start, start + end - begin, begin, end, position, within)


def _bar(spans: list[Span], targets: list[tuple[int, int]]) -> list[Shape]:
    """A rectangle per document, those of one colour in one path; below, where loss is taken."""
    found: dict[str, list[str]] = {}
    for style, begin, end in _styled(spans):
        found.setdefault(style, []).append(f"M{begin} 0h{end - begin}v{_BAR}H{begin}z")
    strip = "".join(f"M{begin} {_BAR}h{end - begin}v{_STRIP}H{begin}z" for begin, end in targets)
    return [*_shapes(found), Shape("batch-target", strip)]


def _mask(spans: list[Span], length: int, drawn: dict[str, Any]) -> list[Shape]:
    """What each place (downwards) may look at (to the right): triangles, or squares both ways."""
    found: dict[str, list[str]] = {}
    shapes = []
    if drawn["isolation"] != "document":
        shapes.append(Shape("batch-open", _block(0, length, is_causal=drawn["is_causal"])))
    if drawn["isolation"] != "none":
        for style, begin, end in _styled(spans):
            block = _block(begin, end, is_causal=drawn["is_causal"])
            found.setdefault(style, []).append(block)
    return [*shapes, *_shapes(found)]


def _block(begin: int, end: int, *, is_causal: bool) -> str:
    if is_causal:
        return f"M{begin} {begin}V{end}H{end}z"
    return f"M{begin} {begin}V{end}H{end}V{begin}z"


def _styled(spans: list[Span]) -> Iterable[tuple[str, int, int]]:
    for number, (document, _start, begin, end, _position) in enumerate(spans):
        style = "batch-padding" if document < 0 else f"slot-{number % _NUM_SLOTS + 1}"
        yield style, begin, end


def _shapes(found: dict[str, list[str]]) -> list[Shape]:
    return [Shape(style, "".join(parts)) for style, parts in found.items()]


def _joined(rows: Iterable[Sequence[int]]) -> str:
    return ";".join(" ".join(map(str, row)) for row in rows)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _blocked(spans: list[Span], length: int, drawn: dict[str, Any]) -> float:
    if drawn["isolation"] != "document":
        return 0.0
    sizes = [end - begin for _d, _s, begin, end, _p in spans]
    if drawn["is_causal"]:
        return 1 - sum(size * (size + 1) for size in sizes) / (length * (length + 1))
    return 1 - sum(size * size for size in sizes) / (length * length)
