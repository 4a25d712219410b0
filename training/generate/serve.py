"""The verb ``serve``: a model that stays loaded and answers over a Unix socket. First form.

``endpoint.json`` in the job folder names the socket and holds the token that every request must
carry: {"token", "call": "ping"} or {"token", "call": "complete", "prompt", "max_new_tokens",
"temperature", "top_p", "seed"}. The result has "text", "num_prompt_tokens", "num_cut_tokens" (of a
prompt longer than the context only the end is read), "num_new_tokens" and "seconds". One answer at
a time; whoever comes meanwhile waits. There is no batching and no streaming here.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.errors import DataError, TrainyardError
from training.events import EventKind
from training.folder.atomic import read_json, write_json
from training.folder.job import Job
from training.linesocket import Answer, LineServer, refusal
from training.specs.serve import ServeDevice, ServeSpec
from training.specs.train import LEAST_TEMPERATURE

SOCKET_NAME = "serve.sock"
MAX_PROMPT_CHARS = 200_000
_POLL_SECONDS = 0.5
_DEFAULT_CONTEXT = 2048


def run(spec: ServeSpec, job: Job) -> None:
    """Answer until asked to stop, or until nobody has asked for ``spec.idle_seconds``."""
    folder = job.input(spec.model, "model")
    job.phase("loading the model")
    service = Service(Completer(folder, spec), secrets.token_urlsafe(32))
    server = LineServer(job.folder.root / SOCKET_NAME, service.answer)
    try:
        # Last, so that whoever finds it can ask.
        endpoint = {"socket": SOCKET_NAME, "token": service.token}
        write_json(job.folder.endpoint, endpoint, mode=0o600)
        job.events.write(EventKind.STARTED)
        wanted = _wait(spec, job, service)
        how = EventKind.STOPPED if wanted else EventKind.FINISHED
        job.events.write(how, wanted=wanted, num_answers=service.num_answers)
    finally:
        job.folder.endpoint.unlink(missing_ok=True)
        server.close()


class Completer:
    """One model and its tokenizer."""

    def __init__(self, folder: Path, spec: ServeSpec) -> None:
        import torch

        from training.export.load import load_exported
        from training.tokenizers.load import load_tokenizer

        torch.set_num_threads(spec.num_threads)
        has_gpu = torch.cuda.is_available()
        is_gpu = spec.device == ServeDevice.CUDA or (spec.device == ServeDevice.AUTO and has_gpu)
        self._tokenizer = load_tokenizer(folder)
        self._model = load_exported(folder).to("cuda" if is_gpu else "cpu")
        self._context_length = _context_length(folder)
        self._eos_id = _eos_id(folder)
        self._max_new_tokens = spec.max_new_tokens

    def complete(self, request: dict[str, Any]) -> dict[str, Any]:
        """The continuation of ``prompt`` as text, with what it cost."""
        from training.generate.sampling import num_cut_tokens, sample_tokens

        prompt = request.get("prompt")
        if not isinstance(prompt, str) or len(prompt) > MAX_PROMPT_CHARS:
            raise DataError(f"prompt: a text of at most {MAX_PROMPT_CHARS:,} characters is needed.")
        ids = self._tokenizer.encode(prompt, add_special_tokens=False).ids
        started = time.monotonic()
        new_ids = list(
            sample_tokens(
                self._model,
                ids,
                max_new_tokens=int(_number(request, "max_new_tokens", 64, 1, self._max_new_tokens)),
                context_length=self._context_length,
                temperature=_temperature(request),
                top_p=_number(request, "top_p", 1.0, 0, 1),
                seed=int(_number(request, "seed", 0, 0, 2**31 - 1)),
                eos_id=self._eos_id,
            )
        )
        return {
            "text": self._tokenizer.decode(new_ids),
            "num_prompt_tokens": len(ids),
            "num_cut_tokens": num_cut_tokens(ids, self._context_length),
            "num_new_tokens": len(new_ids),
            "seconds": time.monotonic() - started,
        }


class Service:
    """Checks the token, then answers one question after the other."""

    def __init__(self, completer: Completer, token: str) -> None:
        self.token = token
        self.num_answers = 0
        self._completer = completer
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._num_open = 0
        self._idle_since = time.monotonic()

    def idle_seconds(self) -> float:
        """How long nobody has been waiting for an answer."""
        with self._counting:
            return 0.0 if self._num_open else time.monotonic() - self._idle_since

    def answer(self, request: dict[str, Any]) -> Answer:
        """For the socket; called from one thread per connection."""
        given = str(request.get("token", ""))
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return refusal("The token is missing or wrong.")
        with self._open():
            return self._answer(request)

    def _answer(self, request: dict[str, Any]) -> Answer:
        call = request.get("call")
        if call == "ping":
            return {"ok": True, "result": {"num_answers": self.num_answers}}
        if call != "complete":
            return refusal(f"There is no call {call!r}; accepted: ping, complete.")
        try:
            with self._turn:
                result = self._completer.complete(request)
                self.num_answers += 1
        except TrainyardError as error:
            return refusal(str(error))
        except Exception as error:  # noqa: BLE001 - the boundary of a socket
            return refusal(f"The model failed: {type(error).__name__}: {error}.")
        return {"ok": True, "result": result}

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


def _wait(spec: ServeSpec, job: Job, service: Service) -> str | None:
    """What was wanted; None when it has been idle for as long as the spec says."""
    while True:
        wanted = job.stop_wanted()
        if wanted:
            return wanted
        if spec.idle_seconds and service.idle_seconds() > spec.idle_seconds:
            return None
        time.sleep(_POLL_SECONDS)


def _number(request: dict[str, Any], name: str, default: float, least: float, most: float) -> float:
    """A number of the request within its bounds; DataError names the field."""
    value = request.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise DataError(f"{name}: got {value!r}; accepted: a number from {least} to {most}.")
    return value


def _temperature(request: dict[str, Any]) -> float:
    value = _number(request, "temperature", 0.8, 0, 5)
    if 0 < value < LEAST_TEMPERATURE:
        raise DataError(f"temperature: got {value!r}; accepted: 0, or {LEAST_TEMPERATURE} to 5.")
    return value


def _context_length(folder: Path) -> int:
    config = read_json(folder / "config.json") or {}
    for name in ("max_position_embeddings", "n_positions", "context_length"):
        if isinstance(config.get(name), int):
            return int(config[name])
    return _DEFAULT_CONTEXT


def _eos_id(folder: Path) -> int | None:
    value = (read_json(folder / "config.json") or {}).get("eos_token_id")
    return value if isinstance(value, int) else None
