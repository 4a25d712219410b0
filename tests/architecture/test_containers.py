"""Dockerfile and compose file, read as data: what they name exists, nothing leaks, nothing is open.

There is no container engine where we build. The commands were started by hand against a real
PostgreSQL and Redis; what is held here is what a careless edit would break.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.architecture.test_docs import variables_read
from tests.conftest import REPOSITORY

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
INSTRUCTIONS = {
    "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN",
    "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip
#: Set for libraries, by the image; everything else must be read by Trainyard itself.
LIBRARY_VARIABLES = {
    "NUMBA_CACHE_DIR", "PATH", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR",
    "PYTHONUNBUFFERED",
}  # fmt: skip


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, the rest) of every instruction, continuation lines joined."""
    text = (REPOSITORY / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    pairs = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, rest in pairs]


def of(instruction: str) -> list[str]:
    return [rest for word, rest in dockerfile() if word == instruction]


def tracked() -> set[str]:
    done = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines())


def check_python(argv: list[str]) -> None:
    """A `python ...` command line names a script, a module or a manage.py command that exists."""
    assert argv[0] == "python"
    if argv[1] == "-m":
        module = Path(*argv[2].split("."))
        assert any((REPOSITORY / module).with_suffix(".py").is_file() or path.is_file()
                   for path in [REPOSITORY / module / "__main__.py"])  # fmt: skip
        return
    assert (REPOSITORY / argv[1]).is_file()
    if argv[1] == "manage.py":
        command = load_command_class(get_commands()[argv[2]], argv[2])
        parser = command.create_parser("manage.py", argv[2])
        parser.parse_args(argv[3:])


def test_every_instruction_is_one_that_docker_knows() -> None:
    assert {word for word, _ in dockerfile()} <= INSTRUCTIONS


def test_everything_copied_is_in_the_repository_and_let_through() -> None:
    allowed = (REPOSITORY / ".dockerignore").read_text().split()
    files = tracked()
    for rest in of("COPY"):
        parts = rest.split()
        if parts[0].startswith("--from"):
            continue
        for source in parts[:-1]:
            assert any(name == source or name.startswith(f"{source}/") for name in files), source
            assert f"!{source}" in allowed, source


def test_everything_that_runs_is_copied() -> None:
    copied = {source for rest in of("COPY") for source in rest.split()[:-1]}
    needed = {"training", "webapp", "templates", "static", "manage.py", "requirements.txt"}
    if any(name.startswith("locale/") for name in tracked()):
        needed.add("locale")
    assert needed <= copied


def test_the_image_runs_as_nobody_in_particular_below_an_init() -> None:
    words = [word for word, _ in dockerfile()]
    assert "tini" in of("ENTRYPOINT")[-1]
    assert of("USER")[-1] not in {"root", "0"}
    assert words.index("USER") < words.index("CMD")
    assert of("STOPSIGNAL") == ["SIGTERM"]
    assert of("VOLUME") == ["/data"]


def test_the_image_starts_and_asks_for_health_by_commands_that_exist() -> None:
    check_python(yaml.safe_load(of("CMD")[-1]))
    check_python(yaml.safe_load(of("HEALTHCHECK")[-1].split("CMD", 1)[1]))
    for line in of("RUN"):
        for command in line.split("&&"):
            argv = shlex.split(command.strip())
            argv = argv[1:] if "=" in argv[0] else argv
            if argv[0] == "python" and argv[1:3] not in (["-m", "venv"], ["-m", "compileall"]):
                check_python(argv)


def test_the_torch_build_is_a_choice_and_the_pin_is_the_default() -> None:
    arguments = dict(rest.split("=", 1) for rest in of("ARG"))
    pin = arguments["TORCH"].strip('"')
    assert pin in (REPOSITORY / "requirements.txt").read_text().splitlines()
    assert arguments["PIP_ARGS"] == '""'
    assert COMPOSE["x-trainyard"]["build"]["args"]["TORCH"] == f"${{TORCH:-{pin}}}"


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_runs_a_command_that_exists(name: str) -> None:
    check_python([shown(part) for part in SERVICES[name]["command"]])


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_gives_only_variables_that_are_read(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= variables_read()


def test_the_image_sets_only_variables_that_are_read() -> None:
    named = {part.split("=")[0] for rest in of("ENV") for part in rest.split()}
    assert named - LIBRARY_VARIABLES <= variables_read()


def test_nothing_is_published_but_the_web_and_that_on_this_machine_only() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["${BIND_ADDRESS:-127.0.0.1}:${PORT:-8000}:8000"]}
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert [name for name, one in SERVICES.items() if "outside" in one["networks"]] == ["web"]


def test_no_password_stands_in_a_file() -> None:
    given = [
        value
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if re.search("PASSWORD|SECRET|TOKEN|AUTH", name)
    ]
    text = (REPOSITORY / "compose.yaml").read_text()
    given += re.findall(r"://\w*:(.*?)@", text)
    command = SERVICES["redis"]["command"]
    given.append(command[command.index("--requirepass") + 1])
    assert len(given) >= 6
    assert [value for value in given if not re.fullmatch(r"\$\{\w+:[-?][^}]*\}", value)] == []
    assert not re.search("PASSWORD|SECRET|TOKEN", (REPOSITORY / "Dockerfile").read_text())
    assert "/.env" in (REPOSITORY / ".gitignore").read_text().splitlines()


def test_jobs_live_apart_from_the_web_and_are_asked_to_save() -> None:
    queue, supervisor = SERVICES["queue"], SERVICES["supervisor"]
    assert "--ends-jobs" in queue["command"]
    assert supervisor["pid"] == "service:queue"
    assert "pid" not in SERVICES["web"]
    grace = int(shown(queue["environment"]["TRAINYARD_STOP_GRACE_SECONDS"]))
    assert int(queue["stop_grace_period"].removesuffix("s")) >= grace + 40


def test_all_services_of_ours_share_one_home_and_one_name() -> None:
    for name in OURS:
        assert SERVICES[name]["volumes"] == ["home:/data"], name
        assert SERVICES[name]["environment"]["TRAINYARD_HOST"] == "trainyard", name


def test_what_runs_long_is_started_again_and_what_runs_once_is_not() -> None:
    once = {name for name, service in SERVICES.items() if service["restart"] == "no"}
    assert once == {"migrate", "account"}
    others = {service["restart"] for name, service in SERVICES.items() if name not in once}
    assert others == {"unless-stopped"}


def shown(text: str) -> str:
    """A compose value with its variables at their defaults."""
    return re.sub(r"\$\{\w+(?::-([^}]*))?[^}]*\}", lambda found: found.group(1) or "", text)
