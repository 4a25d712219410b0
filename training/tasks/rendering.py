"""Turns to text by a chat template in sandboxed Jinja, and which characters are answers.

The environment is that of ``apply_chat_template`` of transformers 5 (immutable sandbox, trimmed
blocks, ``break`` and ``continue``, ``raise_exception``, ``strftime_now``, ``tojson``), without
importing it. ``{% generation %}`` marks are accepted and mean nothing here.

Answers are found for any template, without asking how it works: it is rendered a second time with
an unmistakable mark in place of each answer. What stands between the marks is the frame; the real
text must be the frame with the answers (as they are, or trimmed) in between, else the template
does something else to them, and the row is refused rather than guessed at.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox

from training.errors import Problem, SpecError

Messages = Sequence[dict[str, str]]


class RenderError(ValueError):
    """Why a dialogue cannot be written with a template, as the end of a sentence."""


@dataclass(frozen=True)
class Rendered:
    """A dialogue as text, and the answers in it: characters [start, end), in order."""

    text: str
    answers: tuple[tuple[int, int], ...]


class ChatTemplate:
    """A compiled template with the special tokens that it may write."""

    def __init__(self, source: str, tokens: dict[str, str]) -> None:
        self.source = source
        self._tokens = tokens
        try:
            self._template = _environment().from_string(source)
        except jinja2.TemplateError as error:
            message = f"the chat template is no valid Jinja: {error}"
            raise SpecError([Problem("examples.template", message)]) from error

    def text(self, messages: Messages, *, add_generation_prompt: bool = False) -> str:
        """The dialogue as text; RenderError says why the template refuses it."""
        try:
            return self._template.render(
                messages=messages,
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                **self._tokens,
            )
        except (jinja2.TemplateError, TypeError, ValueError, OverflowError) as error:
            raise RenderError(f"the template refuses it: {str(error)[:200]}") from error

    def rendered(self, messages: Messages) -> Rendered:
        """The dialogue with its answers found; RenderError when they cannot be."""
        text = self.text(messages)
        places = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
        if not places:
            return Rendered(text, ())
        marked = [dict(message) for message in messages]
        marks = [_mark(number) for number in range(len(places))]
        for place, mark in zip(places, marks, strict=True):
            marked[place]["content"] = mark
        frame = _frame(self.text(marked), marks)
        said = [messages[place]["content"] for place in places]
        return Rendered(text, tuple(_match(text, frame, said)))


def _mark(number: int) -> str:
    """Text of private characters, which no template writes and no trimming shortens."""
    return f"\ue000{number}\ue001"


def _frame(text: str, marks: list[str]) -> list[str]:
    """What stands before, between and after the marks."""
    pieces = []
    for mark in marks:
        before, found, text = text.partition(mark)
        if not found or mark in text:
            raise RenderError("the template leaves out or repeats an answer")
        pieces.append(before)
    return [*pieces, text]


def _match(text: str, frame: list[str], said: list[str]) -> list[tuple[int, int]]:
    """Where the answers stand when text = frame[0] answer frame[1] answer ... frame[-1]."""
    spans: list[tuple[int, int]] = []
    if not text.startswith(frame[0]):
        raise RenderError("the template writes the turns before an answer by what it says")
    at = len(frame[0])
    for number, answer in enumerate(said):
        after = frame[number + 1]
        is_last = number == len(said) - 1
        for form in (answer, answer.strip(), answer.rstrip(), answer.lstrip()):
            end = at + len(form)
            fits = text.startswith(form + after, at)
            if fits and (not is_last or end + len(after) == len(text)):
                break
        else:
            raise RenderError("the template changes the text of an answer")
        spans.append((at, end))
        at = end + len(after)
    return spans


class _GenerationMarks(jinja2.ext.Extension):
    """Accepts ``{% generation %} ... {% endgeneration %}`` and writes what is inside."""

    tags = {"generation"}

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        """The body as it is."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller: jinja2.runtime.Macro) -> str:
        return str(caller())


def _raise_exception(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)


@functools.cache
def _environment() -> jinja2.sandbox.ImmutableSandboxedEnvironment:
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_GenerationMarks, jinja2.ext.loopcontrols],
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    return environment
