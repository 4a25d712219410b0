"""What more training changed on the same items of a benchmark: each step against the one before.

Compared are measurements of the run whose items were asked in the same words; the statistics are
those of ``training.benchmarks.paired``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from training.benchmarks.answers import KEY, Answers
from training.benchmarks.paired import Paired
from training.report.section import Data
from training.report.tables import Table
from training.units import format_p_value, format_points, rounded_count


def collect_pairs(measured: Sequence[Data]) -> list[Data]:
    """Of each set asked in one way, each measured step against the one before it."""
    found: dict[tuple[str, str, str], dict[int, Data]] = {}
    for one in measured:
        for row in one["sets"]:
            key = (one["benchmark"], one["protocol"], str(row["set"]))
            if one["step"] is not None:
                found.setdefault(key, {}).setdefault(one["step"], row)
    return [
        {"benchmark": title, "protocol": protocol, "set": name, "step": later, "against": earlier}
        | _paired(rows[later], rows[earlier])
        for (title, protocol, name), rows in found.items()
        for earlier, later in pairwise(sorted(rows))
    ]


def without_answers(measured: Sequence[Data]) -> list[Data]:
    """As they are told: a bit for each item helps no reader."""
    return [
        {**one, "sets": [{key: row[key] for key in row if key != KEY} for row in one["sets"]]}
        for one in measured
    ]


def _paired(later: Data, earlier: Data) -> Data:
    """``why`` says why the two cannot be paired; "" where they are."""
    first, second = Answers.read(later), Answers.read(earlier)
    if first is None or second is None:
        return {"why": "answers were not kept"}
    if not first.is_of_same_items(second):
        return {"why": f"not the same items ({later['items']:,} and {earlier['items']:,})"}
    paired = first.against(second)
    low, high = paired.interval()
    return {
        "why": "",
        "items": paired.num_items,
        "only_later": paired.only_first,
        "only_earlier": paired.only_second,
        "difference": paired.difference,
        "low": low,
        "high": high,
        "p_value": paired.p_value,
        "items_needed": paired.items_needed,
        "verdict": _verdict(paired),
    }


def _verdict(paired: Paired) -> str:
    if paired.is_clear:
        return "better" if paired.difference > 0 else "worse"
    needed = paired.items_needed
    if needed is None or needed <= paired.num_items:
        return "no difference can be told"
    return f"no difference can be told (needs about {rounded_count(needed)} items)"


def paired_table(pairs: Sequence[Data]) -> Table:
    """A row for each two steps; empty without any."""
    rows = [
        (
            f"{one['benchmark']}: {one['set']}" if one["benchmark"] else one["set"],
            one["protocol"],
            f"{one['step']:,} against {one['against']:,}",
            *(_numbers(one) if not one["why"] else ("–", "–", "–", "–", one["why"])),
        )
        for one in pairs
    ]
    columns = (
        "benchmark", "asked", "steps", "items", "difference, points", "95 % interval", "p",
        "verdict",
    )  # fmt: skip
    return Table("The same items, answered again", columns, rows, (3, 4, 5, 6))


def _numbers(one: Data) -> tuple[str, ...]:
    return (
        f"{one['items']:,}",
        format_points(one["difference"], signed=True),
        f"{format_points(one['low'])} to {format_points(one['high'])}",
        format_p_value(one["p_value"]).removeprefix("p ").removeprefix("= "),
        one["verdict"],
    )
