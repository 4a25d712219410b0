"""LLaMA's own tokenizer.model becomes a tokenizer.json of the same ids; others are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.training.importing.bases import write_base
from tests.training.refusals import Attempt
from training.errors import DataError, ExitCode
from training.importing.sentencepiece import read_sentencepiece
from training.importing.sentencepiece_tokenizer import build_sentencepiece, merges_of_scores

FOLDER = REPOSITORY.parent / "shared" / "data" / "tokenizers"
LLAMA = FOLDER / "llama-32k.model"
#: What sentencepiece 0.2.3 gives for them.
IDS = {
    "Hello world": [15043, 3186],
    " two  spaces": [29871, 1023, 29871, 8162],
    "naïve 你好 🎉": [1055, 30085, 345, 29871, 30919, 31076, 29871, 243, 162, 145, 140],
    "a\tb\n12": [263, 12, 29890, 13, 29896, 29906],
}


@pytest.mark.skipif(not LLAMA.exists(), reason="shared data is not here")
def test_ids_are_those_of_sentencepiece() -> None:
    tokenizer = build_sentencepiece(read_sentencepiece(LLAMA.read_bytes()), "it")
    for text, ids in IDS.items():
        assert tokenizer.encode(text, add_special_tokens=False).ids == ids
        assert tokenizer.decode(ids) == text
    assert tokenizer.token_to_id("</s>") == 2
    assert tokenizer.encode("</s>").ids == [2]


@pytest.mark.skipif(not LLAMA.exists(), reason="shared data is not here")
def test_a_model_of_another_base_is_refused(tmp_path: Path, attempt: Attempt) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.model").write_bytes(LLAMA.read_bytes())
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert "ids go up to 31,999, and the base has rows for 260" in said
    (folder / "tokenizer.model").write_bytes((FOLDER / "chinese-sp-20k.model").read_bytes())
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert "ids go up to 19,999, and the base has rows for 260" in said


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, b"\x0a\x7f", b"\x0a\x02\x0a\x09", b"no model"])
def test_bytes_that_are_no_model_are_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="not a whole SentencePiece model"):
        read_sentencepiece(data)


def test_merges_come_by_score() -> None:
    pieces, scores = ["a", "b", "c", "ab", "abc", "bc"], [0.0, 0.0, 0.0, -2.0, -3.0, -1.0]
    assert merges_of_scores(pieces, scores) == [("b", "c"), ("a", "b"), ("a", "bc"), ("ab", "c")]
