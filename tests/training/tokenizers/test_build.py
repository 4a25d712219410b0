"""A trained tokenizer writes every text, the same way each time, and transformers reads it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.tokenizers.trained import LINES, trained
from training.errors import SpecError
from training.specs.tokenizer import TokenizerSpec
from training.specs.tokenizer_parts import END_OF_TEXT


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("tokenizer"))


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_every_text_comes_back(small, text):
    assert small.decode(small.encode(text).ids) == text


def test_end_of_text_is_id_0_and_further_special_tokens_follow(tmp_path):
    tokenizer = trained(tmp_path, extra_special_tokens=["<|user|>", "<|pad|>"])
    assert [tokenizer.token_to_id(t) for t in (END_OF_TEXT, "<|user|>", "<|pad|>")] == [0, 1, 2]
    assert tokenizer.get_vocab_size() == 320


def test_the_name_of_a_special_token_in_a_document_is_text(small):
    ids = small.encode(f"a{END_OF_TEXT}b", add_special_tokens=False).ids
    assert 0 not in ids
    assert small.decode(ids) == f"a{END_OF_TEXT}b"


def test_digits_are_split_unless_told_otherwise(tmp_path):
    text = ["in 2024 and 2024 and 2024"] * 9
    options = {"vocab_size": 270, "allow_smaller": True}
    assert "2024" not in trained(tmp_path / "split", text, **options).get_vocab()
    whole = trained(tmp_path / "whole", text, split_digits=False, **options)
    assert any("202" in piece for piece in whole.get_vocab())


def test_257_pieces_are_end_of_text_and_the_bytes(tmp_path):
    tokenizer = trained(tmp_path, vocab_size=257)
    assert tokenizer.get_vocab_size() == 257
    for text in ("plain", "Ä猫\x00\n"):
        assert len(tokenizer.encode(text).ids) == len(text.encode())


def test_a_vocabulary_beyond_the_corpus_names_the_largest_possible(tmp_path):
    with pytest.raises(SpecError) as caught:
        trained(tmp_path, ["abab abab"], vocab_size=10_000)
    (problem,) = caught.value.problems
    assert problem.field == "vocab_size"
    assert problem.got == "10,000"
    largest = dict(problem.fix)["vocab_size"]
    assert problem.expected == f"at most {largest:,}"
    # The size named does work, and one more does not.
    assert trained(tmp_path, ["abab abab"], vocab_size=largest).get_vocab_size() == largest
    with pytest.raises(SpecError):
        trained(tmp_path, ["abab abab"], vocab_size=largest + 1)


def test_a_smaller_vocabulary_is_taken_when_allowed(tmp_path):
    tokenizer = trained(tmp_path, ["abab abab"], vocab_size=10_000, allow_smaller=True)
    assert 257 < tokenizer.get_vocab_size() < 270


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"vocab_size": 256}, "vocab_size"),
        ({"vocab_size": 257, "extra_special_tokens": ["<|a|>"]}, "vocab_size"),
        ({"extra_special_tokens": ["<|a|>", "<|a|>"]}, "extra_special_tokens.1"),
        ({"extra_special_tokens": [END_OF_TEXT]}, "extra_special_tokens.0"),
        ({"extra_special_tokens": [" "]}, "extra_special_tokens.0"),
    ],
)
def test_impossible_choices_are_refused_by_field(fields, field):
    with pytest.raises(SpecError) as caught:
        TokenizerSpec.parse({"corpus": "x", **fields})
    assert [problem.field for problem in caught.value.problems] == [field]


def test_the_same_texts_give_the_same_file_in_any_process_with_any_threads(tmp_path):
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.training.tokenizers.trained import trained\n"
        "trained(Path(sys.argv[1]))\n"
    )
    for name, threads in (("one", "1"), ("two", "2")):
        environment = os.environ | {"RAYON_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / name)], check=True, env=environment
        )
    files = [(tmp_path / name / "tokenizer.json").read_bytes() for name in ("one", "two")]
    assert files[0] == files[1]


def test_transformers_reads_the_folder_from_disk(tmp_path):
    import transformers

    ours = trained(tmp_path, extra_special_tokens=["<|user|>"])
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert theirs.eos_token_id == 0
    assert len(theirs) == 320
    for line in LINES:
        assert theirs(line).input_ids == ours.encode(line).ids
        assert theirs.decode(theirs(line).input_ids) == line


def test_very_long_lines_and_texts_can_be_learnt_from(tmp_path):
    text = "\n".join(["one two three four five six"] * 9_000)
    assert trained(tmp_path, [text], vocab_size=270).get_vocab_size() == 270
