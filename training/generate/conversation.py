"""Turns of a conversation as a prompt: the chat template that the model was taught with.

The template stands with the tokenizer (a token store passes it on to the model that is trained on
it). The prompt is encoded as ``apply_chat_template`` of transformers does; what people type may
therefore not hold a special token, which would be read as a mark of the template.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.errors import DataError
from training.generate.question import Turn
from training.tasks.rendering import ChatTemplate, RenderError
from training.tokenizers.load import chat_template, load_tokenizer, named_tokens, special_tokens

_PROBE = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]


class Conversation:
    """Writes turns as token ids, and knows which tokens end an answer."""

    def __init__(self, tokenizer_folder: Path) -> None:
        self._tokenizer = load_tokenizer(tokenizer_folder)
        self._tokenizer.encode_special_tokens = False
        self._specials = special_tokens(self._tokenizer)
        named = named_tokens(tokenizer_folder)
        source = chat_template(tokenizer_folder)
        self._template = ChatTemplate(source, {"bos_token": "", "eos_token": "", **named})
        self.end_ids = self._ends()

    def ids(self, turns: Sequence[Turn]) -> list[int]:
        """The turns and the beginning of an answer; DataError when they cannot be written."""
        for number, turn in enumerate(turns):
            found = next((mark for mark in self._specials if mark in turn.content), None)
            if found:
                raise DataError(
                    f"turns.{number}.content: the text {found!r} is a mark of the model's chat "
                    "template; leave it out."
                )
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        try:
            text = self._template.text(messages, add_generation_prompt=True)
        except RenderError as error:
            raise DataError(f"turns: {error}.") from error
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _ends(self) -> frozenset[int]:
        """The special token that the template writes behind an answer, if it does."""
        try:
            rendered = self._template.rendered(_PROBE)
        except RenderError:
            return frozenset()
        behind = rendered.text[rendered.answers[-1][1] :].lstrip()
        marks = [mark for mark in self._specials if behind.startswith(mark)]
        ids = (self._tokenizer.token_to_id(mark) for mark in marks)
        return frozenset(index for index in ids if index is not None)
