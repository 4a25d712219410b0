"""What can be run: one row per verb of the command line, which are also the jobs of the web."""

from __future__ import annotations

from training.registry.row import Row, table

VERBS = table(
    Row("extract", "Turn uploaded files into documents", "training.corpus.extract.verb:run",
        "training.specs.extract:ExtractSpec", "documents"),
    Row("clean", "Compute signals and apply rules to documents", "training.corpus.pipeline:run",
        "training.specs.clean:CleanSpec", "corpus", is_resumable=True),
    Row("dedup", "Find clusters of nearly equal documents", "training.corpus.dedup.verb:run",
        "training.specs.dedup:DedupSpec", "clusters", is_resumable=True),
    Row("fit_ngram", "Train an n-gram language model", "training.corpus.ngram_lm.verb:run",
        "training.specs.fit_ngram:FitNgramSpec", "ngram_model"),
    Row("export_corpus", "Write the kept documents of a corpus to one file",
        "training.corpus.export:run", "training.specs.export_corpus:ExportCorpusSpec", "dataset"),
    Row("search", "Find every document that holds a phrase, and the steps that read it",
        "training.tokens.seen.verb:run", "training.specs.search:SearchSpec"),
    Row("tokenizer", "Train a tokenizer on a corpus", "training.tokenizers.train:run",
        "training.specs.tokenizer:TokenizerSpec", "tokenizer"),
    Row("tasks", "Turn rows of examples into a task set", "training.tasks.verb:run",
        "training.specs.tasks:TasksSpec", "tasks"),
    Row("tokenize", "Turn a corpus or a task set into a token store",
        "training.tokens.tokenize:run", "training.specs.tokenize:TokenizeSpec", "tokens"),
    Row("train", "Train a language model", "training.loop.verb:run",
        "training.specs.train:TrainSpec", "model", is_distributed=True, is_resumable=True),
    Row("import", "Take over a model from a Hugging Face folder or a GGUF file",
        "training.importing.verb:run", "training.specs.importing:ImportSpec", "model"),
    Row("export", "Convert a checkpoint to a Hugging Face folder", "training.export.verb:run",
        "training.specs.export:ExportSpec", "model"),
    Row("report", "Write the report of a run", "training.report.verb:run",
        "training.specs.report:ReportSpec", "report"),
    Row("plan", "Count parameters, FLOPs, memory and time of a run", "training.planning.verb:run",
        "training.specs.plan:PlanSpec"),
    Row("calibrate", "Time the parts of a training step on this machine",
        "training.parallel.calibration:run", "training.specs.calibrate:CalibrateSpec"),
    Row("serve", "Answer over a Unix socket until stopped", "training.generate.serve:run",
        "training.specs.serve:ServeSpec"),
    Row("demo", "The whole way on text found on this machine", "training.demo:run",
        "training.specs.demo:DemoSpec", "report"),
    Row("sleep", "Do nothing for a while (tests of the job system)", "training.sleep:run",
        "training.specs.sleep:SleepSpec", "report", is_distributed=True, is_resumable=True),
)  # fmt: skip
