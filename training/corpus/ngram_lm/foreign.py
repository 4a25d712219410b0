"""Takes over an n-gram model that was made elsewhere: an ARPA file (gzip too) or a KenLM binary.

An ARPA file becomes the same tables as a model of our own, whatever its words are; but a text is
cut into our words, so a model of other units (with capitals, or of SentencePiece) finds few of its
words in any text. How many it could find is counted, and said.
"""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from training.corpus.ngram_lm.arpa import ARPA_FILE
from training.corpus.ngram_lm.arpa_reading import ArpaReader, Lines, Section
from training.corpus.ngram_lm.estimate import UNIGRAMS_FILE, table_file
from training.corpus.ngram_lm.fitting import write_info
from training.corpus.ngram_lm.kenlm_binary import BINARY_FILE, MAGIC, KenlmBinary
from training.corpus.ngram_lm.model import WORDS_FILE
from training.corpus.ngram_lm.tables import Table
from training.corpus.ngram_lm.vocabulary import MARKS, UNKNOWN_WORD, Vocabulary, unit_hashes
from training.corpus.stopping import check_stop, ends_on_stop
from training.errors import DataError
from training.folder.artifact import ArtifactDraft
from training.folder.atomic import read_json
from training.folder.job import Job
from training.specs.fit_ngram import FitNgramSpec

_UPLOAD_FILES = "files.json"
_GZIP = b"\x1f\x8b"
#: Below this share of usable words the model is of other units, and its numbers mean little.
_FEW = 0.5


def take_over(spec: FitNgramSpec, job: Job) -> None:
    """Write the artifact; DataError when there is no file, or it cannot be read."""
    inputs = {"upload": job.input(spec.upload, "upload")} if spec.upload else {}
    path, name = _uploaded(inputs["upload"]) if inputs else _local(spec.path, job)
    with path.open("rb") as file:
        head = file.read(len(MAGIC))
    with ends_on_stop(job), job.write_output("ngram_model", inputs=inputs) as draft:
        draft.title = name
        if head == MAGIC:
            _take_binary(path, draft)
            return
        job.phase("reading the ARPA file")
        try:
            with (
                gzip.open(path) if head.startswith(_GZIP) else path.open("rb") as source,
                (draft.path / ARPA_FILE).open("wb") as target,
            ):
                _take_arpa(_Copying(source, target), name, draft, job)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                f"{name} is no whole gzip file: {error}.", advice="Send it again."
            ) from error


@dataclass(frozen=True)
class _Copying:
    """Lines that are also written down: what is no model is left at its first bad line."""

    source: Any
    target: BinaryIO

    def readline(self, most: int) -> bytes:
        """The next line, or as much of it."""
        line: bytes = self.source.readline(most)
        self.target.write(line)
        return line


def _take_binary(path: Path, draft: ArtifactDraft) -> None:
    shutil.copyfile(path, draft.path / BINARY_FILE)
    order = KenlmBinary.open(draft.path).order
    write_info(draft.path, counts=[0] * order, has_gaps=False, form="kenlm")
    draft.counts.update(order=order, source="kenlm")


def _take_arpa(lines: Lines, name: str, draft: ArtifactDraft, job: Job) -> None:
    reader = ArpaReader(lines, name)
    has_gaps, context = False, Table.nothing()
    for order, section in enumerate(reader.sections(), start=1):
        check_stop(job)
        if order == 1:
            np.save(draft.path / UNIGRAMS_FILE, section.values)
            continue
        table = Table.create(draft.path / table_file(order), len(section.values))
        has_gaps |= _fill(section, order, table, context, reader)
        context = table
    hashes, is_unit = unit_hashes(reader.words)
    ids = np.flatnonzero(is_unit)
    np.save(draft.path / WORDS_FILE, Vocabulary.of(hashes[ids], ids, len(reader.words)).table)
    write_info(draft.path, counts=reader.numbers, has_gaps=has_gaps)
    usable = len(ids) / max(1, len(reader.words) - len(MARKS))
    _warn(reader, usable, job)
    draft.counts.update(
        order=len(reader.numbers),
        vocab_size=len(reader.words) - len(MARKS),
        usable_fraction=round(usable, 4),
        ngrams=sum(reader.numbers),
        ngrams_by_order=reader.numbers,
        source="arpa",
    )


def _fill(section: Section, order: int, table: Table, context: Table, reader: ArpaReader) -> bool:
    """Put a section into its table; whether an n-gram lacks the one without its first word."""
    from training.corpus.ngram_lm import estimate_kernels

    without_context, num_gaps = estimate_kernels.put_section(
        section.keys, section.values, order, table.keys, table.numbers, context.keys
    )
    if without_context >= 0:
        raise reader.fault(
            f"ends the {order}-grams, of which number {without_context + 1:,} has a context (its "
            f"first {order - 1} words) that is no {order - 1}-gram"
        )
    return bool(num_gaps)


def _warn(reader: ArpaReader, usable: float, job: Job) -> None:
    if usable < _FEW:
        job.warn(
            f"Only {usable:.0%} of the model's words can stand in a text as it is cut here (lower "
            f"case, no signs): the model is of other units, and perplexities will say little."
        )
    if not reader.has_unknown:
        job.warn(
            f"The model has no {UNKNOWN_WORD}; as KenLM does, unknown words get 10^-100, so one of "
            f"them decides the perplexity of a text."
        )


def _uploaded(folder: Path) -> tuple[Path, str]:
    listed = read_json(folder / _UPLOAD_FILES)
    files = listed if isinstance(listed, list) else []
    if len(files) != 1:
        raise DataError(
            f"The upload holds {len(files)} files where one ARPA file or KenLM binary is needed.",
            advice="Upload the model alone.",
        )
    return folder / Path(str(files[0]["file"])).name, str(files[0]["name"])


def _local(text: str, job: Job) -> tuple[Path, str]:
    path = Path(os.path.realpath(job.folder.root / text))
    # A pipe or a device has no end.
    if not path.is_file():
        raise DataError(
            f"path: there is no file {os.path.relpath(path)}.",
            advice="Name an ARPA file or a KenLM binary.",
        )
    return path, path.name
