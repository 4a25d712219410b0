"""An encoder whose positions begin later reads each text as here, whatever its tokenizer pads with.

transformers' RoBERTa counts positions over all tokens but the padding token, which is the one
before the first position; in a tokenizer of one's own that id may be a word.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForMaskedLM

from tests.training.model.shapes import ENCODERS
from training.export.folder import export_model
from training.export.load import load_exported
from training.model.building import build_model

#: Every id from 0 up, so that a token of any id is passed over where one is.
TOKENS = torch.arange(24).reshape(2, 12)


def tokenizer_folder(folder: Path, **special: str) -> Path:
    """With words as pieces; ids are their places."""
    pieces = ["[PAD]", "<pad>", "</s>", *(f"w{n}" for n in range(20))]
    vocabulary = {piece: place for place, piece in enumerate(pieces)}
    added = [{"id": place, "content": pieces[place], "special": True} for place in range(3)]
    data = {
        "added_tokens": added,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[PAD]"},
    }
    folder.mkdir()
    (folder / "tokenizer.json").write_text(json.dumps(data))
    (folder / "tokenizer_config.json").write_text(json.dumps(special))
    return folder


@pytest.mark.parametrize(
    ("special", "architecture"),
    [
        ({"pad_token": "<pad>", "eos_token": "</s>"}, "RobertaForMaskedLM"),
        ({"pad_token": "[PAD]", "eos_token": "</s>"}, "BertForMaskedLM"),
        ({"eos_token": "</s>"}, "BertForMaskedLM"),
        ({"pad_token": "<pad>", "eos_token": "<pad>"}, "BertForMaskedLM"),
    ],
)
def test_transformers_reads_texts_at_the_positions_of_the_model(
    tmp_path: Path, special: dict[str, str], architecture: str
) -> None:
    model = build_model(ENCODERS["RoBERTa"].resolve(), seed=3).eval()
    folder = tokenizer_folder(tmp_path / "tokenizer", **special)
    info = export_model(model, folder, tmp_path / "out")
    assert (info.architecture, info.is_native) == (architecture, True)
    theirs = AutoModelForMaskedLM.from_pretrained(info.path, local_files_only=True).eval()
    # A real RoBERTa does pass over its padding token.
    tokens = TOKENS[1:] if architecture.startswith("Roberta") else TOKENS
    with torch.no_grad():
        expected = model(tokens).logits
        torch.testing.assert_close(theirs(tokens).logits, expected, atol=1e-4, rtol=1e-4)
        again = load_exported(info.path)(tokens).logits
    torch.testing.assert_close(again, expected, atol=1e-4, rtol=1e-4)
