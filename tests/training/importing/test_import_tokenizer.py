"""A tokenizer alone is taken over with the ids of its source, or refused with a sentence."""

from __future__ import annotations

import base64
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import tiktoken

from tests.conftest import REPOSITORY
from tests.training.corpus.jobs import run_verb
from tests.training.refusals import Attempt
from tests.training.tokenizers.trained import LINES, trained
from training.errors import ExitCode
from training.folder.artifact import changed_files, load_manifest
from training.importing.tiktoken_ranks import _PATTERNS
from training.specs.import_tokenizer import RanksPattern
from training.tokenizers.load import load_tokenizer, named_tokens, vocabulary
from training.tokenizers.probe import TEXTS
from training.tokenizers.ranks import as_bytes

SHARED = REPOSITORY.parent / "shared" / "data"
GPT2 = _PATTERNS[RanksPattern.GPT2]
CL100K = _PATTERNS[RanksPattern.CL100K]
OWN = r"\p{L}+|\p{N}+|[^\s\p{L}\p{N}]+"


def ranks_of(folder: Path, **fields: Any) -> dict[bytes, int]:
    """Ranks as tiktoken has them, of a tokenizer trained on a few lines."""
    tokenizer = trained(folder, vocab_size=400, allow_smaller=True, **fields)
    pieces = tokenizer.get_vocab()
    tokens = sorted((one for one in pieces if one != "<|endoftext|>"), key=pieces.__getitem__)
    # tiktoken's files begin with the bytes; here 0 is the end of text.
    return {as_bytes(token) or b"": rank for rank, token in enumerate(tokens)}


def write_ranks(path: Path, ranks: dict[bytes, int]) -> Path:
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items()]
    path.write_text("".join(lines))
    return path


def imported(folder: Path, path: Path, **fields: Any) -> Path:
    return run_verb("import_tokenizer", folder / "job", path=str(path), **fields)


def real_lines() -> list[str]:
    """English, Chinese and other text of the shared data, in short lines."""
    if not SHARED.exists():
        pytest.skip("shared data is not here")
    english = (SHARED / "corpora" / "wiki_demo.txt").read_text()[:200_000]
    rows = json.loads((SHARED / "sft" / "alpaca_zh_demo.json").read_text())[:200]
    texts = [english[at : at + 400] for at in range(0, len(english), 400)]
    return [*texts, *(row["output"] for row in rows), *TEXTS, *LINES]


@pytest.mark.parametrize(
    ("pattern", "fields"),
    [
        ("gpt2", {"split_digits": False}),
        ("cl100k", {"pre_tokenizer": "cl100k"}),
        ("o200k", {"pre_tokenizer": "o200k"}),
    ],
)
def test_ranks_give_the_ids_of_tiktoken(tmp_path: Path, pattern: str, fields: Any) -> None:
    ranks = ranks_of(tmp_path / "tok", **fields)
    output = imported(
        tmp_path,
        write_ranks(tmp_path / "x.tiktoken", ranks),
        pattern=pattern,
        special_tokens=["<|endoftext|>", f"<|user|>={len(ranks) + 3}"],
    )
    theirs = tiktoken.Encoding(
        "x", pat_str=_PATTERNS[RanksPattern(pattern)], mergeable_ranks=ranks, special_tokens={}
    )
    ours = load_tokenizer(output)
    for line in real_lines():
        ids = ours.encode(line, add_special_tokens=False).ids
        assert ids == theirs.encode_ordinary(line)
        assert ours.decode(ids) == line
    assert ours.token_to_id("<|user|>") == len(ranks) + 3
    assert ours.id_to_token(len(ranks) + 1) == f"<|reserved_{len(ranks) + 1}|>"
    assert vocabulary(output, ours).size == len(ranks) + 4
    assert vocabulary(output, ours).eos_id == len(ranks)
    assert ours.encode("<|endoftext|>").ids == theirs.encode_ordinary("<|endoftext|>")
    assert load_manifest(output).counts["source"] == "tiktoken"
    assert changed_files(output) == []


def test_a_pattern_of_ones_own_leaves_out_what_it_does_not_match(tmp_path: Path) -> None:
    ranks = ranks_of(tmp_path / "tok")
    path = write_ranks(tmp_path / "x.tiktoken", ranks)
    ours = load_tokenizer(imported(tmp_path, path, pattern="own", regex=OWN))
    theirs = tiktoken.Encoding("x", pat_str=OWN, mergeable_ranks=ranks, special_tokens={})
    for line in LINES:
        assert ours.encode(line).ids == theirs.encode_ordinary(line)
    assert ours.decode(ours.encode("a b").ids) == "ab"


def test_a_rank_that_no_join_reaches_is_taken_whole(tmp_path: Path) -> None:
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"abcd": 256, b"cd": 257}
    path = write_ranks(tmp_path / "x.tiktoken", ranks)
    ours = load_tokenizer(imported(tmp_path, path, pattern="gpt2"))
    theirs = tiktoken.Encoding("x", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={})
    for text in ("abcd", "abcd abcde", "xabcd", "cdcd abcdabcd"):
        assert ours.encode(text).ids == theirs.encode_ordinary(text)


@pytest.mark.parametrize("name", ["llama-32k.model", "chinese-sp-20k.model"])
def test_real_sentencepiece_models_keep_their_ids(tmp_path: Path, name: str) -> None:
    lines = real_lines()
    source = SHARED / "tokenizers" / name
    output = imported(tmp_path, source)
    theirs = sentencepiece.SentencePieceProcessor(model_proto=source.read_bytes())
    ours = load_tokenizer(output)
    assert vocabulary(output, ours).size == theirs.get_piece_size()
    for line in lines:
        assert ours.encode(line, add_special_tokens=False).ids == theirs.encode(line)
    for text in ("</s> and <s>", "<unk>"):
        assert not {1, 2} & set(ours.encode(text, add_special_tokens=False).ids)
    named = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    assert named_tokens(output) == named


@pytest.mark.parametrize(
    "fields",
    [
        {"model_type": "unigram"},
        {"model_type": "unigram", "byte_fallback": True, "normalization_rule_name": "nfkc_cf"},
        {"model_type": "unigram", "user_defined_symbols": ["<a>", "(", "£"]},
        {"model_type": "bpe", "byte_fallback": True, "remove_extra_whitespaces": False},
        {"model_type": "bpe", "normalization_rule_name": "identity", "add_dummy_prefix": False},
    ],
    ids=str,
)
def test_sentencepiece_models_of_every_make_keep_their_ids(tmp_path: Path, fields: Any) -> None:
    source = tmp_path / "made.model"
    source.write_bytes(sentencepiece_model(real_lines()[:300], **fields))
    ours = load_tokenizer(imported(tmp_path, source))
    theirs = sentencepiece.SentencePieceProcessor(model_proto=source.read_bytes())
    for line in [*real_lines()[300:600], *TEXTS, "  x (a) <a> £5  "]:
        if "\u0100\u0300" in line:
            # tokenizers drops the accent of a letter that has no form with it (Precompiled).
            continue
        assert ours.encode(line, add_special_tokens=False).ids == theirs.encode(line)


def sentencepiece_model(texts: list[str], **fields: Any) -> bytes:
    written = io.BytesIO()
    lines = (line for text in texts for line in text.split("\n") if line.strip())
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=written, vocab_size=2_000, minloglevel=4, **fields
    )
    return written.getvalue()


def test_tokenizer_json_is_taken_over_with_the_roles_it_names(tmp_path: Path) -> None:
    ours = trained(tmp_path / "tok", kind="wordpiece", allow_smaller=True)
    data = json.loads((tmp_path / "tok" / "tokenizer.json").read_text())
    data["truncation"] = {
        "direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0,
    }  # fmt: skip
    (tmp_path / "tok" / "tokenizer.json").write_text(json.dumps(data))
    output = imported(tmp_path, tmp_path / "tok")
    again = load_tokenizer(output)
    for line in LINES:
        wanted = ours.encode(line, add_special_tokens=False).ids
        assert again.encode(line, add_special_tokens=False).ids == wanted
    assert named_tokens(output) == named_tokens(tmp_path / "tok")


def test_without_settings_roles_come_from_usual_names(tmp_path: Path) -> None:
    trained(tmp_path / "tok", kind="wordpiece", allow_smaller=True)
    output = imported(tmp_path, tmp_path / "tok" / "tokenizer.json")
    named = named_tokens(output)
    assert (named["eos_token"], named["mask_token"], named["pad_token"]) == (
        "[SEP]", "[MASK]", "[PAD]",
    )  # fmt: skip


def test_an_archive_is_opened_and_a_tokenizer_is_named_among_several(
    tmp_path: Path, attempt: Attempt
) -> None:
    ranks = write_ranks(tmp_path / "r.tiktoken", ranks_of(tmp_path / "tok"))
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.write(ranks, "a/r.tiktoken")
        archive.write(ranks, "b/r.tiktoken")
    asked = {"path": str(tmp_path / "both.zip"), "pattern": "gpt2"}
    said = attempt("import_tokenizer", asked, ExitCode.DATA)
    assert "There are 2 files of this kind: a/r.tiktoken, b/r.tiktoken" in said
    assert imported(tmp_path, tmp_path / "both.zip", pattern="gpt2", file="b/r.tiktoken").exists()


def _ranks(change: str) -> bytes:
    lines = [b"%s %d" % (base64.b64encode(bytes([byte])), byte) for byte in range(256)]
    lines += [b"YWI= 256", b"Y2Q= 257"]
    lines = {
        "twice": [*lines, b"ZWY= 257"],
        "again": [*lines, b"YWI= 258"],
        "hole": [*lines, b"ZWY= 260"],
        "bytes": lines[1:],
        "letters": [*lines[:40], b"not base 64!", *lines[40:]],
        "number": [*lines, b"ZWY= -1"],
        "huge": [*lines, b"ZWY= " + b"9" * 4_000],
        "long": [*lines, base64.b64encode(b"x" * 5_000) + b" 258"],
        "torn": [*lines[:-1], lines[-1][:3]],
        "whole": lines,
    }[change]
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("name", "data", "fields", "said"),
    [
        ("x.tiktoken", _ranks("twice"), {}, "line 259: the rank 257 is that of line 258 too"),
        ("x.tiktoken", _ranks("again"), {}, "line 259: the token is that of line 257 too"),
        ("x.tiktoken", _ranks("hole"), {}, "has no token of the rank 258 nor of 1 others"),
        ("x.tiktoken", _ranks("bytes"), {}, "lacks 1 of the 256 single bytes"),
        ("x.tiktoken", _ranks("letters"), {}, "line 41: 'not' is not base64"),
        ("x.tiktoken", _ranks("number"), {}, "line 259: '-1' is no rank"),
        ("x.tiktoken", _ranks("huge"), {}, "is no rank"),
        ("x.tiktoken", _ranks("long"), {}, "its token has 5,000 bytes"),
        ("x.tiktoken", _ranks("torn"), {}, "line 258: "),
        ("x.tiktoken", b"", {}, "is empty"),
        ("x.tiktoken", pickle.dumps({"a": 1}), {}, "pickled checkpoint under another name"),
        ("x.tiktoken", b"version https://git-lfs.github.com/spec/v1\n", {}, "Git LFS pointer"),
        ("x.tiktoken", b"\x00\xff" * 900, {}, "is not base64"),
        ("x.model", pickle.dumps({"a": 1}), {}, "pickled checkpoint under another name"),
        ("x.model", b"\xff" * 40, {}, "not a whole SentencePiece model"),
        ("tokenizer.json", b"{", {}, "not readable JSON"),
        ("tokenizer.json", b"[" * 100_000, {}, "not readable JSON"),
        ("tokenizer.json", b'{"model_type": "llama"}', {}, "is no tokenizer: it has no model"),
        ("tokenizer.json", b'{"model": {"type": "BPE", "vocab": 3}}', {}, "cannot be read"),
        ("weights.bin", pickle.dumps({"a": 1}), {}, "pickled checkpoints can run code"),
        ("notes.txt", b"hello", {}, "There is no tokenizer among the files: notes.txt"),
        ("x.tiktoken", _ranks("whole"), {"file": "y.json"}, "'y.json' is not among the files"),
    ],
)
def test_bad_files_are_refused_with_a_sentence(
    tmp_path: Path, attempt: Attempt, name: str, data: bytes, fields: Any, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    asked = {"path": str(tmp_path / name), "pattern": "gpt2", **fields}
    assert said in attempt("import_tokenizer", asked, ExitCode.DATA)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "pattern: x.tiktoken with its 258 ranks is of no model that is known"),
        ({"pattern": "own", "regex": "(("}, "regex: cannot be read"),
        ({"pattern": "own"}, "regex: is needed for the pattern own"),
        ({"pattern": "gpt2", "special_tokens": ["<|a|>=3"]}, "its id 3 is taken"),
        ({"pattern": "gpt2", "special_tokens": ["ab"]}, "is an ordinary token of the file"),
        ({"pattern": "gpt2", "special_tokens": ["<|a|>"]}, "end_of_text: is not named"),
        ({"pattern": "gpt2", "end_of_text": "</s>"}, "end_of_text: is no token of it"),
    ],
)
def test_choices_that_do_not_fit_are_refused_by_field(
    tmp_path: Path, attempt: Attempt, fields: Any, said: str
) -> None:
    (tmp_path / "x.tiktoken").write_bytes(_ranks("whole"))
    asked = {"path": str(tmp_path / "x.tiktoken"), **fields}
    assert said in attempt("import_tokenizer", asked, ExitCode.SPEC)


def test_a_model_of_words_and_one_of_other_ids_are_refused(
    tmp_path: Path, attempt: Attempt
) -> None:
    for number, (fields, said) in enumerate(
        (
            ({"model_type": "word"}, "is a model of words, which has no equal here"),
            ({"model_type": "bpe", "treat_whitespace_as_suffix": True}, "puts spaces behind"),
            (
                {"model_type": "bpe", "user_defined_symbols": ["two"]},
                "cannot be written with the same ids",
            ),
        )
    ):
        path = tmp_path / f"{number}.model"
        path.write_bytes(sentencepiece_model(real_lines()[:200], **fields))
        assert said in attempt("import_tokenizer", {"path": str(path)}, ExitCode.DATA)
