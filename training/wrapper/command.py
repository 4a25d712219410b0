"""The argv and environment of a job's process: a list, never a shell; nothing inherited by luck.

One process is the verb itself; several are started by accelerate launch. Every choice that
accelerate would otherwise take from the user's own configuration file is an explicit argument.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import training
from training.errors import Problem, SpecError
from training.folder.atomic import read_json
from training.folder.layout import JobFolder

#: The folder that holds the package, so that ``python -m training`` is found.
SOURCE_FOLDER = Path(training.__file__).resolve().parents[1]

#: Marks every process of a job with the path of its folder; strays are found by it.
JOB_MARK = "TRAINYARD_JOB"

_SCRUBBED_PREFIXES = (
    "ACCELERATE_",
    "DJANGO_",
    "FSDP_",
    "GROUP_",
    "LOCAL_",
    "MASTER_",
    "PET_",
    "ROLE_",
    "TORCHELASTIC_",
    "TRAINYARD_SECRET",
    "TRAINYARD_ADMIN",
)
_SCRUBBED = {"RANK", "WORLD_SIZE", "DATABASE_URL", "REDIS_URL"}


def read_request(folder: JobFolder) -> tuple[str, dict[str, Any]]:
    """Verb and spec of the folder; SpecError when there is no whole spec.json."""
    stored = read_json(folder.spec)
    if not isinstance(stored, dict) or not isinstance(stored.get("spec"), dict):
        problem = Problem(
            "spec.json",
            f"the folder {folder.root.name} holds no whole spec.json",
            expected='{"verb": name, "spec": {...}}',
        )
        raise SpecError([problem])
    return str(stored.get("verb")), stored["spec"]


def argv_of(folder: JobFolder, verb: str, num_processes: int) -> list[str]:
    """What is executed; the spec file's path is the only thing that varies with the user."""
    run = [verb, str(folder.spec), "--out", str(folder.root)]
    if num_processes <= 1:
        return [sys.executable, "-m", "training", *run]
    return [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--multi_gpu",
        "--num_processes",
        str(num_processes),
        "--num_machines",
        "1",
        "--mixed_precision",
        "no",
        "--dynamo_backend",
        "no",
        "--main_process_port",
        "0",
        "--module",
        "training",
        *run,
    ]


def environment_of(
    folder: JobFolder, spec: Mapping[str, Any], inherited: Mapping[str, str]
) -> dict[str, str]:
    """The inherited environment without ranks, launchers' settings and secrets, with our own."""
    kept = {name: value for name, value in inherited.items() if not _is_scrubbed(name)}
    num_processes = int(spec.get("num_processes") or 1)
    num_threads = int(spec.get("num_threads") or 0)
    if not num_threads and num_processes > 1:
        num_threads = max(1, len(os.sched_getaffinity(0)) // num_processes)
    if num_threads:
        kept["OMP_NUM_THREADS"] = str(num_threads)
    kept[JOB_MARK] = str(folder.root)
    kept["HF_HUB_OFFLINE"] = "1"
    # Not the user's: a default accelerate configuration must not change what runs.
    kept["HF_HOME"] = str(folder.root / "cache" / "huggingface")
    kept["TOKENIZERS_PARALLELISM"] = "false" if num_processes > 1 else "true"
    kept["PYTHONUNBUFFERED"] = "1"
    kept["PYTHONFAULTHANDLER"] = "1"
    return kept


def _is_scrubbed(name: str) -> bool:
    return name in _SCRUBBED or name.startswith(_SCRUBBED_PREFIXES)
