"""Set-up of a checkout: says what is missing and how to get it, then makes ``.venv`` complete.

Standard library only, because it runs before anything is installed. A second call sees the stamp
of the first and returns at once.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 5_000_000_000
TORCH_PIN = "torch==2.13.0"


def main() -> int:
    """Check, install, compile; exit code 1 with sentences when something is missing."""
    options = _options()
    problems = missing()
    if problems:
        print("Trainyard cannot be set up yet:")
        for problem in problems:
            print(f"  - {problem}")
        return 1
    if not is_installed(options):
        install(options)
    compile_kernels()
    return 0


def missing() -> list[str]:
    """What this machine lacks, each with the way to get it."""
    problems = []
    if sys.version_info[:2] < OLDEST_PYTHON:
        problems.append(
            f"Python {sys.version.split()[0]} is too old; 3.11 or newer is needed. "
            "Name another one: make run PYTHON=python3.11"
        )
    if importlib.util.find_spec("ensurepip") is None and not (VENV / "bin" / "python").exists():
        problems.append("Python's venv module is missing: apt install python3-venv")
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        problems.append("A C compiler is missing: apt install build-essential")
    free = shutil.disk_usage(ROOT).free
    if not (VENV / "bin" / "python").exists() and free < NEEDED_BYTES:
        problems.append(
            f"About 5 GB of disk are needed for the libraries and {free / 1e9:.1f} GB are free."
        )
    return problems


def is_installed(options: argparse.Namespace) -> bool:
    """Whether the virtual environment was made from just these requirements."""
    stamp = VENV / ".trainyard"
    if not stamp.is_file():
        return False
    made = set(stamp.read_text(encoding="ascii").split())
    return digest(torch=options.torch, dev=options.dev) in made


def install(options: argparse.Namespace) -> None:
    """Make the virtual environment and install the pins; PyTorch first, as it was asked for."""
    torch = options.torch or TORCH_PIN
    print("Installing the libraries into .venv: about 0.8 GB of downloads and 2.5 GB on disk with")
    print(f"a CPU build of PyTorch, several GB more with CUDA. PyTorch: {torch}")
    print("(another build: make run TORCH='torch==2.13.0' PIP_ARGS='--index-url <its index>').")
    if not (VENV / "bin" / "python").exists():
        run([sys.executable, "-m", "venv", str(VENV)])
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    extra = shlex.split(options.pip_args)
    run([*pip, "--quiet", *extra, *shlex.split(torch)])
    name = "requirements-dev.txt" if options.dev else "requirements.txt"
    # The index of the PyTorch build need not have the rest: its options are not repeated here.
    run([*pip, "--quiet", "-r", str(ROOT / name)])
    # What testing needs holds what running needs: `make run` afterwards installs nothing.
    made = {digest(torch=options.torch, dev=dev) for dev in (options.dev, False)}
    with (VENV / ".trainyard").open("a", encoding="ascii") as stamp:
        stamp.writelines(f"{one}\n" for one in sorted(made))


def digest(*, torch: str, dev: bool) -> str:
    """Changes whenever another set of libraries is asked for."""
    names = ["requirements.txt", *(["requirements-dev.txt"] if dev else [])]
    content = b"".join((ROOT / name).read_bytes() for name in names)
    return hashlib.sha256(content + torch.encode()).hexdigest()


def compile_kernels() -> None:
    """Compile the kernels whenever one has changed, so that the first job does not wait.

    numba keeps them beside the source, where every job finds them whatever its home folder, and
    takes them for good while the source has its size and time.
    """
    made = kernels_digest()
    stamp = ROOT / "training" / "__pycache__" / "kernels.stamp"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == made:
        return
    print("Compiling the text kernels (once, about a minute) ...")
    run([str(VENV / "bin" / "python"), "-m", "training.tokens.warm"])
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(made, encoding="ascii")


def kernels_digest() -> str:
    """Changes with every module that holds compiled code, and with the libraries."""
    seen = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted((ROOT / "training").rglob("*.py")):
        if b"@compiled" in path.read_bytes():
            about = path.stat()
            seen.update(f"{path.relative_to(ROOT)} {about.st_size} {about.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def run(command: list[str]) -> None:
    """Run a command to its end; a failure ends the set-up with its code."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        print(f"Set-up stopped: {shlex.join(command[:4])} ... failed; the lines above say why.")
        raise SystemExit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch", default="", help="pip requirement of the PyTorch build")
    parser.add_argument("--pip-args", default="", help="more options for installing PyTorch")
    parser.add_argument("--dev", action="store_true", help="with what checks and tests need")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
