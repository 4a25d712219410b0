"""Which files are source code, and in which language: by the ending, the name or the shebang.

The endings are the unambiguous ones of programming languages; configuration and data (JSON, YAML,
XML) are none. Parses nothing, so the web process may ask it.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

LANGUAGES = {
    ".py": "Python", ".pyi": "Python", ".pyx": "Cython", ".pxd": "Cython",
    ".c": "C", ".h": "C", ".cc": "C++", ".cpp": "C++", ".cxx": "C++", ".hh": "C++", ".hpp": "C++",
    ".hxx": "C++", ".inl": "C++", ".cu": "CUDA", ".cuh": "CUDA",
    ".java": "Java", ".kt": "Kotlin", ".kts": "Kotlin", ".scala": "Scala", ".groovy": "Groovy",
    ".js": "JavaScript", ".mjs": "JavaScript", ".cjs": "JavaScript", ".jsx": "JavaScript",
    ".ts": "TypeScript", ".mts": "TypeScript", ".tsx": "TypeScript", ".vue": "Vue",
    ".svelte": "Svelte", ".css": "CSS", ".scss": "SCSS", ".less": "Less",
    ".go": "Go", ".rs": "Rust", ".zig": "Zig", ".nim": "Nim", ".d": "D", ".v": "Verilog",
    ".sv": "SystemVerilog", ".vhd": "VHDL", ".vhdl": "VHDL",
    ".rb": "Ruby", ".rake": "Ruby", ".php": "PHP", ".pl": "Perl", ".pm": "Perl", ".lua": "Lua",
    ".swift": "Swift", ".mm": "Objective-C++", ".m": "Objective-C", ".cs": "C#", ".fs": "F#",
    ".fsx": "F#", ".vb": "Visual Basic", ".dart": "Dart",
    ".r": "R", ".jl": "Julia", ".sh": "Shell", ".bash": "Shell", ".zsh": "Shell", ".fish": "fish",
    ".ps1": "PowerShell", ".bat": "Batch", ".sql": "SQL",
    ".hs": "Haskell", ".lhs": "Haskell", ".ml": "OCaml", ".mli": "OCaml", ".elm": "Elm",
    ".erl": "Erlang", ".hrl": "Erlang", ".ex": "Elixir", ".exs": "Elixir", ".clj": "Clojure",
    ".cljs": "Clojure", ".lisp": "Common Lisp", ".el": "Emacs Lisp", ".scm": "Scheme",
    ".rkt": "Racket", ".pro": "Prolog", ".lean": "Lean", ".agda": "Agda", ".idr": "Idris",
    ".f": "Fortran", ".f90": "Fortran", ".f95": "Fortran", ".f03": "Fortran", ".for": "Fortran",
    ".pas": "Pascal", ".adb": "Ada", ".ads": "Ada", ".cob": "COBOL", ".cbl": "COBOL",
    ".asm": "Assembly", ".s": "Assembly", ".glsl": "GLSL", ".hlsl": "HLSL", ".wgsl": "WGSL",
    ".cmake": "CMake", ".mk": "Makefile", ".tcl": "Tcl", ".awk": "Awk", ".vim": "Vim script",
    ".proto": "Protocol Buffers", ".thrift": "Thrift", ".graphql": "GraphQL", ".tf": "Terraform",
    ".sol": "Solidity", ".nix": "Nix", ".bzl": "Starlark",
}  # fmt: skip
_NAMES = {
    "makefile": "Makefile", "gnumakefile": "Makefile", "dockerfile": "Dockerfile",
    "containerfile": "Dockerfile", "cmakelists.txt": "CMake", "rakefile": "Ruby", "gemfile": "Ruby",
    "jenkinsfile": "Groovy", "vagrantfile": "Ruby", "build.bazel": "Starlark",
}  # fmt: skip
_PROGRAMS = {
    "python": "Python", "sh": "Shell", "bash": "Shell", "zsh": "Shell", "dash": "Shell",
    "ksh": "Shell", "perl": "Perl", "ruby": "Ruby", "node": "JavaScript", "php": "PHP",
    "lua": "Lua", "rscript": "R", "awk": "Awk", "gawk": "Awk", "tclsh": "Tcl", "make": "Makefile",
    "fish": "fish", "julia": "Julia", "pwsh": "PowerShell", "runhaskell": "Haskell",
}  # fmt: skip
_SHEBANG = re.compile(
    rb"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*(?:\S*/)?)?([A-Za-z][\w+-]*?)[\d.]*(?:\s|$)"
)
_OBJECTIVE_C = re.compile(rb"^\s*(?:#import|@interface|@implementation|@import|@protocol)\b", re.M)
_LOCK_FILES = frozenset(
    (
        "package-lock.json", "npm-shrinkwrap.json", "packages.lock.json", "yarn.lock",
        "pnpm-lock.yaml", "bun.lock", "bun.lockb", "composer.lock", "gemfile.lock", "cargo.lock",
        "poetry.lock", "uv.lock", "pdm.lock", "pipfile.lock", "go.sum", "flake.lock",
        "podfile.lock", "mix.lock", "pubspec.lock", "gradle.lockfile", "conda-lock.yml",
    )
)  # fmt: skip


def language_of(name: str, head: bytes) -> str:
    """The programming language of a file; empty when nothing says that it is code."""
    path = PurePosixPath(name)
    if known := _NAMES.get(path.name.lower()):
        return known
    suffix = path.suffix.lower()
    if suffix == ".m" and not _OBJECTIVE_C.search(head):
        return "MATLAB"
    if known := LANGUAGES.get(suffix):
        return known
    found = _SHEBANG.match(head)
    if suffix or not found:
        return ""
    return _PROGRAMS.get(found[1].decode().lower(), "")


def is_lock_file(name: str) -> bool:
    """Whether a package manager wrote it: names of versions, no text of people."""
    return PurePosixPath(name).name.lower() in _LOCK_FILES
