"""Why one takes a choice of an architecture, and who found out: one sentence and one source each.

The designer page and ``docs/reference/architecture-choices.md`` show this table. What a choice *is*
stands in the help of its field. A key is a field, or a field and one of its values.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why one takes it; ``source`` is a paper, ``seen_in`` a model that has it."""

    why: str
    source: str = ""
    seen_in: str = ""

    @property
    def credit(self) -> str:
        """Source and model on one line."""
        return " · ".join(part for part in (self.source, self.seen_in) if part)


#: {"field=value" or "field": reason}
REASONS: dict[str, Reason] = {
    "position=rope": Reason(
        "Distances show in the angle between queries and keys, and nothing has to be learnt.",
        "Su 2021", "LLaMA, Qwen, GLM",
    ),
    "position=alibi": Reason(
        "Scores fall with distance, so texts longer than those of the training still work.",
        "Press 2022", "BLOOM, MPT",
    ),
    "position=learned": Reason(
        "A vector per position is the simplest thing that works; it ends at the context length.",
        "Radford 2019", "GPT-2, BERT",
    ),
    "position=sinusoidal": Reason(
        "Fixed waves cost no parameters and are defined at every position.",
        "Vaswani 2017", "first transformer",
    ),
    "position=relative": Reason(
        "A learned number per distance and head lets each head choose how far it looks.",
        "Raffel 2020", "T5",
    ),
    "position=disentangled": Reason(
        "Contents and distances have vectors of their own, so that a score can depend on both.",
        "He 2021", "DeBERTa",
    ),
    "mask_decoder_steps": Reason(
        "Absolute positions come in where tokens are guessed, and disturb no layer before.",
        "He 2021", "DeBERTa",
    ),
    "position=none": Reason(
        "Order is felt through the causal mask alone: one thing less to choose.",
        "Haviv 2022",
    ),
    "norm=rmsnorm": Reason(
        "Leaves out the mean: cheaper than LayerNorm, and as good.",
        "Zhang & Sennrich 2019", "LLaMA, Qwen",
    ),
    "norm=layernorm": Reason(
        "Takes mean and spread out of every vector; what older models were trained with.",
        "Ba 2016", "GPT-2, BLOOM, BERT",
    ),
    "norm_placement=pre": Reason(
        "The stream runs through untouched, so training is stable without a long warm-up.",
        "Xiong 2020", "nearly all decoders",
    ),
    "norm_placement=post": Reason(
        "Keeps the size of the stream constant, and wants warm-up and few layers.",
        "Vaswani 2017", "BERT",
    ),
    "norm_placement=sandwich": Reason(
        "A second norm cuts large activations of a branch before they reach the stream.",
        "Ding 2021", "CogView, Gemma 2",
    ),
    "norm_placement=deepnorm": Reason(
        "The stream counts more than the branch in every sum: hundreds of layers train.",
        "Wang 2022", "GLM-130B",
    ),
    "feedforward=swiglu": Reason(
        "A gate makes each feature conditional: lower loss at equal parameters.",
        "Shazeer 2020", "LLaMA, Qwen, GLM",
    ),
    "feedforward=geglu": Reason(
        "The same gate with GELU in it; about as good.", "Shazeer 2020", "T5 1.1, Gemma"
    ),
    "feedforward=gelu": Reason(
        "Smooth, no gate, two matrices; the tanh form is what GPT-2 was trained with.",
        "Hendrycks & Gimpel 2016", "GPT-2, BLOOM",
    ),
    "feedforward=gelu_exact": Reason(
        "GELU by the error function, for models that were trained with that.",
        "Hendrycks & Gimpel 2016", "BERT, GPT-NeoX, Falcon",
    ),
    "feedforward=relu": Reason(
        "The cheapest activation, and most of its outputs are exactly zero.",
        "Vaswani 2017", "first transformer, OPT",
    ),
    "feedforward=silu": Reason(
        "Smooth as GELU and cheaper; SwiGLU without its gate.", "Elfwing 2018"
    ),
    "attention=causal": Reason(
        "Every token is a training example, and the model writes text.", "Radford 2018",
        "GPT, LLaMA",
    ),
    "attention=prefix": Reason(
        "What is given is read both ways, what follows is still written.", "Raffel 2020, Du 2022",
        "GLM, prefix LM",
    ),
    "attention=bidirectional": Reason(
        "Both sides of a token tell what it is: for understanding, not for writing.",
        "Devlin 2019", "BERT, ELECTRA",
    ),
    "block_order=sequential": Reason(
        "The feed-forward reads what attention wrote in the same block.",
        "Vaswani 2017", "nearly all models",
    ),
    "block_order=parallel": Reason(
        "Both branches start at once: quicker on many devices, slightly worse when small.",
        "Wang & Komatsuzaki 2021", "GPT-J, GPT-NeoX, Falcon",
    ),
    "rope_scaling.kind=none": Reason("Angles as they were trained.", "Su 2021"),
    "rope_scaling.kind=linear": Reason(
        "All angles are divided, so a longer context falls into the known range.", "Chen 2023"
    ),
    "rope_scaling.kind=llama3": Reason(
        "Only long wavelengths are stretched: nearby tokens stay as sharp as they were.",
        "Dubey 2024", "Llama 3.1",
    ),
    "num_kv_heads": Reason(
        "Fewer key/value heads make the cache of a generating model smaller at little loss.",
        "Shazeer 2019, Ainslie 2023", "LLaMA 2 70B, Falcon",
    ),
    "rope_fraction": Reason(
        "Numbers that are not turned carry content without position.",
        "Black 2022", "GPT-NeoX, GLM",
    ),
    "has_qk_norm": Reason(
        "Scores cannot explode, so larger learning rates hold.", "Henry 2020", "Qwen3, OLMo 2"
    ),
    "has_embedding_norm": Reason(
        "Steadier first steps, at a small cost in loss.", "Scao 2022", "BLOOM"
    ),
    "has_shared_norm": Reason(
        "One norm less per block, where both branches read the same.", "Almazrouei 2023",
        "Falcon 7B",
    ),
    "has_biases": Reason(
        "Hardly matter for loss; without them training is a little steadier.",
        "Chowdhery 2022", "GPT-2 has them, PaLM not",
    ),
    "is_tied": Reason(
        "Saves vocabulary times width parameters; pays in small models.",
        "Press & Wolf 2017", "GPT-2, BLOOM",
    ),
    "head=linear": Reason("One product with the vocabulary.", "Radford 2018", "all decoders"),
    "head=transform": Reason(
        "A layer between the stream and the vocabulary, which may be as narrow as the embedding.",
        "Devlin 2019", "BERT, RoBERTa",
    ),
    "head=discriminator": Reason(
        "One score for every token: each position teaches, not one in seven.", "Clark 2020",
        "ELECTRA",
    ),
    "embedding_width": Reason(
        "Rows of a large vocabulary need fewer numbers than the stream.", "Lan 2020",
        "ALBERT, ELECTRA",
    ),
    "num_token_types": Reason(
        "Tells the two sentences of a pair apart.", "Devlin 2019", "BERT"
    ),
    "has_blank_positions": Reason(
        "The model is not told beforehand how long a blank is.", "Du 2022", "GLM"
    ),
    "has_sentence_head": Reason(
        "Whether two sentences belong together; later work found it of little use.",
        "Devlin 2019, Liu 2019", "BERT",
    ),
    "dropout": Reason(
        "Against learning by heart, when the text is read several times; 0 for one pass.",
        "Srivastava 2014",
    ),
    "embedding_dropout": Reason("Of what blocks read first.", "Vaswani 2017", "BERT, GPT-2"),
    "attention_dropout": Reason("Of the weights of keys.", "Vaswani 2017", "BERT, GPT-2"),
    "residual_dropout": Reason("Of what a branch adds.", "Vaswani 2017", "BERT, GPT-2"),
    "feedforward_dropout": Reason("Of what the second matrix reads.", "Raffel 2020", "T5"),
    "label_smoothing": Reason(
        "Against being too sure; perplexity suffers, and tasks may gain.", "Szegedy 2016",
        "The first transformer",
    ),
    "init_std": Reason(
        "Small enough for steady first steps; 0.02 has served from GPT-2 on.", "Radford 2019"
    ),
    "logit_soft_cap": Reason(
        "Logits cannot drift away, in training and after it.", "Gemma team 2024", "Gemma 2"
    ),
    "z_loss": Reason(
        "Pulls the sum of the softmax towards one: no drift in half precision.",
        "Chowdhery 2022", "PaLM",
    ),
    "embedding_gradient": Reason(
        "The embedding moves slower than the rest: fewer spikes.", "Zeng 2022", "GLM-130B"
    ),
}  # fmt: skip


def reason_of(field: str, value: str = "") -> Reason | None:
    """The reason for a value of a field, or for the field itself; None where none is told."""
    return REASONS.get(f"{field}={value}" if value else field)
