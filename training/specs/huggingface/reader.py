"""One config.json: every value is asked for by name, type and bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from training.errors import DataError
from training.specs.model import ModelSpec
from training.specs.sentences import problem_of

MAX_SHOWN_CHARS = 60


@dataclass
class ConfigReader:
    """One config.json; every value is asked for by name, type and bounds."""

    data: dict[str, Any]
    where: str = "config.json"
    read: set[str] = field(default_factory=set)

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number; DataError names key, value and what is accepted."""
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.refusal(name, value, f"a whole number from {low:,} to {high:,}")
        return value

    def number(self, name: str, low: float, high: float, default: float) -> float:
        """A number within bounds."""
        value = self._get(name, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise self.refusal(name, value, f"a number from {low:g} to {high:g}")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self.refusal(name, value, "true or false")
        return value

    def only(self, name: str, accepted: tuple[Any, ...]) -> None:
        """Refuse what the class can do and our architecture cannot; the first is the default."""
        value = self._get(name, accepted[0])
        if not any(value is one or (type(value) is type(one) and value == one) for one in accepted):
            raise self.refusal(name, value, " or ".join(map(repr, accepted)))

    def part(self, *names: str) -> ConfigReader:
        """The object under the first of the names that is there."""
        for name in names:
            value = self._get(name, None)
            if value is not None and not isinstance(value, dict):
                raise self.refusal(name, value, "an object")
            if value:
                return ConfigReader(value, f"{self.where}: {name}")
        return ConfigReader({}, f"{self.where}: {names[0]}")

    def has(self, name: str) -> bool:
        """Whether the key has a value."""
        return self.data.get(name) is not None

    def unread(self) -> list[str]:
        """Keys that nobody asked for."""
        return sorted(set(self.data) - self.read)

    def refusal(self, name: str, value: Any, expected: str) -> DataError:
        """The sentence for a value."""
        shown = repr(value)
        if len(shown) > MAX_SHOWN_CHARS:
            shown = shown[:MAX_SHOWN_CHARS] + "..."
        return DataError(
            f"{self.where}: {name[:MAX_SHOWN_CHARS]} is {shown}; accepted: {expected}.",
            advice="The model cannot be taken over with this value.",
        )

    def _get(self, name: str, default: Any) -> Any:
        self.read.add(name)
        value = self.data.get(name)
        return default if value is None else value


def validated(**values: Any) -> ModelSpec:
    """The spec; DataError with a sentence per value that it cannot have."""
    try:
        return ModelSpec.model_validate(values)
    except ValidationError as error:
        sentences = [problem_of(ModelSpec, detail).sentence() for detail in error.errors()]
        raise DataError("config.json: " + " ".join(sentences)) from error


def rope(reader: ConfigReader, *, is_partial: bool = False) -> tuple[dict[str, Any], float]:
    """(rope_scaling part, theta) from the spelling of transformers 5 or an older one."""
    part = reader.part("rope_parameters", "rope_scaling")
    theta = part.number("rope_theta", 1.0, 1e12, reader.number("rope_theta", 1.0, 1e12, 10_000.0))
    if not is_partial:
        reader.only("partial_rotary_factor", (1.0, 1))
        part.only("partial_rotary_factor", (1.0, 1))
    name = "rope_type" if part.has("rope_type") else "type"
    part.only(name, ("default", "linear", "llama3"))
    kind = part.data.get(name, "default")
    if kind == "default":
        return {}, theta
    scaling: dict[str, Any] = {"kind": kind, "factor": part.number("factor", 1, 1024, 1.0)}
    if kind == "llama3":
        scaling |= {
            "low_frequency_factor": part.number("low_freq_factor", 1e-6, 1024, 1.0),
            "high_frequency_factor": part.number("high_freq_factor", 1e-6, 1024, 4.0),
            "original_context_length": part.integer(
                "original_max_position_embeddings", 8, 1_048_576, 8192
            ),
        }
    return scaling, theta
