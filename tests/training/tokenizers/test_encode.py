"""Encoding in batches and pieces gives the ids of plain, slow byte-level BPE."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tests.training.tokenizers.reference import ReferenceTokenizer
from tests.training.tokenizers.trained import LINES, trained
from training.importing.sentencepiece import read_sentencepiece
from training.importing.sentencepiece_tokenizer import build_sentencepiece
from training.tokenizers.borders import borders_of
from training.tokenizers.encode import cut, encode_places, encode_texts

LLAMA = REPOSITORY.parent / "shared/data/tokenizers/llama-32k.model"
PIECES = st.sampled_from(
    ["the", "cat", "'s", "'ll", "12", "½", "²", "Ⅷ", "猫", "é", "_", "-", "!", " ", " ", " ", "\n",
     "\n", "\n\n", "\t", "\r\n", "\u00a0", "\u3000", "\u2028", "\x85", "\x1c", "e\u0301", "ไทย",
     "<|endoftext|>", "\u200b"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=80).map("".join), st.text(max_size=80))


@pytest.fixture(scope="module", params=[True, False], ids=["digits split", "digits whole"])
def pair(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer = trained(folder, split_digits=request.param)
    return tokenizer, ReferenceTokenizer(folder / "tokenizer.json")


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(TEXTS, max_size=5), size=st.integers(1, 30))
def test_ids_equal_the_reference_whatever_the_pieces(pair, texts, size):
    tokenizer, reference = pair
    ids = encode_texts(tokenizer, texts, piece_characters=size, batch_characters=3 * size)
    assert [values.tolist() for values in ids] == [reference.encode(text) for text in texts]


def test_real_lines_equal_the_reference(pair):
    tokenizer, reference = pair
    ids = encode_texts(tokenizer, LINES)
    assert [values.tolist() for values in ids] == [reference.encode(line) for line in LINES]


def test_a_long_text_is_cut_and_put_together_again(pair):
    borders = borders_of(pair[0])
    text = "some words in a line\n" * 1_000
    pieces = cut(text, 100, borders)
    assert len(pieces) > 100
    assert "".join(piece for _, piece in pieces) == text
    assert all(text.startswith(piece, place) for place, piece in pieces)
    assert cut("nospaces" * 100, 10, borders) == [(0, "nospaces" * 100)]
    assert cut("", 10, borders) == [(0, "")]


KINDS = [
    {"kind": kind, "pre_tokenizer": cut, "digits": digits, "han": han}
    for kind, cuts in (
        ("bpe", ("gpt2", "cl100k", "o200k", "bert", "whitespace")),
        ("wordpiece", ("bert", "whitespace")),
        ("unigram", ("whitespace",)),
    )
    for cut in cuts
    for digits, han in (("one", "together"), ("three", "characters"), ("whole", "words"))
    if (kind, digits) != ("unigram", "three")
]


@pytest.fixture(scope="module", params=KINDS, ids=lambda choices: "-".join(choices.values()))
def any_kind(request, tmp_path_factory):
    options = {"vocab_size": 500, "allow_smaller": True, **request.param}
    return trained(tmp_path_factory.mktemp("tokenizer"), **options)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, max_size=5), size=st.integers(1, 30))
def test_a_text_in_pieces_has_the_ids_and_places_of_the_whole(any_kind, texts, size):
    wanted = [any_kind.encode(text, add_special_tokens=False) for text in texts]
    ids = encode_texts(any_kind, texts, piece_characters=size, batch_characters=3 * size)
    assert [values.tolist() for values in ids] == [one.ids for one in wanted]
    for text, one in zip(texts, wanted, strict=True):
        found, places = encode_places(any_kind, text, piece_characters=size)
        assert found.tolist() == one.ids
        assert [tuple(place) for place in places.tolist()] == one.offsets


def test_every_kind_is_cut_somewhere(any_kind):
    text = "some words and more\nin another line\n" * 5
    assert len(cut(text, 20, borders_of(any_kind))) > 5


@pytest.mark.skipif(not LLAMA.exists(), reason="shared data is not here")
def test_pieces_of_a_tokenizer_that_puts_a_space_in_front():
    tokenizer = build_sentencepiece(read_sentencepiece(LLAMA.read_bytes()), LLAMA.name)
    text = "It's 12 o'clock, and all is well.\n 他说：「好的」。 café  x\nnew line " * 20
    whole = tokenizer.encode(text, add_special_tokens=False)
    ids, places = encode_places(tokenizer, text, piece_characters=30)
    assert ids.tolist() == whole.ids
    assert len(cut(text, 30, borders_of(tokenizer))) > 10
    # The space at a border is the tokenizer's own in its piece.
    starts = [old[0] for old in whole.offsets]
    assert np.abs(places[:, 0] - starts).max() <= 1
    assert places[:, 1].tolist() == [old[1] for old in whole.offsets]
