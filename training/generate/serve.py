"""The verb ``serve``: one model or two that stay loaded and answer over a Unix socket.

``endpoint.json`` in the job folder names the socket, holds the token that every request must carry
and says which models can chat. A request is {"token", "call", ...}; ``call`` is

* "ping": the names of the models and the number of answers so far;
* "complete": {"prompt", "max_new_tokens", "temperature", "top_p", "seed", "model"}, one line with
  the whole answer (see ``Completer.pieces``); ``model`` is 0, or 1 for the second one;
* "stream": the same, but lines {"text"} as they come and {"result"} at last. It ends when the asker
  closes the connection.

Each model gives one answer at a time; whoever comes meanwhile waits. There is no batching here.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.errors import DataError, TrainyardError
from training.events import EventKind
from training.folder.atomic import write_json
from training.folder.job import Job
from training.generate.question import Question
from training.linesocket import Answer, Answers, LineServer, refusal
from training.specs.serve import ServeSpec

if TYPE_CHECKING:
    from training.generate.completer import Completer

SOCKET_NAME = "serve.sock"
_POLL_SECONDS = 0.5
_CALLS = ("ping", "complete", "stream")


def run(spec: ServeSpec, job: Job) -> None:
    """Answer until asked to stop, or until nobody has asked for ``spec.idle_seconds``."""
    folders = [_folder(job, named) for named in (spec.model, spec.second_model) if named]
    job.phase("loading the model")
    service = Service(_load(folders, spec), secrets.token_urlsafe(32), spec.max_new_tokens)
    server = LineServer(job.folder.root / SOCKET_NAME, service.answer)
    try:
        # Last, so that whoever finds it can ask.
        write_json(job.folder.endpoint, service.endpoint(SOCKET_NAME), mode=0o600)
        job.events.write(EventKind.STARTED)
        wanted = _wait(spec, job, service)
        how = EventKind.STOPPED if wanted else EventKind.FINISHED
        job.events.write(how, wanted=wanted, num_answers=service.num_answers)
    finally:
        job.folder.endpoint.unlink(missing_ok=True)
        server.close()


class Service:
    """Checks the token, then answers one question after the other."""

    def __init__(self, completers: Sequence[Completer], token: str, most_new_tokens: int) -> None:
        self.token = token
        self.num_answers = 0
        self._models = [(completer, threading.Lock()) for completer in completers]
        self._most_new_tokens = most_new_tokens
        self._counting = threading.Lock()
        self._num_open = 0
        self._idle_since = time.monotonic()

    def endpoint(self, socket: str) -> dict[str, Any]:
        """What ``endpoint.json`` says: where to ask, the token, and what each model can do."""
        models = [{"has_chat": completer.has_chat} for completer, _ in self._models]
        return {"socket": socket, "token": self.token, "models": models}

    def idle_seconds(self) -> float:
        """How long nobody has been waiting for an answer."""
        with self._counting:
            return 0.0 if self._num_open else time.monotonic() - self._idle_since

    def answer(self, request: dict[str, Any]) -> Answers:
        """For the socket; called from one thread per connection."""
        given = str(request.get("token", ""))
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return refusal("The token is missing or wrong.")
        call = request.get("call")
        if call == "ping":
            return _result({"num_answers": self.num_answers, "num_models": len(self._models)})
        if call not in _CALLS:
            return refusal(f"There is no call {call!r}; accepted: {', '.join(_CALLS)}.")
        lines = self._lines(request)
        if call == "stream":
            return lines
        *_, last = lines
        return last

    def _lines(self, request: dict[str, Any]) -> Iterator[Answer]:
        """{"ok", "text"} for each piece, then {"ok", "result"}; or one refusal."""
        with self._open():
            try:
                number, question = self._number(request), self._question(request)
                completer, turn = self._models[number]
                with turn:
                    for piece in completer.pieces(question):
                        if isinstance(piece, str):
                            yield {"ok": True, "text": piece}
                        else:
                            self._count()
                            yield _result(piece)
            except TrainyardError as error:
                yield refusal(str(error))
            except Exception as error:  # noqa: BLE001 - the boundary of a socket
                yield refusal(f"The model failed: {type(error).__name__}: {error}.")

    def _question(self, request: dict[str, Any]) -> Question:
        return Question.of(request, most_new_tokens=self._most_new_tokens)

    def _number(self, request: dict[str, Any]) -> int:
        number = request.get("model", 0)
        if number not in range(len(self._models)) or isinstance(number, bool | float):
            raise DataError(f"model: got {number!r}; accepted: 0 to {len(self._models) - 1}.")
        return int(number)

    def _count(self) -> None:
        with self._counting:
            self.num_answers += 1

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        """Somebody waits for an answer, however long it takes."""
        with self._counting:
            self._num_open += 1
        try:
            yield
        finally:
            with self._counting:
                self._num_open -= 1
                self._idle_since = time.monotonic()


def _result(result: dict[str, Any]) -> Answer:
    return {"ok": True, "result": result}


def _load(folders: Sequence[Path], spec: ServeSpec) -> list[Completer]:
    from training.generate.completer import Completer

    return [Completer(folder, spec) for folder in folders]


def _folder(job: Job, named: str) -> Path:
    """A checkpoint of a run as it is, or else a model artifact."""
    folder = Path(os.path.realpath(job.folder.root / named))
    return folder if (folder / "state.json").is_file() else job.input(named, "model")


def _wait(spec: ServeSpec, job: Job, service: Service) -> str | None:
    """What was wanted; None when it has been idle for as long as the spec says."""
    while True:
        wanted = job.stop_wanted()
        if wanted:
            return wanted
        if spec.idle_seconds and service.idle_seconds() > spec.idle_seconds:
            return None
        time.sleep(_POLL_SECONDS)
