"""What the verb ``fit_classifier`` is asked: from which rows, which kind of classifier."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, Spec, option
from training.specs.score import ScoreDevice, resolved_device
from training.specs.tasks import RowFile

_SOURCES = ("rows", "tasks", "path")
_ENCODERS = ("encoder", "encoder_upload", "encoder_path")


class Form(StrEnum):
    """What a classifier looks at."""

    HASHED = "hashed"
    ENCODER = "encoder"
    KEYWORDS = "keywords"


class Target(StrEnum):
    """What the labels are."""

    SCORE = "score"
    CLASS = "class"


_LEARNT = ("form", "hashed", "encoder")


class HashedPart(Part):
    """A linear model on hashed words: no torch, tens of megabytes a second."""

    ngrams: int = option(
        2, title="Longest run", ge=1, le=3, unit="words", recommended=(1, 2),
        help="Runs of up to so many words are features; a Chinese character is a word.",
    )  # fmt: skip
    bucket_bits: int = option(
        20, title="Buckets", ge=10, le=24, unit="bits", recommended=(16, 22),
        help="Runs are hashed into 2 to the power of this; each is one weight of 4 bytes.",
    )  # fmt: skip
    min_rows: int = option(
        2, title="Least rows", ge=1, unit="rows", recommended=(1, 10),
        help="Features of fewer rows have no weight.",
    )  # fmt: skip


class EncoderPart(Part):
    """A frozen encoder's hidden states, averaged over the tokens, and one linear layer."""

    max_tokens: int = option(
        512, title="Tokens read", ge=8, le=32_768, unit="tokens", recommended=(128, 512),
        help="A text is read up to here, and never beyond what the encoder was made for.",
    )  # fmt: skip


class FitClassifierSpec(Spec):
    """Learn quality (0 to 5) or a class (unsafe, debris ...) from labelled rows; or take a list.

    The rules Quality and Safety cut by what it says of each document.
    """

    verb = "fit_classifier"
    path_fields = ("path", "encoder_path")

    form: Form = option(
        Form.HASHED,
        title="Kind",
        help="hashed: words, light; encoder: a frozen model and a linear layer, slow; keywords: "
        "lists of words, nothing is learnt.",
    )
    rows: str = option(
        "",
        title="Upload",
        help="Labelled rows (jsonl, csv, parquet), or for keywords the lists (txt, jsonl).",
        artifact="upload",
    )
    tasks: str = option(
        "",
        title="Task set",
        help="A task set of the shape classification instead; its test split is what is held out.",
        artifact="tasks",
        shown_if=_LEARNT,
    )
    path: str = option(
        "",
        title="File",
        help="A file of rows or a list on this machine, relative to this file.",
        group="advanced",
    )
    target: Target = option(
        Target.SCORE, title="Labels are", shown_if=_LEARNT,
        help="score: numbers from 0 to 5; class: names, of which one is looked for.",
    )  # fmt: skip
    positive: str = option(
        "unsafe", title="Class looked for", max_length=100, shown_if=("target", "class"),
        help="The label whose probability is the score; all other labels are its opposite.",
    )  # fmt: skip
    cut: float = option(
        2.0, title="Cut", ge=0, le=5, shown_if=("target", "score"), group="advanced",
        help="The score from which a text counts as good in the evaluation.",
    )  # fmt: skip
    text_column: str = option(
        "", title="Column of the text", max_length=200, shown_if=_LEARNT,
        help="Empty takes text or content.",
    )  # fmt: skip
    label_column: str = option(
        "", title="Column of the label", max_length=200, shown_if=_LEARNT,
        help="Empty takes label or score.",
    )  # fmt: skip
    encoder: str = option(
        "",
        title="Encoder",
        help="A model of this project: its last hidden states are averaged.",
        artifact="model",
        shown_if=("form", "encoder"),
    )
    encoder_upload: str = option(
        "",
        title="Uploaded encoder",
        help="A Hugging Face folder of an encoder (BERT, MiniLM ...): config.json, "
        "model.safetensors and tokenizer.json.",
        artifact="upload",
        shown_if=("form", "encoder"),
    )
    encoder_path: str = option(
        "",
        title="Encoder's folder",
        help="Such a folder on this machine, relative to this file.",
        group="advanced",
        shown_if=("form", "encoder"),
    )
    hashed: HashedPart = option(
        factory=HashedPart, title="Hashed words", help="Of the kind hashed.", group="advanced"
    )
    embedding: EncoderPart = option(
        factory=EncoderPart, title="Embedding", help="Of the kind encoder.", group="advanced"
    )
    held_out: float = option(
        0.2, title="Held out", ge=0.05, le=0.5, shown_if=_LEARNT,
        help="Share of the rows that is never learnt from; the evaluation is of them.",
    )  # fmt: skip
    seed: int = option(
        0, title="Seed", ge=0, shown_if=_LEARNT, group="advanced",
        help="Decides which rows are held out; equal texts never part.",
    )  # fmt: skip
    max_training_bytes: int = option(
        200_000_000, title="Text to learn from", ge=1, unit="bytes", group="advanced",
        help="Rows are taken in order up to this much text.",
    )  # fmt: skip
    device: ScoreDevice = option(
        ScoreDevice.AUTO, title="Device", shown_if=("form", "encoder"), group="advanced",
        help="Where the encoder runs: auto takes the GPU where there is one.",
    )  # fmt: skip
    num_threads: int = option(
        0, title="Threads", ge=0, le=1024, group="advanced", shown_if=("form", "encoder"),
        help="Of the encoder; 0 takes the cores.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """One source of rows, and one encoder where one is needed."""
        sources = [name for name in _SOURCES if getattr(self, name)]
        if len(sources) != 1:
            yield Problem(
                sources[1] if sources else _SOURCES[0],
                "exactly one of rows, tasks and path is needed",
                got=" and ".join(sources) or "none",
                expected="one of the three",
                hint="Empty the others." if sources else "Name an upload of labelled rows.",
            )
        elif self.form == Form.KEYWORDS and self.tasks:
            yield Problem(
                "tasks", "a task set is no list of words", hint="Upload the lists as txt or jsonl."
            )
        encoders = [name for name in _ENCODERS if getattr(self, name)]
        if self.form == Form.ENCODER and len(encoders) != 1:
            yield Problem(
                encoders[1] if encoders else _ENCODERS[0],
                "exactly one of encoder, encoder_upload and encoder_path is needed",
                got=" and ".join(encoders) or "none",
                expected="one of the three",
                hint="Name a model, or take the kind hashed, which needs none.",
            )
        if self.target == Target.CLASS and not self.positive.strip():
            yield Problem("positive", "no class is named", hint="Name the label to look for.")

    def resolve(self) -> FitClassifierSpec:
        """Choose the device; only an encoder wants one."""
        if self.form != Form.ENCODER:
            return self
        return self.replace(device=resolved_device(self.device))

    def row_files(self) -> list[RowFile]:
        """The path as a file of rows."""
        return [RowFile(path=self.path)] if self.path else []
