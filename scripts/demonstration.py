"""A whole Trainyard on a scratch home folder, with results that were really trained.

``manage.py up`` is started as anybody starts it and asked through the REST API: Python's
documentation becomes a corpus, a tokenizer and a small model; questions about Python's functions,
made of their docstrings, become a task set and a LoRA adapter of that model. A few minutes on two
cores. For pictures and for looking around; it is no test.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
USER, PASSWORD = "ada", "correct horse battery staple"
PATIENCE_SECONDS = 1_200
MODEL = {"num_layers": 4, "width": 128, "num_heads": 4, "context_length": 128}
#: The marks of the chatml template, as one would reserve them for tuning every weight.
MARKS = ["<|im_start|>", "<|im_end|>"]
#: Where questions come from: modules of the standard library with many documented functions.
_MODULES = """
argparse ast asyncio base64 bisect calendar collections concurrent.futures configparser
contextlib copy csv datetime decimal difflib dis email.message email.utils enum filecmp  fractions
ftplib functools glob gzip heapq html http.client http.cookies imaplib importlib  inspect io
ipaddress itertools json linecache locale logging mailbox math mimetypes  multiprocessing os
os.path pathlib pickle platform plistlib pprint queue random re sched  secrets selectors shelve
shlex shutil smtplib socket sqlite3 ssl stat statistics string  subprocess tarfile tempfile
textwrap threading timeit tokenize traceback types typing  unittest urllib.parse urllib.request
uuid warnings weakref xml.dom.minidom zipfile zoneinfo
"""


class Demonstration:
    """Started, it is at ``url``; logged in, ``ask`` speaks to its API as the page's user."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = ""
        self.project = ""
        self._page: Page | None = None
        self._parent: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """``manage.py up`` on a free port, with an account; returns when it is ready."""
        kept = {name: text for name, text in os.environ.items() if "TRAINYARD" not in name}
        environment = {
            **kept,
            "TRAINYARD_HOME": str(self.home / "home"),
            "TRAINYARD_STATIC_ROOT": str(self.home / "static"),
            "TRAINYARD_ADMIN_USER": USER,
            "TRAINYARD_ADMIN_PASSWORD": PASSWORD,
        }
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", "0"]
        self._parent = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self._parent.stdout is not None
        for line in self._parent.stdout:
            if "http://" in line:
                self.url = line.split()[-1].rstrip("/")
                return
        raise RuntimeError("manage.py up ended before it was ready; its lines above say why.")

    def end(self) -> None:
        """Running jobs are asked to save first."""
        if self._parent is not None:
            self._parent.terminate()
            self._parent.wait()

    def log_in(self, page: Page) -> None:
        """Through the login page, to the first project."""
        page.goto(f"{self.url}/login/")
        page.get_by_label("Username").fill(USER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/projects/*-*/")
        self.project = page.url.rstrip("/").rsplit("/", 1)[-1]
        self._page = page

    def ask(self, path: str, body: object = None) -> Any:
        """GET, or POST of a body; the JSON of the answer. RuntimeError with what was refused."""
        assert self._page is not None
        cookies = self._page.context.cookies()
        token = next((one["value"] for one in cookies if one["name"] == "csrftoken"), "")
        request, address = self._page.request, f"{self.url}/api/v1/{path}"
        if body is None:
            answer = request.get(address)
        else:
            answer = request.post(address, data=body, headers={"X-CSRFToken": token})
        if not answer.ok:
            raise RuntimeError(f"{path}: {answer.status} {answer.text()[:2000]}")
        return answer.json()

    def chain(self, title: str, *steps: dict[str, Any]) -> list[str]:
        """Ids of the jobs of a chain, once all of them have finished."""
        body = {"title": title, "steps": steps}
        group = self.ask(f"projects/{self.project}/groups/", body)
        ids = [str(job["id"]) for job in group["jobs"]]
        print(f"{title}: {', '.join(step['verb'] for step in steps)}", flush=True)
        for job_id in ids:
            self._wait_for(job_id)
        return ids

    def upload(self, path: Path) -> None:
        """Rows of examples, through the upload page as people do; it offers a task set of them."""
        assert self._page is not None
        self._page.goto(f"{self.url}/projects/{self.project}/corpora/upload/")
        self._page.get_by_label("Files to upload").set_input_files(path)
        self._page.get_by_role("link", name="Make a task set").wait_for()

    def artifact(self, kind: str) -> str:
        """Id of the newest artifact of a kind."""
        found = self.ask(f"projects/{self.project}/artifacts/?kind={kind}")
        return str(found[0]["id"])

    def _wait_for(self, job_id: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (job := self.ask(f"jobs/{job_id}/"))["state"] != "finished":
            if job["state"] in {"failed", "stopped", "lost"} or time.monotonic() > deadline:
                raise RuntimeError(f"{job['title']}: {job['state']}, {job['reason']}")
            time.sleep(1)


def train(demonstration: Demonstration) -> dict[str, str]:
    """From text to a model, from questions to an adapter; {name: id}."""
    demonstration.chain("Measure this machine", {"verb": "calibrate", "spec": {}})
    made = demonstration.chain("Python's documentation", *pretraining())
    _, corpus, _, _, run, _ = made
    rows = demonstration.home / "questions.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in questions()), encoding="utf-8")
    demonstration.upload(rows)
    upload = demonstration.artifact("upload")
    tuned = demonstration.chain("Questions about functions", *tuning(upload, run))
    return {"corpus_job": corpus, "run": run, "tuned": tuned[2]}


def pretraining() -> list[dict[str, Any]]:
    """Documents, corpus, tokenizer, tokens, run, report."""
    return [
        {"verb": "extract", "title": "Python's documentation", "spec": {"builtin": "cpython"}},
        {"verb": "clean", "title": "Python's documentation",
         "spec": {"documents": "step:0", "preset": "english_gopher",
                  "rules": {"word_count": {"at_least": 20}}}},
        {"verb": "tokenizer", "title": "Python BPE 4096",
         "spec": {"corpus": "step:1", "vocab_size": 4096, "extra_special_tokens": MARKS}},
        {"verb": "tokenize", "title": "Python's tokens",
         "spec": {"corpus": "step:1", "tokenizer": "step:2"}},
        {"verb": "train", "title": "Small model on Python's documentation", "spec": {
            "tokens": "step:3", "model": MODEL, "num_steps": 900, "batch_size": 16,
            "num_threads": 1,
            "optimizer": {"learning_rate": 3e-3}, "schedule": {"warmup_steps": 50},
            "validation": {"every_steps": 50, "max_rows": 16},
            "checkpoints": {"every_steps": 100},
            "samples": {"prompts": ["The function", "If the argument is"], "max_new_tokens": 40},
        }},
        {"verb": "report", "title": "Report of the small model",
         "spec": {"run": "step:4", "title": "Small model on Python's documentation"}},
    ]  # fmt: skip


def tuning(upload: str, run: str) -> list[dict[str, Any]]:
    """Task set, tokens with a loss mask, LoRA, report."""
    return [
        {"verb": "tasks", "title": "Questions about functions",
         "spec": {"upload": f"artifact:{upload}"}},
        {"verb": "tokenize", "title": "Questions as tokens",
         # LoRA leaves the embeddings alone: marks that the base has never read would stay noise.
         "spec": {"tasks": "step:0", "model": f"job:{run}", "examples": {"template": "plain"}}},
        {"verb": "train", "title": "LoRA on questions", "spec": {
            "tokens": "step:1", "base": f"job:{run}",
            "tuning": {"method": "lora", "lora": {"rank": 16, "alpha": 32}, "output": "merged"},
            "num_steps": 200, "batch_size": 16, "sequence_length": 128, "num_threads": 1,
            "optimizer": {"learning_rate": 3e-3}, "schedule": {"warmup_steps": 10},
            "validation": {"every_steps": 30}, "checkpoints": {"every_steps": 60},
        }},
        {"verb": "report", "title": "Report of the adapter",
         "spec": {"run": "step:2", "title": "LoRA on questions about functions"}},
    ]  # fmt: skip


def questions() -> Iterator[dict[str, str]]:
    """What a function of the standard library does: the first sentence of its docstring."""
    seen = set()
    for module in _MODULES.split():
        for name, member in inspect.getmembers(importlib.import_module(module), callable):
            text = inspect.getdoc(member) or ""
            answer = " ".join(text.split("\n\n")[0].split())
            if name.startswith("_") or not 20 < len(answer) < 250 or answer in seen:
                continue
            seen.add(answer)
            yield {"instruction": f"What does {module}.{name} do?", "output": answer}
