"""What the verb ``tasks`` is asked: which rows become examples, how they are read and split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from training.errors import Problem
from training.specs.base import Part, Spec, option
from training.specs.common_options import archives_option, cpu_limit_option, memory_limit_option
from training.specs.extract_formats import UnpackingLimits
from training.specs.input_files import repeated_paths, with_moved_files


class Shape(StrEnum):
    """What one row of a set holds; ``auto`` goes by the columns of the first rows."""

    AUTO = "auto"
    TEXT = "text"
    CLASSIFICATION = "classification"
    INSTRUCTION = "instruction"
    CHAT = "chat"
    SHAREGPT = "sharegpt"
    PREFERENCE = "preference"


class RowFormat(StrEnum):
    """How a file of rows is read; ``auto`` goes by the ending of its name, archives too."""

    AUTO = "auto"
    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"


class Choice(StrEnum):
    """What becomes of rows that are odd but readable."""

    KEEP = "keep"
    DROP = "drop"


class SplitMethod(StrEnum):
    """How rows are divided into training, validation and test."""

    HASH = "hash"
    STRATIFIED = "stratified"
    GROUP = "group"
    TIME = "time"


class RowFile(Part):
    """One file of rows on this machine."""

    path: str = option(title="File", help="Relative to the spec file.", min_length=1)
    format: RowFormat = option(
        RowFormat.AUTO,
        title="Format",
        help="auto goes by the ending: .jsonl, .json, .csv, .tsv, .parquet.",
    )


def _column(title: str, usual: str) -> Any:
    return option("", title=title, help=f"Empty takes {usual}.", max_length=200)


class ColumnsPart(Part):
    """Which column of the files holds what; only those of the shape are looked at."""

    text: str = _column("Text", "text or content")
    label: str = _column("Label", "label")
    instruction: str = _column("Instruction", "instruction, prompt or question")
    input: str = _column("Input", "input")
    output: str = _column("Output", "output, response, answer or completion")
    task_type: str = _column("Kind of task", "task_type")
    system: str = _column("System", "system")
    messages: str = _column("Turns", "messages, conversation or conversations")
    prompt: str = _column("Prompt", "prompt, question, messages or conversations")
    chosen: str = _column("Better answer", "chosen")
    rejected: str = _column("Worse answer", "rejected")

    def to_names(self) -> dict[str, str]:
        """{field: column as named, empty for the usual one}."""
        return self.model_dump()


class QualityPart(Part):
    """What becomes of rows that can be read but are odd; each is counted in either case."""

    empty_answers: Choice = option(
        Choice.DROP, title="Empty answers", help="Rows in which an answer is blank."
    )
    duplicates: Choice = option(
        Choice.DROP, title="Duplicates", help="Rows of the same content; the first always stays."
    )
    unfinished: Choice = option(
        Choice.KEEP,
        title="Ends on a user turn",
        help="Dialogues whose last turn is a question; that turn never carries loss.",
    )
    unbalanced: Choice = option(
        Choice.DROP,
        title="Unbalanced turns",
        help="Dialogues that do not alternate between user and assistant, beginning with user.",
    )
    labels: list[str] = option(
        factory=list,
        title="Valid labels",
        help="Classification: other labels are errors of their row; empty accepts all.",
        max_length=1_000,
        group="advanced",
    )
    max_row_chars: int = option(
        1_000_000,
        title="Longest row",
        help="Longer rows are errors.",
        unit="characters",
        ge=1,
        le=16_000_000,
        group="advanced",
    )


class SplitPart(Part):
    """Shares of validation and test; what is left trains. Equal rows never part."""

    method: SplitMethod = option(
        SplitMethod.HASH,
        title="Divided by",
        help="hash: by content, so that rows stay where they are when others are added; "
        "stratified: the shares hold in each value of a column; group: rows of one value stay "
        "together; time: the newest rows test, those before them validate.",
    )
    column: str = option(
        "",
        title="Column",
        help="stratified, group and time: the column looked at.",
        max_length=200,
    )
    validation: float = option(
        0.1,
        title="Validation share",
        help="Measured while training; 0 holds nothing out.",
        recommended=(0.01, 0.3),
        ge=0,
        lt=1,
    )
    test: float = option(
        0.1,
        title="Test share",
        help="Never learnt from: read once, when a run has ended. 0 holds nothing out.",
        recommended=(0.01, 0.3),
        ge=0,
        lt=1,
    )

    def problems(self) -> Iterator[Problem]:
        """Something must be left to train on; three methods need a column, one has none."""
        if self.validation + self.test >= 1:
            yield Problem(
                "test",
                "leaves nothing to train on together with validation",
                got=f"{self.validation:g} + {self.test:g}",
                expected="a sum below 1",
                fix=(("validation", 0.1), ("test", 0.1)),
            )
        if self.method != SplitMethod.HASH and not self.column:
            yield Problem("column", f"is needed to divide by {self.method}", hint="Name a column.")
        if self.method == SplitMethod.HASH and self.column:
            yield Problem(
                "column",
                "is not looked at when rows are divided by hash",
                got=self.column,
                expected="nothing, or another method",
                fix=(("column", ""),),
            )


class TasksSpec(Spec):
    """Rows become a task set: examples of one shape in three files, training never reads test."""

    verb = "tasks"

    inputs: list[RowFile] = option(
        factory=list, title="Files", help="Files of rows on this machine, in this order."
    )
    upload: str = option("", title="Upload", help="Folder of uploaded files.", artifact="upload")
    documents: str = option(
        "",
        title="Documents",
        help="Folder of extracted documents; each is a row of its text and other fields.",
        artifact="documents",
    )
    shape: Shape = option(
        Shape.AUTO, title="Shape", help="What one row holds; auto goes by the columns."
    )
    columns: ColumnsPart = option(
        factory=ColumnsPart, title="Columns", help="Which column holds what."
    )
    quality: QualityPart = option(
        factory=QualityPart, title="Quality", help="What becomes of odd rows."
    )
    splits: SplitPart = option(
        factory=SplitPart, title="Splits", help="What is held out for validation and test."
    )
    unpacking: UnpackingLimits = archives_option()
    memory_limit_bytes: int = memory_limit_option()
    cpu_limit_seconds: float = cpu_limit_option()

    def problems(self) -> Iterator[Problem]:
        """Something to read must be named, and each file only once."""
        if not self.inputs and not self.upload and not self.documents:
            yield Problem(
                "inputs",
                "there is nothing to read",
                got="no files, no upload and no documents",
                expected="at least one of them",
                hint="Name a .jsonl, .json, .csv, .tsv or .parquet file, or an archive of them.",
            )
        yield from repeated_paths([item.path for item in self.inputs])

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Also the paths of ``inputs``."""
        return with_moved_files(super().with_moved_inputs(data, move), move)
