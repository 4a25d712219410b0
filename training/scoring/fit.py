"""The verb ``fit_classifier``: labelled rows in, a ``classifier`` artifact out; or lists of words.

1. Rows are read and parted: what is held out is never learnt from.
2. The linear layer is fitted to its optimum, on hashed words or on an encoder's hidden states.
3. The evaluation on what was held out goes into the artifact.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.classifiers.classifier import EVALUATION_FILE, KIND, Classifier
from training.corpus.classifiers.evaluation import evaluate_classes, evaluate_scores
from training.corpus.classifiers.fitting import Fitted
from training.corpus.classifiers.hashed import fit_hashed, telling_runs
from training.corpus.classifiers.keyword_lists import ListReader
from training.corpus.classifiers.keywords import KeywordModel
from training.corpus.classifiers.linear import LOGISTIC, SQUARED, Float64
from training.corpus.signals.batch import TextBatch
from training.corpus.stopping import check_stop, ends_on_stop
from training.errors import DataError
from training.folder.artifact import ArtifactDraft
from training.folder.atomic import write_json
from training.folder.job import Job
from training.scoring.rows import LabelledRows, read_rows
from training.specs.fit_classifier import FitClassifierSpec, Form, Target
from training.specs.tasks import TasksSpec
from training.tasks.inputs import find_inputs

_LISTED = 5
#: Texts that the telling runs are looked for in.
_TELLING_TEXTS = 5_000


def run(spec: FitClassifierSpec, job: Job) -> None:
    """Fit and write; DataError when there is nothing to learn from."""
    with ends_on_stop(job):
        if spec.form == Form.KEYWORDS:
            _take_lists(spec, job)
            return
        job.phase("reading rows")
        rows = read_rows(spec, job)
        with job.write_output(KIND, inputs=_inputs(spec, job)) as draft:
            if spec.form == Form.ENCODER:
                from training.scoring.embedding import fit_encoder

                classifier, fitted, predicted, more = fit_encoder(spec, rows, draft.path, job)
            else:
                classifier, fitted, predicted, more = _fit_hashed(spec, rows, draft.path, job)
            classifier.save(draft.path)
            _describe(spec, rows, classifier, fitted, predicted, more, draft)


def loss_of(spec: FitClassifierSpec) -> Any:
    """What is minimised."""
    return LOGISTIC if spec.target == Target.CLASS else SQUARED


def _inputs(spec: FitClassifierSpec, job: Job) -> dict[str, Path]:
    fields = ("rows", "tasks", "encoder", "encoder_upload")
    kinds = spec.input_fields()
    return {
        name: job.input(getattr(spec, name), kinds[name])
        for name in fields
        if getattr(spec, name) and name in kinds and is_artifact(job, getattr(spec, name))
    }


def is_artifact(job: Job, path: str) -> bool:
    """Whether a path of the spec is an artifact's folder, and not a checkpoint of a run."""
    return ((job.folder.root / path) / "manifest.json").is_file() and not (
        (job.folder.root / path) / "state.json"
    ).is_file()


def _fit_hashed(
    spec: FitClassifierSpec, rows: LabelledRows, folder: Path, job: Job
) -> tuple[Classifier, Fitted, Float64, dict[str, Any]]:
    job.phase("fitting")
    texts, targets = rows.part(is_test=False)
    part = spec.hashed
    model, fitted = fit_hashed(
        texts, targets, loss_of(spec), part.ngrams, part.bucket_bits, part.min_rows,
        lambda: check_stop(job),
    )  # fmt: skip
    model.save(folder)
    classifier = describe_classifier(spec, rows, model.bias, ngrams=part.ngrams)
    held_out, _ = rows.part(is_test=True)
    predicted = classifier.finished(model.score(TextBatch.of(held_out))).astype(np.float64)
    return classifier, fitted, predicted, {"runs": telling_runs(model, texts[:_TELLING_TEXTS])}


def describe_classifier(
    spec: FitClassifierSpec, rows: LabelledRows, bias: float, **more: Any
) -> Classifier:
    """What the artifact says of itself."""
    is_class = spec.target == Target.CLASS
    return Classifier(
        form=spec.form,
        target=spec.target,
        positive=spec.positive.strip() if is_class else "",
        labels=sorted(set(rows.labels))[:100] if is_class else [],
        cut=0.5 if is_class else spec.cut,
        bias=bias,
        **more,
    )


def _describe(
    spec: FitClassifierSpec, rows: LabelledRows, classifier: Classifier, fitted: Fitted,
    predicted: Float64, more: dict[str, Any], draft: ArtifactDraft,
) -> None:  # fmt: skip
    _, targets = rows.part(is_test=True)
    if classifier.target == Target.CLASS:
        found = evaluate_classes(predicted, targets > 0)
    else:
        found = evaluate_scores(predicted, targets, spec.cut)
    found |= {
        "rows_learnt_from": len(rows.texts) - len(targets),
        "rows_left_out": rows.num_left_out,
        "l2": fitted.l2,
        "l2_tried": fitted.tried,
        **more,
    }
    write_json(draft.path / EVALUATION_FILE, found)
    told = {
        "form": str(classifier.form), "target": str(classifier.target),
        "positive": classifier.positive, "rows": len(rows.texts), "held_out_rows": len(targets),
        "auc": found["auc"], "f1": found["f1"],
        "mean_absolute_error": found.get("mean_absolute_error"),
    }  # fmt: skip
    draft.counts.update({name: value for name, value in told.items() if value not in (None, "")})


def _take_lists(spec: FitClassifierSpec, job: Job) -> None:
    job.phase("reading lists")
    asked = TasksSpec(inputs=spec.row_files(), upload=spec.rows)
    inputs, reader = find_inputs(asked, job), ListReader()
    files = []
    for place, item in enumerate(inputs):
        check_stop(job)
        files.append(reader.read(item.path, item.name))
        job.progress(place + 1, len(inputs), "files")
    for file in files:
        if file.refused:
            job.warn(f"{file.name} {file.refused}.", file=file.name)
        elif file.num_faults:
            lines = "1 line is" if file.num_faults == 1 else f"{file.num_faults:,} lines are"
            job.warn(f"{lines} left out: {'; '.join(file.faults)}.", file=file.name)
    entries = [entry for file in files if not file.refused for entry in file.entries]
    if not any(not entry.is_allowed for entry in entries):
        reasons = "; ".join(f"{one.name} {one.refused}" for one in files[:_LISTED] if one.refused)
        raise DataError(
            f"There is no entry to look for: {reasons or 'all entries are allowed ones'}.",
            advice="One entry a line is needed, in a txt or jsonl file.",
        )
    with job.write_output(KIND, inputs=_inputs(spec, job)) as draft:
        KeywordModel.of(entries).save(draft.path)
        Classifier(form=Form.KEYWORDS, target=Target.CLASS).save(draft.path)
        languages = sorted({entry.language for entry in entries})
        write_json(
            draft.path / EVALUATION_FILE,
            {
                "target": "list",
                "languages": {
                    one: sum(entry.language == one for entry in entries) for one in languages
                },
                "files": [
                    {"name": one.name, "entries": len(one.entries), "left_out": one.num_faults,
                     "repeated": one.num_repeated, "refused": one.refused, "faults": one.faults}
                    for one in files
                ],
            },
        )  # fmt: skip
        draft.counts.update(
            form=str(Form.KEYWORDS),
            entries=sum(not entry.is_allowed for entry in entries),
            allowed_entries=sum(entry.is_allowed for entry in entries),
            left_out=sum(one.num_faults for one in files),
        )
