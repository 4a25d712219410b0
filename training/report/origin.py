"""What a run was made of: data, tokenizer, model, recipe, and how to make it again."""

from __future__ import annotations

from training.report.made_from import MOST_SOURCES
from training.report.section import Data, Section
from training.report.tables import (
    checkpoint_files,
    fertility_table,
    funnel_table,
    input_table,
    library_table,
    parameter_table,
    source_table,
    spec_table,
)
from training.specs.writing import write_yaml
from training.units import format_bytes


def data_section(data: Data) -> Section:
    """Inputs with hashes, the files behind them, and what cleaning took away."""
    tables = [input_table(data["inputs"])] if data["inputs"] else []
    paragraphs = []
    if data["funnel"]:
        total, kept = data["funnel"]["total"], data["funnel"]["kept"]
        paragraphs.append(
            f"Cleaning kept {kept['documents']:,} of {total['documents']:,} documents "
            f"({format_bytes(kept['bytes'])} of {format_bytes(total['bytes'])})."
        )
    sources = data.get("sources") or {}
    if sources.get("files"):
        tables.append(source_table(sources["files"]))
        if sources["num_files"] > MOST_SOURCES:
            paragraphs.append(
                f"Files: the first {MOST_SOURCES:,} of {sources['num_files']:,} are listed; the "
                "documents' files.json has all."
            )
    if data["funnel"]:
        tables.append(funnel_table(data["funnel"]))
    return Section("Data", paragraphs, tables)


def tokenizer(data: Data) -> Section:
    """How many tokens the text makes."""
    table = fertility_table(data.get("tokenizer") or {})
    return Section("Tokenizer", [], [table] if table.rows else [])


def model(data: Data) -> Section:
    output = data["output"].get("counts", {})
    paragraphs = []
    if output.get("architecture"):
        native = not output.get("reason")
        paragraphs.append(
            f"Exported as {output['architecture']} from step {output['step']:,}"
            + (
                ", a native transformers class: no remote code is needed to load it."
                if native
                else f"; not a native class, because {output['reason']}"
            )
        )
    vocab_size = _vocab_size(data)
    tables = [parameter_table(data["spec"]["model"], vocab_size)] if vocab_size else []
    tables.append(spec_table("Architecture", data["spec"]["model"]))
    return Section("Model", paragraphs, tables)


def _vocab_size(data: Data) -> int:
    stated = int(data["spec"]["model"]["vocab_size"])
    if stated:
        return stated
    for entry in data["inputs"]:
        if entry["kind"] == "tokens":
            return int(entry["counts"].get("vocab_size", 0))
    return 0


def recipe(data: Data) -> Section:
    plain = {k: v for k, v in data["spec"].items() if not isinstance(v, dict)}
    parts = {k: v for k, v in data["spec"].items() if isinstance(v, dict) and k != "model"}
    tables = [spec_table("Run", plain)]
    tables += [spec_table(name.capitalize(), part) for name, part in parts.items()]
    return Section("Recipe", [], tables)


def reproduce(data: Data) -> Section:
    """Command, spec, versions and checksums."""
    return Section(
        "Reproduce",
        [
            (
                "The spec below, the inputs with the hashes above and these versions give the same "
                "run; on CPU with the same number of processes and threads, bit for bit."
            ),
            (
                "Save the spec as spec.yaml in a new folder beside the run's, let its field tokens "
                "name the token store, and run the command there. In the run's own folder the same "
                "is said by spec.json."
            ),
        ],
        [library_table(data), checkpoint_files(data["output"])],
        code=f"{data['reproduce']}\n\n# spec.yaml\n{spec_text(data)}",
    )


def spec_text(data: Data) -> str:
    """The run's resolved spec as YAML that may be saved and run again."""
    return write_yaml(data["spec"], width=90).rstrip()
