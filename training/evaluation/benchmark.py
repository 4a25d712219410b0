"""A benchmark put to a model: items chosen, asked, scored and judged. Needs torch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from training.benchmarks.benchmark import BenchmarkItem
from training.benchmarks.prompts import Asked, Encoder, Prompter, Request, chosen_items
from training.benchmarks.results import ChoiceScore, ItemScore
from training.evaluation.likelihood import Likelihood, Scorer
from training.specs.prompting import PromptPart


@dataclass(frozen=True)
class Questions:
    """What is put to a model, item by item; made once, scored as often as one likes."""

    asked: tuple[Asked, ...]
    contaminated: frozenset[int] = frozenset()

    @classmethod
    def of(
        cls, items: Sequence[BenchmarkItem], part: PromptPart, encoder: Encoder, *,
        dropped: Collection[int] = (), contaminated: Collection[int] = (),
        has_unconditional: bool = True,
    ) -> Questions:  # fmt: skip
        """The chosen items without those dropped, which are no examples either (by index).

        DataError when none is left, or there are too few examples.
        """
        left = [item for item in items if item.index not in dropped]
        chosen = chosen_items(left, part)
        prompter = Prompter(left, chosen, part, encoder, has_unconditional=has_unconditional)
        return cls(tuple(prompter.ask(item) for item in chosen), frozenset(contaminated))

    @property
    def requests(self) -> list[Request]:
        """Every request, those without the question included."""
        return [one for asked in self.asked for one in (*asked.requests, *asked.unconditional)]

    def score(
        self, scorer: Scorer, told: Callable[[int], None] = lambda done: None
    ) -> list[ItemScore]:
        """One score per item, in order; ``told`` hears how many different requests are done."""
        likelihoods = iter(scorer.score(self.requests, told))
        found = []
        for asked in self.asked:
            own = [next(likelihoods) for _ in asked.requests]
            without = [next(likelihoods) for _ in asked.unconditional]
            found.append(self._judged(asked, own, without))
        return found

    def _judged(
        self, asked: Asked, own: Sequence[Likelihood], without: Sequence[Likelihood]
    ) -> ItemScore:
        choices = tuple(
            ChoiceScore(
                log_likelihood=one.log_likelihood,
                num_tokens=one.num_tokens,
                num_bytes=request.num_bytes,
                is_greedy=one.is_greedy,
                unconditional=without[place].log_likelihood if without else None,
            )
            for place, (one, request) in enumerate(zip(own, asked.requests, strict=True))
        )
        return ItemScore(
            item=asked.item,
            choices=choices,
            num_cut=max(one.num_cut for one in own),
            is_contaminated=asked.item.index in self.contaminated,
        )
