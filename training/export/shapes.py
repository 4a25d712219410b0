"""Which weights a spec has under native names, with their shapes; nothing is allocated."""

from __future__ import annotations

from training.errors import DataError
from training.export.folder import HEAD
from training.export.native import Tensors, native_class
from training.model.building import without_values
from training.specs.model import ModelSpec

_LISTED = 4
Shapes = dict[str, tuple[int, ...]]


def our_shapes(spec: ModelSpec) -> Shapes:
    """{our name: shape} of a spec's weights, the tied head left out."""
    return {name: tuple(tensor.shape) for name, tensor in _meta_tensors(spec).items()}


def expected_shapes(spec: ModelSpec) -> Shapes:
    """{native name: shape} of a spec's weights; nothing is allocated."""
    ours, native = _meta_tensors(spec), native_class(spec)
    tensors = native.tensors(ours, spec) if native else ours
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _meta_tensors(spec: ModelSpec) -> Tensors:
    state = without_values(spec).state_dict()
    return {name: tensor for name, tensor in state.items() if not (spec.is_tied and name == HEAD)}


def check_shapes(found: Shapes, expected: Shapes) -> None:
    """DataError that names what is missing, what is too much, and what has another shape."""
    wrong = [
        f"{name} has shape {list(found[name])} where the config means {list(shape)}"
        for name, shape in expected.items()
        if name in found and found[name] != shape
    ]
    problems = [
        *_listed("missing", [name for name in expected if name not in found]),
        *_listed("not part of this class", [name for name in found if name not in expected]),
        *wrong[:_LISTED],
    ]
    if problems:
        raise DataError(
            f"The weights do not fit config.json: {'; '.join(problems)}.",
            advice="Use config.json and weights of the same model.",
        )


def _listed(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return [f"{what}: {', '.join(names[:_LISTED])}{more}"]
