"""Folders that hold no usable tokenizer are refused with a sentence."""

from __future__ import annotations

import json

import pytest

from tests.training.tokenizers.trained import trained
from training.errors import DataError
from training.tokenizers.load import load_tokenizer, vocabulary


def test_a_folder_without_a_tokenizer_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"holds no tokenizer.json"):
        load_tokenizer(tmp_path)


def test_a_torn_tokenizer_is_refused(tmp_path):
    trained(tmp_path)
    file = tmp_path / "tokenizer.json"
    file.write_text(file.read_text()[:1_000])
    with pytest.raises(DataError, match=r"tokenizer.json cannot be read"):
        load_tokenizer(tmp_path)


def test_size_and_end_of_text_are_told(tmp_path):
    tokenizer = trained(tmp_path)
    assert (vocabulary(tmp_path, tokenizer).size, vocabulary(tmp_path, tokenizer).eos_id) == (
        320,
        0,
    )


def test_a_tokenizer_without_end_of_text_is_refused(tmp_path):
    tokenizer = trained(tmp_path)
    config = tmp_path / "tokenizer_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "eos_token": "</s>"}))
    with pytest.raises(DataError, match=r"has no end-of-text token '</s>'"):
        vocabulary(tmp_path, tokenizer)
