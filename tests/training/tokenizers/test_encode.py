"""Encoding in batches and pieces gives the ids of plain, slow byte-level BPE."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.tokenizers.reference import ReferenceTokenizer
from tests.training.tokenizers.trained import LINES, trained
from training.tokenizers.encode import cut, encode_texts

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


def test_a_long_text_is_cut_and_put_together_again():
    text = "some words in a line\n" * 1_000
    pieces = cut(text, 100)
    assert len(pieces) > 100
    assert "".join(pieces) == text
    assert cut("nospaces" * 100, 10) == ["nospaces" * 100]
    assert cut("", 10) == [""]
