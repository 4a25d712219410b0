"""SentencePiece models as tokenizers with the same ids: BPE by merges, Unigram by scores.

SentencePiece's BPE joins the neighbours whose piece has the highest score; a list of merges in
order of score does the same. `difference` holds the result against SentencePiece itself, because
some things have no equal here: pieces of one score (the leftmost goes first there), marks of its
user behind which it puts no space, and accents on letters that have no form with them, which
``Precompiled`` of tokenizers drops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers

from training.errors import DataError
from training.importing.sentencepiece import PieceKind, SentencePieceModel
from training.tokenizers.pipeline import SPACE
from training.tokenizers.unigram import hidden_unigram

Merges = list[tuple[str, str]]
_HIDDEN = {PieceKind.UNKNOWN, PieceKind.CONTROL, PieceKind.UNUSED, PieceKind.BYTE}


def build_sentencepiece(source: SentencePieceModel, name: str) -> Tokenizer:
    """The tokenizer of a model; DataError when its unknown piece is missing."""
    tokenizer = Tokenizer(_bpe(source) if source.is_bpe else _unigram(source, name))
    steps: list[Any] = [normalizers.Precompiled(source.charsmap)] if source.charsmap else []
    if source.removes_spaces:
        steps.append(normalizers.Replace(Regex(" {2,}"), " "))
        steps.append(normalizers.Replace(Regex(r"\A +| +\z"), ""))
    steps += [normalizers.Prepend(SPACE)] if source.adds_prefix else []
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", SPACE)])
    strip = [decoders.Strip(" ", 1, 0)] if source.adds_prefix else []
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), *strip]
    )
    add_special(tokenizer, source.pieces, source.kinds)
    return tokenizer


def merges_of_scores(pieces: Sequence[str], scores: Sequence[float]) -> Merges:
    """Every split of a piece into two pieces, by falling score, then by the pieces' ids."""
    ids = {piece: index for index, piece in enumerate(pieces)}
    ranked: list[tuple[float, int, int, str, str]] = []
    for piece, score in zip(pieces, scores, strict=True):
        for cut in range(1, len(piece)):
            left, right = piece[:cut], piece[cut:]
            if left in ids and right in ids:
                ranked.append((-float(score), ids[left], ids[right], left, right))
    ranked.sort()
    return [(left, right) for *_, left, right in ranked]


def add_special(tokenizer: Tokenizer, pieces: list[str], kinds: Sequence[int]) -> None:
    """Register the pieces that are found in a text before anything else."""
    of_kind = [(piece, kind) for piece, kind in zip(pieces, kinds, strict=True) if piece]
    special = [p for p, kind in of_kind if kind in (PieceKind.CONTROL, PieceKind.UNKNOWN)]
    tokenizer.add_special_tokens([AddedToken(piece, special=True) for piece in special])
    if isinstance(tokenizer.model, models.Unigram):
        # They are part of the best cut there, with a score that always wins.
        return
    own = [p for p, kind in of_kind if kind == PieceKind.USER_DEFINED]
    tokenizer.add_tokens([AddedToken(piece, normalized=False) for piece in own])


def difference(tokenizer: Tokenizer, data: bytes, texts: Sequence[str]) -> str:
    """The first of the texts that SentencePiece encodes to other ids; empty for none."""
    import sentencepiece

    theirs = sentencepiece.SentencePieceProcessor(model_proto=data)
    for text in texts:
        if theirs.encode(text) != tokenizer.encode(text, add_special_tokens=False).ids:
            return text
    return ""


def _bpe(source: SentencePieceModel) -> Any:
    unknown = (source.role_ids or {}).get("unk_token", 0)
    return models.BPE(
        vocab={piece: index for index, piece in enumerate(source.pieces)},
        merges=merges_of_scores(source.pieces, source.scores),
        unk_token=source.pieces[unknown] if 0 <= unknown < len(source.pieces) else None,
        fuse_unk=True,
        byte_fallback=True,
    )


def _unigram(source: SentencePieceModel, name: str) -> Any:
    unknown = (source.role_ids or {}).get("unk_token", 0)
    if not 0 <= unknown < len(source.pieces):
        raise DataError(f"{name} has no unknown piece.", advice="Upload tokenizer.json instead.")
    normal = zip(source.scores, source.kinds, strict=True)
    best = max((score for score, kind in normal if kind == PieceKind.NORMAL), default=0.0)
    scores = [
        len(piece.encode()) * best - 0.1 if kind == PieceKind.USER_DEFINED else score
        for piece, score, kind in zip(source.pieces, source.scores, source.kinds, strict=True)
    ]
    return hidden_unigram(
        source.pieces,
        scores,
        [kind in _HIDDEN for kind in source.kinds],
        unknown=unknown,
        has_bytes=PieceKind.BYTE in source.kinds,
    )
