"""Step to documents and document to steps say the same thing about one run."""

from __future__ import annotations

from tests.training.tokens.stores import store_of
from training.planning.course import Course
from training.tokens.order import make_order
from training.tokens.packing import Rows
from training.tokens.provenance import documents_at_step, steps_of_document


def test_the_two_look_ups_are_inverse(tmp_path):
    documents = [[number + 1] * (number * 7 % 23) for number in range(40)]
    rows = Rows(store_of(tmp_path, documents), "train", 6)
    num_steps, batch_size = 30, 4
    order = make_order(len(rows), num_steps * batch_size, 9)
    seen = {
        (step, int(document))
        for step in range(1, num_steps + 1)
        for document in documents_at_step(rows, order, step, Course(batch_size))
    }
    found = {
        (int(step), document)
        for document in range(40)
        for step in steps_of_document(rows, order, document, Course(batch_size))
    }
    assert seen == found
    assert len(seen) > 100


def test_held_out_documents_are_never_seen(tmp_path):
    rows = Rows(store_of(tmp_path, [[1] * 50], [[2] * 50]), "train", 5)
    order = make_order(len(rows), 100, 0)
    assert len(steps_of_document(rows, order, 1, Course(4))) == 0
