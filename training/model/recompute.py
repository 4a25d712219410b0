"""Blocks that are computed again in the backward pass, wholly or but for their matrix products.

Chen 2016: of a block only what it reads is kept, and its forward pass is made again. Korthikanti
2022: what is large and cheap is made again, what is dear is kept. Here the results of the linear
layers and of fused attention are kept, a share of the memory and nearly all of the work; norms,
activations, rotations, masks and attention that is written out are computed again.

Nothing that draws random numbers is kept: torch puts the generator back for the second pass, and
whoever draws must draw again. So attention with dropout is computed again, too.

torch's own ``create_selective_checkpoint_contexts`` stores an entry for every operation and demands
that the second pass has no other ones; masks that are cached between passes (``backends.tiles``)
would break that. Here only what is kept is told apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

from training.specs.optimization import Recomputation

_aten = torch.ops.aten
_PRODUCTS = frozenset({_aten.mm.default, _aten.addmm.default})
_ATTENTIONS = frozenset(
    {
        _aten._scaled_dot_product_flash_attention_for_cpu.default,
        _aten._scaled_dot_product_flash_attention.default,
        _aten._scaled_dot_product_efficient_attention.default,
        _aten._scaled_dot_product_cudnn_attention.default,
        _aten._flash_attention_forward.default,
    }
)
Operations = frozenset[Any]
#: What one pass leaves to the next: an operation's result, and the version of each of its tensors.
_Kept = deque[tuple[Any, list[tuple[Tensor, int]]]]


def recomputed(
    how: Recomputation,
    run: Callable[..., Tensor],
    *arguments: Any,
    keeps_attention: bool,
    needs_last: bool,
) -> Tensor:
    """``run(*arguments)``, of which the backward pass computes again what is not kept.

    ``keeps_attention``: it draws no random numbers. ``needs_last``: something follows the last
    product of ``run`` and reads it again, so that it is kept too.
    """
    if how == Recomputation.NONE:
        return run(*arguments)
    contexts: dict[str, Any] = {}
    if how == Recomputation.SELECTIVE:
        operations = _PRODUCTS | (_ATTENTIONS if keeps_attention else frozenset())
        contexts["context_fn"] = partial(_contexts, operations, needs_last)
    again: Tensor = checkpoint(run, *arguments, use_reentrant=False, **contexts)
    return again


def _contexts(operations: Operations, needs_last: bool) -> tuple[_Keeping, _Giving]:
    kept: _Kept = deque()
    return _Keeping(operations, kept, needs_last), _Giving(operations, kept)


class _Mode(TorchDispatchMode):
    """Sees every operation below autograd; compiled kernels are left to themselves."""

    def __init__(self, operations: Operations, kept: _Kept) -> None:
        super().__init__()
        self.operations = operations
        self.kept = kept

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        return True


class _Keeping(_Mode):
    """The first pass."""

    def __init__(self, operations: Operations, kept: _Kept, needs_last: bool) -> None:
        super().__init__(operations, kept)
        self.needs_last = needs_last

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        if func in self.operations:
            # Detached: the tensors themselves will hold the graph, which holds what is kept.
            kept = _detached(made)
            tensors = kept if isinstance(kept, tuple) else (kept,)
            versions = [(one, one._version) for one in tensors if isinstance(one, Tensor)]
            self.kept.append((kept, versions))
        return made

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if self.kept and not self.needs_last:
            self.kept.pop()


class _Giving(_Mode):
    """The second pass: what was kept comes in the same order; what was not is computed."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func not in self.operations or not self.kept:
            return func(*args, **(kwargs or {}))
        kept, versions = self.kept.popleft()
        if any(tensor._version != version for tensor, version in versions):
            raise RuntimeError(f"a result of {func} that was kept has been changed in place")
        return kept


def _detached(made: Any) -> Any:
    """A tensor, or a tuple with tensors in it, without the graph; what is shared is shared."""
    if isinstance(made, tuple | list):
        return tuple(one.detach() if isinstance(one, Tensor) else one for one in made)
    return made.detach()
