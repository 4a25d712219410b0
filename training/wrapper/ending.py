"""Why a job's process ended: the most telling witness first.

Order: what the ranks wrote themselves (errors/rank-N.json, the first failure wins; a rank that only
lost its peer is no witness), whether the wrapper had to end the tree, the kernel's out-of-memory
count, the launcher's summary in the log, the signal, the exit code, the last line of a traceback.
A launcher's exit code is nearly always 1.
"""

from __future__ import annotations

import re
import signal
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.errors import ExitCode
from training.events import EventKind, read_events
from training.folder.atomic import read_json
from training.folder.layout import JobFolder

_TAIL_BYTES = 64 * 1024
_ROOT_CAUSE = re.compile(r"Root Cause.*?exitcode\s*:\s*(-?\d+)", re.DOTALL)
_LOST_PEER = re.compile(
    r"by peer|Connection (?:reset|closed|refused)|Broken pipe|remote (?:worker|process)|NCCL", re.I
)
_LAST_ERROR = re.compile(r"^((?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt))(?::\s*(.*))?$", re.M)

ADVICE = {
    "bug": "The log holds the traceback; please report it.",
    "data": "Look at the input that the message names.",
    "disk_full": "Free some space; the job can be resumed.",
    "killed": "Resume it; when it happens again, look at the machine's memory and its log.",
    "out_of_memory": "Use a smaller micro-batch, shorter rows, a smaller model or fewer processes.",
    "not_finite": "Lower the learning rate or lengthen the warm-up, and start a changed clone.",
    "spec": "Change the settings that the message names in a clone.",
    "checkpoint": "Start a clone; it begins from the first step.",
    "stopped_hard": "Resume it from its last checkpoint.",
}


@dataclass(frozen=True)
class Ending:
    """What exit.json says besides times: ``kind`` is finished, stopped or a class of failure."""

    kind: str
    code: int
    message: str = ""
    advice: str = ""

    @property
    def signal_name(self) -> str:
        """Name of the signal that ended the child, empty when it exited."""
        return _signal_name(self.code) if self.code < 0 else ""

    def as_dict(self) -> dict[str, Any]:
        """For exit.json."""
        return {**asdict(self), "signal": self.signal_name}


@dataclass(frozen=True)
class Witnesses:
    """Where the files stood when the attempt began, and what the wrapper itself did and saw."""

    folder: JobFolder
    log_start: int
    events_start: int
    #: The sentence why the tree was ended after a stop request that was not followed.
    forced: str = ""
    num_oom_kills: int = 0


def classify(code: int, seen: Witnesses) -> Ending:
    """How the attempt ended; ``code`` is negative for a signal, as in subprocess."""
    if code == 0:
        return Ending("stopped" if _said_stopped(seen) else "finished", code)
    reports = _reports(seen.folder)
    told = [report for report in reports if not _lost_its_peer(report)]
    if told:
        return _from_report(code, told[0])
    if seen.forced:
        return _ending("stopped_hard", code, seen.forced)
    if seen.num_oom_kills:
        message = "the kernel ended a process because the machine's memory was full."
        return _ending("out_of_memory", code, message)
    ending = _from_log(code, _tail(seen.folder.log, seen.log_start))
    if reports and ending.kind == "bug":
        return _ending("killed", code, "one of its processes vanished, and the others with it.")
    return ending


def size_of(path: Path) -> int:
    """Bytes in a file, 0 when it is missing."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _said_stopped(seen: Witnesses) -> bool:
    """Whether the verb's last word in this attempt was that it stopped on request."""
    last = ""
    offset = seen.events_start
    while True:
        events, following = read_events(seen.folder.events, offset=offset)
        for event in events:
            if event["kind"] in {EventKind.STOPPED, EventKind.FINISHED}:
                last = event["kind"]
        if following == offset:
            return last == EventKind.STOPPED
        offset = following


def _reports(folder: JobFolder) -> list[dict[str, Any]]:
    """Error files of the ranks, the earliest first; an interrupted rank tells nothing."""
    files = sorted(folder.errors.glob("rank-*.json"), key=lambda file: file.stat().st_mtime_ns)
    reports = [read_json(file) for file in files]
    return [one for one in reports if isinstance(one, dict) and one.get("kind") != "interrupted"]


def _lost_its_peer(report: dict[str, Any]) -> bool:
    """Whether the rank failed only because another one was gone."""
    text = str(report.get("message"))
    return report.get("kind") == "bug" and _LOST_PEER.search(text) is not None


def _from_report(code: int, report: dict[str, Any]) -> Ending:
    kind, advice = str(report.get("kind") or "bug"), str(report.get("advice") or "")
    return _ending(kind, code, str(report.get("message") or "no message"), advice)


def _from_log(code: int, tail: str) -> Ending:
    """The launcher's summary names the code of the rank that failed first."""
    found = _ROOT_CAUSE.search(tail)
    root = int(found.group(1)) if found else code
    if root < 0:
        return _from_signal(code, root)
    known = {
        ExitCode.SPEC: "spec",
        ExitCode.DATA: "data",
        ExitCode.DISK_FULL: "disk_full",
        ExitCode.OUT_OF_MEMORY: "out_of_memory",
        ExitCode.NOT_FINITE: "not_finite",
        ExitCode.CHECKPOINT: "checkpoint",
    }
    kind = known.get(ExitCode(root), "bug") if root in set(ExitCode) else "bug"
    errors = _LAST_ERROR.findall(tail)
    words = ": ".join(part for part in errors[-1] if part) if errors else ""
    if words.startswith(("MemoryError", "torch.OutOfMemoryError")):
        kind = "out_of_memory"
    return _ending(kind, code, words or f"the process exited with code {root}.")


def _from_signal(code: int, root: int) -> Ending:
    name = _signal_name(root)
    if -root in {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT}:
        return _ending("bug", code, f"a process crashed in native code ({name}).")
    return _ending("killed", code, f"it got {name}, which Trainyard did not send.")


def _ending(kind: str, code: int, message: str, advice: str = "") -> Ending:
    return Ending(kind, code, message, advice or ADVICE.get(kind, ADVICE["bug"]))


def _signal_name(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _tail(path: Path, start: int) -> str:
    """The end of what was logged after byte ``start``."""
    size = size_of(path)
    with path.open("rb") as file:
        file.seek(max(start, size - _TAIL_BYTES))
        return file.read().decode(errors="replace")
