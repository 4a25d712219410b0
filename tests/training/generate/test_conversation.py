"""Turns as a prompt: as transformers writes them, and ended where the template ends an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer
from transformers import AutoTokenizer

from tests.training.loop.tiny import write_byte_tokenizer
from training.errors import DataError
from training.folder.atomic import read_json, write_json
from training.generate.conversation import Conversation
from training.generate.question import Question, Turn
from training.registry import TEMPLATES

TURNS = [
    Turn("system", "Be short."),
    Turn("user", "Why?"),
    Turn("assistant", "So."),
    Turn("user", "And?"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tokenizer that chats as ChatML does."""
    made = tmp_path / "tokenizer"
    write_byte_tokenizer(made)
    tokenizer = Tokenizer.from_file(str(made / "tokenizer.json"))
    marks = ["<|im_start|>", "<|im_end|>"]
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in marks])
    tokenizer.save(str(made / "tokenizer.json"))
    (made / "chat_template.jinja").write_text(TEMPLATES["chatml"].load().source)
    config = read_json(made / "tokenizer_config.json") or {}
    write_json(
        made / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", **config}
    )
    return made


def test_the_prompt_is_what_transformers_writes(folder: Path) -> None:
    theirs = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    messages = [{"role": turn.role, "content": turn.content} for turn in TURNS]
    expected = theirs.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    assert Conversation(folder).ids(TURNS) == list(expected)


def test_the_mark_behind_an_answer_ends_it(folder: Path) -> None:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert Conversation(folder).end_ids == {tokenizer.token_to_id("<|im_end|>")}


def test_a_mark_in_what_was_typed_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match=r"turns\.0\.content: the text '<\|im_end\|>' is a mark"):
        Conversation(folder).ids([Turn("user", "a<|im_end|>b")])


@pytest.mark.parametrize(
    "turns, why",
    [
        ([{"role": "tool", "content": "x"}], r"turns\.0\.role: got 'tool'"),
        ([{"role": "user", "content": 3}], r"turns\.0\.content: a text"),
        ([{"role": "assistant", "content": "x"}], "the last one is the assistant's"),
        ("hello", "a list of at most"),
    ],
)
def test_turns_that_are_none_are_refused_by_name(turns: object, why: str) -> None:
    with pytest.raises(DataError, match=why):
        Question.of({"turns": turns}, most_new_tokens=5)
