"""What a reader needs is written down, and what is written down is true of the code.

An undocumented variable, target, verb, command, state, event or failure fails here; so does one
that is documented and gone. The README's specs are parsed by the specs themselves.
"""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
import yaml

from scripts.spec_reference import fields
from tests.conftest import REPOSITORY
from training.errors import ExitCode
from training.events import EventKind
from training.folder.layout import JobFolder
from training.registry import KINDS, SIGNALS, VERBS
from training.specs.base import Spec, option
from training.wrapper import stopping
from training.wrapper.ending import ADVICE
from webapp.jobs.states import State
from webapp.settings.jobs import job_settings

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs").rglob("*.md")}
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
#: How code reads a variable: a call or an index with its name, or a constant that holds it.
_READ = re.compile(
    r"""(?:environ(?:\.get)?[\[(]|flag\(|names\(|_number\(|_VARIABLE\s*=)\s*["']([A-Z_]+)["']"""
)
#: Set by launchers, by pytest and by Trainyard for its own children, not by people.
_NOT_FOR_PEOPLE = {
    "RANK",
    "WORLD_SIZE",
    "OMP_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "TORCHINDUCTOR_CACHE_DIR",
    "TRITON_CACHE_DIR",
    "TRAINYARD_JOB",
    "PYTEST_XDIST_WORKER",
}


def variables_read() -> set[str]:
    """Environment variables that the two packages read."""
    sources = [*(REPOSITORY / "webapp").rglob("*.py"), *(REPOSITORY / "training").rglob("*.py")]
    found = {name for path in sources for name in _READ.findall(path.read_text())}
    return {name for name in found - _NOT_FOR_PEOPLE if not name.startswith("TOKENIZERS_")}


def documented_variables() -> set[str]:
    section = README.split("## Environment variables", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in rows for name in re.findall(r"`([A-Z_]+)`", cell)}


def readme_specs() -> dict[str, str]:
    """{verb: YAML text} of the README's example, each block named in its first line."""
    return dict(re.findall(r"```yaml\n# (\w+)\.yaml\n(.*?)```", README, re.DOTALL))


def test_every_environment_variable_is_in_the_readme_and_read_by_the_code() -> None:
    assert "TRAINYARD_HOME" in variables_read()
    assert variables_read() == documented_variables()


def test_the_defaults_of_the_job_system_are_those_in_the_readme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in documented_variables():
        monkeypatch.delenv(name, raising=False)
    jobs = job_settings()
    defaults = {
        "TRAINYARD_STOP_GRACE_SECONDS": jobs.stop_grace_seconds,
        "TRAINYARD_TERM_GRACE_SECONDS": stopping._TERM_GRACE_SECONDS,
        "TRAINYARD_MIN_FREE_MB": jobs.min_free_bytes / 1e6,
        "TRAINYARD_TICK_SECONDS": jobs.tick_seconds,
        "TRAINYARD_LAUNCH_PATIENCE_SECONDS": jobs.launch_patience_seconds,
        "TRAINYARD_FROZEN_SECONDS": jobs.frozen_seconds,
    }
    wrong = [n for n, value in defaults.items() if f"| `{n}` | {value:g} |" not in README]
    assert wrong == []


def test_every_make_target_is_in_the_readme() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets is not None
    assert [name for name in targets[1].split() if f"`make {name}" not in README] == []


def test_every_variable_of_make_is_in_the_readme() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    names = re.findall(r"^(\w+) \?=", makefile, re.MULTILINE)
    assert names
    assert [name for name in names if f"`{name}=`" not in README] == []


def test_every_verb_is_in_the_readme() -> None:
    missing = [v for v in VERBS if f"`{v}`" not in README and f"training {v} " not in README]
    assert missing == []


def test_every_management_command_is_in_the_architecture() -> None:
    files = (REPOSITORY / "webapp").glob("*/management/commands/[a-z]*.py")
    names = [path.stem for path in files]
    assert "up" in names
    assert [name for name in names if f"`{name}`" not in DOCS["architecture.md"]] == []


def test_every_package_of_ours_is_in_the_architecture() -> None:
    rooms = [
        path.name
        for root in ("training", "webapp")
        for path in (REPOSITORY / root).iterdir()
        if (path / "__init__.py").is_file()
    ]
    assert [name for name in rooms if f"`{name}/" not in DOCS["architecture.md"]] == []


def test_every_state_of_a_job_is_documented() -> None:
    assert [state.value for state in State if f"| `{state.value}` |" not in DOCS["jobs.md"]] == []


def test_every_failure_is_in_the_troubleshooting() -> None:
    text = DOCS["troubleshooting.md"]
    assert [code.value for code in ExitCode if f"| {code.value} |" not in text] == []
    assert [kind for kind in ADVICE if f"`{kind}`" not in text] == []


def test_every_event_and_every_name_in_a_job_folder_is_documented() -> None:
    text = DOCS["formats.md"]
    assert [kind.value for kind in EventKind if f"`{kind.value}`" not in text] == []
    folder = JobFolder(Path("job"))
    properties = [name for name, value in vars(JobFolder).items() if isinstance(value, property)]
    paths = [str(getattr(folder, name).relative_to("job")) for name in properties]
    assert [path for path in paths if f"`{path}" not in text] == []


def test_every_kind_of_artifact_is_documented() -> None:
    kinds = {row.produces for row in VERBS.values()} - {""}
    assert [kind for kind in kinds if f"### {kind}\n" not in DOCS["formats.md"]] == []


def test_the_reference_of_specs_is_up_to_date() -> None:
    command = [sys.executable, "scripts/spec_reference.py", "--check"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_signals_is_up_to_date() -> None:
    command = [sys.executable, "scripts/signal_reference.py", "--check"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_table_of_choices_is_up_to_date() -> None:
    command = [sys.executable, "scripts/choice_reference.py", "--check"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_signal_is_defined() -> None:
    assert [name for name, row in SIGNALS.items() if not row.definition.endswith(".")] == []


def test_the_reference_of_specs_has_every_verb() -> None:
    titles = re.findall(r"(?m)^## (\w+)$", DOCS["specs.md"])
    assert titles == list(VERBS)


def test_the_reference_has_every_row_of_the_registry() -> None:
    names = DOCS["specs.md"].split("## What is chosen by name", 1)[1]
    kinds = {kind: rows for kind, rows in KINDS.items() if kind != "verbs"}
    rows = [(kind, name, row.title) for kind, table in kinds.items() for name, row in table.items()]
    missing = [
        (kind, name)
        for kind, name, title in rows
        if f"| `{name}` | {title} |" not in names.split(f"### {kind}\n", 1)[1].split("\n###")[0]
    ]
    assert missing == []


def test_a_field_without_documentation_cannot_be_written_into_the_reference() -> None:
    class Bare(Spec):
        """A spec with one documented field and one that says nothing of itself."""

        verb = "bare"
        told: int = option(1, title="Told", help="What it is.")
        bare: int = 2

    rows = fields(Bare.schema_document(), {})
    assert any("| `told` | Told |" in row for row in islice(rows, 2))
    with pytest.raises(ValueError, match="bare is not documented"):
        list(rows)


@pytest.mark.parametrize("verb", sorted(readme_specs()))
def test_a_spec_of_the_readme_is_accepted(verb: str) -> None:
    VERBS[verb].load_spec().parse(yaml.safe_load(readme_specs()[verb]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_named_spec_of_a_page_is_accepted_by_the_verb_that_the_page_runs_it_with(
    page: Path,
) -> None:
    text = page.read_text(encoding="utf-8")
    verbs = {file: verb for verb, file in re.findall(r"training (\w+)\s+(\w+)\.yaml", text)}
    specs = dict(re.findall(r"```yaml\n# (\w+)\.yaml\n(.*?)```", text, re.DOTALL))
    assert set(specs) <= set(verbs), "specs that no command of the page runs"
    for file, spec in specs.items():
        VERBS[verbs[file]].load_spec().parse(yaml.safe_load(spec))


def test_the_example_of_the_readme_is_a_whole_chain() -> None:
    commands = re.findall(r"-m training (\w+)\s+(\w+)\.yaml\s+--out work/(\w+)", README)
    assert [verb for verb, _, _ in commands] == list(readme_specs())
    assert all(verb == file == folder for verb, file, folder in commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"`((?:training|webapp|tests|scripts)/[\w/.]+)`", page.read_text())
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_no_foreign_address(page: Path) -> None:
    addresses = re.findall(r"\bhttps?://([\w.-]+)", page.read_text(encoding="utf-8"))
    known = {"localhost", "127.0.0.1", "train.example.org"}
    assert [name for name in addresses if name not in known] == []


def test_kinds_are_listed_by_the_command_line() -> None:
    command = [sys.executable, "-m", "training", "list"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert [kind for kind in KINDS if f"{kind}:\n" not in done.stdout] == []
