"""One explicit table per kind of thing that can be chosen or run; nothing is imported until used.

A row is a name, a title for people and dotted paths ("package.module:attribute"). ``python -m
training list KIND`` prints a table; a test holds every row importable and documented.
"""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import Any

from training.errors import Problem, SpecError


@dataclass(frozen=True)
class Row:
    """One choice. ``target`` is what it runs, ``spec`` its pydantic model, both dotted paths."""

    name: str
    title: str
    target: str
    spec: str = ""
    #: Kind of artifact it leaves in ``output/``; empty when it leaves none.
    produces: str = ""
    #: Whether the verb may run on several processes (through accelerate launch).
    is_distributed: bool = False
    #: Whether a second attempt in the same folder goes on where the first one was saved.
    is_resumable: bool = False

    def load(self) -> Any:
        """Import and return the target."""
        return load_dotted(self.target)

    def load_spec(self) -> Any:
        """Import and return the spec class."""
        return load_dotted(self.spec)


def _table(*rows: Row) -> dict[str, Row]:
    return {row.name: row for row in rows}


VERBS = _table(
    Row("extract", "Turn uploaded files into documents", "training.corpus.extract.verb:run",
        "training.specs.extract:ExtractSpec", "documents"),
    Row("clean", "Compute signals and apply rules to documents", "training.corpus.pipeline:run",
        "training.specs.clean:CleanSpec", "corpus"),
    Row("tokenizer", "Train a tokenizer on a corpus", "training.tokenizers.train:run",
        "training.specs.tokenizer:TokenizerSpec", "tokenizer"),
    Row("tokenize", "Turn a corpus into a token store", "training.tokens.tokenize:run",
        "training.specs.tokenize:TokenizeSpec", "tokens"),
    Row("train", "Train a language model", "training.loop.verb:run",
        "training.specs.train:TrainSpec", "model", is_distributed=True, is_resumable=True),
    Row("export", "Convert a checkpoint to a Hugging Face folder", "training.export.verb:run",
        "training.specs.export:ExportSpec", "model"),
    Row("report", "Write the report of a run", "training.report.verb:run",
        "training.specs.report:ReportSpec", "report"),
    Row("plan", "Count parameters, FLOPs, memory and time of a run", "training.planning.verb:run",
        "training.specs.plan:PlanSpec"),
    Row("serve", "Answer over a Unix socket until stopped", "training.generate.serve:run",
        "training.specs.serve:ServeSpec"),
    Row("demo", "The whole way on text found on this machine", "training.demo:run",
        "training.specs.demo:DemoSpec", "report"),
    Row("sleep", "Do nothing for a while (tests of the job system)", "training.sleep:run",
        "training.specs.sleep:SleepSpec", "report", is_distributed=True, is_resumable=True),
)  # fmt: skip

EXTRACTORS = _table(
    Row("txt", "Plain text", "training.corpus.extract.txt:read"),
    Row("md", "Markdown", "training.corpus.extract.md:read"),
    Row("jsonl", "One JSON object per line", "training.corpus.extract.jsonl:read"),
)

#: Signals: one number per document, computed once (training.corpus.signals).
SIGNALS = _table(
    Row("num_bytes", "Bytes", "training.corpus.signals.length:num_bytes"),
    Row("word_count", "Words", "training.corpus.signals.length:word_count"),
    Row("stop_word_share", "Share of function words",
        "training.corpus.signals.stop_words:stop_word_share"),
    Row("duplicate_line_fraction", "Fraction of repeated lines",
        "training.corpus.signals.repetition:duplicate_line_fraction"),
    Row("repeated_5gram_share", "Share of text in repeated 5-grams",
        "training.corpus.signals.repetition:repeated_5gram_share"),
    Row("text_hash", "Hash of the normalised text", "training.corpus.signals.identity:text_hash"),
)  # fmt: skip

#: Cleaning rules: a threshold on a signal, or a choice among duplicates.
RULES = _table(
    Row("word_count", "Too short or too long", "training.corpus.rules.word_count:WordCount",
        "training.specs.clean:WordCountRule"),
    Row("stop_words", "Too few function words", "training.corpus.rules.stop_words:StopWords",
        "training.specs.clean:StopWordsRule"),
    Row("duplicate_lines", "Lines repeated", "training.corpus.rules.repetition:DuplicateLines",
        "training.specs.clean:DuplicateLinesRule"),
    Row("repeated_5grams", "Phrases repeated", "training.corpus.rules.repetition:Repeated5grams",
        "training.specs.clean:Repeated5gramsRule"),
    Row("exact_duplicates", "Same text as another document",
        "training.corpus.rules.duplicates:ExactDuplicates",
        "training.specs.clean:ExactDuplicatesRule"),
)  # fmt: skip

POSITIONS = _table(
    Row("rope", "Rotary: queries and keys turn with position", "training.model.positions:Rope"),
    Row("learned", "A learned vector per position (GPT-2)", "training.model.positions:Learned"),
)
NORMS = _table(
    Row("rmsnorm", "Divide by the root mean square (LLaMA)", "training.model.norms:RMSNorm"),
    Row("layernorm", "Subtract the mean, divide by the spread", "training.model.norms:LayerNorm"),
)
FEEDFORWARDS = _table(
    Row("swiglu", "Gated by SiLU (LLaMA)", "training.model.feedforward:SwiGLU"),
    Row("gelu", "GELU in its tanh form (GPT-2)", "training.model.feedforward:Gelu"),
)

#: Ways of computing attention; which one runs is chosen in training.model.backends.choice.
ATTENTIONS = _table(
    Row("sdpa_causal", "Fused kernel, whole rows", "training.model.backends.sdpa:CausalSdpa"),
    Row("per_document", "Fused kernel, document by document",
        "training.model.backends.per_document:PerDocument"),
    Row("flex", "Block mask, compiled (GPU)", "training.model.backends.flex:Flex"),
    Row("varlen", "Flash kernel over laid-out documents (GPU, half precision)",
        "training.model.backends.varlen:Varlen"),
    Row("dense", "Written-out mask, the reference", "training.model.backends.dense:Dense"),
)  # fmt: skip
OBJECTIVES = _table(
    Row("causal", "Predict the next token of the same document", "training.objectives.causal:loss"),
)
SCHEDULES = _table(
    Row("cosine", "Half a cosine wave down to the floor", "training.loop.schedule:cosine"),
    Row("linear", "A straight line down to the floor", "training.loop.schedule:linear"),
    Row("constant", "The peak until the end", "training.loop.schedule:constant"),
)
MODEL_PRESETS = _table(
    Row("llama-tiny", "LLaMA-style, 1.3 M parameters", "training.model.presets:LLAMA_TINY"),
    Row("gpt2-tiny", "GPT-2-style, 1.3 M parameters", "training.model.presets:GPT2_TINY"),
    Row("llama-15m", "LLaMA-style, 15 M (llama2.c)", "training.model.presets:LLAMA_15M"),
    Row("llama-42m", "LLaMA-style, 42 M (llama2.c)", "training.model.presets:LLAMA_42M"),
    Row("llama-110m", "LLaMA-style, 110 M (llama2.c)", "training.model.presets:LLAMA_110M"),
    Row("gpt2-small", "GPT-2 small, 124 M", "training.model.presets:GPT2_SMALL"),
)

KINDS: dict[str, dict[str, Row]] = {
    "verbs": VERBS,
    "extractors": EXTRACTORS,
    "signals": SIGNALS,
    "rules": RULES,
    "positions": POSITIONS,
    "norms": NORMS,
    "feedforwards": FEEDFORWARDS,
    "attentions": ATTENTIONS,
    "objectives": OBJECTIVES,
    "schedules": SCHEDULES,
    "model_presets": MODEL_PRESETS,
}


def load_dotted(path: str) -> Any:
    """Import ``package.module:attribute``."""
    module_name, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module_name), attribute)


def find(kind: str, name: str) -> Row:
    """The row ``name`` of table ``kind``; SpecError with the nearest name when there is none."""
    table = KINDS[kind]
    if name in table:
        return table[name]
    raise SpecError(
        [
            Problem(
                field=kind,
                message=f"there is no {name!r} among the {kind}",
                expected=", ".join(sorted(table)),
                hint=suggestion(name, list(table)),
            )
        ]
    )


def suggestion(name: str, known: list[str]) -> str:
    """``"Did you mean 'x'?"`` when a known name is near, else an empty string."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""
