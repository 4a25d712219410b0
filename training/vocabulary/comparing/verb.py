"""The verb ``compare_tokenizers``: tokenizers and a corpus in, a ``tokenizer_comparison`` out."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.corpus.corpus import Corpus
from training.corpus.stopping import ends_on_stop
from training.errors import DataError
from training.folder.artifact import load_manifest
from training.folder.atomic import write_json
from training.folder.job import Job
from training.folder.naming import called
from training.specs.compare_tokenizers import ComparedPart, CompareTokenizersSpec
from training.tokenizers.load import set_threads
from training.vocabulary.amounts import Groups, TextAmounts, TokenAmounts, figures
from training.vocabulary.comparing.cost import Cost, cost_of
from training.vocabulary.comparing.measuring import Measuring, drawn
from training.vocabulary.spelling import Speller, text_of
from training.vocabulary.words import shredded

COMPARISON_FILE = "comparison.json"
FORMAT_VERSION = 1
_KINDS = ("tokenizer", "model")
_MIN_PIECES = 3
_MOST_GROUPS = 50
_MOST_TITLE_CHARS = 120


def run(spec: CompareTokenizersSpec, job: Job) -> None:
    """Cut the sample by each, count, write; DataError when there is nothing to cut."""
    set_threads(spec.num_threads or 1)
    corpus = Corpus.open(job.input(spec.corpus, "corpus"))
    folders = [_folder(index, one, job) for index, one in enumerate(spec.tokenizers)]
    inputs = {f"tokenizer_{index + 1}": folder for index, folder in enumerate(folders)}
    names = _names(spec.tokenizers, folders)
    with (
        ends_on_stop(job),
        job.write_output("tokenizer_comparison", inputs={"corpus": corpus.folder, **inputs}) as out,
    ):
        measured = Measuring([Speller(folder) for folder in folders])
        job.phase("cutting the text")
        for sample in drawn(corpus, spec.max_bytes, job):
            measured.add(sample)
        if not measured.text.by_source.sums:
            raise DataError(
                "The corpus holds no text to compare tokenizers on.",
                advice="Raise max_bytes, or choose a corpus that keeps documents.",
            )
        job.phase("looking at words")
        comparison = _comparison(spec, measured, names, folders)
        comparison["corpus"] = {"id": corpus.manifest.id, "title": corpus.manifest.title}
        write_json(out.path / COMPARISON_FILE, comparison)
        best = min(comparison["tokenizers"], key=lambda one: one["total"]["tokens"])
        out.title = ", ".join(names)[:_MOST_TITLE_CHARS]
        out.counts.update(
            tokenizers=len(folders),
            documents=comparison["text"]["documents"],
            text_bytes=comparison["text"]["num_bytes"],
            fewest_tokens=best["name"],
        )


def _folder(index: int, one: ComparedPart, job: Job) -> Path:
    """The folder of a tokenizer or a model; DataError that names the field."""
    folder = Path(os.path.realpath(job.folder.root / one.path))
    if not os.path.isdir(folder):  # noqa: PTH112 - Path's raises for names that are too long
        raise DataError(
            f"tokenizers.{index}.path: there is no folder {os.path.relpath(folder)}.",
            advice="Name the output folder of a tokenizer or import job.",
        )
    kind = load_manifest(folder).kind
    return job.input(one.path, kind if kind in _KINDS else _KINDS[0])


def _names(parts: list[ComparedPart], folders: list[Path]) -> list[str]:
    """What each is called, all different."""
    names: list[str] = []
    for part, folder in zip(parts, folders, strict=True):
        name = part.name or called(folder)
        number = 2
        while name in names:
            name = f"{name.removesuffix(f' ({number - 1})')} ({number})"
            number += 1
        names.append(name)
    return names


def _comparison(
    spec: CompareTokenizersSpec, measured: Measuring, names: list[str], folders: list[Path]
) -> dict[str, Any]:
    text = TextAmounts.from_row(measured.text.by_source.total())
    totals = [TokenAmounts.from_row(one.by_source.total()) for one in measured.tokens]
    costs = [
        cost_of(spec.reference, len(speller.vocabulary), total.tokens)
        for speller, total in zip(measured.spellers, totals, strict=True)
    ]
    entries = []
    for index, speller in enumerate(measured.spellers):
        sums = measured.tokens[index]
        entries.append(
            {
                "name": names[index],
                "id": load_manifest(folders[index]).id,
                "kind": speller.form.title,
                "vocab_size": len(speller.vocabulary),
                "total": figures(text, totals[index]),
                "by_source": _by_group(measured.text.by_source, sums.by_source),
                "by_language": _by_group(measured.text.by_language, sums.by_language),
                "han": _han(measured, speller),
                "shredded": _words(spec, measured, speller),
                **_relative(costs[index], costs, totals[index].tokens, totals),
            }
        )
    return {
        "format_version": FORMAT_VERSION,
        "text": {
            **asdict(text),
            "han": sum(measured.han.values()),
            "distinct_han": len(measured.han),
            "by_source": _sizes(measured.text.by_source),
            "by_language": _sizes(measured.text.by_language),
        },
        "reference": spec.reference.model_dump(),
        "tokenizers": entries,
    }


def _sizes(groups: Groups) -> dict[str, dict[str, int]]:
    """The largest groups by their bytes."""
    rows = {label: TextAmounts.from_row(row) for label, row in groups.sums.items()}
    largest = sorted(rows, key=lambda label: -rows[label].num_bytes)[:_MOST_GROUPS]
    return {label: asdict(rows[label]) for label in largest}


def _by_group(text: Groups, tokens: Groups) -> dict[str, dict[str, float]]:
    return {
        label: figures(
            TextAmounts.from_row(text.sums[label]), TokenAmounts.from_row(tokens.sums[label])
        )
        for label in _sizes(text)
    }


def _relative(
    cost: Cost, costs: list[Cost], num_tokens: int, totals: list[TokenAmounts]
) -> dict[str, Any]:
    """Against the best of each."""
    return {
        "num_parameters": cost.num_parameters,
        "tokens_ratio": num_tokens / max(1, min(one.tokens for one in totals)),
        "training_ratio": cost.training_flops / max(1, min(one.training_flops for one in costs)),
        "generation_ratio": cost.weights_read / max(1, min(one.weights_read for one in costs)),
    }


def _han(measured: Measuring, speller: Speller) -> dict[str, int]:
    """Chinese characters of the text that are one piece: different ones, and occurrences."""
    whole = [
        character
        for character in measured.han
        if len(ids := speller.of_word(character)) == 1 and ids[0] != speller.unknown_id
    ]
    return {
        "distinct": len(whole),
        "occurrences": sum(measured.han[character] for character in whole),
    }


def _words(
    spec: CompareTokenizersSpec, measured: Measuring, speller: Speller
) -> list[dict[str, Any]]:
    """Frequent words that are cut into many pieces."""
    found = shredded(speller, measured.words, min_count=spec.min_count, min_pieces=_MIN_PIECES)
    return [
        {
            **asdict(one),
            "num_saved": one.num_saved,
            "pieces": [
                text_of(piece, speller.form)
                for cell in speller.cells(one.word)
                for piece in speller.pieces(cell)
            ],
        }
        for one in found[: spec.num_words]
    ]
