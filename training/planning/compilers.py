"""Whether this machine can compile a model (``torch.compile``), told without importing torch.

On a CPU inductor writes C++ and calls a compiler; on a GPU it writes Triton kernels, and Triton
calls a C compiler for what launches them.
"""

from __future__ import annotations

import importlib.util
import os
import shutil

#: What inductor calls unless ``CXX`` names another.
CXX = "g++"
_C_COMPILERS = ("gcc", "clang", "cc")


def reason_against_compiling(device: str) -> str:
    """Why no model can be compiled for ``device`` ("cpu" or "cuda"); "" when one can."""
    if device == "cpu":
        name = os.environ.get("CXX") or CXX
        return "" if shutil.which(name) else f"there is no C++ compiler: {name} was not found"
    if importlib.util.find_spec("triton") is None:
        return "Triton is not installed, which writes the kernels of a GPU"
    names = [name for name in (os.environ.get("CC"), *_C_COMPILERS) if name]
    if not any(map(shutil.which, names)):
        return "there is no C compiler, which Triton needs: none of gcc, clang and cc was found"
    return ""
