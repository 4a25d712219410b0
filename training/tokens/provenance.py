"""Which documents a step was trained on, and at which steps a document was seen.

Both are look-ups in the stored order and the document offsets; nothing is logged while training.
Documents are indices into the token store; ``store.doc_id`` and ``store.find`` translate.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.planning.course import Course
from training.tokens.order import RowIds, rows_at_step, steps_of_rows
from training.tokens.rows import AnyRows


def documents_at_step(
    rows: AnyRows, order: RowIds, step: int, course: Course
) -> npt.NDArray[np.int64]:
    """The documents (ascending, each once) with a token in optimizer step ``step``."""
    _, documents = rows.gather(rows_at_step(order, step, course))
    return np.unique(documents[documents >= 0])


def steps_of_document(
    rows: AnyRows, order: RowIds, document: int, course: Course
) -> npt.NDArray[np.int64]:
    """The steps (ascending, each once) in which ``document`` had a token; empty when never."""
    return steps_of_rows(order, rows.rows_of(document), course)
