"""From items to prompts: template, few-shot examples, and token ids that are to be scored.

    examples, each "template(question) separator answer", a blank line between them
    template(question) | separator + choice          <- what stands behind the bar is scored

The text of prompt and choice is encoded as one, so that the ids are those that a model would read;
scored are the tokens that hold a character of the choice. A token across the bar is scored whole.
Examples are drawn for each item from (seed, place of the item), so that they do not depend on
which other items are scored, nor on the number of processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from training.benchmarks.benchmark import BenchmarkItem
from training.benchmarks.columns import CHOICE
from training.errors import DataError
from training.specs.prompting import QUESTION, Normalisation, PromptPart

_DEFAULT = {CHOICE: "Question: {question}\nAnswer:", "cloze": "{question}"}
_BETWEEN = "\n\n"


@dataclass(frozen=True)
class Request:
    """Ids whose last ``num_scored`` are scored given those before them; at least one stands there.

    ``num_bytes`` is the size of what is scored as UTF-8 text, without the separator.
    """

    ids: tuple[int, ...]
    num_scored: int
    num_bytes: int


@dataclass(frozen=True)
class Asked:
    """An item as it is put to a model: one request per choice, and those without the question."""

    item: BenchmarkItem
    prompt: str
    requests: tuple[Request, ...]
    unconditional: tuple[Request, ...]


class Encoder:
    """Texts as ids for scoring: ``first_ids`` begin every text; special tokens are only text."""

    def __init__(self, tokenizer: Tokenizer, first_ids: Sequence[int], end_id: int) -> None:
        self._tokenizer = tokenizer
        self.first_ids = tuple(first_ids)
        self._end_id = end_id

    def ids(self, text: str) -> tuple[int, ...]:
        """Those of a text alone, with nothing before it."""
        return tuple(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def request(
        self, prompt: str, continuation: str, num_bytes: int, *, is_start: bool = True
    ) -> Request:
        """The continuation given the prompt, which may be empty at the start of a text."""
        encoded = self._tokenizer.encode(prompt + continuation, add_special_tokens=False)
        ends = np.array([end for _, end in encoded.offsets], dtype=np.int64)
        behind = np.flatnonzero(ends > len(prompt))
        first = int(behind[0]) if len(behind) else len(encoded.ids)
        num_scored = len(encoded.ids) - first
        if not num_scored:
            raise DataError(f"The tokenizer makes no token of the answer {continuation[:40]!r}.")
        before: tuple[int, ...] = ()
        if is_start:
            # The end of a text stands before every text that a model has read.
            before = self.first_ids or (() if first else (self._end_id,))
        return Request((*before, *encoded.ids), num_scored, num_bytes)


def encoder_of(tokenizer: Tokenizer, end_id: int) -> Encoder:
    """Begins texts with what the tokenizer itself puts before one (a BOS), if anything."""
    whole = tokenizer.encode("a", add_special_tokens=True).ids
    plain = tokenizer.encode("a", add_special_tokens=False).ids
    at = next((n for n in range(len(whole)) if whole[n : n + len(plain)] == plain), 0)
    return Encoder(tokenizer, whole[:at], end_id)


def chosen_items(items: Sequence[BenchmarkItem], part: PromptPart) -> list[BenchmarkItem]:
    """The items that are scored, in order; DataError when there are none."""
    splits = list(dict.fromkeys(item.split for item in items))
    for name in filter(None, (part.split, part.examples_split)):
        if name not in splits:
            known = ", ".join(repr(one) for one in splits if one) or "none"
            raise DataError(
                f"The benchmark has no split {name!r}; it has {known}.",
                advice="Items say their split in a column split, or one named columns.split.",
            )
    wanted = [
        item
        for item in items
        if (item.split == part.split if part.split else item.split != part.examples_split)
        or not (part.split or part.examples_split)
    ]
    if not wanted:
        raise DataError("No item is left to be scored.", advice="Name another split.")
    if not part.max_items:
        return wanted
    kept: set[int] = set()
    for name in dict.fromkeys(item.set for item in wanted):
        places = [item.index for item in wanted if item.set == name]
        drawn = np.random.default_rng([part.seed, len(places)]).permutation(len(places))
        kept |= {places[place] for place in drawn[: part.max_items]}
    return [item for item in wanted if item.index in kept]


class Prompter:
    """Puts items to a model as the part says."""

    def __init__(
        self, items: Sequence[BenchmarkItem], scored: Sequence[BenchmarkItem], part: PromptPart,
        encoder: Encoder, *, has_unconditional: bool = True,
    ) -> None:  # fmt: skip
        self._part, self._encoder = part, encoder
        self._has_unconditional = has_unconditional
        pool = scored
        if part.examples_split:
            pool = [item for item in items if item.split == part.examples_split]
        self._pools = {
            name: [item for item in pool if item.set == name]
            for name in dict.fromkeys(item.set for item in scored)
        }

    def ask(self, item: BenchmarkItem) -> Asked:
        """The requests of an item; DataError when there are too few examples."""
        part = self._part
        shots = [self._with_answer(one) for one in self._examples(item)]
        question, answer_cue = self._words(item)
        prompt = _BETWEEN.join([*shots, question])
        requests, unconditional = [], []
        is_wanted = item.kind == CHOICE and (
            self._has_unconditional or part.normalisation == Normalisation.UNCONDITIONAL
        )
        for choice in item.choices:
            text, size = part.separator + choice, len(choice.encode())
            requests.append(self._encoder.request(prompt, text, size))
            if is_wanted:
                unconditional.append(self._encoder.request(answer_cue, text, size))
        return Asked(item, prompt, tuple(requests), tuple(unconditional))

    def _examples(self, item: BenchmarkItem) -> list[BenchmarkItem]:
        number = self._part.num_examples
        if not number:
            return []
        pool = [one for one in self._pools[item.set] if one.content[0] != item.content[0]]
        if len(pool) < number:
            place = f"the split {self._part.examples_split!r} of " * bool(self._part.examples_split)
            raise DataError(
                f"{number} examples are asked for, and {place}the set {item.set!r} has "
                f"{len(pool)} besides the item itself.",
                advice="Ask for fewer examples, or add items to the split.",
            )
        drawn = np.random.default_rng([self._part.seed, item.index]).choice(
            len(pool), number, replace=False
        )
        return [pool[place] for place in drawn]

    def _with_answer(self, item: BenchmarkItem) -> str:
        return self._words(item)[0] + self._part.separator + item.right

    def _words(self, item: BenchmarkItem) -> tuple[str, str]:
        """(the prompt of a question, the words of the template behind the question)."""
        template = self._part.template or _DEFAULT[item.kind]
        before, _, behind = template.partition(QUESTION)
        # White space at the end belongs to the separator: most tokenizers join it to the answer.
        question = item.question.rstrip() if not behind else item.question
        return before + question + behind, behind.lstrip()
