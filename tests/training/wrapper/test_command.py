"""What is executed and with which environment."""

from __future__ import annotations

import sys
from pathlib import Path

from training.folder.layout import JobFolder
from training.wrapper.command import argv_of, environment_of

FOLDER = JobFolder(Path("/home of jobs/job"))


def test_one_process_is_the_verb_itself() -> None:
    argv = argv_of(FOLDER, "clean", 1)
    assert argv[0] == sys.executable
    assert argv[1:] == [
        "-m", "training", "clean", "/home of jobs/job/spec.json", "--out", "/home of jobs/job",
    ]  # fmt: skip


def test_several_are_launched_with_every_choice_written_out() -> None:
    argv = argv_of(FOLDER, "train", 4)
    assert argv[1:] == [
        "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "4",
        "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
        "--main_process_port", "0", "--module", "training",
        "train", "/home of jobs/job/spec.json", "--out", "/home of jobs/job",
    ]  # fmt: skip


def test_ranks_launchers_and_secrets_are_not_inherited() -> None:
    inherited = {
        "PATH": "/bin", "RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "MASTER_ADDR": "x",
        "ACCELERATE_USE_FSDP": "1", "FSDP_VERSION": "2", "TORCHELASTIC_RUN_ID": "x",
        "DATABASE_URL": "postgres://secret", "REDIS_URL": "redis://secret",
        "TRAINYARD_SECRET_KEY": "secret", "DJANGO_SETTINGS_MODULE": "webapp.settings",
    }  # fmt: skip
    kept = environment_of(FOLDER, {"num_processes": 2, "num_threads": 3}, inherited)
    assert kept["PATH"] == "/bin"
    assert "secret" not in " ".join(kept.values())
    assert not {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR"} & set(kept)
    assert not [name for name in kept if name.startswith(("ACCELERATE", "FSDP", "TORCH", "DJANGO"))]
    assert kept["OMP_NUM_THREADS"] == "3"
    assert kept["TRAINYARD_JOB"] == "/home of jobs/job"
    assert kept["HF_HUB_OFFLINE"] == "1"
    assert kept["HF_HOME"].startswith("/home of jobs/job/")
