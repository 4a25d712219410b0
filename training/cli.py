"""The command line: every verb takes SPEC.yaml --out DIR and makes DIR a job folder.

A process that neither a wrapper nor a launcher started is the folder's owner: one at a time, told
by the lock that a wrapper would hold. Also the boundary at which an exception becomes an exit code,
a sentence and an error file. Verbs are imported only when they run, so that ``--help`` is quick.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import logging
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training import registry
from training.errors import (
    DataError,
    ExitCode,
    OutOfMemoryError,
    Problem,
    SpecError,
    TrainyardError,
)
from training.events import EventKind
from training.folder.atomic import disk_full, is_full, read_json, write_json
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.folder.locks import FolderLock, die_with_parent, hold_tree_lock
from training.planning.machine import num_cores
from training.specs.base import Spec
from training.specs.reading import load_yaml
from training.wrapper.command import argv_of, environment_of

_RUN_BY_WRAPPER = "TRAINYARD_JOB"
_MAX_PROCESSES_PER_CORE = 8
#: Faults of files and disks that are the machine's and not ours.
_REFUSED_BY_MACHINE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ELOOP}
#: What torch, gloo and the C library say when an allocation fails, in exceptions of any class.
_NO_MEMORY = re.compile(r"DefaultCPUAllocator|[Cc]an(?:'t|not) allocate memory")
_WANTED_MEMORY = re.compile(r"ried to allocate ([\d.]+ \w+)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, dispatch, and return the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stdout
    )
    try:
        if options.verb == "list":
            return _list(options.kind)
        if options.verb == "schema":
            return _schema(options.of)
        verb = options.verb.replace("-", "_")
        return run_verb(verb, options.spec, _named_folder(options.out))
    except TrainyardError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)


def run_verb(verb: str, spec_file: Path | None, out: Path) -> int:
    """Run one verb in the folder ``out``; returns its exit code (see training.errors)."""
    row = registry.VERBS[verb]
    rank = int(os.environ.get("RANK", "0"))
    is_wrapped = bool(os.environ.get(_RUN_BY_WRAPPER))
    if is_wrapped:
        die_with_parent()
    folder, locks = _open_folder(out, is_owner=not is_wrapped and "RANK" not in os.environ)
    job: Job | None = None
    try:
        if rank == 0 and not is_wrapped:
            # An old request; a wrapper drops it by the number of the attempt.
            folder.stop.unlink(missing_ok=True)
        spec = _prepare_spec(row, spec_file, folder, is_writer=rank == 0)
        _clear_error(folder, rank)
        if _needs_launch(row, spec):
            return _launch(row.name, folder, spec)
        is_new = not folder.events.exists()
        job = Job(folder, verb=verb, spec=spec.to_dict(), rank=rank)
        if rank == 0 and is_new:
            _tell_doubts(spec, job)
        row.load()(spec, job)
        return int(ExitCode.OK)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the boundary of a verb
        return _report_failure(error, folder, rank, job)
    finally:
        if job is not None:
            job.close()
        for lock in locks:
            lock.close()


def _named_folder(out: str) -> Path:
    """SpecError for no name at all, which Path takes for the folder one is in."""
    if not out.strip():
        problem = Problem(
            "--out", "no folder is named", got=repr(out), expected="the name of a folder"
        )
        raise SpecError([problem])
    return Path(out)


def _open_folder(out: Path, *, is_owner: bool) -> tuple[JobFolder, list[FolderLock]]:
    """Make the job folder and hold its locks; SpecError when it cannot be had."""
    folder = JobFolder(Path(os.path.realpath(out)))
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        return folder, _owner_locks(folder) if is_owner else [hold_tree_lock(folder.tree_lock)]
    except OSError as error:
        if is_full(error):
            raise disk_full(folder.root) from error
        problem = Problem(
            "--out",
            f"the folder cannot be made or written to ({error.strerror})",
            got=str(out),
            expected="a folder that may be written to, or a name that is free",
            hint="Name another folder.",
        )
        raise SpecError([problem]) from error


def _owner_locks(folder: JobFolder) -> list[FolderLock]:
    """``wrapper.lock``, which only one process gets, and ``tree.lock``, shared.

    The latter exclusively for a moment: no process of an earlier run may be left.
    """
    owner, tree = FolderLock(folder.wrapper_lock), FolderLock(folder.tree_lock)
    if owner.exclusive() and tree.exclusive():
        tree.share()
        return [owner, tree]
    owner.close()
    tree.close()
    problem = Problem(
        "--out",
        "another run is at work in this folder",
        got=folder.root.name,
        expected="a folder in which nothing runs",
        hint="Wait until it has ended, or name another folder.",
    )
    raise SpecError([problem])


def _tell_doubts(spec: Spec, job: Job) -> None:
    """Warn of every number outside its recommended range, once in the life of a job."""
    for doubt in spec.doubts():
        job.warn(doubt.sentence(), field=doubt.field)


def _needs_launch(row: registry.Row, spec: Spec) -> bool:
    """Whether several processes are asked for and none of them has been started."""
    wanted = int(getattr(spec, "num_processes", 1))
    return row.is_distributed and wanted > 1 and "RANK" not in os.environ


def _refuse_a_flood(num_processes: int) -> None:
    """Far more processes than cores would only bring the machine to its knees."""
    limit = _MAX_PROCESSES_PER_CORE * num_cores()
    if num_processes > limit:
        raise SpecError(
            [
                Problem(
                    "num_processes",
                    f"this machine has {num_cores()} cores",
                    got=str(num_processes),
                    expected=f"at most {limit}",
                    fix=(("num_processes", num_cores()),),
                )
            ]
        )


def _launch(verb: str, folder: JobFolder, spec: Spec) -> int:
    """Start all ranks through accelerate launch and wait for them."""
    _refuse_a_flood(int(getattr(spec, "num_processes", 1)))
    command = argv_of(folder, verb, int(getattr(spec, "num_processes", 1)))
    environment = environment_of(folder, spec.to_dict(), os.environ)
    code = subprocess.run(command, env=environment, check=False).returncode
    for path in sorted(folder.errors.glob("rank-*.json")):
        code = int((read_json(path) or {}).get("exit_code", code))
        break
    return code


def _prepare_spec(
    row: registry.Row, file: Path | None, folder: JobFolder, *, is_writer: bool
) -> Spec:
    """Load, resolve and store the spec; input paths become relative to the job folder.

    A job that goes on keeps the spec that it began with, whatever "auto" would be today.
    """
    if file is not None and os.path.realpath(file) == str(folder.spec):
        return stored_spec(folder, row)
    asked = _read_spec(row, file, folder)
    if folder.spec.exists() and not _came_to_nothing(folder):
        return _same_spec(folder, row, asked)
    spec = asked.resolve()
    if is_writer:
        write_json(folder.spec, {"verb": row.name, "spec": spec.to_dict()})
    return spec


def _read_spec(row: registry.Row, file: Path | None, folder: JobFolder) -> Spec:
    """What is asked for, unresolved: a plain spec, a spec.json of another job folder, or this
    verb's step of a chain.
    """
    spec_class = row.load_spec()
    data = {} if file is None else load_yaml(file, verb=row.name)
    if isinstance(data, dict) and data.keys() - {"title"} == {"verb", "spec"}:
        _require_verb(data["verb"], row, str(file))
        data = data["spec"]
    if file is not None:
        data = _with_moved_paths(spec_class, data, file, folder)
    spec: Spec = spec_class.parse(data)
    return spec


def stored_spec(folder: JobFolder, row: registry.Row) -> Spec:
    """The resolved spec of a job folder; SpecError when it is missing or of another verb."""
    stored = read_json(folder.spec)
    _require_verb(stored.get("verb") if isinstance(stored, dict) else None, row, "spec.json")
    spec: Spec = row.load_spec().parse(stored["spec"])
    return spec.resolve()


def _require_verb(verb: object, row: registry.Row, file: str) -> None:
    if verb != row.name:
        problem = f"does not hold a spec of the verb {row.name}"
        raise SpecError([Problem(file, problem, got=str(verb or "none"))])


def _with_moved_paths(spec_class: Any, data: object, file: Path, folder: JobFolder) -> object:
    """Input paths relative to the spec file, rewritten relative to the job folder."""
    if not isinstance(data, dict):
        return data

    start = Path(os.path.realpath(file)).parent

    def move(text: str) -> str:
        # No file name holds a NUL; the validation that follows says so.
        if "\0" in text:
            return text
        return os.path.relpath(os.path.realpath(start / text), folder.root)

    moved: dict[str, Any] = spec_class.with_moved_inputs(data, move)
    return moved


def _same_spec(folder: JobFolder, row: registry.Row, asked: Spec) -> Spec:
    """The stored spec, which the same choices were made for; SpecError when it is another."""
    stored = read_json(folder.spec)
    if isinstance(stored, dict) and stored.get("verb") == row.name:
        spec = stored_spec(folder, row)
        if asked.agrees_with(spec):
            return spec
    raise SpecError(
        [
            Problem(
                "--out",
                "this folder holds a job with another spec",
                got=str(folder.root.name),
                expected="an empty folder, or the folder of the same job to resume it",
                hint="Name another folder.",
            )
        ]
    )


def _came_to_nothing(folder: JobFolder) -> bool:
    """Whether the job failed before it made anything, so that its spec can be mended in place."""
    from training.tokens.order import ORDER_INFO_FILE

    made = (folder.output, folder.checkpoints, folder.metrics, folder.root / ORDER_INFO_FILE)
    return folder.error(0).exists() and not any(path.exists() for path in made)


def _clear_error(folder: JobFolder, rank: int) -> None:
    folder.error(rank).unlink(missing_ok=True)


def _report_failure(error: BaseException, folder: JobFolder, rank: int, job: Job | None) -> int:
    """Print the sentence, write the error file and the event, and choose the exit code."""
    known = as_trainyard_error(error, folder)
    if known.exit_code == ExitCode.BUG and not isinstance(error, KeyboardInterrupt):
        _say("".join(traceback.format_exception(error)))
    _say(str(known))
    report = {
        "kind": known.kind,
        "message": known.message,
        "advice": known.advice,
        "problems": [p.as_dict() for p in getattr(known, "problems", [])],
        "exit_code": int(known.exit_code),
        "rank": rank,
        "traceback": "".join(traceback.format_exception(error)),
    }
    try:
        folder.errors.mkdir(exist_ok=True)
        write_json(folder.error(rank), json.loads(json.dumps(report, default=str)))
    except (OSError, TrainyardError) as failure:
        _say(f"The error file could not be written: {failure}")
    if job is not None:
        job.events.write(EventKind.FAILED, reason=known.kind, message=str(known))
    return int(known.exit_code)


def _say(text: str) -> None:
    """Print to stderr, which may be a log on the very disk that is full."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def as_trainyard_error(error: BaseException, folder: JobFolder) -> TrainyardError:
    """Classify any exception: ours as it is, full disk, out of memory, interrupt, else a bug."""
    if isinstance(error, TrainyardError):
        return error
    if isinstance(error, KeyboardInterrupt):
        interrupted = TrainyardError("Interrupted from the keyboard.")
        interrupted.kind = "interrupted"
        return interrupted
    if is_full(error):
        return disk_full(folder.root)
    if isinstance(error, OSError) and error.errno in _REFUSED_BY_MACHINE and error.filename:
        return DataError(
            f"{error.filename} cannot be used: {error.strerror}.",
            advice="The user who runs Trainyard must be allowed to read it, and to write to --out.",
        )
    if _is_out_of_memory(error):
        wanted = _WANTED_MEMORY.search(str(error))
        return OutOfMemoryError(
            f"Out of memory: {f'{wanted[1]} more could not be had' if wanted else error}.",
            advice="Use a smaller micro-batch, shorter rows or a smaller model.",
        )
    return TrainyardError(
        f"Trainyard itself failed: {type(error).__name__}: {error}.",
        advice="The traceback is in the log; please report it.",
    )


def _is_out_of_memory(error: BaseException) -> bool:
    """On the host or on a GPU. On the host torch raises a plain RuntimeError."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, OSError | RuntimeError) and bool(_NO_MEMORY.search(str(error)))


def _list(kind: str | None) -> int:
    kinds = registry.KINDS if kind is None else {kind: registry.KINDS[kind]}
    for name, table in kinds.items():
        print(f"{name}:")
        for row in table.values():
            print(f"  {row.name:<24} {row.title}")
    return 0


def _schema(verb: str) -> int:
    spec_class = registry.find("verbs", verb).load_spec()
    print(json.dumps(spec_class.schema_document(), indent=2, ensure_ascii=False))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Everything Trainyard does, without the web. Each verb leaves a job folder.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for row in registry.VERBS.values():
        other = [row.name.replace("_", "-")] if "_" in row.name else []
        verb = verbs.add_parser(row.name, aliases=other, help=row.title, description=row.title)
        is_optional = row.name == "demo"
        verb.add_argument(
            "spec", type=Path, nargs="?" if is_optional else None, help="YAML or JSON spec"
        )
        verb.add_argument("--out", required=True, help="folder of the job")
    listing = verbs.add_parser("list", help="What can be chosen")
    listing.add_argument("kind", nargs="?", choices=sorted(registry.KINDS))
    schema = verbs.add_parser("schema", help="JSON schema of a verb's spec")
    schema.add_argument("of", metavar="VERB", choices=sorted(registry.VERBS))
    return parser
