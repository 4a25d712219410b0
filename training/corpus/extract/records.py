"""What passes between a reader, the child process it runs in, and the verb ``extract``.

A reader is ``read(source: ByteSource, options: ReadOptions) -> Iterator[Item]``. It streams: memory
is one record or one document, not the file. A record that cannot be used is a ``Fault`` (counted
and named); a file that cannot be used raises ``FileRefusedError``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

#: Faults listed one by one, and members of archives; the others are only counted.
MAX_LISTED_FAULTS = 100
MAX_LISTED_MEMBERS = 1_000
#: Stands between an archive in an archive and what is in it: "inner.zip!/a.txt".
NESTED = "!/"


@dataclass(frozen=True)
class Found:
    """One document. ``ordinal`` is its place in the file (or member) and part of its id.

    ``line`` and ``page`` count from 1; 0 means that the format has none. A row of a Parquet file
    counts as a line.
    """

    ordinal: int
    text: str
    line: int
    offset: int
    meta: str = "{}"
    page: int = 0
    member: str = ""


@dataclass(frozen=True)
class Fault:
    """What was left out, and why. ``what`` is a line, row, page, record, document or member."""

    line: int
    reason: str
    page: int = 0
    member: str = ""
    what: str = "line"
    #: In bytes from the beginning of the file, where lines say little; 0 when it is not known.
    offset: int = 0


@dataclass(frozen=True)
class Warned:
    """Something odd that was accepted; counted by its text."""

    message: str
    count: int = 1
    member: str = ""


@dataclass(frozen=True)
class Removed:
    """Lines that a reader took out of texts on purpose ("page headers"); counted by what."""

    what: str
    count: int
    member: str = ""


@dataclass(frozen=True)
class LeftOut:
    """Documents that a reader passes over by rule ("redirects"); counted by what they are."""

    what: str
    count: int = 1
    member: str = ""


@dataclass(frozen=True)
class MemberBegun:
    """A member of an archive is about to be read."""

    member: str


@dataclass(frozen=True)
class MemberDone:
    """The end of one member of an archive; ``refused`` undoes what it gave."""

    member: str
    format: str
    refused: str = ""


@dataclass(frozen=True)
class Superseded:
    """A member whose documents do not count after all, because another shows it; by what it is."""

    what: str
    member: str = ""


Item = Found | Fault | Warned | Removed | LeftOut | MemberBegun | MemberDone | Superseded


@dataclass
class MemberResult:
    """What one member of an archive gave."""

    name: str
    format: str = ""
    num_documents: int = 0
    num_text_bytes: int = 0
    num_faults: int = 0
    refused: str = ""


#: What passes between the processes only.
_NOT_TOLD = {"is_disk_full", "undone", "died_in"}
_LISTED_REFUSALS = 5


def refusals_told(results: Sequence[FileResult]) -> str:
    """Why files gave nothing: "a.csv holds no row; b.txt ...; and 3 more"."""
    reasons = [f"{result.name} {result.refused}" for result in results[:_LISTED_REFUSALS]]
    if len(results) > _LISTED_REFUSALS:
        reasons.append(f"and {len(results) - _LISTED_REFUSALS} more")
    return "; ".join(reasons)


@dataclass
class FileResult:
    """What one file gave; plain data, crosses from the child as JSON."""

    name: str
    num_documents: int = 0
    num_text_bytes: int = 0
    num_faults: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    #: Lines taken out of texts on purpose, by what they are.
    removed: dict[str, int] = field(default_factory=dict)
    #: Documents passed over by rule, by what they are.
    left_out: dict[str, int] = field(default_factory=dict)
    num_members: int = 0
    num_members_refused: int = 0
    members: list[dict[str, Any]] = field(default_factory=list)
    refused: str = ""
    #: Our disk was full, which is no fault of the file.
    is_disk_full: bool = False
    #: Members refused after they had given documents: those stand in the stream and do not count.
    undone: list[str] = field(default_factory=list)
    #: The member in which the child was ended, if that is why the file is refused.
    died_in: str = ""

    def as_told(self) -> dict[str, Any]:
        """For ``files.json``: without what passes between the processes only."""
        return {name: value for name, value in asdict(self).items() if name not in _NOT_TOLD}

    def refuse(self, reason: str) -> None:
        """Nothing of the file is taken, whatever was read of it before."""
        self.refused = reason
        self.num_documents = self.num_text_bytes = 0
        for member in self.members:
            member.update(num_documents=0, num_text_bytes=0)

    def faults_told(self) -> str:
        """What was left out, with the first reason; empty when nothing was."""
        if not self.num_faults:
            return ""
        first = self.faults[0]
        reason = f"{place_of(first)}: {first['reason']}"
        kinds = {fault["what"] for fault in self.faults}
        kind = kinds.pop() if len(kinds) == 1 else "record"
        if self.num_faults == 1:
            return f"1 {kind} was left out, {reason}"
        return f"{self.num_faults:,} {kind}s were left out, the first is {reason}"

    def add_fault(self, fault: Fault) -> None:
        """Count it, and list it while there is room."""
        self.num_faults += 1
        if len(self.faults) < MAX_LISTED_FAULTS:
            self.faults.append(
                {
                    "what": fault.what,
                    "member": fault.member,
                    "page": fault.page,
                    "line": fault.line,
                    "offset": fault.offset,
                    "reason": fault.reason,
                }
            )


class Tally:
    """Counts the items of a file as they come, member by member."""

    def __init__(self, result: FileResult) -> None:
        self.result = result
        self._members: dict[str, MemberResult] = {}
        self._done: dict[str, MemberResult] = {}

    def count(self, item: Item) -> None:
        """Add one item that is no document (or row) to the figures."""
        result = self.result
        if isinstance(item, Fault):
            result.add_fault(item)
            if item.member:
                self._member(item.member).num_faults += 1
        elif isinstance(item, Warned):
            result.warnings[item.message] = result.warnings.get(item.message, 0) + item.count
        elif isinstance(item, Removed):
            result.removed[item.what] = result.removed.get(item.what, 0) + item.count
        elif isinstance(item, LeftOut):
            is_listed = item.what in result.left_out or len(result.left_out) < MAX_LISTED_FAULTS
            what = item.what if is_listed else "others"
            result.left_out[what] = result.left_out.get(what, 0) + item.count
        elif isinstance(item, MemberDone):
            self._end(item)
        elif isinstance(item, Superseded) and item.member in self._done:
            self._undo(self._done[item.member])
            self.result.left_out[item.what] = self.result.left_out.get(item.what, 0) + 1

    def add(self, num_bytes: int, member: str) -> None:
        """Add one document (or row) of that size."""
        counted: list[FileResult | MemberResult] = [self.result]
        if member:
            counted.append(self._member(member))
        for result in counted:
            result.num_documents += 1
            result.num_text_bytes += num_bytes

    def finish(self) -> FileResult:
        """The result of the whole file."""
        result = self.result
        result.num_members = len(self._done)
        done = list(self._done.values())
        result.num_members_refused = sum(bool(member.refused) for member in done)
        result.members = [vars(member) for member in done[:MAX_LISTED_MEMBERS]]
        return result

    def _member(self, name: str) -> MemberResult:
        return self._members.setdefault(name, MemberResult(name))

    def _end(self, end: MemberDone) -> None:
        member = self._members.pop(end.member, MemberResult(end.member))
        member.format, member.refused = end.format, end.refused
        if end.refused:
            self._undo(member)
            self.result.add_fault(Fault(0, end.refused, member=end.member, what="member"))
        if earlier := self._done.get(end.member):
            # Held until its archive had ended: it comes twice, and counts once.
            member.num_documents += earlier.num_documents
            member.num_text_bytes += earlier.num_text_bytes
            member.num_faults += earlier.num_faults
        self._done[end.member] = member

    def _undo(self, refused: MemberResult) -> None:
        """Take back what a refused member gave, and what the members inside it gave."""
        inside = [
            member for member in self._done.values()
            if is_inside(member.name, refused.name) and not member.refused
        ]  # fmt: skip
        for member in [refused, *inside]:
            if member.num_documents:
                self.result.undone.append(member.name)
            self.result.num_documents -= member.num_documents
            self.result.num_text_bytes -= member.num_text_bytes
            member.num_documents = member.num_text_bytes = 0
        for member in inside:
            member.refused = f"stands in {refused.name}, which is refused"


def is_inside(member: str, archive: str) -> bool:
    """Whether a member stands in that (nested) archive."""
    return member.startswith(f"{archive}{NESTED}")


def place_of(fault: dict[str, Any]) -> str:
    """Where a fault is, for people: "a/b.csv, line 3"."""
    parts = [fault["member"]] if fault["member"] else []
    if fault["page"]:
        parts.append(f"page {fault['page']:,}")
    if fault["line"]:
        parts.append(f"{'row' if fault['what'] == 'row' else 'line'} {fault['line']:,}")
    if fault.get("offset"):
        parts.append(f"byte {fault['offset']:,}")
    return ", ".join(parts) or f"the {fault['what']}"
