"""Columns of quality and safety for a clean job: computed here, joined, or there already.

A light classifier scores every document here; scores of an encoder come as an artifact of the verb
``score``. The rules are then given the ids of what their columns were made with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.corpus.classifiers import columns
from training.corpus.classifiers.classifier import KIND, Classifier
from training.corpus.classifiers.columns import LIST_PURPOSES, Float32, Purpose, column_name
from training.corpus.classifiers.keywords import ENTRIES_FILE
from training.corpus.classifiers.scores import Scores
from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner
from training.corpus.signals.table import SIGNALS_FOLDER, SignalTable, column_file, save_column
from training.errors import DataError
from training.folder.artifact import ArtifactDraft, load_manifest
from training.folder.atomic import link_or_copy
from training.specs.clean import CleanSpec
from training.specs.fit_classifier import Form, Target
from training.specs.rules import RulesPart


@dataclass(frozen=True)
class _Want:
    """One kind of column: the rule and its field that hold the id, the spec's fields that name."""

    rule: str
    key: str
    purposes: tuple[Purpose, ...]
    classifier: str
    scores: str = ""
    forms: tuple[Form, ...] = (Form.HASHED, Form.ENCODER)
    targets: tuple[Target, ...] = (Target.SCORE, Target.CLASS)


_WANTS = (
    _Want("quality", "classifier", (Purpose.QUALITY,), "quality_classifier", "quality_scores"),
    _Want(
        "safety", "classifier", (Purpose.SAFETY,), "safety_classifier", "safety_scores",
        targets=(Target.CLASS,),
    ),
    _Want("safety", "keywords", LIST_PURPOSES, "safety_list", forms=(Form.KEYWORDS,)),
)  # fmt: skip


class ScoreFinder:
    """Finds the columns of one clean job."""

    def __init__(
        self, spec: CleanSpec, documents: Documents, runner: ShardRunner, artifact: ArtifactDraft
    ) -> None:
        self.spec, self.documents, self.runner, self.artifact = spec, documents, runner, artifact

    def find(self, rules: RulesPart) -> RulesPart:
        """Every column that is wanted, on disk; the rules with the ids of their classifiers."""
        for want in _WANTS:
            rule = getattr(rules, want.rule)
            if found := self._find(want, getattr(rule, want.key), is_on=rule.is_on):
                rules = rules.replace(**{want.rule: rule.replace(**{want.key: found})})
        return rules

    def _find(self, want: _Want, known: str, *, is_on: bool) -> str:
        """The id of the classifier; empty where none is named and the rule needs none."""
        if path := getattr(self.spec, want.classifier):
            return self._computed(want, self.runner.job.input(path, KIND))
        if want.scores and (path := getattr(self.spec, want.scores)):
            return self._joined(want, self.runner.job.input(path, "scores"))
        if known and is_on and not self._is_there(want, known):
            raise DataError(
                f"The documents have no scores by the classifier {known} of the rule {want.rule}.",
                advice=f"Name the classifier in the field {want.classifier}.",
            )
        return known

    def _computed(self, want: _Want, classifier: Path) -> str:
        self._require(want, Classifier.open(classifier), want.classifier)
        found = load_manifest(classifier).id
        self.artifact.inputs[want.classifier] = classifier
        if not self._is_whole(want, found):
            self.runner.job.phase(f"scoring {want.purposes[0]}")
            languages = column_file(self.runner.folder, "language")
            name = column_name(want.purposes[0], found)
            made = columns.compute(classifier, self.documents, self.runner, name, languages)
            self._save(want, found, made, Classifier.open(classifier).target)
        if Form.KEYWORDS in want.forms:
            target = self.runner.folder / SIGNALS_FOLDER / columns.list_file(found)
            self._keep_entries(classifier / ENTRIES_FILE, target)
        return found

    def _keep_entries(self, entries: Path, target: Path) -> None:
        """Beside the columns, so that hits can be marked without the classifier."""
        if not target.exists():
            temporary = target.with_suffix(".tmp")
            temporary.unlink(missing_ok=True)
            link_or_copy(entries, temporary)
            temporary.rename(target)

    def _joined(self, want: _Want, folder: Path) -> str:
        """Joined each time: a column of this name may be of other scores by the same classifier."""
        scores = Scores.open(folder)
        self._require(want, scores.classifier, want.scores)
        self.artifact.inputs[want.scores] = folder
        table = SignalTable.read(self.runner.folder)
        made, num_missing = columns.join(folder, table.ids)
        if num_missing == len(table):
            raise DataError(
                f"{want.scores}: none of the {len(table):,} documents is among those that were "
                "scored.",
                advice="These scores are of other documents: score these.",
            )
        if num_missing:
            self.runner.job.warn(
                f"{num_missing:,} of {len(table):,} documents have no score in {want.scores}; "
                f"the rule {want.rule} keeps them."
            )
        if scores.documents_id != self.documents.manifest.id:
            self.runner.job.warn(
                f"{want.scores}: other documents than these were scored. A score goes by the id of "
                "a document, also where its text is another one by now (after transform): score "
                "these documents to be sure."
            )
        self._save(want, scores.classifier_id, made, scores.classifier.target)
        return scores.classifier_id

    def _require(self, want: _Want, classifier: Classifier, field: str) -> None:
        if classifier.form not in want.forms:
            wanted = " or ".join(want.forms)
            raise DataError(
                f"{field}: this is a classifier of the kind {classifier.form}; {wanted} is needed.",
                advice="A list of words goes into safety_list, a model into the other fields.",
            )
        if classifier.form != Form.KEYWORDS and classifier.target not in want.targets:
            raise DataError(
                f"{field}: this classifier gives scores from 0 to 5, and {want.rule} needs the "
                "probability of a class.",
                advice="Train one of two classes (target: class), or use it for quality.",
            )

    def _is_there(self, want: _Want, classifier_id: str) -> bool:
        return all(path.exists() for path in self._paths(want.purposes, classifier_id))

    def _is_whole(self, want: _Want, classifier_id: str) -> bool:
        """Whether every document has its score; columns that were joined may have gaps."""
        return self._is_there(want, classifier_id) and not any(
            np.isnan(np.load(path, mmap_mode="r")).any()
            for path in self._paths(want.purposes, classifier_id)
        )

    def _save(
        self, want: _Want, classifier_id: str, made: Sequence[Float32], target: Target
    ) -> None:
        values = columns.as_purpose(list(made), want.purposes[0], target)
        paths = self._paths(want.purposes, classifier_id)
        for path, column in zip(paths, values, strict=True):
            save_column(path, column)

    def _paths(self, purposes: Sequence[Purpose], classifier_id: str) -> list[Path]:
        return [
            column_file(self.runner.folder, column_name(one, classifier_id)) for one in purposes
        ]
