"""The first sections of a corpus report: key figures, sources; the last: how it was measured."""

from __future__ import annotations

import re

from training.report.corpus.wording import (
    WHOLE_NAME,
    Data,
    change,
    estimate,
    number,
    share,
    whole_number,
)
from training.report.section import Section
from training.report.tables import Table
from training.units import format_bytes

_COLUMNS = ("", "before", "after", "change")
_RIGHT = (1, 2, 3)


def summary(data: Data) -> Section:
    """What cleaning did to the whole, in one table."""
    whole = data["populations"][0]
    before, after = whole["before"], whole["after"]
    kept = after["num_documents"] / before["num_documents"] if before["num_documents"] else None
    sources = f"{len(data['sources']) + max(0, data['num_pooled_sources'] - 1):,}"
    text = (
        f"{whole_number(before['num_documents'])} documents "
        f"({format_bytes(before['num_bytes'])} of text, {whole_number(before['num_words'])} words) "
        f"of {sources} source{'s' if sources != '1' else ''}; cleaning keeps {share(kept)} of them "
        f"({format_bytes(after['num_bytes'])})."
    )
    return Section("Summary", [text], [Table("Whole corpus", _COLUMNS, _key_rows(data), _RIGHT)])


def _key_rows(data: Data) -> list[tuple[str, ...]]:
    whole = data["populations"][0]
    before, after = whole["before"], whole["after"]
    exact, near = data["duplication"]["exact"], data["duplication"]["near"]

    def counted(title: str, name: str) -> tuple[str, ...]:
        step = (
            f"{after[name] - before[name]:+,}".replace("-", "−")
            if after[name] != before[name]
            else "0"
        )
        return (title, whole_number(before[name]), whole_number(after[name]), step)

    def plain(
        title: str, one: float | None, other: float | None, *, is_share: bool
    ) -> tuple[str, ...]:
        render = share if is_share else number
        return (title, render(one), render(other), change(one, other, is_share=is_share))

    rows = [counted("Documents", "num_documents"), counted("Words", "num_words")]
    rows.append(plain("Exact copies", *_both(exact, "share_in_whole"), is_share=True))
    if near:
        rows.append(plain("Near duplicates", *_both(near, "share_in_whole"), is_share=True))
    for name, title, is_share in (
        ("likely_slips", "Likely misspellings per 1,000 long words", False),
        ("whole_sentences", "Whole sentences", True),
    ):
        rows.append(measure_row(title, name, before, after, is_share=is_share))
    rows += [
        plain("Compressed size, joined", *_of(whole, "density", "blocks", "share"), is_share=True),
        plain("Growth of the vocabulary (beta)", *_of(whole, "diversity", "growth", "beta"),
              is_share=False),
        plain("Effective number of topics", *_of(whole, "topics", "effective"), is_share=False),
        measure_row("Reads machine-made", "machine_made", before, after, is_share=True),
    ]  # fmt: skip
    return rows


def measure_row(
    title: str, name: str, before: Data, after: Data, *, is_share: bool
) -> tuple[str, ...]:
    """One measure before and after, each with its error, and the change."""
    return (
        title,
        *(estimate(one, name, is_share=is_share) for one in (before, after)),
        change(
            before["measures"][name]["value"], after["measures"][name]["value"], is_share=is_share
        ),
    )


def sources(data: Data) -> Section:
    """What each source brings, and how much of it stays."""
    rows = []
    for one in data["populations"]:
        before, after = one["before"], one["after"]
        kept = after["num_documents"] / before["num_documents"] if before["num_documents"] else None
        languages = ", ".join(
            f"{code or 'none'} {share(part)}" for code, part in before["languages"][:3]
        )
        rows.append(
            (
                one["source"] or WHOLE_NAME,
                whole_number(before["num_documents"]),
                share(kept),
                format_bytes(before["num_bytes"]),
                format_bytes(after["num_bytes"]),
                languages,
            )
        )
    columns = ("source", "documents", "kept", "text before", "text after", "languages before")
    notes = []
    gone = [one["source"] for one in data["populations"][1:] if not one["after"]["num_documents"]]
    if gone:
        notes.append(f"Nothing is kept of {', '.join(gone)}: the figures after cleaning are empty.")
    if data["num_pooled_sources"]:
        notes.append(
            f"The smallest {data['num_pooled_sources']:,} sources are told as one; the field "
            "max_sources of the spec shows more of them."
        )
    return Section("Sources", notes, [Table("By source", columns, rows, (1, 2, 3, 4))])


def method(data: Data) -> Section:
    """Samples, errors, and what the report is not."""
    settings = data["settings"]
    rows = [
        (
            one["source"] or WHOLE_NAME,
            *(
                f"{one[when]['num_sampled']:,} of {one[when]['num_documents']:,}"
                for when in ("before", "after")
            ),
            *(format_bytes(one[when]["sampled_bytes"]) for when in ("before", "after")),
        )
        for one in data["populations"]
    ]
    columns = ("source", "sampled before", "sampled after", "text before", "text after")
    near = data["duplication"]["search"]
    counted = (
        "Documents, words, lengths, style, languages, scores and duplication are counted over all "
        "documents. Everything else is measured on random samples, one of each source and one of "
        f"the whole, before and after cleaning (seed {settings['seed']}; the first "
        f"{format_bytes(settings['max_document_bytes'])} of a document). The number behind ± is "
        "one standard error: the value for all documents lies within two of them 19 times of 20. "
        "Where every document was read there is none."
    )
    stages = (
        "Before: all documents, as they were extracted. After: those that the version keeps; "
        "personal data is measured as it was found, and masked in what is shown."
    )
    searched = [_search_words(near)] if near else []
    samples = Table("Samples", columns, rows, (1, 2, 3, 4))
    return Section("How it was measured", [counted, stages, *searched], [samples])


def _search_words(column: str) -> str:
    """How near duplicates were searched, by the name of the column that holds them."""
    found = re.fullmatch(r"near-([\d.]+)-(\d+)w-(\d+)x(\d+)-v\d+", column)
    if not found:
        return f"Near duplicates are those of the column {column}."
    jaccard, words, bands, rows = found.groups()
    return (
        f"Near duplicates share at least {jaccard} of their runs of {words} words (Jaccard); they "
        f"were found by MinHash with {bands} bands of {rows} hashes, and every pair was checked."
    )


def _both(told: Data, name: str) -> tuple[float | None, float | None]:
    return told["before"][name], told["after"][name]


def _of(whole: Data, *path: str) -> tuple[float | None, float | None]:
    found = []
    for when in ("before", "after"):
        value = whole[when]
        for name in path:
            value = value[name]
        found.append(value)
    return found[0], found[1]
