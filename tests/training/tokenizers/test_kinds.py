"""WordPiece and Unigram: ids of their libraries, roles, normalisers, digits, Chinese, refusals."""

from __future__ import annotations

import hashlib
import json

import pytest
import transformers

from tests.conftest import REPOSITORY
from tests.training.tokenizers.trained import LINES, trained
from training.errors import SpecError
from training.specs.tokenizer import TokenizerSpec
from training.tokenizers.load import named_tokens, vocabulary
from training.tokenizers.pipeline import normalizer_of
from training.tokenizers.unigram import train_sentencepiece, unigram_model

SHARED = REPOSITORY.parent / "shared" / "data"
WORDPIECE = {"kind": "wordpiece", "allow_smaller": True}
UNIGRAM = {"kind": "unigram", "vocab_size": 420, "allow_smaller": True}
CHINESE = ["我来到北京清华大学。", "他在北京上大学，北京很大。", "清华大学在北京。"] * 6


@pytest.mark.parametrize(
    ("fields", "sha256"),
    [
        ({}, "adc69b83388e75ddf1cc3f900744cb4607e90504799e6cb14b22498f20353139"),
        (
            {"split_digits": False},
            "89d9661c0db1075c1586296d3b9a8d0cb6833d5cd7494bb017385c3cb1d5987b",
        ),
        (
            {"extra_special_tokens": ["<|a|>"]},
            "bfb08da9462d660b62943d85e4196862df7bb42bc5093abc48f5ba2fa98cb2a6",
        ),
    ],
)
def test_an_old_spec_gives_the_file_it_always_gave(tmp_path, fields, sha256):
    trained(tmp_path, **fields)
    assert hashlib.sha256((tmp_path / "tokenizer.json").read_bytes()).hexdigest() == sha256


def test_wordpiece_has_berts_roles_and_reads_as_bert_does(tmp_path):
    ours = trained(tmp_path, **WORDPIECE)
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert [ours.id_to_token(index) for index in range(5)] == specials
    assert named_tokens(tmp_path) == {
        "bos_token": "[CLS]", "eos_token": "[SEP]", "unk_token": "[UNK]", "sep_token": "[SEP]",
        "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
    }  # fmt: skip
    assert vocabulary(tmp_path, ours).eos_id == 3
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert (theirs.mask_token_id, theirs.cls_token_id) == (4, 2)
    pair = theirs("the cat", "a dog", return_token_type_ids=True)
    assert [theirs.decode(pair.input_ids).count(mark) for mark in ("[CLS]", "[SEP]")] == [1, 2]
    assert sorted(set(pair.token_type_ids)) == [0, 1]
    bert = transformers.BertTokenizer(vocab=ours.get_vocab(), do_lower_case=False)
    for line in LINES:
        assert theirs(line).input_ids == bert(line).input_ids
        assert (
            theirs(line, add_special_tokens=False).input_ids
            == ours.encode(line, add_special_tokens=False).ids
        )


def test_uncased_wordpiece_is_bert_uncased(tmp_path):
    ours = trained(tmp_path, normalizer={"lower_case": True, "strip_accents": True}, **WORDPIECE)
    bert = transformers.BertTokenizer(vocab=ours.get_vocab(), do_lower_case=True)
    for line in LINES:
        assert (
            bert(line, add_special_tokens=False).input_ids
            == ours.encode(line, add_special_tokens=False).ids
        )


def test_the_name_of_a_special_token_is_text_for_every_kind(tmp_path):
    for kind in (WORDPIECE, UNIGRAM, {**UNIGRAM, "byte_fallback": False, "vocab_size": 300}):
        tokenizer = trained(tmp_path, **kind)
        for token in ("[MASK]", "[SEP]", "<unk>", "<0x0A>", "<|endoftext|>"):
            ids = tokenizer.encode(f"猫 {token}", add_special_tokens=False).ids
            special = {index for index, one in tokenizer.get_added_tokens_decoder().items()} - {
                tokenizer.token_to_id("[UNK]")
            }
            assert not special & set(ids), (kind, token)
            if kind["kind"] == "unigram":
                assert tokenizer.decode(ids) == f"猫 {token}"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"byte_fallback": False},
        {"digits": "whole", "normalizer": {"unicode_form": "nfkc", "lower_case": True}},
        {"han": "characters", "special": {"mask": "[MASK]", "unknown": "[?]"}},
        {"han": "words", "extra_special_tokens": ["<|im_start|>", "<|im_end|>"]},
    ],
    ids=str,
)
@pytest.mark.skipif(not SHARED.exists(), reason="shared data is not here")
def test_unigram_has_sentencepieces_ids_on_real_text(fields):
    import sentencepiece
    import tokenizers

    from training.tokenizers.pipeline import decoder_of, pre_tokenizer_of

    spec = TokenizerSpec.parse(
        {"corpus": "x", "kind": "unigram", "vocab_size": 3_000, **fields}
    ).resolve()
    lines = real_lines()
    normalizer = normalizer_of(spec)
    data = train_sentencepiece(spec, normalizer, lines)
    theirs = sentencepiece.SentencePieceProcessor(model_proto=data)
    ours = tokenizers.Tokenizer(unigram_model(theirs))
    if normalizer:
        ours.normalizer = normalizer
    ours.pre_tokenizer, ours.decoder = pre_tokenizer_of(spec), decoder_of(spec)
    assert theirs.get_piece_size() == 3_000
    odd = ["a  b   c", "<unk><0x0A>", "𓀀𓀀 \n\n x", "\t tab", "１２ ½ Ⅷ", ""]
    for line in [*lines, *odd]:
        plain = normalizer.normalize_str(line) if normalizer else line
        ids = ours.encode(line, add_special_tokens=False).ids
        assert ids == theirs.encode(plain)
        if spec.byte_fallback:
            assert ours.decode(ids) == plain


def real_lines() -> list[str]:
    """About 300 kB of English and of Chinese, in lines of less than 5,000 characters."""
    english = (SHARED / "corpora" / "wiki_demo.txt").read_text()[:150_000]
    rows = json.loads((SHARED / "sft" / "alpaca_zh_demo.json").read_text())[:300]
    chinese = "\n".join(row["instruction"] + row["output"] for row in rows)
    lines = (line[start : start + 5_000]
             for line in f"{english}\n{chinese}".split("\n")
             for start in range(0, len(line), 5_000))  # fmt: skip
    return [line for line in lines if line]


def test_unigram_is_read_by_transformers_and_ends_texts(tmp_path):
    ours = trained(tmp_path, **UNIGRAM)
    assert [ours.id_to_token(index) for index in range(3)] == ["<|endoftext|>", "<unk>", "\n"]
    assert vocabulary(tmp_path, ours).eos_id == 0
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    for line in [*LINES, "unseen: ψ"]:
        assert theirs(line).input_ids == ours.encode(line).ids
        assert theirs.decode(theirs(line).input_ids) == line


def test_the_same_texts_give_the_same_unigram(tmp_path):
    for name in ("one", "two"):
        trained(tmp_path / name, num_threads=1 + (name == "two"), **UNIGRAM)
    files = [(tmp_path / name / "tokenizer.json").read_bytes() for name in ("one", "two")]
    assert files[0] == files[1]


def test_roles_are_named_and_get_the_first_ids(tmp_path):
    names = {"mask": "<mask>", "padding": "<pad>", "beginning": "<s>", "end_of_text": "</s>"}
    tokenizer = trained(tmp_path, special=names, extra_special_tokens=["<|user|>"])
    first = [tokenizer.id_to_token(index) for index in range(5)]
    assert first == ["</s>", "<pad>", "<mask>", "<s>", "<|user|>"]
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert (theirs.eos_token, theirs.mask_token_id, theirs.bos_token_id) == ("</s>", 2, 3)
    assert vocabulary(tmp_path, tokenizer).eos_id == 0


@pytest.mark.parametrize("kind", [{}, WORDPIECE, UNIGRAM], ids=["bpe", "wordpiece", "unigram"])
def test_normalisers_do_what_they_say(tmp_path, kind):
    asked = {"unicode_form": "nfkc", "lower_case": True, "strip_accents": True}
    tokenizer = trained(tmp_path, normalizer=asked, **kind)
    assert tokenizer.encode("ÄRGER Ｃafé").ids == tokenizer.encode("arger cafe").ids
    plain = trained(tmp_path, **kind)
    assert plain.encode("Ärger Ｃafé").ids != plain.encode("arger cafe").ids


def test_accents_are_stripped_without_breaking_korean(tmp_path):
    tokenizer = trained(tmp_path, normalizer={"strip_accents": True})
    assert tokenizer.decode(tokenizer.encode("한국 é").ids) == "한국 e"


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_chinese_is_learnt_by_characters_or_words(tmp_path, kind):
    def longest(han):
        options = {"kind": kind, "vocab_size": 2_000, "allow_smaller": True, "han": han}
        vocab = trained(tmp_path / han, CHINESE, **options)
        pieces = [vocab.decode([index]) for index in range(vocab.get_vocab_size())]
        return {piece for piece in pieces if len(piece) > 1 and piece.isalpha()}

    assert any("在北京" in piece for piece in longest("together"))
    assert longest("words") >= {"北京"}
    assert not any("在北京" in piece for piece in longest("words"))
    assert not {piece for piece in longest("characters") if "\u4e00" <= piece[0] <= "\u9fff"}


def test_digits_in_threes_come_from_the_left(tmp_path):
    texts = ["year 2024 and 123456 and 1234567"] * 9
    for cut in ("gpt2", "cl100k"):
        tokenizer = trained(
            tmp_path, texts, pre_tokenizer=cut, digits="three", vocab_size=300, allow_smaller=True
        )
        ids = tokenizer.encode("1234567").ids
        assert [tokenizer.decode([index]) for index in ids] == ["123", "456", "7"]


def test_what_the_corpus_cannot_fill_or_hold_is_refused_with_the_size_that_does(tmp_path):
    for kind in ("wordpiece", "unigram"):
        with pytest.raises(SpecError, match="larger than the corpus supports") as caught:
            trained(tmp_path, kind=kind, vocab_size=20_000)
        size = dict(caught.value.problems[0].fix)["vocab_size"]
        assert trained(tmp_path, kind=kind, vocab_size=size).get_vocab_size() == size
    many = ["".join(map(chr, range(0x4E00, 0x4E00 + 900)))] * 2
    for kind in ("wordpiece", "unigram"):
        asked = {"kind": kind, "vocab_size": 400, "character_coverage": 1.0}
        with pytest.raises(SpecError, match="no room for the characters") as caught:
            trained(tmp_path, many, **asked)
        size = dict(caught.value.problems[0].fix)["vocab_size"]
        assert 900 < size < 1_400


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "wordpiece", "pre_tokenizer": "gpt2"}, "pre_tokenizer"),
        ({"kind": "unigram", "pre_tokenizer": "bert"}, "pre_tokenizer"),
        ({"kind": "unigram", "digits": "three"}, "digits"),
        ({"special": {"mask": " "}}, "special.mask"),
        ({"kind": "wordpiece", "extra_special_tokens": ["[MASK]"]}, "extra_special_tokens.0"),
        ({"kind": "unigram", "vocab_size": 257}, "vocab_size"),
    ],
)
def test_impossible_choices_are_refused_by_field(fields, field):
    with pytest.raises(SpecError) as caught:
        TokenizerSpec.parse({"corpus": "x", **fields})
    assert [problem.field for problem in caught.value.problems] == [field]
