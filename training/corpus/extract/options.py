"""What readers are told: the choices of the spec, and how much one file may unpack to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.formats import Recognised
from training.errors import FileRefusedError
from training.units import format_bytes

#: Below this, what is unpacked is too little to hurt, whatever the ratio.
RATIO_FLOOR_BYTES = 64 << 20


class UnpackingLimitError(FileRefusedError):
    """A whole file is refused, however deep inside it the limit was passed."""


class Content(Protocol):
    """How members of archives are known and read, where they are no documents."""

    def recognised(self, name: str, head: bytes, num_bytes: int) -> Recognised:
        """The reader of a member by its name and first bytes; FileRefusedError when none fits."""

    def read(self, format: str, source: ByteSource, options: ReadOptions) -> Iterator[Any]:
        """What a member holds: items, each with a ``member`` to be filled in."""


@dataclass
class Budget:
    """What one uploaded file may unpack to, over all its members and archives in archives."""

    packed_bytes: int
    max_bytes: int
    max_ratio: int
    max_members: int
    num_bytes: int = 0
    num_members: int = 0

    def spend(self, num_bytes: int) -> None:
        """Count unpacked bytes; UnpackingLimitError when they become too many."""
        self.num_bytes += num_bytes
        if self.num_bytes > self.max_bytes:
            raise UnpackingLimitError(
                f"unpacks to more than {format_bytes(self.max_bytes)}; split it, or raise "
                "unpacking.max_bytes"
            )
        if self.num_bytes > max(RATIO_FLOOR_BYTES, self.max_ratio * self.packed_bytes):
            raise UnpackingLimitError(
                f"unpacks to more than {self.max_ratio:,} times its own size, as zip bombs do; "
                "raise unpacking.max_ratio if it is none"
            )

    def enter(self) -> None:
        """Count one member; UnpackingLimitError when there are too many."""
        self.num_members += 1
        if self.num_members > self.max_members:
            raise UnpackingLimitError(
                f"holds more than {self.max_members:,} members; split it, or raise "
                "unpacking.max_members"
            )


@dataclass(frozen=True)
class ReadOptions:
    """The choices of one file. Plain data but for what the child makes: budget and content."""

    split: str = "file"
    text_field: str = ""
    text_columns: Sequence[str] = ()
    delimiter: str = "auto"
    has_quotes: bool = True
    html_content: str = "main"
    pdf_document: str = "file"
    removes_page_furniture: bool = True
    mends_lines: bool = True
    epub_document: str = "book"
    wiki_namespaces: Sequence[int] = (0,)
    keeps_wiki_tables: bool = False
    latex_math: str = "keep"
    keeps_latex_captions: bool = False
    #: Of a LaTeX file that stands in a folder: the others below it, name to path.
    latex_parts: dict[str, str] = field(default_factory=dict)
    jats_parts: Sequence[str] = ("abstract", "body")
    keeps_jats_captions: bool = False
    min_question_score: int = 0
    min_answer_score: int = 0
    max_answers: int = 10
    skips_vendored: bool = True
    skips_generated: bool = True
    max_code_line: int = 1_000
    max_mean_code_line: int = 100
    min_alphanumeric_fraction: float = 0.25
    checks_lines: bool = True
    short_line_characters: int = 10
    max_short_fraction: float = 0.7
    min_lines: int = 20
    max_unpacked_bytes: int = 16 << 30
    max_ratio: int = 200
    max_members: int = 100_000
    max_depth: int = 2
    spool_folder: str = ""
    #: Members that ended an earlier child, with the reason: passed over this time.
    passed_over: dict[str, str] = field(default_factory=dict)
    depth: int = 0
    prefix: str = ""
    budget: Budget | None = None
    #: Who reads the members of archives; None reads them as documents.
    content: Content | None = None

    def to_task(self) -> dict[str, Any]:
        """As JSON for the child."""
        return asdict(self)

    def budget_for(self, packed_bytes: int) -> Budget:
        """A fresh budget for a file of that size."""
        return Budget(packed_bytes, self.max_unpacked_bytes, self.max_ratio, self.max_members)

    @property
    def room(self) -> Budget:
        """The budget; without one (a reader called by itself) everything is allowed."""
        return self.budget or Budget(1 << 62, 1 << 62, 1, 1 << 62)
