"""Sections on the text itself: spelling and grammar, density, machine-made text."""

from __future__ import annotations

import functools

from training.corpus.quality_report.measures import BY_NAME, Aspect, Measure, of_aspect
from training.report.corpus.overview import measure_row
from training.report.corpus.wording import WHOLE_NAME, Data, arrow, both, estimate, number, share
from training.report.section import Quote, Section
from training.report.tables import Table

_PERCENTILES = ("p5", "p25", "p50", "p75", "p95")
_MARKS = {
    "assistant": "a phrase of an assistant", "placeholder": "a placeholder",
    "stock": "stock wordings", "even": "even sentences", "repeated": "repetition",
}  # fmt: skip


def language(data: Data) -> Section:
    """Proxies of spelling and grammar."""
    slips = Table(
        "Likely misspellings, the most frequent",
        ("word", "times", "likely meant", "times"),
        [(word, f"{n:,}", meant, f"{m:,}") for word, n, meant, m in data["slips"]],
        (1, 3),
    )
    tables = [*_tables(data, Aspect.LANGUAGE), *([slips] if data["slips"] else [])]
    return Section(Aspect.LANGUAGE, [], tables)


def density(data: Data) -> Section:
    """What compression leaves: of documents alone, and of joined ones."""
    rows = []
    for one in data["populations"]:
        before, after = (one[when]["density"] for when in ("before", "after"))
        spread = [
            arrow(*(share(told["per_document"][name] if told["per_document"] else None)
                    for told in (before, after)))
            for name in _PERCENTILES
        ]  # fmt: skip
        joined = arrow(share(before["blocks"]["share"]), share(after["blocks"]["share"]))
        alone = arrow(*(_value(BY_NAME["compressed"], one[when]) for when in ("before", "after")))
        rows.append((one["source"] or WHOLE_NAME, joined, alone, *spread))
    columns = ("source", "joined", "each alone", "5 %", "25 %", "median", "75 %", "95 %")
    text = (
        "Joined: sampled documents one after another, in blocks of 1 MiB by zstd at level 3, so "
        "that what they share with each other counts. The percentiles are over documents of 1,000 "
        "bytes and more, each by itself. Small is repetitive, large is dense or noise."
    )
    table = Table("Compressed size, before → after", columns, rows, tuple(range(1, 8)))
    return Section(Aspect.DENSITY, [text], [table, _definitions(of_aspect(Aspect.DENSITY))])


def machine_made(data: Data) -> Section:
    """Marks of machine-made text, with documents to look at."""
    quotes = [
        Quote(
            f"Document {one['index']} of {one['source']}, "
            f"{'kept' if one['is_kept'] else 'dropped'}: "
            f"{', '.join(_MARKS[mark] for mark in one['marks'])}.",
            "",
            f"{'…' if one['is_cut_before'] else ''}{one['text']}"
            f"{'…' if one['is_cut_after'] else ''}",
        )
        for one in data["machine_made"]
    ]
    text = (
        "Documents that read machine-made by these marks. This is a sign and no proof: look at "
        "the examples before you drop a source for it."
    )
    return Section(Aspect.MACHINE, [text], _tables(data, Aspect.MACHINE), quotes=quotes)


def _tables(data: Data, aspect: Aspect) -> list[Table]:
    """Before and after of the whole, then every source, then what each measure is."""
    measures = of_aspect(aspect)
    whole = data["populations"][0]
    rows = [
        measure_row(one.title, one.name, whole["before"], whole["after"], is_share=one.is_share)
        for one in measures
    ]
    tables = [Table("Whole corpus", ("", "before", "after", "change"), rows, (1, 2, 3))]
    if len(data["sources"]) > 1:
        tables.append(_by_source(data, measures))
    return [*tables, _definitions(measures)]


def _definitions(measures: tuple[Measure, ...]) -> Table:
    told = [(one.title, one.definition, one.limits) for one in measures]
    return Table("What is measured", ("measure", "definition", "limits"), told)


def _by_source(data: Data, measures: tuple[Measure, ...]) -> Table:
    cells = [both(data["populations"][1:], functools.partial(_value, one)) for one in measures]
    rows = [
        (name, *(column[place][1] for column in cells))
        for place, name in enumerate(data["sources"])
    ]
    columns = ("source", *(one.title for one in measures))
    return Table("By source, before → after", columns, rows, tuple(range(1, len(columns))))


def _value(one: Measure, told: Data) -> str:
    found = told["measures"][one.name]
    if found["value"] == 0:
        return estimate(told, one.name, is_share=one.is_share)
    return share(found["value"]) if one.is_share else number(found["value"])
