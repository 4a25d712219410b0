"""How often the kernel has killed for memory in this control group (cgroup v2 and v1)."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")


def num_oom_kills() -> int:
    """The counter now; 0 where there is none. Only differences mean anything."""
    for file in _files():
        try:
            text = file.read_text(encoding="ascii")
        except OSError:
            continue
        for line in text.splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill" and value.isdigit():
                return int(value)
    return 0


def _files() -> list[Path]:
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        relative = path.lstrip("/")
        if controllers == "":
            found.append(_ROOT / relative / "memory.events")
        elif "memory" in controllers.split(","):
            found += [_ROOT / "memory" / relative / "memory.oom_control"]
            found += [_ROOT / "memory" / "memory.oom_control"]
    return found
