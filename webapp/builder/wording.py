"""Names of what the planner counts, and for each figure a sentence on how it is computed."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from webapp.builder.schema import leaves, tree_of

Text = str | Promise

UNKNOWN_BASE = _("Its architecture is known once the model is there; the plan counts it then.")
PER_PROCESS = _("The parts below are those of one process.")
MEASURED = _("From the speed that was measured on this machine.")
GUESSED = _("From a guess of this machine's speed; nothing was measured here yet.")

_FIGURES: dict[str, tuple[Text, Text]] = {
    # parameters
    "token_embedding": (_("Token embedding"), _("Pieces of the vocabulary times the width.")),
    "position_embedding": (_("Position table"), _("Context length times the width.")),
    "attention": (
        _("Attention"),
        _("Layers times the query, key, value and output matrices, with biases if there are any."),
    ),
    "feedforward": (
        _("Feed-forward"),
        _("Layers times three matrices (gated) or two of width by feed-forward width."),
    ),
    "norms": (_("Norms"), _("Two per layer and one at the end, each as wide as the model.")),
    "head": (_("Output head"), _("Vocabulary times width, unless it shares the embedding.")),
    # memory
    "weights": (
        _("Weights"),
        _("4 bytes per parameter; 2 of frozen matrices beside LoRA in bf16."),
    ),
    "gradients": (_("Gradients"), _("4 bytes per trained parameter.")),
    "optimizer": (_("Optimizer"), _("AdamW keeps two numbers of 4 bytes per trained parameter.")),
    "lowered_weights": (_("bf16 copies"), _("2 bytes per number of every multiplied matrix.")),
    "reduction_buffer": (
        _("Sum over processes"),
        _("One flat copy of all gradients, which the processes add up."),
    ),
    "snapshot": (
        _("Copy for a checkpoint"),
        _("Weights that are saved and the optimizer's, copied so that training goes on."),
    ),
    "written": (
        _("Its file"),
        _("Pages of the checkpoint's file while it is written; the system can take them back."),
    ),
    "process": (
        _("The process itself"),
        _("The interpreter and its libraries, and kernels where the run uses them."),
    ),
    "activations": (
        _("Activations"),
        _("What each block keeps for the backward pass, times the tokens of a micro-batch."),
    ),
    "logits": (_("Logits"), _("A piece of the logits at a time, and gradients of both factors.")),
    "gaps": (
        _("Gaps"),
        _("Room between kept blocks that the C library cannot use again."),
    ),
    # time
    "seconds_per_step": (
        _("Per step"),
        _("Operations of a step divided by the operations per second that a step reaches."),
    ),
    "tokens_per_second": (_("Tokens per second"), _("Tokens of a step divided by its time.")),
    "flops_per_second": (
        _("Speed"),
        _("Speed of large matrix products times the share of it that a training step reaches."),
    ),
    "precision": (
        _("Runs on"),
        _(
            "Processes, threads of each (0 shares the cores out) and number format, as they are "
            "stored with the run."
        ),
    ),
    # data
    "tokens_per_step": (_("Tokens per step"), _("Rows of a batch times tokens of a row.")),
    "tokens_wanted": (
        _("This size wants"),
        _("20 tokens per parameter use a fixed amount of compute best (Hoffmann 2022)."),
    ),
    "tokens_per_parameter": (
        _("Tokens per parameter"),
        _("Tokens of the whole run divided by all parameters; about 20 is balanced."),
    ),
    "tokens_at_hand": (_("Tokens at hand"), _("Training tokens of the chosen token store.")),
    "epochs": (
        _("Times over the text"),
        _("Tokens of the run divided by those at hand; beyond 4 little is won (Muennighoff 2023)."),
    ),
    # packing
    "rows": (_("Rows"), _("How many rows of this length the text fills, read once.")),
    "documents_per_row": (
        _("Documents per row"),
        _("Whole documents and pieces of long ones that share a row, on average."),
    ),
    "blocked_attention": (
        _("Attention blocked"),
        _("Pairs of tokens of a row that the mask keeps apart: they are of two documents."),
    ),
    "crossing_attention": (
        _("Attention across documents"),
        _("Pairs of tokens of a row that see each other though they are of two documents."),
    ),
    "documents_cut": (
        _("Documents cut"),
        _("Their text goes on in another row, or what is longer than a row is left out."),
    ),
    "examples_dropped": (
        _("Examples in no row"),
        _("They are too long, or have no answer within a row."),
    ),
    "tokens_left_out": (_("Tokens in no row"), _("Of all tokens of the training split.")),
    # operations
    "flops_forward": (
        _("Forward, per token"),
        _("Two operations per weight of every matrix, and attention over the rows."),
    ),
    "flops_training": (
        _("Training, per token"),
        _("The forward pass and the backward pass, which costs twice as much."),
    ),
    "six_nd_flops": (
        _("By the rule 6 N D"),
        _("Six times parameters times tokens (Kaplan 2020), for comparison."),
    ),
    # disk
    "checkpoint_bytes": (_("One checkpoint"), _("Weights and optimizer, 12 bytes per parameter.")),
    "checkpoints_kept": (
        _("Checkpoints kept"),
        _("The best and the newest ones; one more is there while a new one is written."),
    ),
    "model_bytes": (_("Exported model"), _("The weights of the chosen checkpoint in fp32.")),
}


def label(key: str) -> str:
    """The name of a figure; of one that is not known here, its own in words."""
    known = _FIGURES.get(key)
    return str(known[0]) if known else key.replace("_", " ").capitalize()


def how(key: str) -> str:
    """How a figure is computed."""
    known = _FIGURES.get(key)
    return str(known[1]) if known else gettext("Counted from the settings by the planner.")


def default_of(verb: str, path: str) -> Any:
    """The default of a field of a verb's spec."""
    return next((leaf.default for name, leaf in leaves(tree_of(verb)) if name == path), None)
