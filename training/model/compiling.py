"""Blocks of a model that are compiled: what lies around attention becomes fused kernels.

One block is compiled and serves all of them, because they differ in their weights alone. Attention
stays what the back ends make of it: its calls depend on where documents end, which changes with
every batch, and each change would be compiled anew. The module itself is not wrapped, so that
names of weights are what they were; validation and samples run uncompiled, and so do the last
tokens of a batch of another size.

Everything is compiled again in every process: torch's caches are read with pickle and lie where
other users of a machine could write. What is built lies in a folder of this process alone.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from training.model.backends.base import Attend
from training.model.block import Block
from training.model.cache import Cache
from training.model.disentangled import Distances
from training.model.positions import Rotation


@torch.compiler.disable
def _attended(attend: Attend, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
    return attend(query, key, value, dropout)


@dataclass(frozen=True)
class Outside:
    """Attention that compiled code calls and does not look into."""

    attend: Attend

    def __call__(self, query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
        """As ``attend``."""
        mixed: Tensor = _attended(self.attend, query, key, value, dropout)
        return mixed


class CompiledBlock:
    """``Block.forward``, compiled for each shape that it is called with."""

    def __init__(self) -> None:
        _keep_to_ourselves()
        self._forward = torch.compile(Block.forward, dynamic=False)

    def __call__(
        self,
        block: Block,
        hidden: Tensor,
        attend: Attend,
        rotation: Rotation | None,
        cache: Cache | None = None,
    ) -> Tensor:
        """As ``block``."""
        around = attend if isinstance(attend, Distances) else Outside(attend)
        through: Tensor = self._forward(block, hidden, around, rotation, cache)
        return through


def _keep_to_ourselves() -> None:
    """No cache is read, nothing is shared, no pool of processes is started."""
    from torch._functorch import config as gradients
    from torch._inductor import config as kernels

    # Dynamo looks at a field of tensors and warns users of having done so.
    warnings.filterwarnings("ignore", message="The .grad attribute", category=UserWarning)
    folder = tempfile.mkdtemp(prefix="trainyard-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.environ["TRITON_CACHE_DIR"] = folder
    kernels.fx_graph_cache = False
    kernels.autotune_local_cache = False
    kernels.cpp_cache_precompile_headers = False
    kernels.compile_threads = 1
    gradients.enable_autograd_cache = False
