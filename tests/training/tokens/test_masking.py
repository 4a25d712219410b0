"""Which tokens are masked: how many, which never, what stands in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

from training.specs.objectives import MaskedPart, MaskUnit
from training.tokenizers.words import WordTable
from training.tokens.draws import Draws
from training.tokens.masking import Masker

MASK_ID, SIZE = 500, 501
ORDINARY = np.arange(1, 500)


def table(starts_inside: set[int]) -> WordTable:
    """Ids of this set go on with a word; all others begin one."""
    goes_on = np.isin(np.arange(SIZE), list(starts_inside))
    nothing = np.zeros(SIZE, dtype=np.bool_)
    return WordTable(nothing, nothing, goes_on)


def masked(
    tokens: np.ndarray,
    documents: np.ndarray | None = None,
    words: WordTable | None = None,
    **part: Any,
) -> tuple[np.ndarray, np.ndarray]:
    documents = np.zeros_like(tokens) if documents is None else documents
    masker = Masker(MaskedPart(**part), MASK_ID, ORDINARY, words)
    draws = Draws.of_places(0, np.arange(len(tokens)), 10_000)
    return masker(tokens, (tokens > 0) & (tokens < MASK_ID), documents, draws)


@pytest.fixture
def tokens() -> np.ndarray:
    found = np.random.default_rng(1).integers(1, 500, (64, 200))
    found[:, ::25] = 0  # special
    return found


@pytest.mark.parametrize("share", [0.15, 0.4])
def test_the_share_is_met_exactly_and_special_tokens_never_change(
    tokens: np.ndarray, share: float
) -> None:
    shown, chosen = masked(tokens, share=share)
    assert (chosen.sum(axis=1) == round(share * 192)).all()
    assert not chosen[tokens == 0].any()
    assert (shown[tokens == 0] == 0).all()
    assert (shown[~chosen] == tokens[~chosen]).all()


def test_targets_are_masked_replaced_and_kept_in_these_shares(tokens: np.ndarray) -> None:
    shown, chosen = masked(tokens)
    assert (shown[chosen] == MASK_ID).mean() == pytest.approx(0.8, abs=0.03)
    assert (shown[chosen] == tokens[chosen]).mean() == pytest.approx(0.1, abs=0.025)
    everything, _ = masked(tokens, mask_fraction=1, random_fraction=0)
    assert (everything[chosen] == MASK_ID).all()
    nothing, _ = masked(tokens, mask_fraction=0, random_fraction=0)
    assert (nothing == tokens).all()
    random, _ = masked(tokens, mask_fraction=0, random_fraction=1)
    assert np.isin(random[chosen], ORDINARY).all()
    assert len(np.unique(random[chosen])) > 400


def test_every_token_is_a_target_now_and_then(tokens: np.ndarray) -> None:
    row = np.repeat(tokens[:1], 400, axis=0)
    _, chosen = masked(row)
    share = chosen.mean(axis=0)[row[0] > 0]
    assert share.min() > 0.07
    assert share.max() < 0.25


def test_whole_words_are_masked_whole(tokens: np.ndarray) -> None:
    words = table(set(range(200, 400)))
    _, chosen = masked(tokens, words=words, unit=MaskUnit.WORD)
    goes_on = words.continues(tokens)[:, 1:] & (tokens[:, 1:] > 0) & (tokens[:, :-1] > 0)
    assert (chosen[:, 1:][goes_on] == chosen[:, :-1][goes_on]).all()
    share = chosen.sum(axis=1) / 192
    assert (share <= 0.16).all()
    assert share.mean() == pytest.approx(0.145, abs=0.01)


def test_spans_are_whole_words_of_one_document_with_geometric_lengths(tokens: np.ndarray) -> None:
    words, ones = table(set(range(200, 400))), np.ones_like(tokens)
    documents = np.cumsum(np.isin(np.arange(200), [60, 130]) * ones, axis=1)
    shown, chosen = masked(tokens, documents, words, unit=MaskUnit.SPAN, share=0.3)
    runs = [run for row, doc in zip(chosen, documents, strict=True) for run in runs_of(row, doc)]
    assert np.mean([end - start for start, end in runs]) > 2.5
    assert chosen.sum(axis=1).mean() == pytest.approx(0.3 * 192, rel=0.05)
    borders = chosen[:, 59] & chosen[:, 60]
    # Two spans may meet at the end of a document, but each is replaced as one.
    for start, end in runs_of(chosen[0], documents[0]):
        fates = {
            ("mask" if s == MASK_ID else "kept" if s == t else "random")
            for s, t in zip(shown[0, start:end], tokens[0, start:end], strict=True)
        }
        assert len(fates) == 1 or fates == {"kept", "random"}
    assert borders.mean() < 0.2


def test_lengths_of_spans_have_the_mean_of_the_paper() -> None:
    masker = Masker(MaskedPart(unit=MaskUnit.SPAN), MASK_ID, ORDINARY, table(set()))
    lengths = [masker._span_length(number) for number in (np.arange(5000) + 0.5) / 5000]
    assert np.mean(lengths) == pytest.approx(3.797, abs=0.02)
    assert (min(lengths), max(lengths)) == (1, 10)


@pytest.mark.parametrize("unit", list(MaskUnit))
def test_rows_with_little_or_nothing_to_mask(unit: MaskUnit) -> None:
    tokens = np.zeros((3, 20), dtype=np.int64)
    tokens[1, 7] = 5
    tokens[2, :] = 250  # one word that fills the row
    words = table({250})
    _, chosen = masked(tokens, words=words, unit=unit)
    assert chosen[0].sum() == 0
    assert chosen[1].nonzero()[0].tolist() == [7]
    assert 1 <= chosen[2].sum() <= 20


def runs_of(row: np.ndarray, documents: np.ndarray) -> list[tuple[int, int]]:
    places = np.flatnonzero(row)
    if not len(places):
        return []
    breaks = (np.diff(places) > 1) | (documents[places[1:]] != documents[places[:-1]])
    pieces = np.split(places, np.flatnonzero(breaks) + 1)
    return [(int(piece[0]), int(piece[-1]) + 1) for piece in pieces]


TEXT = "The unbelievable tokenizers re-read 1234 words. 中文字 mixes in, naïve café!"


def wordpiece() -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(
        [TEXT] * 3, trainers.WordPieceTrainer(vocab_size=70, special_tokens=["[UNK]"])
    )
    return tokenizer


def byte_level() -> tokenizers.Tokenizer:
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=275, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    return tokenizer


def metaspace() -> tokenizers.Tokenizer:
    vocab = [("<unk>", 0.0), ("▁", -3.0), *((one, -4.0) for one in sorted(set(TEXT) - {" "}))]
    tokenizer = tokenizers.Tokenizer(models.Unigram([*vocab, ("▁The", -2.0)], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


@pytest.mark.parametrize("make", [wordpiece, byte_level, metaspace])
def test_words_are_found_in_the_pieces_of_every_kind_of_tokenizer(make: Any) -> None:
    tokenizer = make()
    encoded = tokenizer.encode(TEXT, add_special_tokens=False)
    goes_on = WordTable.of(tokenizer).continues(np.array([encoded.ids]))[0]
    words, at = [], 0
    for (_start, end), inside in zip(encoded.offsets, goes_on, strict=True):
        if inside:
            words[-1] += TEXT[at:end] if end > at else ""
        else:
            words.append(TEXT[at:end])
        at = max(at, end)
    found = [word.strip() for word in words if word.strip()]
    for whole in [
        "The",
        "unbelievable",
        "tokenizers",
        "1234",
        "words",
        "mixes",
        "in",
        "naïve",
        "café",
    ]:
        assert whole in found, (whole, found)
    assert {"中", "文", "字"} <= set(found)
    assert "read" in found


def test_special_tokens_are_inside_no_word(tmp_path: Path) -> None:
    tokenizer = byte_level()
    tokenizer.add_special_tokens(["[MASK]"])
    words = WordTable.of(tokenizer)
    ids = np.array([[tokenizer.token_to_id(one) for one in ("a", "[MASK]", "b", "c")]])
    assert words.continues(ids).tolist() == [[False, False, False, True]]
