"""The ``corpus`` artifact: signals, rules and a bitmap over a documents artifact; no text.

``corpus.json`` names the documents artifact by id and by a path relative to this folder, so a
home folder can be moved whole. ``kept.bitmap`` has one bit per document, first document in the
lowest bit. Reading a kept text goes through here, never through copied files; so what a version
redacts is replaced here, and nothing that reads a version can see it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.corpus.documents import BATCH_ROWS, Documents
from training.corpus.pii.columns import redacted
from training.corpus.rules.rule import Mask
from training.errors import DataError
from training.folder.artifact import Manifest, require_kind
from training.folder.atomic import read_json, write_json
from training.registry import PII_KINDS
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart
from training.specs.signals import Segmentation

INFO_FILE = "corpus.json"
BITMAP_FILE = "kept.bitmap"
RULES_FILE = "rules.json"
ROUTES_FILE = "routes.json"
FUNNEL_FILE = "funnel.json"


@dataclass(frozen=True)
class CorpusInfo:
    """What ``corpus.json`` says. Bytes are UTF-8 text."""

    documents_id: str
    documents_path: str
    num_documents: int
    num_kept: int
    #: Before redaction.
    num_kept_bytes: int
    #: Kinds of personal data that are replaced by placeholders whenever a text is read.
    redact: tuple[str, ...] = ()
    #: Language -> preset by which its documents were judged; ``routes.json`` has the rules.
    routes: dict[str, str] = field(default_factory=dict)
    #: What a word of Chinese was for its signals.
    segmentation: str = Segmentation.CHARACTERS.value
    #: Id of the tokenizer by which the funnel counts tokens; empty where it does not.
    tokenizer: str = ""


@dataclass(frozen=True)
class Corpus:
    """A corpus opened for reading."""

    folder: Path
    manifest: Manifest
    info: CorpusInfo
    documents: Documents
    is_kept: Mask

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a corpus and its documents; DataError when they are gone or not the same ones."""
        manifest = require_kind(folder, "corpus")
        info = _read_info(folder)
        path = (folder / info.documents_path).resolve()
        if not path.is_dir():
            raise DataError(
                f"The documents of the corpus {folder.parent.name} are gone "
                f"({info.documents_path} is no folder).",
                advice="Extract and clean again.",
            )
        documents = Documents.open(path)
        if documents.manifest.id != info.documents_id:
            raise DataError(
                f"The documents of the corpus {folder.parent.name} were replaced by others.",
                advice="Clean again.",
            )
        return cls(folder, manifest, info, documents, read_bitmap(folder, info.num_documents))

    def batches(
        self,
        columns: Sequence[str] = ("doc_id", "text"),
        *,
        only: Mask | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pa.RecordBatch]:
        """Kept documents in order, redacted; ``only`` [num_documents] keeps a part of them."""
        mask = self.is_kept if only is None else self.is_kept & only
        start = 0
        for batch in self.documents.batches(columns, batch_rows):
            part = mask[start : start + batch.num_rows]
            start += batch.num_rows
            if part.any():
                kept = batch if part.all() else batch.filter(pa.array(part))
                yield redacted(kept, self.info.redact) if self.info.redact else kept

    def rules(self) -> dict[str, Any]:
        """The rules that made this version, as plain data."""
        return dict(read_json(self.folder / RULES_FILE) or {})

    def routes(self) -> dict[str, RulesPart]:
        """The rules for the documents of some languages, as they were when this was made."""
        stored = read_json(self.folder / ROUTES_FILE) or {}
        return {language: RulesPart.model_validate(values) for language, values in stored.items()}

    def texts(self, *, only: Mask | None = None) -> Iterator[str]:
        """Kept texts in order, redacted."""
        for batch in self.batches(("text",), only=only):
            yield from batch.column("text").to_pylist()


def num_text_bytes(batch: pa.RecordBatch) -> int:
    """UTF-8 bytes of a batch's texts, as they are after redaction."""
    return int(pc.sum(pc.binary_length(batch.column("text"))).as_py() or 0)


def describe(
    draft: Path,
    final: Path,
    documents: Documents,
    is_kept: Mask,
    kept_bytes: int,
    spec: CleanSpec,
    tokenizer: str = "",
) -> None:
    """Write bitmap and ``corpus.json`` into ``draft``, which will be renamed to ``final``."""
    (draft / BITMAP_FILE).write_bytes(np.packbits(is_kept, bitorder="little").tobytes())
    info = CorpusInfo(
        documents_id=documents.manifest.id,
        documents_path=os.path.relpath(documents.folder.resolve(), final.resolve()),
        num_documents=len(is_kept),
        num_kept=int(is_kept.sum()),
        num_kept_bytes=kept_bytes,
        redact=tuple(spec.redact),
        routes=dict(spec.routes),
        segmentation=spec.segmentation.value,
        tokenizer=tokenizer,
    )
    write_json(draft / INFO_FILE, asdict(info))


def write_routes(draft: Path, routes: Mapping[str, RulesPart]) -> None:
    """Write ``routes.json`` into ``draft``; a corpus without routes has none."""
    if routes:
        whole = {language: rules.model_dump(mode="json") for language, rules in routes.items()}
        write_json(draft / ROUTES_FILE, whole)


def _read_info(folder: Path) -> CorpusInfo:
    """What ``corpus.json`` says; DataError when it redacts a kind that is not known here."""
    data = read_json(folder / INFO_FILE)
    info = CorpusInfo(**{**data, "redact": tuple(data.get("redact", ()))})
    if unknown := [kind for kind in info.redact if kind not in PII_KINDS]:
        raise DataError(
            f"The corpus {folder.parent.name} redacts {', '.join(unknown)}, which this version of "
            "Trainyard cannot find.",
            advice="Read it with the version that made it, or clean again.",
        )
    return info


def read_bitmap(folder: Path, num_documents: int) -> Mask:
    """The kept documents as booleans [num_documents]."""
    data = np.fromfile(folder / BITMAP_FILE, dtype=np.uint8)
    if len(data) != -(-num_documents // 8):
        raise DataError(f"{folder.name}/{BITMAP_FILE} is damaged.", advice="Clean again.")
    return np.unpackbits(data, count=num_documents, bitorder="little").astype(bool)
