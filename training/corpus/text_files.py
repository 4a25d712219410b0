"""The texts that a corpus keeps and drops as Parquet files, for programs that know no corpus.

A corpus itself is a choice and copies no text. These files are written beside it when
``text_files`` asks for them: for each shard of the documents ``documents-NNNNN.parquet`` with the
kept ones, and ``dropped-NNNNN.parquet`` with every other, the rule that took it and each rule that
it fails, with its value. Shards are written side by side; memory is one row group of each.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from training.corpus.amounts import Int64, Measure
from training.corpus.documents import DICTIONARIES, Documents, shard_batches
from training.corpus.executor import CheckStop, ShardRunner
from training.corpus.funnel import Funnel, apply_rules, rules_of
from training.corpus.keeping import AlwaysKept
from training.corpus.pii.columns import redacted
from training.corpus.readable import READ, detected_languages, readable, schema_of
from training.corpus.rules.duplicates import KeptCopy
from training.corpus.rules.rule import Mask, Rule
from training.corpus.signals.table import SignalTable, share_files
from training.corpus.verdicts import Verdicts, options_key
from training.specs.rules import RulesPart

KEPT_SCHEMA = schema_of("doc_id")
FAILED = pa.list_(
    pa.struct(
        [
            ("rule", pa.string()),
            ("signal", pa.string()),
            ("value", pa.float64()),
            ("reason", pa.string()),
        ]
    )
)
DROPPED_SCHEMA = pa.schema([*KEPT_SCHEMA, ("rule", pa.string()), ("failed", FAILED)])


@dataclass(frozen=True)
class Judging:
    """What decides about documents, as plain text that processes and caches can carry."""

    #: Whose folder ``signals`` holds the columns.
    folder: str
    rules: str
    routes: str
    keep: AlwaysKept = field(default_factory=AlwaysKept)

    @classmethod
    def of(
        cls, folder: Path, rules: RulesPart, routes: Mapping[str, RulesPart], keep: AlwaysKept
    ) -> Judging:
        """By these rules, over the signals in ``folder``."""
        whole = {language: one.model_dump(mode="json") for language, one in routes.items()}
        return cls(str(folder.resolve()), rules.model_dump_json(), json.dumps(whole), keep)

    def digest(self, redact: Sequence[str]) -> str:
        """Equal where the files are; what an earlier attempt wrote otherwise is not taken over."""
        parts = (self.rules, self.routes, self.keep.as_dict(), sorted(redact))
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


class Judged:
    """Every document of a corpus with what each rule says of it."""

    def __init__(self, judging: Judging) -> None:
        rules = RulesPart.model_validate_json(judging.rules)
        routes = {
            language: RulesPart.model_validate(one)
            for language, one in json.loads(judging.routes).items()
        }
        self.table = SignalTable.read(Path(judging.folder))
        verdicts = Verdicts(self.table, Measure(self.table))
        self.funnel: Funnel = apply_rules(
            self.table, rules, routes, num_examples=0, verdicts=verdicts, keep=judging.keep
        )
        self.names = [outcome.rule for outcome in self.funnel.rules]
        #: A bit for each document, as verdicts have them: every worker holds those of all rules.
        self._failed: list[tuple[str, Rule, npt.NDArray[np.uint8]]] = []
        for place, (name, rule, is_on) in enumerate(rules_of(rules, routes)):
            if not is_on or not rule.is_ready(self.table):
                continue
            if isinstance(rule, KeptCopy):
                # Among copies it is decided in its turn, and of those that are left then.
                mask = rule.drops(self.table, self.funnel.left_before(place))
                bits = np.packbits(mask, bitorder="little")
            else:
                bits = verdicts.of(options_key(name, rules, routes), rule).bits
            self._failed.append((name, rule, bits))

    def failed(self, places: Int64) -> pa.ListArray:
        """Of each document at these places every rule that it fails, in the order of the funnel."""
        masks = [
            (name, rule, bits[places >> 3] >> (places & 7) & 1) for name, rule, bits in self._failed
        ]
        rows = [
            [self._told(name, rule, index) for name, rule, mask in masks if mask[row]]
            for row, index in enumerate(places.tolist())
        ]
        return pa.array(rows, FAILED)

    def _told(self, name: str, rule: Rule, index: int) -> dict[str, Any]:
        column = self.table.values.get(rule.signal)
        value = None if column is None else float(column[index])
        reason = rule.reason(self.table, index)
        return {"rule": name, "signal": rule.signal, "value": value, "reason": reason}


@dataclass(frozen=True)
class TextFiles:
    """Writes the two files of a shard; in any process."""

    folder: Path
    shards: tuple[Path, ...]
    starts: tuple[int, ...]
    judging: Judging
    redact: tuple[str, ...]

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Write the shard's files; returns its number of documents."""
        judged = _judged(self.judging)
        start = self.starts[shard]
        with (
            self._writer("documents", shard, KEPT_SCHEMA) as kept,
            self._writer("dropped", shard, DROPPED_SCHEMA) as dropped,
        ):
            for batch in shard_batches(self.shards[shard], READ):
                check()
                places = np.arange(start, start + batch.num_rows)
                start += batch.num_rows
                is_kept = judged.funnel.is_kept[places]
                if is_kept.any():
                    kept.write_batch(self._kept(batch, judged, places, is_kept))
                if not is_kept.all():
                    dropped.write_batch(self._dropped(batch, judged, places, ~is_kept))
        return start - self.starts[shard]

    def _kept(
        self, batch: pa.RecordBatch, judged: Judged, places: Int64, mask: Mask
    ) -> pa.RecordBatch:
        columns = self._columns(batch, judged, places, mask)
        return pa.RecordBatch.from_arrays(columns, schema=KEPT_SCHEMA)

    def _dropped(
        self, batch: pa.RecordBatch, judged: Judged, places: Int64, mask: Mask
    ) -> pa.RecordBatch:
        columns = self._columns(batch, judged, places, mask)
        firsts = [judged.names[one] for one in judged.funnel.dropped_by[places[mask]].tolist()]
        columns += [pa.array(firsts, pa.string()), judged.failed(places[mask])]
        return pa.RecordBatch.from_arrays(columns, schema=DROPPED_SCHEMA)

    def _columns(
        self, batch: pa.RecordBatch, judged: Judged, places: Int64, mask: Mask
    ) -> list[pa.Array]:
        chosen = batch if mask.all() else batch.filter(pa.array(mask))
        shown = redacted(chosen, self.redact) if self.redact else chosen
        detected = detected_languages(judged.table, places[mask])
        if detected is None:
            detected = pa.nulls(shown.num_rows, pa.string())
        return readable(shown, detected)

    def _writer(self, name: str, shard: int, schema: pa.Schema) -> pq.ParquetWriter:
        path = self.folder / f"{name}-{shard:05d}.parquet"
        return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=DICTIONARIES)


def write_texts(
    documents: Documents, runner: ShardRunner, judging: Judging, redact: list[str], draft: Path
) -> None:
    """Write the files of all shards and give them to ``draft``; done shards are not done again."""
    stage = f"texts-{judging.digest(redact)}"
    folder = runner.folder / stage
    folder.mkdir(exist_ok=True)
    shards, starts = documents.shards(), documents.starts()
    work = TextFiles(
        folder=folder.resolve(),
        shards=tuple(shard.resolve() for shard in shards),
        starts=starts,
        judging=judging,
        redact=tuple(redact),
    )
    runner.job.phase("writing texts")
    runner.run(stage, work, len(shards), starts[-1])
    share_files(folder, draft)


@functools.lru_cache(maxsize=1)
def _judged(judging: Judging) -> Judged:
    """Once in each process."""
    return Judged(judging)
