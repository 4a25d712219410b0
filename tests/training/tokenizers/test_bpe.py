"""The parts of our own byte-level BPE: what characters are, what is whole, what is remembered."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, pre_tokenizers

from tests.training.tokenizers.test_encoders import byte_level
from tests.training.tokenizers.trained import trained
from training.specs.tokenizer_parts import Digits, PreTokenizer
from training.tokenizers.bpe import encoder as encoder_module
from training.tokenizers.bpe import words
from training.tokenizers.bpe.characters import (
    HAN,
    LETTER,
    LOWER,
    NUM_CODES,
    NUMBER,
    OTHER,
    SPACE,
    UPPER,
    Cut,
    roles_of,
)
from training.tokenizers.bpe.encoder import PairEncoder
from training.tokenizers.bpe.starts import NUM_BYTES, starts_of
from training.tokenizers.bpe.structure import structure_of

CHARACTERS = "".join(chr(code) for code in range(NUM_CODES) if not 0xD800 <= code < 0xE000)
CODES = np.frombuffer(CHARACTERS.encode("utf-32-le"), dtype=np.uint32)
O200K = Cut(PreTokenizer.O200K, Digits.ONE)
CUTS = [
    Cut(kind, digits, is_apart)
    for kind in list(PreTokenizer)[1:]
    for digits in list(Digits)[1:]
    for is_apart in (False, True)
]


@pytest.mark.parametrize(
    ("pattern", "cut", "role"),
    [
        (r"\s", O200K, SPACE),
        (r"\p{L}", O200K, LETTER),
        (r"\p{N}", O200K, NUMBER),
        (r"[^\s\p{L}\p{N}]", O200K, OTHER),
        (r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", O200K, UPPER),
        (r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", O200K, LOWER),
        (r"\p{Han}", Cut(PreTokenizer.GPT2, Digits.ONE, is_han_apart=True), HAN),
        (r"[\p{P}\p{S}]", Cut(PreTokenizer.BERT, Digits.ONE), OTHER),
    ],
)
def test_every_character_is_what_the_library_takes_it_for(
    pattern: str, cut: Cut, role: int
) -> None:
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    wanted = set("".join(piece for piece, _ in split.pre_tokenize_str(CHARACTERS)))
    found = CODES[(roles_of(cut)[CODES] & role) > 0]
    assert set(map(chr, found.tolist())) == wanted


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_no_character_is_nothing(cut: Cut) -> None:
    """A word without an end would never end."""
    assert (roles_of(cut) & (SPACE | LETTER | NUMBER | OTHER | HAN) > 0).all()


def joins_of(texts: list[str], longest: int) -> list[tuple[bytes, bytes]]:
    """All pairs of neighbours in these texts, that together are no longer than that."""
    found = {
        (data[start:middle], data[middle:end])
        for data in (text.encode() for text in texts)
        for start in range(len(data))
        for end in range(start + 2, min(start + longest, len(data)) + 1)
        for middle in range(start + 1, end)
    }
    return sorted(found)


AROUND = joins_of(["中中", "中丰", "a中a", "丰a"], 5)
MAKING = joins_of(["中", "丰"], 3)


@settings(max_examples=100, deadline=None)
@given(
    around=st.lists(st.sampled_from(AROUND), max_size=6),
    making=st.lists(st.sampled_from(MAKING), min_size=2, max_size=6),
    texts=st.lists(st.text("中丰a", max_size=6), min_size=5, max_size=20),
    data=st.data(),
)
def test_characters_are_taken_whole_only_where_it_changes_nothing(
    around: Any, making: Any, texts: list[str], data: Any
) -> None:
    """Merges that make characters, among merges of any bytes in and across them."""
    merges = data.draw(st.permutations(list(dict.fromkeys([*around, *making]))))
    tokenizer = byte_level(merges)
    for ids, text in zip(PairEncoder(tokenizer).encode(texts), texts, strict=True):
        assert ids.tolist() == tokenizer.encode(text).ids


def whole(merges: list[tuple[bytes, bytes]]) -> str:
    """The characters with which joining begins; ids of short texts are the library's."""
    tokenizer = byte_level(merges)
    texts = ["".join(some) for size in range(6) for some in product("中a", repeat=size)]
    for ids, text in zip(PairEncoder(tokenizer).encode(texts), texts, strict=True):
        assert ids.tolist() == tokenizer.encode(text).ids
    found = structure_of(tokenizer)
    starts = starts_of(found.vocab, found.merges)[NUM_BYTES:]
    return "".join(chr(code) for code in np.flatnonzero(starts >= 0))


def test_what_can_come_between_the_bytes_of_a_character() -> None:
    one, two, three = (bytes([byte]) for byte in "中".encode())
    making = [(one, two), (one + two, three)]
    assert whole(making) == "中"
    assert whole([*making, (b"a", one)]) == "中"
    # A beginning that goes with the character before, an end that goes with the one after.
    for other in ((b"a", one), (b"a", one + two), (three, b"a"), (three, one)):
        assert whole([other, *making]) == ""
        assert whole([making[0], other, making[1]]) == ""
    # An end before what goes on with a character is in the middle of one, never here.
    assert whole([(three, two), *making]) == "中"
    # The whole character with a neighbour, which is joined after (a, a) but listed before.
    character = one + two + three
    for other in ((b"a", character), (character, b"a")):
        assert whole([other, (b"a", b"a"), *making]) == ""
    # The bytes are joined in another way first, and never become it.
    assert whole([(two, three), *making]) == ""


def test_frequent_chinese_characters_of_a_trained_tokenizer_are_whole(tmp_path: Any) -> None:
    draw = np.random.default_rng(1)
    common = np.array(list("人工智能正在改变我们的生活方式也"))
    lines = ["".join(draw.choice(common, 30)) for _ in range(100)]
    found = structure_of(trained(tmp_path, lines, vocab_size=330, allow_smaller=True))
    starts = starts_of(found.vocab, found.merges)[NUM_BYTES:]
    assert starts[ord("人")] == found.vocab["人".encode()]
    assert (starts >= 0).sum() > 10


def test_words_are_forgotten_where_there_is_no_more_room(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = trained(tmp_path, vocab_size=300)
    text = " ".join(f"word{number} {'long' * (number % 40)}" for number in range(500)) * 2
    wanted = tokenizer.encode(text, add_special_tokens=False).ids
    for room in ((1, 100), (7, 300), (50, 70)):
        monkeypatch.setattr(encoder_module, "new_words", lambda room=room: words.new_words(*room))
        small = PairEncoder(tokenizer)
        assert next(small.encode([text])).tolist() == wanted
        assert small._words.used[0] <= room[0] + 1
        assert next(small.encode([text])).tolist() == wanted


def test_a_word_that_is_a_piece_is_taken_whole_where_the_tokenizer_does() -> None:
    """``ignore_merges``, as in Llama 3: no merge makes "cab", and ranks would join it."""
    merges = [(b"a", b"b"), (b"a", b"c")]
    plain = byte_level(merges)
    data = plain.to_str().replace('"ignore_merges":false', '"ignore_merges":true')
    data = data.replace('"vocab":{', '"vocab":{"cab":900,"\\u00e4\\u00b8\\u0143":901,"ï¿½":902,')
    tokenizer = Tokenizer.from_str(data)
    texts = ["cab", "cabs", "cab 中", "中", "中中", "abac cab", "\ufffd", "\ufffdab"]
    assert tokenizer.encode("cab").tokens == ["cab"]
    assert structure_of(tokenizer).takes_whole
    for ids, text in zip(PairEncoder(tokenizer).encode(texts), texts, strict=True):
        assert ids.tolist() == tokenizer.encode(text).ids


def test_pieces_of_long_texts_are_put_together(tmp_path: Any) -> None:
    tokenizer = trained(tmp_path, vocab_size=300)
    texts = ["", "one two " * 100_000, "", "x" * 400_000, "end", ""]
    wanted = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert [ids.tolist() for ids in PairEncoder(tokenizer).encode(texts)] == wanted
    assert list(PairEncoder(tokenizer).encode([])) == []


#: Of Llama 3 and Qwen 2, as their tokenizer.json has them.
LLAMA = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = LLAMA.replace("{1,3}", "")


@pytest.mark.parametrize(
    ("pattern", "digits"), [(LLAMA, Digits.THREE), (QWEN, Digits.ONE)], ids=["Llama 3", "Qwen 2"]
)
def test_patterns_of_published_tokenizers_are_known(pattern: str, digits: Digits) -> None:
    tokenizer = byte_level([])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    assert structure_of(tokenizer).cut == Cut(PreTokenizer.CL100K, digits)
