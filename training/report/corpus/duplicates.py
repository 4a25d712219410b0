"""The section on duplication: by source, and source by source as a shaded table."""

from __future__ import annotations

from training.report.corpus.wording import Data, arrow, shades, share, whole_number
from training.report.section import Section
from training.report.tables import Table


def duplication(data: Data) -> Section:
    """Copies and near duplicates, within and between sources."""
    found = data["duplication"]
    kinds = [("Exact copies", found["exact"])]
    if found["near"]:
        kinds.append(("Near duplicates", found["near"]))
    spare = (
        "A spare document is one beyond the first of its group; exact copies have the same text "
        "but for white space and composed characters. All documents were compared."
    )
    texts = [spare]
    if not found["near"]:
        texts.append(
            "Near duplicates were not searched, neither by this corpus nor for the report."
        )
    tables = [_spare(data, kinds)]
    for title, told in kinds if len(data["sources"]) > 1 else []:
        for when in ("before", "after"):
            if any(map(any, told[when]["shared"])):
                tables.append(_matrix(data, title, told[when], when))
            else:
                texts.append(
                    f"{title}, {when} cleaning: none, neither within a source nor between two."
                )
    return Section("Duplication", texts, tables)


def _spare(data: Data, kinds: list[tuple[str, Data]]) -> Table:
    """Documents beyond the first of their group."""
    columns: list[str] = ["source"]
    cells: list[list[str]] = []
    for title, told in kinds:
        before, after = told["before"], told["after"]
        columns += [f"{title}, spare", f"{title}, share"]
        counts = [(sum(one["documents"]), one["spare_in_whole"]) for one in (before, after)]
        cells.append([arrow(*(whole_number(spare) for _, spare in counts))])
        cells[-1] += [
            arrow(whole_number(one), whole_number(other))
            for one, other in zip(before["spare"], after["spare"], strict=True)
        ]
        cells.append([arrow(*(_share(spare, total) for total, spare in counts))])
        cells[-1] += [
            arrow(
                *(_share(one["spare"][place], one["documents"][place]) for one in (before, after))
            )
            for place in range(len(data["sources"]))
        ]
    names = ["Whole corpus", *data["sources"]]
    rows = [(name, *(column[place] for column in cells)) for place, name in enumerate(names)]
    right = tuple(range(1, len(columns)))
    return Table("Documents beyond the first, before → after", tuple(columns), rows, right)


def _matrix(data: Data, title: str, told: Data, when: str) -> Table:
    """Share of the documents of a row's source that have a twin in a column's source."""
    parts = [
        [shared / total if total else None for shared in row]
        for row, total in zip(told["shared"], told["documents"], strict=True)
    ]
    rows = [
        (name, *(share(value) for value in row))
        for name, row in zip(data["sources"], parts, strict=True)
    ]
    columns = ("share of this source with a twin in", *data["sources"])
    right = tuple(range(1, len(columns)))
    return Table(f"{title} between sources, {when} cleaning", columns, rows, right, shades(parts))


def _share(part: int, whole: int) -> str:
    return share(part / whole if whole else None)
