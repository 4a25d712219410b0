"""The order of a run: which row is trained on when, stored as uint32 row ids before step 1.

Each epoch is a permutation of all rows; with weights, of as many copies of each row as its weight
says (the part below one is drawn anew for each epoch), so weights of 1 change nothing. It is the
rank order of raw 64-bit draws of Philox (Salmon 2011) with key (seed, epoch): raw streams of
numpy's bit generators are frozen, which ``Generator.permutation`` is not. Because the order is a
file, resuming is a position in it and does not depend on the number of processes; step to rows and
row to steps are look-ups.

Steps count from 1; which places of the order a step reads is the run's ``Course`` (rows of one
optimizer step over all processes and accumulation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.errors import DataError
from training.folder.atomic import read_json, write_bytes, write_json
from training.planning.course import Course

ORDER_FILE = "order.bin"
ORDER_INFO_FILE = "order.json"
_MAX_ROWS = 1 << 32

#: Draws of copies are others than those of the permutation.
_COPIES = 0x9E3779B97F4A7C15
#: Numbers drawn, and epochs, for one order: minutes. Only tiny weights need more.
_MOST_DRAWS, _MOST_EPOCHS = 1 << 34, 1 << 20

RowIds = npt.NDArray[np.uint32]
#: How often each row comes in an epoch [rows]; not negative, 1 is once.
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OrderInfo:
    """What ``order.json`` says: how the order was made and how long it is."""

    num_rows: int
    num_needed_rows: int
    seed: int
    #: Id of the token store's artifact; empty in orders stored before it was written down.
    tokens: str = ""
    format_version: int = 1
    #: Source -> weight, where the order was made with weights.
    weights: dict[str, float] = field(default_factory=dict)
    #: Places that were passed over when the run went back (``Course.left_out``).
    left_out: list[dict[str, int]] = field(default_factory=list)
    #: Which documents are in which row, as a hash; empty where the rows' length says it.
    layout: str = ""

    def require_tokens(self, tokens: str, num_rows: int, layout: str = "") -> None:
        """DataError when row ids of this order would name other rows, or of another token store."""
        if self.num_rows == num_rows and self.tokens in ("", tokens):
            if self.layout in ("", layout):
                return
            raise DataError(
                "This run's rows were packed by a version of Trainyard that packed otherwise, so "
                "its order does not name the rows that it would read now.",
                advice="Go on with that version, or train anew in another folder.",
            )
        raise DataError(
            f"This run began on the token store {self.tokens[:8] or 'of another size'} "
            f"({self.num_rows:,} rows), and tokens now names {tokens[:8]} ({num_rows:,} rows).",
            advice="Put the first one back, or train on the new one in another folder.",
        )


def make_order(
    num_rows: int, num_needed_rows: int, seed: int, weights: Weights | None = None
) -> RowIds:
    """Row ids in training order [num_needed_rows]: epoch after epoch, the last one cut.

    ``weights`` [num_rows] says how often each row comes in an epoch; once without them. Raises
    DataError when there are no rows, or more than a uint32 can name, or weights leave none.
    """
    if not 0 < num_rows <= _MAX_ROWS:
        raise DataError(f"There are {num_rows:,} rows to put in order; accepted: 1 to 4 billion.")
    if weights is not None:
        return _weighted_order(weights, num_needed_rows, seed)
    order = np.empty(num_needed_rows, dtype="<u4")
    for epoch, start in enumerate(range(0, num_needed_rows, num_rows)):
        stop = min(start + num_rows, num_needed_rows)
        order[start:stop] = epoch_permutation(num_rows, seed, epoch)[: stop - start]
    return order


def epoch_permutation(num_rows: int, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """All row ids once, in the order of one epoch (counted from 0)."""
    key = np.array([seed % (1 << 64), epoch], dtype=np.uint64)
    draws = np.random.Philox(key=key).random_raw(num_rows)
    return np.argsort(draws, kind="stable")


def _weighted_order(weights: Weights, num_needed_rows: int, seed: int) -> RowIds:
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise DataError(
            "The weights of the sources leave no row to train on.",
            advice="Give at least one source of the tokens a weight above 0.",
        )
    per_epoch = float(weights.sum())
    epochs = num_needed_rows / per_epoch
    if epochs > _MOST_EPOCHS or epochs * len(weights) > max(_MOST_DRAWS, 2 * num_needed_rows):
        raise DataError(
            f"The weights of the sources are so small that one epoch reads about {per_epoch:.3g} "
            f"of {len(weights):,} rows, and this run would need {epochs:,.0f} epochs.",
            advice="Multiply all weights by one number: their proportions stay.",
        )
    order = np.empty(num_needed_rows, dtype="<u4")
    start = epoch = 0
    while start < num_needed_rows:
        rows = _epoch_rows(weights, seed, epoch)
        shuffled = rows[epoch_permutation(len(rows), seed, epoch)]
        stop = min(start + len(rows), num_needed_rows)
        order[start:stop] = shuffled[: stop - start]
        start, epoch = stop, epoch + 1
    return order


def _epoch_rows(weights: Weights, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """Row ids of one epoch, ascending, each as often as its weight; whole copies always."""
    whole = np.floor(weights)
    key = np.array([(seed ^ _COPIES) % (1 << 64), epoch], dtype=np.uint64)
    draws = np.random.Philox(key=key).random_raw(len(weights)) / 2.0**64
    copies = whole.astype(np.int64) + (draws < weights - whole)
    return np.repeat(np.arange(len(weights)), copies)


def write_order(
    folder: Path,
    order: RowIds,
    *,
    num_rows: int,
    seed: int,
    tokens: str = "",
    weights: Mapping[str, float] | None = None,
    layout: str = "",
) -> None:
    """Store an order in a job folder, data first, ``order.json`` last.

    ``tokens`` is the id of the token store that the rows are of, ``layout`` how they are packed.
    """
    info = OrderInfo(num_rows, len(order), seed, tokens, weights=dict(weights or {}), layout=layout)
    replace_order(folder, order, info)


def replace_order(folder: Path, order: RowIds, info: OrderInfo) -> None:
    """Store an order that begins like the one before it. A kill in between leaves that one."""
    write_bytes(folder / ORDER_FILE, order.astype("<u4", copy=False).tobytes())
    write_json(folder / ORDER_INFO_FILE, asdict(info))


def read_order(folder: Path) -> tuple[RowIds, OrderInfo]:
    """Map a stored order; DataError when it is missing or not whole."""
    data = read_json(folder / ORDER_INFO_FILE)
    path = folder / ORDER_FILE
    if not isinstance(data, dict) or not path.is_file():
        raise DataError(f"{folder.name} holds no stored order ({ORDER_INFO_FILE}).")
    info = OrderInfo(**data)
    num_bytes = path.stat().st_size
    # Longer: a kill came between the two files of an order that was being made longer.
    if num_bytes < 4 * info.num_needed_rows or num_bytes % 4:
        raise DataError(
            f"{folder.name}/{ORDER_FILE} holds {num_bytes:,} bytes where "
            f"{4 * info.num_needed_rows:,} are needed: the stored order is damaged."
        )
    if info.num_needed_rows == 0:
        return np.empty(0, dtype="<u4"), info
    return np.memmap(path, dtype="<u4", mode="r", shape=(info.num_needed_rows,)), info


def rows_at_step(order: RowIds, step: int, course: Course) -> RowIds:
    """The row ids of optimizer step ``step`` (from 1); shorter or empty past the end."""
    places = course.places(step)
    return order[places.start : places.stop]


def steps_of_rows(order: RowIds, rows: Sequence[int], course: Course) -> npt.NDArray[np.int64]:
    """The steps (ascending, each once) that train on any of ``rows`` (ascending)."""
    if isinstance(rows, range):
        is_wanted = (order >= rows.start) & (order < rows.stop)
    else:
        is_wanted = np.isin(order, np.array(rows, dtype=order.dtype))
    steps = np.unique(course.steps_of(np.flatnonzero(is_wanted)))
    return steps[steps > 0]
