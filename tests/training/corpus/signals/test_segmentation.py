"""Chinese cut into words by rjieba: the same words as its own, everything else as ever."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import rjieba
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.corpus.jobs import events_of, extract_texts, run_verb
from tests.training.corpus.signals import oracle
from tests.training.corpus.signals.test_kernels import TEXTS
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.segmentation import han_table
from training.corpus.signals.table import SignalTable
from training.registry import SIGNALS
from training.specs.signals import Segmentation

CHINESE = st.text("我们的猫在这里它不是狗南京市长江大桥，。 a1々ひ\n", max_size=40)


def is_han(character: str) -> bool:
    return ord(character) < len(han_table()) and bool(han_table()[ord(character)])


def words(text: str) -> list[str]:
    """Runs of Chinese by the dictionary, what is between them as ever."""
    marked = "".join(f"{c}" if is_han(c) else f"\0{c}\0" for c in text)
    found: list[str] = []
    for piece in re.split(r"(\0.\0(?:\0.\0)*)", marked, flags=re.DOTALL):
        if piece.startswith("\0"):
            found += oracle.words(piece[1::3])
        else:
            found += rjieba.cut(piece) if piece else []
    return found


def test_words_of_chinese_are_those_of_the_dictionary() -> None:
    batch = TextBatch(
        TextBatch.of(["我们的GPT模型在南京市长江大桥 12。"]).texts, Segmentation.RJIEBA
    )
    cut = ["我们", "的", "gpt", "模型", "在", "南京市", "长江大桥", "12"]
    assert batch.words.sizes.tolist() == [len(word) for word in cut]
    assert batch.words.hashes.tolist() == hashes_of(cut)
    assert SIGNALS["word_count"].load()(batch).tolist() == [8]


def hashes_of(cut: list[str]) -> list[int]:
    """Chains of a word's characters, whatever its script."""
    from training.corpus.signals.kernels import FNV_PRIME, FNV_START, mix

    found = []
    with np.errstate(over="ignore"):
        for word in cut:
            state = FNV_START
            for character in word:
                state = (state ^ np.uint64(ord(character))) * FNV_PRIME
            found.append(int(mix(state)))
    return found


@settings(max_examples=150, deadline=None)
@given(texts=st.one_of(TEXTS, st.lists(CHINESE, max_size=4)))
def test_any_text_is_cut_as_by_hand(texts: list[str]) -> None:
    batch = TextBatch(TextBatch.of(texts).texts, Segmentation.RJIEBA)
    cut = [words(text) for text in texts]
    assert np.diff(batch.words.offsets).tolist() == [len(found) for found in cut]
    assert batch.words.sizes.tolist() == [len(word) for found in cut for word in found]


def test_another_choice_computes_the_signals_anew(tmp_path: Path) -> None:
    texts = ["我们的猫在这里，它不是狗。", "南京市长江大桥"]
    documents = str(extract_texts(tmp_path, texts))
    chosen = {"documents": documents, "preset": "off"}
    first = run_verb("clean", tmp_path / "first", **chosen)
    same = {"segmentation": "rjieba", "signals": str(first)}
    second = run_verb("clean", tmp_path / "second", **chosen, **same)
    assert "other documents or words" in events_of(tmp_path / "second", "warning")[0]["message"]
    third = run_verb("clean", tmp_path / "third", **chosen, **{**same, "signals": str(second)})
    assert events_of(tmp_path / "third", "warning") == []
    counts = [SignalTable.read(at).values["word_count"].tolist() for at in (first, second, third)]
    assert counts == [[11, 7], [8, 2], [8, 2]]
    assert json.loads((third / "corpus.json").read_text())["segmentation"] == "rjieba"
