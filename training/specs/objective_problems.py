"""What an objective asks of the model and of the other options, all of it said before a launch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from training.errors import Problem
from training.registry import OBJECTIVES
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection, Position
from training.specs.objectives import BlankPart, MaskedPart, PrefixPart
from training.specs.watching import SamplesPart


class ObjectiveOptions(Protocol):
    """The fields of a training that an objective looks at."""

    @property
    def base(self) -> str: ...
    @property
    def objective(self) -> str: ...
    @property
    def model(self) -> ModelSpec: ...
    @property
    def masked(self) -> MaskedPart: ...
    @property
    def prefix(self) -> PrefixPart: ...
    @property
    def blank(self) -> BlankPart: ...
    @property
    def samples(self) -> SamplesPart: ...


def objective_problems(options: ObjectiveOptions) -> Iterator[Problem]:
    """Choices that exclude each other; with a base its architecture is not known yet."""
    if not options.base:
        yield from model_problems(options, options.model)
    if options.objective in WRITES_NOTHING and options.samples.prompts:
        yield Problem(
            "samples.prompts",
            f"the objective {options.objective} makes a model that sees both ways and cannot "
            "continue a text",
            got=f"{len(options.samples.prompts)} prompts",
            expected="none",
            hint="Leave the prompts out.",
            fix=(("samples.prompts", []),),
        )


#: Objectives of models that cannot continue a text.
WRITES_NOTHING = frozenset(
    name for name, row in OBJECTIVES.items() if row.attention == "bidirectional"
)


def usual_objective(model: ModelSpec) -> str:
    """What a model of this kind is usually trained to do."""
    if model.head == Head.DISCRIMINATOR:
        return "replaced"
    usual = {
        AttentionDirection.CAUSAL: "causal",
        AttentionDirection.PREFIX: "blank",
        AttentionDirection.BIDIRECTIONAL: "masked",
    }
    return usual[model.attention]


def model_problems(options: ObjectiveOptions, model: ModelSpec) -> Iterator[Problem]:
    """Where the model is not what the objective needs."""
    wanted = OBJECTIVES[options.objective].attention
    if model.attention != wanted:
        yield Problem(
            "model.attention",
            f"the objective {options.objective} {_WHY[wanted]}",
            got=str(model.attention),
            expected=wanted,
            hint=f"Use {wanted} attention, or another objective.",
            fix=(("model.attention", wanted), *_fix_of_position(model, wanted)),
        )
    yield from _head_problems(options, model)
    if options.objective == "blank":
        yield from _blank_problems(model)
    if options.objective == "masked" and options.masked.has_pairs:
        yield from _pair_problems(model)


def _head_problems(options: ObjectiveOptions, model: ModelSpec) -> Iterator[Problem]:
    is_detecting = options.objective == "replaced"
    if is_detecting and options.masked.has_pairs:
        yield Problem(
            "masked.has_pairs",
            "replaced-token detection has no pairs of sentences",
            got="on",
            expected="off, or the objective masked",
            hint="Switch it off.",
            fix=(("masked.has_pairs", False),),
        )
    if is_detecting == (model.head == Head.DISCRIMINATOR):
        return
    good = Head.DISCRIMINATOR if is_detecting else Head.TRANSFORM
    yield Problem(
        "model.head",
        "replaced-token detection asks of every token whether it was replaced"
        if is_detecting
        else "a discriminator has no scores of tokens to predict one by",
        got=str(model.head),
        expected=Head.DISCRIMINATOR if is_detecting else "linear or transform",
        hint=f"Use {good}.",
        fix=(("model.head", good),),
    )


_WHY = {
    "causal": "predicts the next token, which a model that looks ahead would see",
    "prefix": "gives a beginning that is seen whole, and writes on after it",
    "bidirectional": "guesses tokens from both sides of them",
}


def _fix_of_position(model: ModelSpec, attention: str) -> tuple[tuple[str, str], ...]:
    """ALiBi looks back alone: what would be refused next."""
    looks_ahead = attention != "causal" and model.position == Position.ALIBI
    return (("model.position", str(Position.ROPE)),) if looks_ahead else ()


def _blank_problems(model: ModelSpec) -> Iterator[Problem]:
    if model.position == Position.RELATIVE:
        yield Problem(
            "model.position",
            "a relative bias counts tokens of the row, and what fills a blank stands after the "
            "whole text",
            got=str(model.position),
            expected="rope, learned, sinusoidal or none",
            hint="Use rope, or learned positions with positions inside blanks, as GLM has.",
            fix=(("model.position", str(Position.ROPE)),),
        )


def _pair_problems(model: ModelSpec) -> Iterator[Problem]:
    if not model.has_sentence_head:
        yield Problem(
            "model.has_sentence_head",
            "next-sentence prediction needs a head that says whether a sentence follows",
            got="off",
            expected="on, or masked.has_pairs off",
            hint="Switch the sentence head on.",
            fix=(("model.has_sentence_head", True),),
        )
    if model.num_token_types < 2:
        yield Problem(
            "model.num_token_types",
            "next-sentence prediction tells the two sentences of a pair apart by their type",
            got=str(model.num_token_types),
            expected="at least 2, or masked.has_pairs off",
            hint="BERT has 2.",
            fix=(("model.num_token_types", 2),),
        )
