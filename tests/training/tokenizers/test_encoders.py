"""Loops of our own encode where their ids are the tokenizer's, and nowhere else."""

from __future__ import annotations

import json
import pydoc
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from tests.conftest import REPOSITORY
from tests.training.tokenizers.test_encode import TEXTS
from tests.training.tokenizers.trained import LINES, trained
from training.specs.tokenizer_parts import Digits, PreTokenizer
from training.tokenizers.bpe.structure import NotKnownError, structure_of
from training.tokenizers.encoders import Library, choose_encoder, open_encoder
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
#: What each pattern treats in a way of its own, beside what `TEXTS` has.
TRICKY = (
    "'ſ", "'S", "'LL", "'rE", "'Ve", "'", "''s", "ǅ", "ʰ", "É", "ß", "İ", "々", "〇", "〡", "中文",
    "か", "\u0300", "\u0345", "/", "//", "\r", " \r\n ", "\n /", "…", "€", "٣", "Ⅷ", "\u200d",
    "\ue000", "\U0001f600", "\U00020000", "\x00", "\ufffd", "A", "aB", "ABc", " ", "  ", "\t", "1",
    "1234",
)  # fmt: skip
ANY = st.one_of(TEXTS, st.lists(st.sampled_from(TRICKY), max_size=40).map("".join))


def test_numbers_of_a_newer_unicode_are_cut_as_tokenizers_does(tmp_path: Path) -> None:
    tokenizer = trained(tmp_path)
    choice = choose_encoder(tokenizer)
    assert choice.library == Library.TRAINYARD
    text = "a \U00011de0\U00011de1 b\U00016ff4"
    assert next(choice.encoder.encode([text])).tolist() == tokenizer.encode(text).ids


@pytest.fixture(scope="module", params=KINDS, ids=lambda choices: "-".join(choices.values()))
def tokenizer(request: Any, tmp_path_factory: Any) -> Tokenizer:
    options = {"vocab_size": 600, "allow_smaller": True, **request.param}
    return trained(tmp_path_factory.mktemp("tokenizer"), **options)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(ANY, max_size=8))
def test_every_way_of_cutting_has_the_same_ids(tokenizer: Tokenizer, texts: list[str]) -> None:
    choice = choose_encoder(tokenizer)
    assert (choice.library, choice.why) == (Library.TRAINYARD, "")
    wanted = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert [ids.tolist() for ids in choice.encoder.encode(texts)] == wanted


@pytest.mark.parametrize("cut", CUTS)
def test_long_runs_and_texts(tmp_path: Path, cut: str) -> None:
    tokenizer = trained(tmp_path, vocab_size=300, pre_tokenizer=cut)
    fast = open_encoder(tokenizer, Library.TRAINYARD)
    for run in (" ", "\n", "Aa", "猫"):
        text = run * 200_000
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
def test_normalised_texts_have_the_same_ids(tmp_path: Path, normalizer: Any) -> None:
    tokenizer = trained(tmp_path, normalizer=normalizer)
    choice = choose_encoder(tokenizer, LINES)
    assert choice.library == Library.TRAINYARD
    text = "ÄRGER Ｆｕｌｌ ﬁne " * 20
    assert next(choice.encoder.encode([text])).tolist() == tokenizer.encode(text).ids


def test_what_is_no_byte_level_bpe_is_encoded_by_tokenizers(tmp_path: Path) -> None:
    for kind, why in (("wordpiece", "as byte-level BPE does"), ("unigram", "as byte-level BPE")):
        tokenizer = trained(tmp_path / kind, kind=kind, vocab_size=420, allow_smaller=True)
        choice = choose_encoder(tokenizer)
        assert choice.library == Library.TOKENIZERS
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
        (lambda data: data["model"]["vocab"].pop("!"), "no piece for every byte"),
    ],
)
def test_what_differs_in_one_point_is_left_to_tokenizers(
    tmp_path: Path, change: Any, why: str
) -> None:
    trained(tmp_path, split_digits=False, vocab_size=257)
    file = tmp_path / "tokenizer.json"
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))
    with pytest.raises(NotKnownError, match=why):
        structure_of(load_tokenizer(tmp_path))


def test_merges_that_never_meet() -> None:
    """(ab, c) is dead: b and c are joined before."""
    merges = [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c"), (b"x", b"y"), (b"a", b"bc")]
    tokenizer = byte_level([*merges[:3], merges[3]])
    assert tokenizer.encode("abc").tokens == ["a", "bc"]
    fast = open_encoder(tokenizer, Library.TRAINYARD)
    texts = ["abc", "xabcabxy", "ab c", "aabbcc", "ababc"]
    for ids, text in zip(fast.encode(texts), texts, strict=True):
        assert ids.tolist() == tokenizer.encode(text).ids


@settings(max_examples=80, deadline=None)
@given(
    order=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=40),
    texts=st.lists(st.text("abc", max_size=40), max_size=20),
)
def test_any_merges_give_the_same_ids(order: Any, texts: list[str]) -> None:
    """Not only those that training leaves: merges of any pieces in any order."""
    pieces, merges = [b"a", b"b", b"c"], []
    for left, right in order:
        pair = (pieces[left % len(pieces)], pieces[right % len(pieces)])
        if pair not in merges:
            merges.append(pair)
            if pair[0] + pair[1] not in pieces:
                pieces.append(pair[0] + pair[1])
    tokenizer = byte_level(merges)
    fast = open_encoder(tokenizer, Library.TRAINYARD)
    for ids, text in zip(fast.encode(texts), texts, strict=True):
        assert ids.tolist() == tokenizer.encode(text).ids


def byte_level(merges: list[tuple[bytes, bytes]]) -> Tokenizer:
    made = [left + right for left, right in merges]
    tokens = dict.fromkeys(
        [*(bytes([byte]) for byte in range(256)), *chain.from_iterable(merges), *made]
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
    assert choice.library == Library.TRAINYARD
    num_bytes = 0
    plain = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    for text, ids, wanted in zip(texts, choice.encoder.encode(texts), plain, strict=True):
        assert np.array_equal(ids, wanted.ids)
        num_bytes += len(text.encode())
    assert num_bytes > 10_000_000


@pytest.mark.skipif(not SHARED.exists(), reason="shared data is not here")
def test_a_real_tokenizer_with_tokens_that_are_found_in_every_text() -> None:
    tokenizer = Tokenizer.from_file(str(SHARED / "tokenizers" / "minimind-6k.json"))
    tokenizer.encode_special_tokens = True
    choice = choose_encoder(tokenizer)
    assert choice.library == Library.TRAINYARD
    texts = ["<think>Well,</think> <|im_start|> it is", "no think>", "", "<tool_call>" * 3, *LINES]
    wanted = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert [ids.tolist() for ids in choice.encoder.encode(texts)] == wanted
    assert tokenizer.token_to_id("<think>") in wanted[0]


def test_tokens_that_are_found_in_what_normalising_leaves(tmp_path: Path) -> None:
    tokenizer = trained(tmp_path, normalizer={"lower_case": True})
    tokenizer.add_tokens([AddedToken("<Now>", normalized=True), AddedToken("<Ever>")])
    choice = choose_encoder(tokenizer)
    assert choice.library == Library.TRAINYARD
    texts = ["a <now> b", "A <NOW> b", "<Ever>", "<EVER> <ever>", "never now"]
    wanted = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    assert [ids.tolist() for ids in choice.encoder.encode(texts)] == wanted
    assert tokenizer.token_to_id("<Now>") in wanted[1]
