"""What the verb ``clean`` is asked: which documents, and which rules with which thresholds.

Rules are thresholds on signals, which are computed once: changing one is instant. What re-runs is
reading other documents, or a corpus whose signals were defined in another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import model_validator

from training.errors import Problem
from training.planning.machine import num_cores
from training.registry import PII_KINDS, RULE_PRESETS, suggestion
from training.specs.base import Spec, option
from training.specs.classifier_rules import DropWhen
from training.specs.common_options import workers_option
from training.specs.content_rules import unknown_kinds, unknown_languages
from training.specs.rules import RulesPart
from training.specs.signals import Segmentation, segmentation_option
from training.specs.weights import weight_problems

#: Documents, and sources, that can be marked one by one.
MOST_MARKS = 10_000
_DOC_ID = re.compile("[0-9a-fA-F]{32}")


class CleanSpec(Spec):
    """Signals are computed once; rules choose documents by them.

    A corpus copies no text; ``text_files`` writes the texts beside it, for other programs.
    """

    verb = "clean"

    documents: str = option(
        title="Documents",
        help="Folder of documents. Other documents are read anew: this re-runs.",
        artifact="documents",
        min_length=1,
    )
    preset: str = option(
        "",
        title="Preset",
        help="A named set of rules to begin with; rules given here too change it.",
        choices=["", *RULE_PRESETS],
        group="hidden",
    )
    rules: RulesPart = option(
        factory=RulesPart,
        title="Rules",
        help="Which documents are kept. Thresholds are instant: no text is read for them.",
    )
    ngram_model: str = option(
        "",
        title="Model of the perplexity",
        help="Folder of an n-gram model; with the rule Perplexity on, every document is scored.",
        artifact="ngram_model",
        group="advanced",
    )
    quality_classifier: str = option(
        "",
        title="Classifier of quality",
        help="A classifier of the kind hashed: every document is scored for the rule Quality.",
        artifact="classifier",
        group="advanced",
    )
    quality_scores: str = option(
        "",
        title="Scores of quality",
        help="Scores of these documents that the verb score gave, for example of an encoder.",
        artifact="scores",
        group="advanced",
    )
    safety_classifier: str = option(
        "",
        title="Classifier of safety",
        help="A classifier of the kind hashed and of classes, for the rule Safety.",
        artifact="classifier",
        group="advanced",
    )
    safety_scores: str = option(
        "",
        title="Scores of safety",
        help="Scores of these documents that the verb score gave, of a classifier of classes.",
        artifact="scores",
        group="advanced",
    )
    safety_list: str = option(
        "",
        title="List of words",
        help="A classifier of the kind keywords, for the rule Safety.",
        artifact="classifier",
        group="advanced",
    )
    contamination: str = option(
        "",
        title="Contamination",
        help="Folder of what decontaminate found in these documents; the rule Contamination goes "
        "by it.",
        artifact="contamination",
        group="advanced",
    )
    tokenizer: str = option(
        "",
        title="Count tokens with",
        help="Folder of a tokenizer: every document's tokens are counted once, and the funnel and "
        "the mixture tell them.",
        artifact="tokenizer",
        group="advanced",
    )
    weights: dict[str, float] = option(
        factory=dict,
        title="Weights of sources",
        help="Source -> how often its documents are read in one pass when a model is trained on "
        "the corpus: 1 once, 2 twice, 0.5 every second one, 0 never. Others have 1.",
        group="hidden",
    )
    redact: list[str] = option(
        factory=list,
        title="Redact",
        help="Kinds of personal data that are replaced by placeholders wherever the texts are "
        f"read: {', '.join(PII_KINDS)}.",
        group="advanced",
    )
    routes: dict[str, str] = option(
        factory=dict,
        title="Rules by language",
        help="Language -> preset: documents identified as that language are judged by its rules "
        "instead of those above. Other languages, and rules between documents, stay as above.",
        group="hidden",
    )
    always_keep: list[str] = option(
        factory=list,
        title="Always keep",
        help="Ids of documents (32 hex digits) that stay whatever the rules say; this is instant.",
        group="hidden",
        max_length=MOST_MARKS,
    )
    always_keep_sources: list[str] = option(
        factory=list,
        title="Always keep sources",
        help="Sources of which every document stays whatever the rules say; this is instant.",
        group="hidden",
        max_length=MOST_MARKS,
    )
    segmentation: Segmentation = segmentation_option()
    signals: str = option(
        "",
        title="Signals of",
        help="A corpus over the same documents, whose signals are used instead of computed.",
        artifact="corpus",
        group="advanced",
    )
    text_files: bool = option(
        True,
        title="Write the texts",
        help="Also write kept and dropped documents as Parquet files into the output, the dropped "
        "ones with every rule that they fail. Off, a version takes no space for texts.",
        group="advanced",
    )
    num_workers: int = workers_option()

    @model_validator(mode="before")
    @classmethod
    def begin_with_preset(cls, data: Any) -> Any:
        """Put the rules of the preset below those that are given."""
        if not isinstance(data, dict) or data.get("preset") not in RULE_PRESETS:
            return data
        given = data.get("rules") or {}
        if not isinstance(given, dict):
            return data
        preset: RulesPart = RULE_PRESETS[data["preset"]].load()
        rules: dict[str, Any] = preset.model_dump(mode="json")
        for name, values in given.items():
            known = rules.get(name)
            is_part = isinstance(values, dict) and isinstance(known, dict)
            rules[name] = {**known, **values} if is_part else values  # type: ignore[dict-item]
        return {**data, "rules": rules}

    def problems(self) -> Iterator[Problem]:
        """A score is one under something that was named; every kind to redact must be known."""
        yield from self._unscored()
        found = self.rules.contamination
        if found.is_on and not self.contamination and not found.contamination:
            yield Problem(
                "rules.contamination.is_on",
                "needs a search for evaluation sets, and none is named",
                got="on",
                expected="off, or a search in the field contamination of the clean job",
                hint="Search these documents (the verb decontaminate) and name its output there.",
                fix=(("rules.contamination.is_on", False),),
            )
        rule = self.rules.perplexity
        if rule.is_on and not self.ngram_model and not rule.model:
            yield Problem(
                "rules.perplexity.is_on",
                "needs an n-gram model, and none is named",
                got="on",
                expected="off, or a model in the field ngram_model of the clean job",
                hint="Train one on text you trust (the verb fit_ngram) and name it there.",
                fix=(("rules.perplexity.is_on", False),),
            )
        yield from unknown_kinds("redact", self.redact)
        yield from weight_problems("weights", self.weights)
        for place, doc_id in enumerate(self.always_keep):
            if not _DOC_ID.fullmatch(doc_id):
                yield Problem(
                    f"always_keep.{place}",
                    "is no id of a document",
                    got=doc_id[:40],
                    expected="32 hex digits, as the dashboard and the files of clean show them",
                )
        yield from unknown_languages("routes", self.routes)
        for language, preset in self.routes.items():
            if preset not in RULE_PRESETS:
                yield Problem(
                    f"routes.{language}",
                    "there is no such preset",
                    got=preset,
                    expected=", ".join(RULE_PRESETS),
                    hint=suggestion(preset, [*RULE_PRESETS]),
                )

    def _unscored(self) -> Iterator[Problem]:
        """Rules on classifiers of which none is named."""
        quality, safety = self.rules.quality, self.rules.safety
        has_list = bool(self.safety_list or safety.keywords)
        has_model = bool(self.safety_classifier or self.safety_scores or safety.classifier)
        if quality.is_on and not (
            self.quality_classifier or self.quality_scores or quality.classifier
        ):
            yield _unnamed("quality", "a classifier", "quality_classifier or quality_scores")
        if safety.is_on and safety.drops_when == DropWhen.ANY and not (has_list or has_model):
            yield _unnamed("safety", "a list or a classifier", "safety_list or safety_classifier")
        if safety.is_on and safety.drops_when in (DropWhen.BOTH, DropWhen.LIST) and not has_list:
            yield _unnamed("safety", "a list of words", "safety_list")
        if safety.is_on and safety.drops_when in (DropWhen.BOTH, DropWhen.MODEL) and not has_model:
            yield _unnamed("safety", "a classifier", "safety_classifier or safety_scores")
        for one, other in (
            ("quality_classifier", "quality_scores"), ("safety_classifier", "safety_scores")
        ):  # fmt: skip
            if getattr(self, one) and getattr(self, other):
                yield Problem(other, f"is not needed beside {one}", hint="Empty one of the two.")

    def route_rules(self) -> dict[str, RulesPart]:
        """Language -> the rules of its preset."""
        return {language: RULE_PRESETS[preset].load() for language, preset in self.routes.items()}

    def resolve(self) -> CleanSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or num_cores())


def _unnamed(rule: str, what: str, where: str) -> Problem:
    return Problem(
        f"rules.{rule}.is_on",
        f"needs {what}, and none is named",
        got="on",
        expected=f"off, or one in the field {where} of the clean job",
        hint="Train one (the verb fit_classifier) and name it there.",
        fix=((f"rules.{rule}.is_on", False),),
    )
