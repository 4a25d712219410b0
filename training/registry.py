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
    #: Raised when the same input would give another result: stored results are then made anew.
    version: int = 1

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
    Row("dedup", "Find clusters of nearly equal documents", "training.corpus.dedup.verb:run",
        "training.specs.dedup:DedupSpec", "clusters"),
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

EXTRACTORS = _table(
    Row("txt", "Plain text", "training.corpus.extract.txt:read"),
    Row("md", "Markdown", "training.corpus.extract.md:read"),
    Row("jsonl", "One JSON object per line", "training.corpus.extract.jsonl:read"),
    Row("csv", "Tables: comma, semicolon, tab or pipe", "training.corpus.extract.csv:read"),
    Row("parquet", "Parquet tables", "training.corpus.extract.parquet:read"),
    Row("html", "Web pages", "training.corpus.extract.html:read"),
    Row("pdf", "PDF with a text layer", "training.corpus.extract.pdf:read"),
    Row("epub", "Books in EPUB", "training.corpus.extract.epub:read"),
    Row("zip", "ZIP archives of these", "training.corpus.extract.zip:read"),
    Row("tar", "Tar archives of these", "training.corpus.extract.tar:read"),
    Row("gz", "Gzip, also of tar", "training.corpus.extract.gz:read"),
    Row("zst", "Zstd, also of tar", "training.corpus.extract.zst:read"),
)


def _signal(name: str, title: str, module: str) -> Row:
    """A function of the signal's name in a module of ``training.corpus.signals``."""
    return Row(name, title, f"training.corpus.signals.{module}:{name}")


def _rule(name: str, title: str, place: str) -> Row:
    """``module:Class`` in ``training.corpus.rules``; its options are ``ClassRule`` of the specs."""
    spec = f"training.specs.rules:{place.partition(':')[2]}Rule"
    return Row(name, title, f"training.corpus.rules.{place}", spec)


#: Signals: one number per document, computed once (training.corpus.signals).
SIGNALS = _table(
    _signal("num_bytes", "Bytes", "length"),
    _signal("word_count", "Words", "length"),
    _signal("mean_word_length", "Characters per word", "composition"),
    _signal("alphabetic_token_fraction", "Fraction of words with a letter", "composition"),
    _signal("stop_word_share", "Share of function words", "stop_words"),
    _signal("distinct_stop_words", "Commonest words that occur", "stop_words"),
    _signal("symbol_word_ratio", "Symbols per word", "composition"),
    _signal("digit_share", "Share of digits", "composition"),
    _signal("han_share", "Share of Han characters", "composition"),
    _signal("bullet_line_fraction", "Fraction of lines with a bullet", "lines"),
    _signal("ellipsis_line_fraction", "Fraction of lines that end with an ellipsis", "lines"),
    _signal("short_line_fraction", "Fraction of short lines", "lines"),
    _signal("mean_line_length", "Characters per line", "lines"),
    _signal("ended_line_fraction", "Fraction of lines that end a sentence", "lines"),
    _signal("newline_word_ratio", "Line breaks per word", "lines"),
    _signal("duplicate_line_fraction", "Fraction of repeated lines", "repetition"),
    _signal("duplicate_line_character_share", "Share of text in repeated lines", "repetition"),
    _signal("duplicate_paragraph_fraction", "Fraction of repeated paragraphs", "repetition"),
    _signal(
        "duplicate_paragraph_character_share", "Share of text in repeated paragraphs", "repetition"
    ),
    _signal("top_2gram_share", "Share of text in the top 2-gram", "repetition"),
    _signal("top_3gram_share", "Share of text in the top 3-gram", "repetition"),
    _signal("top_4gram_share", "Share of text in the top 4-gram", "repetition"),
    _signal("repeated_5gram_share", "Share of text in repeated 5-grams", "repetition"),
    _signal("repeated_6gram_share", "Share of text in repeated 6-grams", "repetition"),
    _signal("repeated_7gram_share", "Share of text in repeated 7-grams", "repetition"),
    _signal("repeated_8gram_share", "Share of text in repeated 8-grams", "repetition"),
    _signal("repeated_9gram_share", "Share of text in repeated 9-grams", "repetition"),
    _signal("repeated_10gram_share", "Share of text in repeated 10-grams", "repetition"),
    _signal("language", "Language", "language"),
    _signal("language_score", "Probability of the language", "language"),
    _signal("script_latin", "Share of Latin letters", "language"),
    _signal("script_han", "Share of Han characters among letters", "language"),
    _signal("script_kana", "Share of kana", "language"),
    _signal("script_hangul", "Share of hangul", "language"),
    _signal("script_cyrillic", "Share of Cyrillic letters", "language"),
    _signal("script_arabic", "Share of Arabic letters", "language"),
    _signal("script_greek", "Share of Greek letters", "language"),
    _signal("script_devanagari", "Share of Devanagari letters", "language"),
    _signal("script_thai", "Share of Thai letters", "language"),
    _signal("script_hebrew", "Share of Hebrew letters", "language"),
    _signal("script_other", "Share of letters of other scripts", "language"),
    _signal("pii_count", "Personal data", "personal"),
    _signal("pii_per_1000_words", "Personal data per 1,000 words", "personal"),
    _signal("email_count", "E-mail addresses", "personal"),
    _signal("url_credentials_count", "Passwords in URLs", "personal"),
    _signal("api_key_count", "Keys of services", "personal"),
    _signal("iban_count", "Account numbers (IBAN)", "personal"),
    _signal("chinese_id_count", "Chinese identity numbers", "personal"),
    _signal("card_count", "Bank card numbers", "personal"),
    _signal("ssn_count", "United States social security numbers", "personal"),
    _signal("ip_count", "IP addresses", "personal"),
    _signal("phone_count", "Telephone numbers", "personal"),
    _signal("text_hash", "Hash of the normalised text", "identity"),
)

#: Personal data, by kind; of two that overlap, the one that stands first here is taken. The signal
#: ``NAME_count`` counts each.
PII_KINDS = _table(
    Row("url_credentials", "Passwords in URLs", "training.corpus.pii.addresses:URL_CREDENTIALS"),
    Row("email", "E-mail addresses", "training.corpus.pii.addresses:EMAIL"),
    Row("api_key", "Keys of services", "training.corpus.pii.keys:API_KEY"),
    Row("iban", "Account numbers (IBAN)", "training.corpus.pii.accounts:IBAN"),
    Row("chinese_id", "Chinese identity numbers", "training.corpus.pii.identities:CHINESE_ID"),
    Row("card", "Bank card numbers", "training.corpus.pii.accounts:CARD"),
    Row("ssn", "United States social security numbers", "training.corpus.pii.identities:SSN"),
    Row("ip", "IP addresses", "training.corpus.pii.addresses:IP"),
    Row("phone", "Telephone numbers", "training.corpus.pii.phones:PHONE"),
)

#: Cleaning rules: a threshold on a signal, or a choice among duplicates.
RULES = _table(
    _rule("word_count", "Too short or too long", "words:WordCount"),
    _rule("mean_word_length", "Words too short or too long", "words:MeanWordLength"),
    _rule("alphabetic_words", "Too few words with letters", "words:AlphabeticWords"),
    _rule("stop_words", "Too few function words", "words:StopWords"),
    _rule("distinct_stop_words", "Common words missing", "words:DistinctStopWords"),
    _rule("symbols", "Too many symbols", "words:Symbols"),
    _rule("digits", "Too many digits", "words:Digits"),
    _rule("han", "Too little Chinese", "words:Han"),
    _rule("bullet_lines", "A list of bullets", "lines:BulletLines"),
    _rule("ellipsis_lines", "Lines cut off", "lines:EllipsisLines"),
    _rule("short_lines", "Too many short lines", "lines:ShortLines"),
    _rule("line_length", "Lines too short or too long", "lines:LineLength"),
    _rule("ended_lines", "Lines without a full stop", "lines:EndedLines"),
    _rule("newlines", "Too many line breaks", "lines:Newlines"),
    _rule("duplicate_lines", "Lines repeated", "repetition:DuplicateLines"),
    _rule(
        "duplicate_line_characters", "Text in repeated lines", "repetition:DuplicateLineCharacters"
    ),
    _rule("duplicate_paragraphs", "Paragraphs repeated", "repetition:DuplicateParagraphs"),
    _rule(
        "duplicate_paragraph_characters",
        "Text in repeated paragraphs",
        "repetition:DuplicateParagraphCharacters",
    ),
    _rule("top_2grams", "One phrase of 2 words again and again", "phrases:Top2grams"),
    _rule("top_3grams", "One phrase of 3 words again and again", "phrases:Top3grams"),
    _rule("top_4grams", "One phrase of 4 words again and again", "phrases:Top4grams"),
    _rule("repeated_5grams", "Phrases repeated", "phrases:Repeated5grams"),
    _rule("repeated_6grams", "Phrases of 6 words repeated", "phrases:Repeated6grams"),
    _rule("repeated_7grams", "Phrases of 7 words repeated", "phrases:Repeated7grams"),
    _rule("repeated_8grams", "Phrases of 8 words repeated", "phrases:Repeated8grams"),
    _rule("repeated_9grams", "Phrases of 9 words repeated", "phrases:Repeated9grams"),
    _rule("repeated_10grams", "Phrases of 10 words repeated", "phrases:Repeated10grams"),
    _rule("language", "Another language", "language:Language"),
    _rule("personal_data", "Too much personal data", "personal:PersonalData"),
    _rule("perplexity", "Improbable to a language model", "perplexity:Perplexity"),
    _rule("exact_duplicates", "Same text as another document", "duplicates:ExactDuplicates"),
    _rule("near_duplicates", "Nearly the same as another document", "duplicates:NearDuplicates"),
)

#: Rule sets by name, as a corpus may begin with.
RULE_PRESETS = _table(
    Row("english_web", "English web pages (as FineWeb)", "training.specs.rule_presets:ENGLISH_WEB"),
    Row("english_gopher", "English, Gopher's rules", "training.specs.rule_presets:ENGLISH_GOPHER"),
    Row("chinese_web", "Chinese web pages (as FineWeb-2)",
        "training.specs.rule_presets:CHINESE_WEB"),
    Row("gentle", "Gentle: debris only", "training.specs.rule_presets:GENTLE"),
    Row("off", "Nothing is dropped", "training.specs.rule_presets:OFF"),
)  # fmt: skip

#: How the turns of an example are written down; a row's target is its Jinja source and marks.
TEMPLATES = _table(
    Row("auto", "The tokenizer's own, else ChatML where it has the marks, else plain",
        "training.tasks.templates:AUTO"),
    Row("chatml", "ChatML: <|im_start|>user ... <|im_end|>", "training.tasks.templates:CHATML"),
    Row("alpaca", "Alpaca: ### Instruction, ### Input, ### Response",
        "training.tasks.templates:ALPACA"),
    Row("llama2", "Llama 2: [INST] ... [/INST]", "training.tasks.templates:LLAMA2"),
    Row("llama3", "Llama 3: headers and <|eot_id|>", "training.tasks.templates:LLAMA3"),
    Row("zephyr", "Zephyr: <|user|> on a line of its own", "training.tasks.templates:ZEPHYR"),
    Row("plain", "Plain: question, line end, answer", "training.tasks.templates:PLAIN"),
    Row("tokenizer", "The chat template that the tokenizer brings along",
        "training.tasks.templates:OF_TOKENIZER"),
)  # fmt: skip

#: Formats of files of rows (training.tasks.readers).
ROW_READERS = _table(
    Row("jsonl", "One JSON object per line", "training.tasks.readers.json_lines:read"),
    Row("json", "One JSON array of objects", "training.tasks.readers.json_array:read"),
    Row("csv", "Comma-separated, first line names the columns",
        "training.tasks.readers.delimited:read_csv"),
    Row("tsv", "Tab-separated, first line names the columns",
        "training.tasks.readers.delimited:read_tsv"),
    Row("parquet", "Parquet, one row per example", "training.tasks.readers.columnar:read"),
    Row("documents", "Shards of extracted documents",
        "training.tasks.readers.columnar:read_documents"),
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
#: Which parameters of a base are trained.
TUNINGS = _table(
    Row("full", "All weights", "training.tuning.full:apply"),
    Row("freeze", "All but the layers that are frozen", "training.tuning.freezing:apply"),
    Row("lora", "Low-rank matrices beside the base's weights", "training.tuning.lora:apply"),
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
    "pii_kinds": PII_KINDS,
    "rules": RULES,
    "rule_presets": RULE_PRESETS,
    "templates": TEMPLATES,
    "row_readers": ROW_READERS,
    "positions": POSITIONS,
    "norms": NORMS,
    "feedforwards": FEEDFORWARDS,
    "attentions": ATTENTIONS,
    "objectives": OBJECTIVES,
    "tunings": TUNINGS,
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
