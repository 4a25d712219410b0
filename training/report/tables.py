"""Tables of the report: rows of text, made from ``report.json``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.generate.checks import Tally
from training.planning.params import count_parameters
from training.registry import METRICS, PERPLEXITY, PerplexityKind
from training.specs.model import ModelSpec
from training.units import format_bytes, format_count, format_loss, perplexity

Data = dict[str, Any]
_SHORT_HASH = 16


@dataclass(frozen=True)
class Table:
    """``caption``, column names, rows of text; numbers of ``right`` columns align right.

    ``heat`` shades cells, 0 (not) to 5, row by row and without the first column; the text of a
    cell says the same.
    """

    caption: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: tuple[int, ...] = ()
    heat: Sequence[tuple[int, ...]] = ()

    def cells(self) -> Iterator[list[tuple[str, int]]]:
        """(text, shade) of every cell, row by row."""
        for place, row in enumerate(self.rows):
            shades = (0, *self.heat[place]) if self.heat else (0,) * len(row)
            yield list(zip(row, shades, strict=True))


def key_values(facts: dict[str, str], caption: str = "In numbers") -> Table:
    """Two columns, name and value."""
    return Table(caption, ("", ""), list(facts.items()), (1,))


def validation_table(validations: list[Data], kind: PerplexityKind | None = PERPLEXITY) -> Table:
    """Every validation, at most twelve of them, evenly spread, the last one always.

    ``kind`` says what e to the loss is, None where it is nothing of a text.
    """
    stride = -(-len(validations) // 12)
    shown = validations[::-1][::stride][::-1]
    metrics = [one for one in METRICS.values() if any(one.name in event for event in shown)]
    rows = [
        (
            f"{event['step']:,}",
            _loss(event["loss"]),
            *([_short(event.get("perplexity"))] if kind else []),
            *(_share(event.get(one.name)) for one in metrics),
            _best(event),
        )
        for event in shown
    ]
    titles = [one.title.lower() for one in metrics]
    columns = ("step", "loss", *([kind.title.lower()] if kind else []), *titles, "")
    return Table("Validation", columns, rows, tuple(range(len(columns) - 1)))


def sample_checks_table(tallies: Mapping[int, Tally]) -> Table:
    """By step: samples in the form asked for, and names that the lexicon does not hold."""
    rows = [
        (
            f"{step:,}",
            f"{one.num_valid:,} of {one.num_judged:,}" if one.num_judged else "–",
            f"{one.num_unknown:,} of {one.num_names:,}" if one.num_names else "–",
        )
        for step, one in tallies.items()
    ]
    columns = ("step", "valid samples", "names not in the lexicon")
    return Table("Samples checked", columns, rows, (0, 1, 2))


def _share(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "–"


def comparison_table(lines: list[Data]) -> Table:
    """Planned against measured; the last column says by how much the plan was too high."""
    rows = [
        (
            line["title"],
            line["planned_text"],
            line["measured_text"],
            line["ratio_text"],
        )
        for line in lines
    ]
    columns = ("quantity", "planned", "measured", "difference")
    return Table("Planned and measured", columns, rows, (1, 2, 3))


def evaluation_table(
    found: Sequence[tuple[str, int | None, float]], kind: PerplexityKind | None = PERPLEXITY
) -> Table:
    """Loss of each text, and e to it where that is anything of a text (``kind``)."""
    rows = [
        (text, "" if step is None else f"{step:,}", format_loss(loss), f"{perplexity(loss):.1f}")
        for text, step, loss in found
    ]
    if kind:
        columns = ("text", "step", "nats per token", kind.title.lower())
        return Table("Evaluation", columns, rows, (1, 2, 3))
    return Table("Evaluation", ("text", "step", "loss"), [row[:3] for row in rows], (1, 2))


def source_table(files: list[Data]) -> Table:
    """Files that the text came from, with their licence and hash."""
    rows = [
        (
            str(entry["name"]),
            str(entry["source"] or ""),
            str(entry["language"] or ""),
            str(entry["licence"] or "not stated"),
            "" if entry["documents"] is None else f"{entry['documents']:,}",
            str(entry["sha256"] or "")[:_SHORT_HASH],
        )
        for entry in files
    ]
    columns = ("file", "source", "language", "licence", "documents", "SHA-256")
    return Table("Files", columns, rows, (4,))


def fertility_table(tokenizer: Data) -> Table:
    """How much text a token holds, as the tokenizer's own folder tells it."""
    statistics, counts = tokenizer.get("statistics") or {}, tokenizer.get("counts") or {}
    fit = statistics.get("fit") or {}
    facts = {
        "pieces": statistics.get("vocab_size", counts.get("vocab_size")),
        "trained on, bytes of text": statistics.get("training_bytes"),
        "bytes per token": fit.get("bytes_per_token", counts.get("bytes_per_token")),
        "tokens per word (fertility)": fit.get("tokens_per_word", counts.get("tokens_per_word")),
        "measured on documents": fit.get("num_documents"),
        "documents it had not seen": fit.get("is_held_out"),
    }
    rows = [(name, _fact(value)) for name, value in facts.items() if value is not None]
    return Table("Tokenizer", ("", ""), rows, (1,))


def _fact(value: float) -> str:
    return f"{value:.2f}" if isinstance(value, float) else _plain(value)


def input_table(inputs: list[Data]) -> Table:
    """What the run was made from, with the hash of each manifest."""
    rows = [
        (
            entry["kind"],
            entry["id"][:8],
            entry["manifest_sha256"][:_SHORT_HASH],
            format_bytes(entry["num_bytes"]) if entry["num_bytes"] is not None else "gone",
            _counts(entry["counts"]),
        )
        for entry in inputs
    ]
    columns = ("artifact", "id", "SHA-256 of its manifest", "size", "counts")
    return Table("Made from", columns, rows, (3,))


def funnel_table(funnel: Data) -> Table:
    """What each cleaning rule that is on dropped, in order."""
    rows = [
        (
            rule["title"],
            ", ".join(f"{name} {value}" for name, value in rule["thresholds"].items()),
            f"{rule['marginal']['documents']:,}",
            f"{rule['dropped']['documents']:,}",
            format_bytes(rule["dropped"]["bytes"]),
        )
        for rule in funnel["rules"]
        if rule["is_on"]
    ]
    columns = ("rule", "threshold", "would drop alone", "dropped", "bytes dropped")
    return Table("Cleaning", columns, rows, (2, 3, 4))


def parameter_table(model: Data, vocab_size: int) -> Table:
    """Exact parameters by part, counted from the spec."""
    spec = ModelSpec.model_validate({**model, "vocab_size": vocab_size}).resolve()
    counted = count_parameters(spec)
    total = counted.total
    rows = [
        (name.replace("_", " "), f"{count:,}", f"{count / total:.1%}")
        for name, count in asdict(counted).items()
        if count
    ]
    rows.append(("total", f"{total:,}", "100.0%"))
    return Table("Parameters", ("part", "parameters", "share"), rows, (1, 2))


def spec_table(caption: str, values: Data) -> Table:
    """A part of the spec as it ran."""
    rows = [(name.replace("_", " "), _plain(value)) for name, value in values.items()]
    return Table(caption, ("setting", "value"), rows, (1,))


def event_table(events: list[Data]) -> Table:
    """What happened, in order; at most the first and last fifty."""
    shown = events if len(events) <= 100 else [*events[:50], *events[-50:]]
    rows = [(_clock(event["time"]), event["kind"], _event_text(event)) for event in shown]
    caption = "What happened"
    if len(shown) < len(events):
        caption += f" (the first and last 50 of {len(events):,})"
    return Table(caption, ("time (UTC)", "event", ""), rows)


def library_table(data: Data) -> Table:
    """Versions and machine."""
    machine = data["machine"]
    rows = [*data["libraries"].items()]
    if machine:
        size = format_bytes(machine["memory_bytes"])
        rows.append(("machine", f"{machine['num_cores']} cores, {size}"))
        rows.append(("system", machine["system"]))
    return Table("Versions", ("", ""), rows, (1,))


def checkpoint_files(output: Data) -> Table:
    """Files of the exported model with their hashes."""
    rows = [
        (name, format_bytes(entry["num_bytes"]), entry["sha256"])
        for name, entry in output.get("files", {}).items()
    ]
    return Table("Files of the model", ("file", "size", "SHA-256"), rows, (1,))


def _counts(counts: Data) -> str:
    plain = {
        name: value
        for name, value in counts.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    shown = [
        f"{name.removeprefix('num_').replace('_', ' ')} {_amount(value)}"
        for name, value in list(plain.items())[:6]
    ]
    return ", ".join(shown)


def _amount(value: float) -> str:
    return format_count(value) if float(value).is_integer() else f"{value:.3g}"


def _event_text(event: Data) -> str:
    if "message" in event:
        return str(event["message"])
    skipped = {"seq", "time", "generation", "kind", "libraries", "machine"}
    facts = {k: v for k, v in event.items() if k not in skipped and v not in (None, "")}
    return ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in facts.items())


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items()) or "none"
    return str(value)


def _loss(value: object) -> str:
    return format_loss(float(value)) if isinstance(value, int | float) else str(value)


def _short(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) else str(value)


def _best(event: Data) -> str:
    return "best so far" if event.get("is_best") else ""


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
