"""tiktoken encodes where its ids are provably the tokenizer's, and nowhere else."""

from __future__ import annotations

import json
import pydoc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

from tests.conftest import REPOSITORY
from tests.training.tokenizers.test_encode import TEXTS
from tests.training.tokenizers.trained import LINES, trained
from training.specs.tokenizer_parts import Digits, PreTokenizer
from training.tokenizers.encoders import SAFE_CHARACTERS, Library, choose_encoder, open_encoder
from training.tokenizers.expressed import NEW_NUMBERS, NotExpressedError, expressed
from training.tokenizers.load import load_tokenizer
from training.tokenizers.patterns import word_pattern
from training.tokenizers.ranks import as_characters

SHARED = REPOSITORY.parent / "shared" / "data"
CUTS = ["gpt2", "cl100k", "o200k", "bert", "whitespace"]
KINDS = [
    {"pre_tokenizer": cut, "digits": digits, "han": han}
    for cut in CUTS
    for digits in ("one", "three", "whole")
    for han in ("together", "characters")
]
CHARACTERS = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)


@pytest.mark.parametrize(
    "name", ["L", "N", "Han", "P", "S", "M", "Lu", "Lt", "Lm", "Lo", "Ll"],
)  # fmt: skip
def test_both_libraries_know_the_same_characters(name: str) -> None:
    assert theirs(rf"\p{{{name}}}") == ours(rf"\p{{{name}}}")


def test_both_libraries_know_the_same_spaces_and_capitals() -> None:
    for pattern in (r"\s", "(?i:[sdmt]|ll|ve|re)"):
        assert theirs(pattern) == ours(pattern)
    digits = pre_tokenizers.Digits(individual_digits=False).pre_tokenize_str("x" + CHARACTERS)
    found = [piece for piece, _ in digits]
    new = set("".join(found[1::2])) - theirs(r"\p{N}")
    assert new == set(NEW_NUMBERS.findall(CHARACTERS))


def test_numbers_of_a_newer_unicode_are_cut_as_tokenizers_does(tmp_path: Path) -> None:
    tokenizer = trained(tmp_path)
    choice = choose_encoder(tokenizer)
    assert choice.encoder.library == Library.TIKTOKEN
    text = "a \U00011de0\U00011de1 b\U00016ff4"
    assert next(choice.encoder.encode([text])).tolist() == tokenizer.encode(text).ids


def ours(pattern: str) -> set[str]:
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    return set("".join(piece for piece, _ in split.pre_tokenize_str(CHARACTERS)))


def theirs(pattern: str) -> set[str]:
    """tiktoken passes over what no match of the pattern holds."""
    ranks = {bytes([byte]): byte for byte in range(256)}
    encoding = tiktoken.Encoding("x", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return set(bytes(encoding.encode_ordinary(CHARACTERS)).decode())


@pytest.fixture(scope="module", params=KINDS, ids=lambda choices: "-".join(choices.values()))
def tokenizer(request: Any, tmp_path_factory: Any) -> Tokenizer:
    options = {"vocab_size": 600, "allow_smaller": True, **request.param}
    return trained(tmp_path_factory.mktemp("tokenizer"), **options)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(TEXTS, max_size=5))
def test_every_way_of_cutting_is_expressed(tokenizer: Tokenizer, texts: list[str]) -> None:
    choice = choose_encoder(tokenizer)
    assert (choice.encoder.library, choice.why) == (Library.TIKTOKEN, "")
    wanted = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert [ids.tolist() for ids in choice.encoder.encode(texts)] == wanted


@pytest.mark.parametrize("cut", CUTS)
def test_long_runs_and_texts_do_not_end_tiktoken(tmp_path: Path, cut: str) -> None:
    tokenizer = trained(tmp_path, vocab_size=300, pre_tokenizer=cut)
    fast = open_encoder(tokenizer, Library.TIKTOKEN)
    for run in (" ", "\n", "Aa", "猫"):
        text = (run * (2 * SAFE_CHARACTERS))[: 2 * SAFE_CHARACTERS]
        wanted = tokenizer.encode(text, add_special_tokens=False).ids
        assert next(fast.encode([text])).tolist() == wanted
    longer = "one two three\n" * 10_000 + " " * 1_000_000
    wanted = tokenizer.encode(longer, add_special_tokens=False).ids
    assert next(fast.encode([longer])).tolist() == wanted


@pytest.mark.parametrize(
    "normalizer",
    [{"unicode_form": "nfkc", "lower_case": True}, {"strip_accents": True}],
    ids=["nfkc", "accents"],
)
def test_normalised_texts_are_expressed(tmp_path: Path, normalizer: Any) -> None:
    tokenizer = trained(tmp_path, normalizer=normalizer)
    choice = choose_encoder(tokenizer, LINES)
    assert choice.encoder.library == Library.TIKTOKEN
    text = "ÄRGER Ｆｕｌｌ ﬁne " * 20
    assert next(choice.encoder.encode([text])).tolist() == tokenizer.encode(text).ids


def test_what_is_no_byte_level_bpe_is_encoded_by_tokenizers(tmp_path: Path) -> None:
    for kind, why in (("wordpiece", "as byte-level BPE does"), ("unigram", "as byte-level BPE")):
        tokenizer = trained(tmp_path / kind, kind=kind, vocab_size=420, allow_smaller=True)
        choice = choose_encoder(tokenizer)
        assert choice.encoder.library == Library.TOKENIZERS
        assert why in choice.why
        for ids, line in zip(choice.encoder.encode(LINES), LINES, strict=True):
            assert ids.tolist() == tokenizer.encode(line, add_special_tokens=False).ids


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data["model"].update(dropout=0.1), "no plain byte-level BPE"),
        (lambda data: data["model"].update(end_of_word_suffix="</w>"), "no plain byte-level"),
        (lambda data: data["pre_tokenizer"].update(add_prefix_space=True), "does not cut"),
        (lambda data: data["pre_tokenizer"].update(use_regex=False), "pattern that is not known"),
        (lambda data: data["added_tokens"][0].update(special=False), "found in every text"),
        (lambda data: data["model"]["vocab"].pop("!"), "no piece for every byte"),
    ],
)
def test_what_differs_in_one_point_is_not_expressed(tmp_path: Path, change: Any, why: str) -> None:
    trained(tmp_path, split_digits=False, vocab_size=257)
    file = tmp_path / "tokenizer.json"
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))
    with pytest.raises(NotExpressedError, match=why):
        expressed(load_tokenizer(tmp_path))


def test_merges_that_never_meet_are_left_out() -> None:
    """(ab, c) is dead: b and c are joined before; ranks alone would join them to abc."""
    merges = [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c"), (b"x", b"y"), (b"a", b"bc")]
    tokenizer = byte_level([*merges[:3], merges[3]])
    assert tokenizer.encode("abc").tokens == ["a", "bc"]
    fast = open_encoder(tokenizer, Library.TIKTOKEN)
    texts = ["abc", "xabcabxy", "ab c", "aabbcc", "ababc"]
    for ids, text in zip(fast.encode(texts), texts, strict=True):
        assert ids.tolist() == tokenizer.encode(text).ids


@settings(max_examples=80, deadline=None)
@given(
    order=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=40),
    texts=st.lists(st.text("abc", max_size=40), max_size=20),
)
def test_any_merges_give_the_same_ids_by_ranks(order: Any, texts: list[str]) -> None:
    """Not only those that training leaves: merges of any pieces in any order."""
    pieces, merges = [b"a", b"b", b"c"], []
    for left, right in order:
        pair = (pieces[left % len(pieces)], pieces[right % len(pieces)])
        if pair not in merges:
            merges.append(pair)
            if pair[0] + pair[1] not in pieces:
                pieces.append(pair[0] + pair[1])
    tokenizer = byte_level(merges)
    fast = open_encoder(tokenizer, Library.TIKTOKEN)
    for ids, text in zip(fast.encode(texts), texts, strict=True):
        assert ids.tolist() == tokenizer.encode(text).ids


def byte_level(merges: list[tuple[bytes, bytes]]) -> Tokenizer:
    tokens = dict.fromkeys(
        [*(bytes([byte]) for byte in range(256)), *(left + right for left, right in merges)]
    )
    tokenizer = Tokenizer(
        models.BPE(
            vocab={as_characters(token): index for index, token in enumerate(tokens)},
            merges=[(as_characters(left), as_characters(right)) for left, right in merges],
        )
    )
    pattern = word_pattern(PreTokenizer.CL100K, Digits.ONE, is_han_apart=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def real_texts() -> list[str]:
    """More than 10 MB: English, Chinese, web pages, and the source of Python's own library."""
    texts = [(SHARED / "corpora" / "wiki_demo.txt").read_text()]
    for line in (SHARED / "corpora" / "c4_demo.jsonl").read_text().splitlines():
        texts.append(json.loads(line)["text"])
    for name in ("alpaca_zh_demo.json", "alpaca_en_demo.json"):
        rows = json.loads((SHARED / "sft" / name).read_text())
        texts += [row["instruction"] + row["input"] + row["output"] for row in rows]
    sources = sorted(Path(pydoc.__file__).parent.rglob("*.py"))
    size = sum(len(text.encode()) for text in texts)
    for path in sources:
        texts.append(path.read_text(encoding="utf-8", errors="replace"))
        size += len(texts[-1].encode())
        if size > 10_500_000:
            break
    return texts


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="shared data is not here")
@pytest.mark.parametrize("cut", CUTS)
def test_ten_megabytes_have_the_same_ids(tmp_path: Path, cut: str) -> None:
    texts = real_texts()
    tokenizer = trained(tmp_path, texts[:1_500], vocab_size=8_000, pre_tokenizer=cut)
    choice = choose_encoder(tokenizer)
    assert choice.encoder.library == Library.TIKTOKEN
    num_bytes = 0
    plain = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    for text, ids, wanted in zip(texts, choice.encoder.encode(texts), plain, strict=True):
        assert np.array_equal(ids, wanted.ids)
        num_bytes += len(text.encode())
    assert num_bytes > 10_000_000


@pytest.mark.skipif(not SHARED.exists(), reason="shared data is not here")
def test_a_real_tokenizer_with_tokens_found_in_every_text_is_left_to_tokenizers() -> None:
    choice = choose_encoder(Tokenizer.from_file(str(SHARED / "tokenizers" / "minimind-6k.json")))
    assert choice.encoder.library == Library.TOKENIZERS
    assert "added tokens that are found in every text" in choice.why
