"""The websocket of a session: prompts in, pieces of text out. The web never computes.

From the page: {"type": "ask", "id", "model", "prompt" or "turns", "max_new_tokens", "temperature",
"top_p", "seed"} and {"type": "stop"}. To the page: {"type": "text", "id", "text"}, then
{"type": "done", "id", ...what it cost} or {"type": "failed", "id", "message"}. A second question
to the same model ends the first; so does a page that goes away.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from webapp.core.roles import Role
from webapp.jobs.models import Job
from webapp.playground.streaming import streamed
from webapp.runs.live.permitted import PermittedConsumer

#: A session serves one model or two.
_MODELS = (0, 1)
#: Fields of a question that go to the model as they are; it checks them.
_ASKED = {"model", "prompt", "turns", "max_new_tokens", "temperature", "top_p", "seed"}


class PlaygroundConsumer(PermittedConsumer):
    """`/ws/playground/<uuid>/`: for editors, since answers take the machine's time."""

    needs = Role.EDITOR
    #: A prompt of as many characters as the model takes, each of up to six bytes in JSON.
    max_incoming_bytes = 1_250_000

    def __init__(self) -> None:
        super().__init__()
        self._answering: dict[int, asyncio.Task[None]] = {}

    def opened(self, job: Job) -> None:
        """Nothing is sent before something is asked."""
        self._job = job

    async def answer(self, message: dict[str, Any]) -> None:
        """One message from the page."""
        if message["type"] == "ask":
            self._ask(int(message["id"]), {name: message[name] for name in _ASKED & message.keys()})
        elif message["type"] == "stop":
            self._stop()
        else:
            raise ValueError(f"unknown message type {message['type']!r}")

    def _ask(self, number: int, question: dict[str, Any]) -> None:
        model = question.get("model", 0)
        if model not in _MODELS:
            raise ValueError(f"there is no model {model!r}")
        before = self._answering.get(model)
        if before is not None:
            before.cancel()
        self._answering[model] = self.spawn(self._stream(number, question))

    def _stop(self) -> None:
        for task in self._answering.values():
            task.cancel()

    async def _stream(self, number: int, question: dict[str, Any]) -> None:
        lines = streamed(self._job.folder, question)
        try:
            async for line in lines:
                await self._tell(number, line)
        except (ConnectionError, FileNotFoundError):
            with translation.override(self.language):
                sentence = gettext("These models are not served any more. Start them again.")
            await self._say(type="failed", id=number, message=sentence)
        finally:
            await lines.aclose()  # type: ignore[attr-defined]

    async def _tell(self, number: int, line: dict[str, Any]) -> None:
        if "text" in line:
            await self._say(type="text", id=number, text=line["text"])
        elif line.get("ok"):
            cost = {name: value for name, value in line["result"].items() if name != "text"}
            await self._say(type="done", id=number, **cost)
        else:
            await self._say(type="failed", id=number, message=str(line.get("error", "")))

    async def _say(self, **message: Any) -> None:
        await self.send(json.dumps(message, ensure_ascii=False))
