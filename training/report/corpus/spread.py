"""Sections on how various a corpus is: vocabulary, lengths, topics, style."""

from __future__ import annotations

import math
from typing import Any

from training.registry import SIGNALS
from training.report.corpus.wording import (
    WHOLE_NAME,
    Data,
    arrow,
    change,
    number,
    shades,
    share,
    whole_number,
)
from training.report.section import Chart, Section
from training.report.svg import Axis, Line, line_chart
from training.report.tables import Table

_DIVERSITY = (
    ("type_token", "distinct words of 1,000", True),
    ("distinct_1", "distinct words", True),
    ("distinct_2", "distinct pairs", True),
    ("distinct_3", "distinct triples", True),
    ("entropy_bits", "entropy, bits a word", False),
)
_PERCENTILES = ("p5", "p25", "p50", "p75", "p95", "mean")
#: Curves that can still be told apart.
_MOST_CURVES = 6


def vocabulary(data: Data) -> Section:
    """How words keep coming, and how rich a fixed number of them is."""
    rows = []
    for one in data["populations"]:
        before, after = one["before"]["diversity"], one["after"]["diversity"]
        beta = arrow(number(before["growth"]["beta"]), number(after["growth"]["beta"]))
        cells = [
            arrow(*((share if is_share else number)(told[name]) for told in (before, after)))
            for name, _, is_share in _DIVERSITY
        ]
        rows.append((one["source"] or WHOLE_NAME, beta, *cells))
    columns = ("source", "beta", *(title for _, title, _ in _DIVERSITY))
    text = (
        "Beta is the exponent of Heaps' law (distinct words = k x words^beta), fitted from 1,000 "
        "words on; 0.4 to 0.6 is usual for much running text, more for a small sample. Distinct "
        "words, pairs and triples and the entropy are those of the first 50,000 sampled words, and "
        "distinct words of 1,000 the mean over windows of so many, so that sources of any size "
        "compare; – where there are fewer words."
    )
    right = tuple(range(1, len(columns)))
    table = Table("Vocabulary, before → after", columns, rows, right)
    return Section("Vocabulary", [text], [table], [growth_chart(data)])


def growth_chart(data: Data) -> Chart:
    """Distinct words against words, both on log scales."""
    whole = data["populations"][0]
    found = [("before", whole["before"]), ("after", whole["after"])]
    found += [(f"{one['source']}", one["after"]) for one in data["populations"][1:]]
    curves = [(name, told["diversity"]["growth"]) for name, told in found]
    curves = [(name, curve) for name, curve in curves if len(curve["words"]) > 1][:_MOST_CURVES]
    lines = [
        Line(name, curve["words"], curve["distinct"], slot=slot)
        for slot, (name, curve) in enumerate(curves, start=1)
    ]
    ends = [f"{name} {curve['distinct'][-1]:,} of {curve['words'][-1]:,}" for name, curve in curves]
    summary = f"Distinct words of all sampled words: {'; '.join(ends) or 'too few words'}."
    svg = line_chart(
        lines,
        title="Growth of the vocabulary",
        description=summary,
        x=Axis("words", is_log=True),
        y=Axis("distinct words", is_log=True),
    )
    return Chart("Growth of the vocabulary", svg, summary)


def lengths(data: Data) -> Section:
    """Words of a document: percentiles and a histogram."""
    rows = []
    for one in data["populations"]:
        before, after = (one[when]["lengths"]["words"] for when in ("before", "after"))
        cells = [
            arrow(*(whole_number(told[name] if told else None) for told in (before, after)))
            for name in _PERCENTILES
        ]
        rows.append((one["source"] or WHOLE_NAME, *cells))
    columns = ("source", "5 %", "25 %", "median", "75 %", "95 %", "mean")
    table = Table("Words of a document, before → after", columns, rows, tuple(range(1, 7)))
    return Section("Lengths", [], [table], [length_chart(data)])


def length_chart(data: Data) -> Chart:
    """Share of documents by their words, before and after cleaning."""
    whole = data["populations"][0]
    lines, ends = [], []
    for slot, when in enumerate(("before", "after"), start=1):
        told = whole[when]["lengths"]["histogram"]
        total = sum(told["counts"])
        middles = [
            math.sqrt(max(low, 0.5) * high)
            for low, high in zip(told["edges"], told["edges"][1:], strict=False)
        ]
        if not total:
            continue
        used = [place for place, count in enumerate(told["counts"]) if count]
        inside = range(max(0, used[0] - 1), min(len(middles), used[-1] + 2))
        shares = [100 * told["counts"][place] / total for place in inside]
        lines.append(Line(when, [middles[place] for place in inside], shares, slot=slot))
        median = whole[when]["lengths"]["words"]["p50"]
        ends.append(f"{when}, half of the documents have at most {median:,.0f} words")
    summary = f"{'; '.join(ends)}."
    svg = line_chart(
        lines,
        title="Lengths of documents",
        description=summary,
        x=Axis("words of a document", is_log=True),
        y=Axis("% of documents"),
    )
    return Chart("Lengths of documents", svg, summary[:1].upper() + summary[1:])


def topics(data: Data) -> Section:
    """Topics with their terms, and how each source spreads over them."""
    effective = [
        (
            one["source"] or WHOLE_NAME,
            *(number(one[when]["topics"]["effective"]) for when in ("before", "after")),
        )
        for one in data["populations"]
    ]
    names = [", ".join(terms) or "no term" for terms in data["topics"]]
    if not names:
        few = "There are too few documents, or too few words that several share, to find topics."
        return Section("Topics", [few])
    populations = data["populations"]
    parts = [one["before"]["topics"]["shares"] for one in populations]
    parts.append(populations[0]["after"]["topics"]["shares"])
    titles = [one["source"] or WHOLE_NAME for one in populations]
    columns = ["most telling words", *titles, f"{WHOLE_NAME}, after"]
    by_topic = [[part[place] for part in parts] for place in range(len(names))]
    rows = [
        (name, *(share(value) for value in values))
        for name, values in zip(names, by_topic, strict=True)
    ]
    text = (
        "Found by k-means on TF-IDF of a sample of the whole, with nothing learnt elsewhere: they "
        "say how sources differ, not what a corpus is about. The effective number of topics is "
        "exp(entropy) of the shares: as many equally large topics would spread as widely."
    )
    right = tuple(range(1, len(columns)))
    return Section(
        "Topics",
        [text],
        [
            Table("Documents of each topic, before cleaning", tuple(columns), rows, right,
                  shades(by_topic)),
            Table("Effective number of topics", ("source", "before", "after"), effective, (1, 2)),
        ],
    )  # fmt: skip


def style(data: Data) -> Section:
    """Stored signals of all documents, and how far sources lie apart in them."""
    whole = data["populations"][0]
    rows = [
        (
            SIGNALS[name].title if name in SIGNALS else name,
            *(_moments(whole[when]["style"].get(name)) for when in ("before", "after")),
            change(
                whole["before"]["style"][name]["mean"],
                whole["after"]["style"].get(name, {}).get("mean"),
                is_share=False,
            ),
        )
        for name in whole["before"]["style"]
    ]
    tables = [Table("Mean ± standard deviation over documents", ("signal", "before", "after",
                    "change"), rows, (1, 2, 3))]  # fmt: skip
    text = (
        "The distance of two sources is the mean, over these signals, of the difference of their "
        "means in standard deviations of the whole: below 0.2 they read alike, from 0.8 on quite "
        "differently."
    )
    if len(data["sources"]) > 1:
        for when, found in zip(("before", "after"), data["style_distances"], strict=True):
            tables.append(_distances(data, found, when))
    tables += _scores(whole)
    return Section("Style", [text] if len(data["sources"]) > 1 else [], tables)


def _distances(data: Data, found: list[list[float | None]], when: str) -> Table:
    rows = [
        (name, *(f"{value:.2f}" if value is not None else "–" for value in row))
        for name, row in zip(data["sources"], found, strict=True)
    ]
    columns = ("source", *data["sources"])
    right = tuple(range(1, len(columns)))
    title = f"Distance of sources in style, {when} cleaning"
    return Table(title, columns, rows, right, shades(found, top=2.0))


def _scores(whole: dict[str, Any]) -> list[Table]:
    """Percentiles of what models said of the documents."""
    rows = []
    for name in whole["before"]["scores"]:
        before, after = whole["before"]["scores"][name], whole["after"]["scores"].get(name)
        cells = [
            arrow(*(number(told[p] if told else None) for told in (before, after)))
            for p in _PERCENTILES
        ]
        rows.append((name.removeprefix("score-"), *cells))
    columns = ("score", "5 %", "25 %", "median", "75 %", "95 %", "mean")
    if not rows:
        return []
    return [Table("Scores by models, before → after", columns, rows, tuple(range(1, 7)))]


def _moments(told: dict[str, float] | None) -> str:
    if told is None:
        return "–"
    return f"{number(told['mean'])} ± {number(told['deviation'])}"
