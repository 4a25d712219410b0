"""Examples to ids, with a mask that says which tokens carry loss: answers and what ends them.

A text carries loss everywhere. Of a dialogue, a token carries loss when it overlaps an answer or
the end-of-turn token after it (with white space between them); where the template writes none
after the last answer, end-of-text is appended. A token that begins in the frame's white space and
ends in the answer (" yes") counts to the answer: it is what must be predicted.

The text is encoded whole, as ``apply_chat_template`` of transformers does. Therefore a row whose
own text holds a special token is refused: it would be read as a mark of the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.errors import DataError, Problem, SpecError
from training.registry import TEMPLATES
from training.specs.tasks import Shape
from training.tasks.rendering import ChatTemplate, Messages, RenderError
from training.tasks.shapes import STORED, Example
from training.tasks.templates import AUTO, CHATML, OF_TOKENIZER, PLAIN, Template
from training.tokenizers.load import (
    chat_template,
    load_tokenizer,
    named_tokens,
    special_tokens,
    vocabulary,
)

Ids = npt.NDArray[np.int64]
Loss = npt.NDArray[np.bool_]
Span = tuple[int, int]

_ENCODABLE = {Shape.TEXT, Shape.INSTRUCTION, Shape.CHAT}
_BATCH_EXAMPLES = 256


@dataclass(frozen=True)
class Encoded:
    """One example: its text, its ids [N], which of them carry loss [N], their places in the text.

    The place of a token that stands for no text is (0, 0).
    """

    text: str
    ids: Ids
    has_loss: Loss
    places: tuple[Span, ...]


class ExampleEncoder:
    """Encodes examples of one shape with one tokenizer and one template."""

    def __init__(self, folder: Path, template: str, shape: Shape) -> None:
        self.shape = STORED.get(shape, shape)
        require_encodable(shape)
        self.tokenizer: Any = load_tokenizer(folder)
        self.eos_id = vocabulary(folder, self.tokenizer).eos_id
        self._specials = special_tokens(self.tokenizer)
        self.template = _chosen(TEMPLATES[template].load(), folder, self._specials)
        named = named_tokens(folder)
        ends = [*self._specials, *filter(None, [named.get("eos_token")])]
        self._turn_end = re.compile(rf"\s*(?:{_alternatives(ends)})")
        self._special = re.compile(_alternatives(self._specials))
        self.chat = None if self.shape == Shape.TEXT else self._chat(folder, named)
        # Of texts the text of a special token is text; of dialogues the template writes them.
        self.tokenizer.encode_special_tokens = self.shape == Shape.TEXT

    def encode(self, examples: Sequence[Example]) -> Iterator[Encoded | str]:
        """Each example encoded, or why it cannot be, in order."""
        for start in range(0, len(examples), _BATCH_EXAMPLES):
            yield from self._encode(examples[start : start + _BATCH_EXAMPLES])

    def _encode(self, examples: Sequence[Example]) -> Iterator[Encoded | str]:
        written = [self._write(example) for example in examples]
        texts = [one[0] for one in written if not isinstance(one, str)]
        encodings = iter(self.tokenizer.encode_batch(texts, add_special_tokens=False))
        for one in written:
            yield one if isinstance(one, str) else self._with_loss(next(encodings), *one)

    def _write(self, example: Example) -> tuple[str, list[Span], bool] | str:
        """Text, spans with loss, and whether end-of-text is to be appended; or a refusal."""
        if self.chat is None:
            text = example["text"]
            return text, [(0, len(text))], True
        messages = as_messages(example, self.template)
        found = next(filter(None, (self._special.search(m["content"]) for m in messages)), None)
        if found:
            return f"its text holds the special token {found[0]}"
        if not any(message["role"] == "assistant" for message in messages):
            return "it holds no answer"
        try:
            rendered = self.chat.rendered(messages)
        except RenderError as error:
            return str(error)
        spans: list[Span] = []
        for begin, end in rendered.answers:
            mark = self._turn_end.match(rendered.text, end)
            spans.append((begin, mark.end() if mark else end))
        is_unended = messages[-1]["role"] == "assistant" and spans[-1] == rendered.answers[-1]
        return rendered.text, spans, is_unended

    def _with_loss(self, encoding: Any, text: str, spans: list[Span], appends_end: bool) -> Encoded:
        places = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        has_loss = _overlaps(places, spans)
        ids = np.array(encoding.ids, dtype=np.int64)
        if appends_end:
            ids = np.append(ids, self.eos_id)
            has_loss = np.append(has_loss, True)
            places = np.append(places, [[0, 0]], axis=0)
        return Encoded(text, ids, has_loss, tuple((begin, end) for begin, end in places.tolist()))

    def _chat(self, folder: Path, named: dict[str, str]) -> ChatTemplate:
        missing = [token for token in self.template.special_tokens if token not in self._specials]
        if missing:
            raise _missing(self.template.name, missing)
        if self.template.source:
            return ChatTemplate(self.template.source, {"bos_token": "", **self._ending(named)})
        source = chat_template(folder)
        if not source:
            message = "the tokenizer brings no chat template along"
            hint = "Choose another template."
            raise SpecError([Problem("examples.template", message, got="tokenizer", hint=hint)])
        return ChatTemplate(source, named)

    def _ending(self, named: dict[str, str]) -> dict[str, str]:
        return {"eos_token": str(self.tokenizer.id_to_token(self.eos_id)), **named}


def _chosen(template: Template, folder: Path, specials: Sequence[str]) -> Template:
    """The template itself; for auto the first one that this tokenizer can write."""
    if template is not AUTO:
        return template
    if chat_template(folder):
        return OF_TOKENIZER
    return CHATML if set(CHATML.special_tokens) <= set(specials) else PLAIN


def as_messages(example: Example, template: Template) -> Messages:
    """An instruction or a dialogue as turns."""
    if "messages" in example:
        turns: Messages = example["messages"]
        return turns
    asked = example["instruction"]
    if (example.get("input") or "").strip():
        asked += template.input_mark + example["input"]
    system = example.get("system") or ""
    before = [{"role": "system", "content": system}] if system.strip() else []
    return [
        *before,
        {"role": "user", "content": asked},
        {"role": "assistant", "content": example["output"]},
    ]


def require_encodable(shape: Shape) -> None:
    """DataError for shapes that no objective here learns from as tokens."""
    if STORED.get(shape, shape) not in _ENCODABLE:
        known = ", ".join(sorted(_ENCODABLE))
        raise DataError(
            f"A task set of the shape {shape} cannot be turned into tokens; accepted: {known}.",
            advice="It is kept as data for objectives to come.",
        )


def _overlaps(places: Ids, spans: list[Span]) -> Loss:
    """Which places [N, 2] share a character with one of the spans (ascending, apart)."""
    starts = np.array([begin for begin, _ in spans], dtype=np.int64)
    ends = np.array([end for _, end in spans], dtype=np.int64)
    first = np.searchsorted(ends, places[:, 0], side="right")
    begins = np.append(starts, np.iinfo(np.int64).max)[first]
    return (begins < places[:, 1]) & (places[:, 1] > places[:, 0])


def _alternatives(texts: Sequence[str]) -> str:
    """A pattern for any of the texts, longer ones first; one that matches nothing for none."""
    ordered = sorted(set(texts), key=len, reverse=True)
    return "|".join(re.escape(text) for text in ordered) or "(?!)"


def _missing(template: str, tokens: list[str]) -> SpecError:
    return SpecError(
        [
            Problem(
                "examples.template",
                f"needs special tokens that the tokenizer lacks: {', '.join(tokens)}",
                got=template,
                expected="a template whose tokens the tokenizer has",
                hint="Train a tokenizer with these under extra_special_tokens, or take plain or "
                "alpaca, which need none.",
                fix=(("examples.template", "plain"),),
            )
        ]
    )
