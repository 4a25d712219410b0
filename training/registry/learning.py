"""What can be chosen about models: chat templates, parts, objectives, tuning and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.registry.objective_row import PERPLEXITY, ObjectiveRow, PerplexityKind
from training.registry.row import Row, table

#: How the turns of an example are written down; a row's target is its Jinja source and marks.
TEMPLATES = table(
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
ROW_READERS = table(
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

POSITIONS = table(
    Row("rope", "Rotary: queries and keys turn with position", "training.model.positions:Rope"),
    Row("alibi", "Scores fall with distance, by another slope per head (BLOOM)",
        "training.model.position_bias:Alibi"),
    Row("learned", "A learned vector per position (GPT-2)", "training.model.positions:Learned"),
    Row("sinusoidal", "A fixed vector of sines per position (the first transformer)",
        "training.model.positions:Sinusoidal"),
    Row("relative", "A learned number per distance and head (T5)",
        "training.model.position_bias:Relative"),
    Row("disentangled", "Contents and distances have vectors of their own (DeBERTa)",
        "training.model.disentangled:Disentangled"),
    Row("none", "None: order is felt through the causal mask alone",
        "training.model.positions:NoPositions"),
)  # fmt: skip
NORMS = table(
    Row("rmsnorm", "Divide by the root mean square (LLaMA)", "training.model.norms:RMSNorm"),
    Row("layernorm", "Subtract the mean, divide by the spread", "training.model.norms:LayerNorm"),
)
FEEDFORWARDS = table(
    Row("swiglu", "Gated by SiLU (LLaMA)", "training.model.feedforward:Gated"),
    Row("geglu", "Gated by GELU (T5 1.1, Gemma)", "training.model.feedforward:Gated"),
    Row("gelu", "GELU in its tanh form (GPT-2, BLOOM)", "training.model.feedforward:Plain"),
    Row("gelu_exact", "GELU by the error function (GPT-NeoX, Falcon, BERT)",
        "training.model.feedforward:Plain"),
    Row("relu", "ReLU (the first transformer)", "training.model.feedforward:Plain"),
    Row("silu", "SiLU without a gate", "training.model.feedforward:Plain"),
)  # fmt: skip

#: Ways of computing attention; which one runs is chosen in training.model.backends.choice.
ATTENTIONS = table(
    Row("sdpa", "Fused kernel, whole rows", "training.model.backends.sdpa:Sdpa"),
    Row("per_document", "Fused kernel, document by document",
        "training.model.backends.per_document:PerDocument"),
    Row("flex", "Block mask, compiled (GPU)", "training.model.backends.flex:Flex"),
    Row("varlen", "Flash kernel over laid-out documents (GPU, half precision)",
        "training.model.backends.varlen:Varlen"),
    Row("soft", "Fused kernel, other documents with lower scores",
        "training.model.backends.soft:Soft"),
    Row("dense", "Written-out mask, the reference", "training.model.backends.dense:Dense"),
)  # fmt: skip
OBJECTIVES = table(
    ObjectiveRow("causal", "Predict the next token of the same document",
        "training.objectives.causal:Causal"),
    ObjectiveRow("masked", "Guess tokens that were hidden, from both sides (BERT, RoBERTa)",
        "training.objectives.masked:Masked",
        attention="bidirectional", metrics=("masked_accuracy", "pair_accuracy"),
        perplexity=PerplexityKind("Pseudo-perplexity",
            "e to the mean loss of the hidden tokens, each guessed from both sides (Salazar 2020, "
            "who hide one token at a time). It is no probability of a text: compare it with runs "
            "that hide as many tokens, not with a perplexity."),
        mixes_loss="has_pairs"),
    ObjectiveRow("replaced", "Say which tokens a small generator replaced (ELECTRA)",
        "training.objectives.replaced:Replaced",
        attention="bidirectional", companion="training.model.generator:attach_generator",
        metrics=("replaced_auc", "replaced_accuracy", "replaced_share", "masked_accuracy"),
        perplexity=None),
    ObjectiveRow("prefix", "Write on after a beginning that is seen from both sides",
        "training.objectives.prefix:Prefix", attention="prefix",
        perplexity=PerplexityKind("Perplexity behind the prefix",
            "e to the mean loss of the tokens behind the prefix alone, which is seen from both "
            "sides and predicts nothing. Runs whose prefixes are as long can be compared.")),
    ObjectiveRow("blank", "Write again what was blanked out of a text (GLM)",
        "training.objectives.blank:Blank", attention="prefix",
        perplexity=PerplexityKind("Perplexity of the blanks",
            "e to the mean loss of the tokens that were blanked out, and of the marks that end "
            "them, given the rest of the text. Runs that blank out as much can be compared.")),
)  # fmt: skip


def perplexity_kind(spec: Mapping[str, Any]) -> PerplexityKind | None:
    """What e to the loss of a run with this train spec is; objectives that are unknown: plain."""
    name = str(spec.get("objective"))
    row = OBJECTIVES.get(name)
    if row is None:
        return PERPLEXITY
    part = spec.get(name)
    is_mixed = isinstance(part, Mapping) and bool(part.get(row.mixes_loss))
    return None if is_mixed else row.perplexity


#: Which parameters of a base are trained.
TUNINGS = table(
    Row("full", "All weights", "training.tuning.full:apply"),
    Row("freeze", "All but the layers that are frozen", "training.tuning.freezing:apply"),
    Row("lora", "Low-rank matrices beside the base's weights", "training.tuning.lora:apply"),
)
SCHEDULES = table(
    Row("cosine", "Half a cosine wave down to the floor", "training.loop.schedule:cosine"),
    Row("linear", "A straight line down to the floor", "training.loop.schedule:linear"),
    Row("constant", "The peak until the end", "training.loop.schedule:constant"),
    Row("wsd", "The peak, and at the end down to the floor (warm-up, stable, decay)",
        "training.loop.schedule:wsd"),
    Row("inverse_sqrt", "The inverse square root of the step",
        "training.loop.schedule:inverse_sqrt"),
    Row("polynomial", "A power of what is left", "training.loop.schedule:polynomial"),
    Row("cosine_restarts", "Half a cosine wave, again and again",
        "training.loop.schedule:cosine_restarts"),
)  # fmt: skip
OPTIMIZERS = table(
    Row("adamw", "AdamW: two moments, decay apart from the gradient",
        "training.loop.optimizers:ADAMW"),
    Row("lion", "Lion: the sign of one moment", "training.loop.optimizers:LION"),
    Row("adafactor", "Adafactor: second moments by row and column",
        "training.loop.optimizers:ADAFACTOR"),
    Row("muon", "Muon: orthogonal steps of hidden matrices, AdamW for the rest",
        "training.loop.optimizers:MUON"),
)  # fmt: skip
MODEL_PRESETS = table(
    Row("llama-tiny", "LLaMA-style, 1.3 M parameters", "training.model.presets:LLAMA_TINY"),
    Row("gpt2-tiny", "GPT-2-style, 1.3 M parameters", "training.model.presets:GPT2_TINY"),
    Row("llama-15m", "LLaMA-style, 15 M (llama2.c)", "training.model.presets:LLAMA_15M"),
    Row("llama-42m", "LLaMA-style, 42 M (llama2.c)", "training.model.presets:LLAMA_42M"),
    Row("llama-110m", "LLaMA-style, 110 M (llama2.c)", "training.model.presets:LLAMA_110M"),
    Row("gpt2-small", "GPT-2 small, 124 M", "training.model.presets:GPT2_SMALL"),
    Row("pythia-70m", "GPT-NeoX-style, 70 M (Pythia)", "training.model.presets:PYTHIA_70M"),
    Row("bloom-560m", "BLOOM, 560 M", "training.model.presets:BLOOM_560M"),
    Row("qwen3-0.6b", "Qwen3, 0.6 B", "training.model.presets:QWEN3_600M"),
    Row("falcon-7b", "Falcon, 7 B", "training.model.presets:FALCON_7B"),
    Row("glm-tiny", "GLM-style, sees a beginning whole, 1.3 M", "training.model.presets:GLM_TINY"),
    Row("glm4-9b", "GLM-4, 9 B", "training.model.presets:GLM4_9B"),
    Row("bert-tiny", "BERT-style, 1.4 M", "training.model.encoder_presets:BERT_TINY"),
    Row("bert-base", "BERT base, 110 M", "training.model.encoder_presets:BERT_BASE"),
    Row("roberta-base", "RoBERTa base, 125 M", "training.model.encoder_presets:ROBERTA_BASE"),
    Row("deberta-tiny", "DeBERTa-style with a mask decoder, 1.6 M",
        "training.model.encoder_presets:DEBERTA_TINY"),
    Row("deberta-base", "DeBERTa base, 139 M", "training.model.encoder_presets:DEBERTA_BASE"),
    Row("electra-tiny", "ELECTRA-style discriminator, 1.1 M",
        "training.model.encoder_presets:ELECTRA_TINY"),
    Row("electra-small", "ELECTRA small, discriminator, 13.5 M",
        "training.model.encoder_presets:ELECTRA_SMALL"),
    Row("electra-small-generator", "ELECTRA small, generator, 4.6 M",
        "training.model.encoder_presets:ELECTRA_SMALL_GENERATOR"),
)  # fmt: skip
