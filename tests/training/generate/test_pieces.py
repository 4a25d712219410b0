"""Text as it comes: joined it is the whole text, and no piece ends inside a character."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from training.generate.pieces import TextPieces

TEXTS = [
    "",
    "plain words, one after the other",
    "每个字都由三个字节组成",
    "a 🚂 in the middle",
    "é",
    "trailing space ",
    "\n\n",
]


def byte_level() -> Tokenizer:
    """A tokenizer whose tokens are single bytes: every character but ASCII is several of them."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({piece: i for i, piece in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_joined_are_the_text(text: str) -> None:
    tokenizer = byte_level()
    pieces = TextPieces(tokenizer.decode)
    told = [pieces.push(token) for token in tokenizer.encode(text).ids]
    assert "".join(told) + pieces.rest() == text
    assert not any("\ufffd" in piece for piece in told)


def test_a_character_that_never_ends_is_told_at_the_end() -> None:
    tokenizer = byte_level()
    pieces = TextPieces(tokenizer.decode)
    ids = tokenizer.encode("ab字").ids[:-1]
    assert "".join(pieces.push(token) for token in ids) == "ab"
    assert pieces.rest() == "\ufffd"


def test_a_metaspace_decoder_loses_no_space_between_pieces() -> None:
    vocabulary = {"▁the": 0, "▁cat": 1, "s": 2}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.decoder = decoders.Metaspace()
    pieces = TextPieces(tokenizer.decode)
    assert [pieces.push(token) for token in (0, 1, 2, 1)] == ["the", " cat", "s", " cat"]
