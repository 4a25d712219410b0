"""Documents in a batch: what is told about them, and which back end is chosen for them."""

from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from training.errors import SpecError
from training.model.backends.choice import backend, choose_backend, supported
from training.model.backends.per_document import SHARED_TOKENS, PieceAttend, pieces
from training.model.backends.varlen import VarlenAttend
from training.model.masks import Documents, MaskKind

DOCUMENTS = Documents.of_lengths([[3, 1, 4], [8]])


def test_ids_and_ends_follow_from_lengths() -> None:
    assert DOCUMENTS.ids.tolist() == [[0, 0, 0, 1, 2, 2, 2, 2], [0] * 8]
    assert DOCUMENTS.ids.dtype == torch.int32
    assert DOCUMENTS.ends == ((3, 4, 8), (8,))
    assert DOCUMENTS.segments() == [(0, 0, 3), (0, 3, 4), (0, 4, 8), (1, 0, 8)]


def test_positions_restart_with_each_document() -> None:
    assert DOCUMENTS.reset_positions().tolist() == [
        [0, 1, 2, 0, 0, 1, 2, 3],
        [0, 1, 2, 3, 4, 5, 6, 7],
    ]


def test_a_position_may_look_back_within_its_document_only() -> None:
    may = DOCUMENTS.may_attend()
    assert may[0].int().tolist() == [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 0, 0],
        [0, 0, 0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 1, 1, 1, 0],
        [0, 0, 0, 0, 1, 1, 1, 1],
    ]
    assert torch.equal(may[1], torch.ones(8, 8, dtype=torch.bool).tril())


@pytest.mark.parametrize("ends", [((3, 8),), ((), (8,)), ((3, 3, 8), (8,)), ((3, 7), (8,))])
def test_ends_that_do_not_cut_the_rows_are_refused(ends: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="document ends"):
        Documents(DOCUMENTS.ids, ends)


def test_pieces_cover_every_token_once_and_share_only_short_documents() -> None:
    lengths = [[5, 6, 7, 100, 2, 60, 10], [190]]
    documents = Documents.of_lengths(lengths)
    cut = pieces(documents)
    assert [(p.row, p.end - p.start, p.num_documents) for p in cut] == [
        (0, 18, 3),
        (0, 100, 1),
        (0, 62, 2),
        (0, 10, 1),
        (1, 190, 1),
    ]
    assert all(p.num_documents == 1 or p.end - p.start <= SHARED_TOKENS for p in cut)


def test_equal_neighbours_are_one_call() -> None:
    attend = backend("per_document").prepare(Documents.of_lengths([[100, 100], [100, 100]]))
    assert isinstance(attend, PieceAttend)
    assert [(call.num_pieces, call.num_tokens) for call in attend.calls] == [(4, 100)]


@pytest.mark.parametrize(
    ("device", "situation", "chosen"),
    [
        ("cpu", {}, "per_document"),
        ("cpu", {"needs_grad": False}, "per_document"),
        ("cpu", {"has_dropout": True}, "per_document"),
        ("cuda", {"dtype": torch.bfloat16}, "varlen"),
        ("cuda", {"dtype": torch.bfloat16, "head_width": 20}, "flex"),
        ("cuda", {"dtype": torch.float32}, "flex"),
        ("cuda", {"dtype": torch.bfloat16, "has_dropout": True}, "per_document"),
    ],
)
def test_the_back_end_chosen_for_packed_rows(
    device: str, situation: dict[str, object], chosen: str
) -> None:
    assert choose_backend(device, MaskKind.DOCUMENT, **situation) == chosen  # type: ignore[arg-type]
    assert choose_backend(device, MaskKind.CAUSAL, **situation) == "sdpa"  # type: ignore[arg-type]


def test_reasons_against_a_back_end_are_sentences() -> None:
    assert supported("per_document", "cpu", MaskKind.DOCUMENT, True) is None
    assert "no backward on CPU" in str(supported("flex", "cpu", MaskKind.DOCUMENT, True))
    assert "no kernel for cpu" in str(supported("varlen", "cpu", MaskKind.DOCUMENT, True))
    assert "bf16 or fp16" in str(supported("varlen", "cuda", MaskKind.DOCUMENT, True))


def test_a_back_end_that_is_not_in_the_table_is_named_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="Did you mean 'per_document'"):
        backend("per_dokument")


def test_varlen_lays_rows_end_to_end_and_keeps_shapes() -> None:
    """The kernel itself is CUDA's; shapes and offsets can be held without one."""
    attend = backend("varlen").prepare(DOCUMENTS)
    assert isinstance(attend, VarlenAttend)
    assert attend.offsets.tolist() == [0, 3, 4, 8, 16]
    assert (attend.offsets.dtype, attend.longest) == (torch.int32, 8)
    with FakeTensorMode(allow_non_fake_inputs=True):
        heads = torch.empty(2, 8, 4, 16, device="cuda", dtype=torch.bfloat16).transpose(1, 2)
        shared = torch.empty(2, 8, 2, 16, device="cuda", dtype=torch.bfloat16).transpose(1, 2)
        offsets = torch.empty(5, device="cuda", dtype=torch.int32)
        mixed = VarlenAttend(offsets, 8)(heads, shared, shared, 0.0)
    assert mixed.shape == (2, 4, 8, 16)
    assert mixed.dtype == torch.bfloat16
