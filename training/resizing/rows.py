"""Rows of new pieces: the mean of the rows of the old pieces that stood for the same text.

Hewitt 2021 shows why a mean is a good beginning: a new piece then takes no more of the probability
than old pieces like it do, where a random row may take nearly all. Every weight that has a row per
piece is enlarged (input, head, biases of either); nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from training.errors import DataError
from training.export.native import Tensors
from training.export.shapes import our_shapes
from training.specs.model import ModelSpec
from training.vocabulary.spelling import Alphabet, Speller

#: New id -> the old ids that its text was written in.
Origins = Mapping[int, Sequence[int]]


def origins_of(old: Speller, new: Speller) -> dict[int, list[int]]:
    """The old pieces of every new piece; empty where the old tokenizer cannot write it.

    DataError when an old piece has another id in the new tokenizer, or when none is new.
    """
    moved = [piece for piece, index in old.vocabulary.items() if new.vocabulary.get(piece) != index]
    if moved:
        first = moved[0]
        raise DataError(
            f"The tokenizer is no extension of the model's: {len(moved):,} of its pieces have "
            f"another id there, {first!r} is {old.vocabulary[first]} here and "
            f"{new.vocabulary.get(first, 'nothing')} there.",
            advice="Extend the model's own tokenizer: name the model in extend_tokenizer.",
        )
    added = {piece: i for piece, i in new.vocabulary.items() if piece not in old.vocabulary}
    if not added:
        raise DataError(
            "The tokenizer has the same pieces as the model's: there is nothing to add.",
            advice="Name a tokenizer that extend_tokenizer made.",
        )
    last = max(old.vocabulary.values())
    if min(added.values()) <= last:
        raise DataError(
            f"The tokenizer gives new pieces ids below {last:,}, the last one of the model's; "
            "accepted: ids behind it.",
            advice="Name a tokenizer that extend_tokenizer made.",
        )
    return {index: _old_ids(old, piece) for piece, index in added.items()}


def resized(tensors: Tensors, spec: ModelSpec, num_rows: int, origins: Origins) -> Tensors:
    """``tensors`` with ``num_rows`` rows where there was one per piece; old rows are copied.

    New rows without old pieces, and rows that only fill up, are the mean of all old rows.
    """
    before, after = our_shapes(spec), our_shapes(spec.replace(vocab_size=num_rows))
    return {
        name: tensor
        if before[name] == after[name]
        else _enlarged(tensor, num_rows, spec.vocab_size, origins)
        for name, tensor in tensors.items()
    }


def _enlarged(tensor: Tensor, num_rows: int, num_before: int, origins: Origins) -> Tensor:
    """[rows, ...] from [rows before, ...]."""
    rows = torch.empty(num_rows, *tensor.shape[1:], dtype=tensor.dtype)
    rows[:num_before] = tensor
    first_new = min(origins)
    mean = tensor[:first_new].mean(dim=0)
    rows[num_before:] = mean
    for index, ids in origins.items():
        rows[index] = tensor[torch.tensor(ids)].mean(dim=0) if ids else mean
    return rows


def _old_ids(old: Speller, piece: str) -> list[int]:
    inside = old.form.inside
    is_inside = bool(inside) and old.form.alphabet == Alphabet.WORDPIECE
    text = piece.removeprefix(inside) if is_inside else piece
    ids = [index for index in old.cut(text) if index != old.unknown_id]
    if is_inside and piece != text and ids:
        first = old.vocabulary.get(inside + text[: len(_piece_of(old, ids[0]))], ids[0])
        ids[0] = first
    return ids


def _piece_of(old: Speller, index: int) -> str:
    return str(old.tokenizer.id_to_token(index))
