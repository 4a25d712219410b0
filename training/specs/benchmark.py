"""What the verb ``benchmark`` is asked: which rows are items, and how their answers are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from training.errors import Problem
from training.specs.base import Part, Spec, option
from training.specs.common_options import archives_option, cpu_limit_option, memory_limit_option
from training.specs.extract_formats import UnpackingLimits
from training.specs.input_files import repeated_paths, with_moved_files
from training.specs.tasks import RowFile


class ItemKind(StrEnum):
    """What one item asks; ``auto`` goes by the columns of the first rows of each file."""

    AUTO = "auto"
    CHOICE = "choice"
    CLOZE = "cloze"


class AnswerForm(StrEnum):
    """How rows say which choice is right."""

    AUTO = "auto"
    INDEX = "index"
    NUMBER = "number"
    LETTER = "letter"
    TEXT = "text"


class FaultyRows(StrEnum):
    """What becomes of a file with a row that cannot be used."""

    REFUSE = "refuse"
    LEAVE_OUT = "leave_out"


def _column(title: str, usual: str) -> Any:
    return option("", title=title, help=f"Empty takes {usual}.", max_length=200)


class ItemColumnsPart(Part):
    """Which column of the files holds what."""

    question: str = _column("Question or context", "question, context, ctx, prompt, stem, goal ...")
    choices: list[str] = option(
        factory=list,
        title="Choices",
        help="One column that holds a list, or one column for each choice; none takes choices, "
        "options, endings, or columns such as A to D, choice1, ending0.",
        max_length=26,
    )
    answer: str = _column("Answer", "answer, label, gold, answerKey, answer_idx or target")
    target: str = _column("Target of a cloze", "target, completion, last_word, answer or output")
    category: str = _column("Category", "category, subject, topic, activity_label or domain")
    split: str = _column("Split", "split")
    id: str = _column("Id", "id, question_id, qid, ind, idx ..., else the line")


class BenchmarkSpec(Spec):
    """Rows become a benchmark: questions with choices, or texts with the words that end them."""

    verb = "benchmark"

    upload: str = option(
        "",
        title="Upload",
        help="Uploaded files (.jsonl, .json, .csv, .tsv, .parquet, also packed); each file is a "
        "set with a result of its own.",
        artifact="upload",
    )
    inputs: list[RowFile] = option(
        factory=list, title="Files", help="Files of items on this machine, in this order."
    )
    kind: ItemKind = option(
        ItemKind.AUTO,
        title="Kind",
        help="choice: one of several answers is right; cloze: the target is what ends the text.",
    )
    columns: ItemColumnsPart = option(
        factory=ItemColumnsPart, title="Columns", help="Which column holds what."
    )
    answers: AnswerForm = option(
        AnswerForm.AUTO,
        title="Answers are",
        help="index: counted from 0; number: counted from 1; letter: A, B ...; text: the choice "
        "itself. auto: a label of the choices, else an index, a letter or the text.",
    )
    faulty_rows: FaultyRows = option(
        FaultyRows.REFUSE,
        title="Rows that cannot be used",
        help="refuse: the whole benchmark, naming file and row; leave_out: they are counted and "
        "listed, and the others are taken.",
    )
    unpacking: UnpackingLimits = archives_option()
    memory_limit_bytes: int = memory_limit_option()
    cpu_limit_seconds: float = cpu_limit_option()

    def problems(self) -> Iterator[Problem]:
        """Something to read, each file once."""
        if not self.inputs and not self.upload:
            yield Problem(
                "upload",
                "there is nothing to read",
                got="no upload and no files",
                expected="at least one of them",
                hint="Upload the items as .jsonl, .csv or .parquet and choose the upload.",
            )
        yield from repeated_paths([item.path for item in self.inputs])

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Also the paths of ``inputs``."""
        return with_moved_files(super().with_moved_inputs(data, move), move)
