"""What every spec shares: field metadata, all problems at once, versions, YAML that round-trips.

A field is declared with ``option(default, title=..., help=..., unit=..., recommended=...)``; the
rest (form, API schema, CLI docs, bounds) derives from that. Unknown keys are errors with a
suggestion. ``resolve()`` replaces every "auto" so that what is stored is what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from training.errors import Problem, SpecError
from training.specs.reading import load_yaml
from training.specs.sentences import not_a_mapping, problem_of
from training.specs.writing import write_yaml

#: JSON-schema key under which Trainyard's own field metadata stands.
META = "trainyard"
#: JSON-schema key of the texts that are accepted.
_CHOICES = "enum"
#: Told of one spec: thousands of them help nobody, and take seconds to word.
_MOST_PROBLEMS = 50


def option(
    default: Any = ...,
    *,
    title: str,
    help: str,
    unit: str = "",
    recommended: tuple[float, float] | None = None,
    group: str = "basic",
    artifact: str = "",
    choices: Iterable[str] = (),
    shown_if: tuple[str, ...] = (),
    factory: Callable[[], Any] | None = None,
    **bounds: Any,
) -> Any:
    """Declare a spec field.

    ``unit`` is shown inside the input; ``recommended`` is the range outside which the form warns
    (bounds such as ``ge``/``le`` are refused instead); ``group`` is ``basic``, ``advanced`` or
    ``hidden`` (never in a form, which has another way for it);
    ``artifact`` marks a path to an input folder of that kind; ``choices`` are the names of a
    registry table, for a text that must be one of them. ``shown_if`` names a field beside it and
    the values with which this one matters (without values: any that is not empty); forms leave it
    out otherwise, as long as it has its default.
    """
    # The title stands here too: a JSON schema drops it beside a reference to an enum.
    meta: JsonDict = {
        "title": title,
        "unit": unit,
        "recommended": [*recommended] if recommended else None,
        "group": group,
        "artifact": artifact,
        "shown_if": [*shown_if],
    }
    extra: JsonDict = {META: meta}
    if choices:
        extra[_CHOICES] = [*choices]
    value = {"default": default} if factory is None else {"default_factory": factory}
    if factory is not None and isinstance(made := factory(), list | dict):
        # A schema leaves out what a factory makes.
        extra["default"] = made
    return Field(**value, title=title, description=help, json_schema_extra=extra, **bounds)


class Part(BaseModel):
    """A group of options inside a spec (the model, the optimizer ...)."""

    model_config = ConfigDict(
        extra="forbid", validate_assignment=False, allow_inf_nan=False, frozen=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def refuse_lookalikes(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse "yes" for a number (it would be 1), numbers beyond 64 bits, NUL in texts.

        Also names that are in no registry.
        """
        field = cls.model_fields[str(info.field_name)]
        annotation, choices = field.annotation, _extra(field).get(_CHOICES)
        if annotation in (int, float) and isinstance(value, bool):
            raise PydanticCustomError("float_type", "Input should be a number")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise PydanticCustomError("int_size", "Input should be a number of at most 64 bits")
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise PydanticCustomError("nul_character", "text without NUL characters")
        if isinstance(choices, list) and value not in choices:
            known = ", ".join(map(repr, choices))
            raise PydanticCustomError("enum", "one of the choices", {"expected": known})
        return value

    def problems(self) -> Iterator[Problem]:
        """Cross-field problems, all of them; field paths are relative to this part."""
        return iter(())

    def resolve(self) -> Self:
        """A copy in which every "auto" has been replaced by what will run."""
        return self

    def replace(self, **changes: Any) -> Self:
        """A copy with the named fields changed (no validation: the values are ours)."""
        return self.model_copy(update=changes)

    def all_problems(self) -> Iterator[Problem]:
        """Cross-field problems of this part and of every part inside it."""
        yield from self.problems()
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Part):
                for problem in value.all_problems():
                    yield _prefixed(problem, name)

    def doubts(self) -> Iterator[Problem]:
        """Every number outside its recommended range; the nearest one inside would mend it."""
        for name, field in type(self).model_fields.items():
            value, meta = getattr(self, name), _meta(field)
            if isinstance(value, Part):
                for doubt in value.doubts():
                    yield _prefixed(doubt, name)
            recommended = meta.get("recommended")
            if recommended and not recommended[0] <= value <= recommended[1]:
                yield range_doubt(name, value, *recommended, unit=meta["unit"])


class Spec(Part):
    """What one verb is asked to do. ``verb`` and ``current_version`` are set by each subclass."""

    verb: ClassVar[str] = ""
    current_version: ClassVar[int] = 1
    #: Top-level fields that hold a path which is no artifact.
    path_fields: ClassVar[tuple[str, ...]] = ()

    version: int = option(
        1,
        title="Spec version",
        help="Format of this file; older ones are migrated.",
        ge=1,
        group="hidden",
    )

    @classmethod
    def migrate(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Bring a dict written by an older version up to ``current_version``."""
        return data

    @classmethod
    def parse(cls, data: object) -> Self:
        """Validate plain data; raises SpecError holding every problem found, to a sane number."""
        if not isinstance(data, dict):
            raise SpecError([not_a_mapping(data)])
        data = _known_version(cls, {str(key): value for key, value in data.items()})
        try:
            spec = cls.model_validate(data)
        except ValidationError as error:
            raise SpecError(_told(cls, error)) from error
        problems = list(spec.all_problems())
        if problems:
            raise SpecError(_first(problems, len(problems)))
        return spec

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a YAML or JSON file (JSON is YAML); SpecError names line and column of a fault."""
        return cls.parse(load_yaml(path))

    def agrees_with(self, resolved: Self) -> bool:
        """Whether ``resolved`` makes every choice of this spec; what is left open may be anything.

        Another machine resolves an "auto" in another way; the run keeps what it began with.
        """
        return _agrees(self.to_dict(), self.resolve().to_dict(), resolved.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Plain data; ``parse(to_dict())`` gives an equal spec."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """YAML text that ``load`` reads back to an equal spec."""
        return write_yaml(self.to_dict())

    @classmethod
    def schema_document(cls) -> dict[str, Any]:
        """JSON schema with titles, help, bounds and the ``trainyard`` metadata of each field."""
        return cls.model_json_schema()

    @classmethod
    def artifact_fields(cls) -> dict[str, str]:
        """{field name: artifact kind} of the top-level fields that name an input folder."""
        found = {}
        for name, field in cls.model_fields.items():
            if kind := _meta(field).get("artifact"):
                found[name] = str(kind)
        return found

    def input_fields(self) -> dict[str, str]:
        """``artifact_fields`` that have a value."""
        fields = type(self).artifact_fields()
        return {name: kind for name, kind in fields.items() if getattr(self, name)}

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Plain data in which ``move`` has been applied to every path of an input.

        Those are artifacts and ``path_fields``; specs that name files in parts extend this.
        """
        names = {*cls.artifact_fields(), *cls.path_fields}
        return {
            key: move(value) if key in names and isinstance(value, str) and value else value
            for key, value in data.items()
        }


def _told(cls: type[BaseModel], error: ValidationError) -> list[Problem]:
    details = error.errors()
    return _first([problem_of(cls, one) for one in details[:_MOST_PROBLEMS]], len(details))


def _first(problems: list[Problem], number: int) -> list[Problem]:
    """At most _MOST_PROBLEMS, and how many of the ``number`` are left out."""
    shown = problems[:_MOST_PROBLEMS]
    more = number - len(shown)
    return [*shown, Problem("", f"there are {more:,} more problems")] if more else shown


def _extra(field: FieldInfo) -> dict[str, Any]:
    """What ``option`` added to the field's JSON schema."""
    extra = field.json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def _meta(field: FieldInfo) -> dict[str, Any]:
    meta: dict[str, Any] = _extra(field).get(META) or {}
    return meta


def range_doubt(
    field: str, value: float, low: float, high: float, *, unit: str = "", of: str = ""
) -> Problem:
    """A number that is used as it is, though it is outside what is usual (``of`` something)."""
    unit = f" {unit}" if unit else ""
    usual = f"{low:,g} to {high:,g}{unit}{of}"
    message = f"{value:,g}{unit} is outside the recommended range of {usual}; it is used as it is"
    return Problem(field, message, fix=((field, low if value < low else high),))


def _agrees(asked: Any, here: Any, stored: Any) -> bool:
    """``here`` is ``asked`` resolved on this machine: where they differ, nothing was asked."""
    if isinstance(asked, dict) and isinstance(stored, dict):
        return asked.keys() == stored.keys() and all(
            _agrees(asked[name], here[name], stored[name]) for name in asked
        )
    return bool(asked != here or asked == stored)


def _prefixed(problem: Problem, name: str) -> Problem:
    field = f"{name}.{problem.field}" if problem.field else name
    fix = tuple((f"{name}.{path}", value) for path, value in problem.fix)
    return Problem(field, problem.message, problem.got, problem.expected, problem.hint, fix)


def _known_version(cls: type[Spec], data: dict[str, Any]) -> dict[str, Any]:
    version = data.get("version", cls.current_version)
    if isinstance(version, int) and version > cls.current_version:
        raise SpecError(
            [
                Problem(
                    "version",
                    "this spec was written by a newer Trainyard",
                    got=str(version),
                    expected=f"up to {cls.current_version}",
                    hint="Upgrade this installation, or write the spec again with it.",
                )
            ]
        )
    if isinstance(version, int) and 1 <= version < cls.current_version:
        data = {**cls.migrate(data), "version": cls.current_version}
    return data
