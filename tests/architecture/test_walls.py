"""The walls: the web process loads nothing heavy, the library loads no Django, left not right."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

HEAVY = {
    "torch", "transformers", "peft", "accelerate", "numba", "sentencepiece", "pyarrow.dataset",
    "pypdfium2", "pypdf", "resiliparse", "selectolax", "ftfy",
}  # fmt: skip
WEB = {"django", "rest_framework", "channels", "huey", "knox", "webapp"}

#: Left never imports right; the order of the architecture.
LAYERS = (
    {"errors", "units", "sniffing", "model_files"},
    {"specs"},
    {"events", "folder", "registry", "planning"},
    {"design"},
    {"corpus", "tokenizers", "tasks", "benchmarks", "recipes", "linesocket", "vocabulary"},
    {"tokens"},
    {"model", "objectives", "tuning"},
    {"parallel"},
    {"loop"},
    {"evaluation", "generate"},
    {"export", "report"},
    {"importing", "resizing", "ablation"},
    {"scoring"},
    {"wrapper", "helper", "sleep", "demo", "cli"},
)
#: Rooms that an earlier layer may enter all the same, and why.
EXCEPTIONS = {
    ("events", "folder"),  # events are files of a job folder
    ("errors", "folder"),
    ("specs", "planning"),  # resolve() asks the machine
    ("specs", "registry"),
    ("loop", "generate"),  # samples while training
    ("loop", "report"),  # ... with a model card
    ("loop", "export"),  # a finished run leaves a Hugging Face folder
    ("loop", "evaluation"),  # benchmarks while training
    ("generate", "export"),  # a served model lies in a Hugging Face folder
    ("cli", "wrapper"),
    ("tokens", "model"),  # the batch loader alone: it is the torch side of the token store
}
#: Apps of the dashboard in the order of the architecture: left never imports right.
APPS = (
    {"settings", "huey"}, {"core"}, {"accounts"}, {"projects"}, {"jobs"}, {"corpora"},
    {"tasksets", "storage"},
    {"tokenizers"}, {"builder"}, {"evaluations"}, {"designer"}, {"runs"}, {"ablations"},
    {"checkpoints"},
    {"planner", "reports", "playground"}, {"asgi", "routing", "urls"},
)  # fmt: skip
TORCH_BEARING = {
    "model", "objectives", "tuning", "parallel", "loop", "export", "generate", "importing",
    "resizing",
}  # fmt: skip
TORCH_BEARING_MODULES = {
    "training.ablation.lengths",
    "training.tokens.batches", "training.scoring.embedding", "training.scoring.encoder_folder",
    "training.evaluation.benchmark", "training.evaluation.likelihood", "training.evaluation.verb",
    "training.evaluation.loading", "training.evaluation.token_losses",
}  # fmt: skip


def modules(package: str) -> list[str]:
    names = []
    for path in sorted((REPOSITORY / package).rglob("*.py")):
        if path.name == "__main__.py" or "migrations" in path.parts or "commands" in path.parts:
            continue
        name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        names.append(name.removesuffix(".__init__"))
    return names


def torch_free_modules() -> list[str]:
    return [
        name
        for name in modules("training")
        if [*name.split("."), ""][1] not in TORCH_BEARING and name not in TORCH_BEARING_MODULES
    ]


def loaded_by(names: list[str], *, with_django: bool) -> set[str]:
    """Import modules in a fresh process; everything then in sys.modules."""
    setup = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE']='webapp.settings.test';"
        "import django; django.setup();"
        if with_django
        else ""
    )
    code = (
        f"{setup}import importlib, json, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_web_process_imports_nothing_heavy() -> None:
    loaded = loaded_by(modules("webapp"), with_django=True)
    assert loaded & HEAVY == set()


def test_torch_free_modules_import_no_torch() -> None:
    names = [name for name in torch_free_modules() if not name.endswith("signals.kernels")]
    loaded = loaded_by(names, with_django=False)
    assert loaded & {"torch", "transformers", "accelerate", "peft"} == set()


def test_the_library_imports_no_django() -> None:
    loaded = loaded_by(modules("training"), with_django=False)
    assert loaded & WEB == set()


def test_the_command_line_is_quick_to_import() -> None:
    loaded = loaded_by(["training.cli"], with_django=False)
    assert loaded & (HEAVY | {"numpy", "pyarrow", "tokenizers"}) <= {"numpy"}


def test_a_run_does_not_wait_for_what_only_its_end_needs() -> None:
    verbs = ["training.loop.verb", "training.generate.serve", "training.evaluation.verb"]
    loaded = loaded_by(verbs, with_django=False)
    assert "torch" in loaded
    assert loaded & {"transformers", "peft", "numba", "torch._dynamo"} == set()


def imports_of(path: Path, package: str = "training") -> set[str]:
    """Rooms of a package that a file imports at module level."""
    rooms = set()
    for node in ast.parse(path.read_text()).body:
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        rooms |= {n.split(".")[1] for n in names if n.startswith(f"{package}.")}
    return rooms


def test_left_never_imports_right() -> None:
    rank = {room: number for number, layer in enumerate(LAYERS) for room in layer}
    broken = []
    for path in sorted((REPOSITORY / "training").rglob("*.py")):
        room = path.relative_to(REPOSITORY / "training").parts[0].removesuffix(".py")
        if room in {"__init__", "__main__"}:
            continue
        assert room in rank, f"{room} has no place in LAYERS"
        for other in imports_of(path):
            if rank[other] > rank[room] and (room, other) not in EXCEPTIONS:
                broken.append(f"{path.relative_to(REPOSITORY)} imports training.{other}")
    assert broken == []


def test_apps_import_only_from_the_left() -> None:
    rank = {app: number for number, layer in enumerate(APPS) for app in layer}
    broken = []
    for path in sorted((REPOSITORY / "webapp").rglob("*.py")):
        app = path.relative_to(REPOSITORY / "webapp").parts[0].removesuffix(".py")
        if app == "__init__":
            continue
        assert app in rank, f"{app} has no place in APPS"
        for other in imports_of(path, "webapp"):
            if rank[other] > rank[app]:
                broken.append(f"{path.relative_to(REPOSITORY)} imports webapp.{other}")
    assert broken == []


@pytest.mark.parametrize("planted", ["torch", "numba"])
def test_the_wall_notices_a_heavy_import(planted: str) -> None:
    """The check can fail: a module that loads torch or numba is seen."""
    assert planted in loaded_by([planted], with_django=False) & HEAVY
