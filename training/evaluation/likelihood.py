"""Log-likelihoods of the last tokens of texts under a causal model, in batches. Needs torch.

    ids [n] -> hidden states of all but the last -> log-softmax at the places before scored tokens

Texts of a batch are padded at the end. A causal model never looks there, so no mask is needed and
a batch gives what each text gives alone, but for the rounding of larger products. The vocabulary
head is applied to scored places alone. Sums are taken in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.benchmarks.prompts import Request
from training.model.masks import Documents
from training.planning.memory import piece_tokens
from training.specs.model_choices import AttentionDirection

Autocast = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Likelihood:
    """What a model makes of the scored tokens of a request.

    ``log_likelihood`` in nats; ``is_greedy``: each of them is what the model holds likeliest, so
    greedy decoding writes exactly them. ``num_cut`` tokens at the start did not fit the context.
    """

    log_likelihood: float
    num_tokens: int
    is_greedy: bool
    num_cut: int = 0


@dataclass(frozen=True)
class Scorer:
    """A model in evaluation mode on its device, and how much of it is asked at once.

    ``batch_tokens`` counts padding; one text at least is read. ``check`` is called before each
    batch and may raise, to end.
    """

    model: Any
    context_length: int
    device: torch.device
    batch_tokens: int
    autocast: Autocast = nullcontext
    check: Callable[[], None] = lambda: None

    def score(
        self, requests: Sequence[Request], told: Callable[[int], None] = lambda done: None
    ) -> list[Likelihood]:
        """One likelihood per request, in their order; equal requests are read once."""
        unique = list(dict.fromkeys(requests))
        found: dict[Request, Likelihood] = {}
        for batch in self._batches(unique):
            self.check()
            for request, likelihood in zip(batch, self._batch(batch), strict=True):
                found[request] = likelihood
            told(len(found))
        return [found[request] for request in requests]

    def longer(self, context_length: int) -> Scorer:
        """The same for texts of up to so many tokens, where that is more than the context."""
        return replace(self, context_length=max(self.context_length, context_length))

    def token_losses(self, requests: Sequence[Request]) -> list[list[float]]:
        """Of each scored token of each request in nats, in their order; requests must fit."""
        unique = list(dict.fromkeys(requests))
        found: dict[Request, list[float]] = {}
        for batch in self._batches(unique):
            self.check()
            for request, tokens in zip(batch, self._losses(batch), strict=True):
                found[request] = [loss for loss, _ in tokens]
        return [found[request] for request in requests]

    def token_log_probabilities(self, request: Request) -> list[float]:
        """Of each scored token, in nats; for one request alone."""
        (picked,) = self._losses([self._fitted(request)[0]])
        return [-loss for loss, _ in picked]

    def _batches(self, requests: Sequence[Request]) -> Iterator[list[Request]]:
        """Of nearly equal length, the longest first: what does not fit memory shows at once."""
        waiting: list[Request] = []
        for request in sorted(requests, key=lambda one: -len(one.ids)):
            longest = min(self.context_length, len(waiting[0].ids if waiting else request.ids))
            if waiting and (len(waiting) + 1) * longest > self.batch_tokens:
                yield waiting
                waiting = []
            waiting.append(request)
        if waiting:
            yield waiting

    def _batch(self, requests: Sequence[Request]) -> list[Likelihood]:
        fitted = [self._fitted(request) for request in requests]
        picked = self._losses([one for one, _ in fitted])
        return [
            Likelihood(
                -math.fsum(loss for loss, _ in tokens),
                len(tokens),
                all(is_likeliest for _, is_likeliest in tokens),
                num_cut,
            )
            for tokens, (_, num_cut) in zip(picked, fitted, strict=True)
        ]

    def _fitted(self, request: Request) -> tuple[Request, int]:
        """The end of a request that fits the context, and how many tokens are cut off before it.

        Of an answer that is longer than the context itself, its end is scored.
        """
        room = self.context_length + 1
        num_cut = max(0, len(request.ids) - room)
        if not num_cut:
            return request, 0
        num_scored = min(request.num_scored, self.context_length)
        return Request(request.ids[num_cut:], num_scored, request.num_bytes), num_cut

    def _losses(self, requests: Sequence[Request]) -> list[list[tuple[float, bool]]]:
        """(loss in nats, whether it is the likeliest) of each scored token of each request."""
        length = max(len(request.ids) for request in requests) - 1
        inputs = np.zeros((len(requests), length), dtype=np.int64)
        rows: list[int] = []
        places: list[int] = []
        targets: list[int] = []
        for row, request in enumerate(requests):
            inputs[row, : len(request.ids) - 1] = request.ids[:-1]
            first = len(request.ids) - 1 - request.num_scored
            rows += [row] * request.num_scored
            places += range(first, first + request.num_scored)
            targets += request.ids[-request.num_scored :]
        inputs_here = torch.from_numpy(inputs).to(self.device)
        with torch.inference_mode(), self.autocast():
            output = self.model(
                input_ids=inputs_here, documents=self._documents(requests), returns_hidden=True
            )
            (hidden,) = output.hidden_states
            chosen = hidden[
                torch.tensor(rows, device=hidden.device), torch.tensor(places, device=hidden.device)
            ]
            wanted = torch.tensor(targets, device=hidden.device)
            pairs = iter(self._of_targets(chosen, wanted))
        return [[next(pairs) for _ in range(request.num_scored)] for request in requests]

    def _documents(self, requests: Sequence[Request]) -> Documents | None:
        """Of a model that sees a prefix whole: what stands before the scored tokens is one."""
        if self.model.spec.attention != AttentionDirection.PREFIX:
            return None
        sizes = [len(request.ids) - 1 for request in requests]
        padding = [[max(sizes) - size] if size < max(sizes) else [] for size in sizes]
        seen = [len(request.ids) - request.num_scored for request in requests]
        return Documents.of_lengths(
            [[size, *more] for size, more in zip(sizes, padding, strict=True)],
            [[count, *(0 for _ in more)] for count, more in zip(seen, padding, strict=True)],
        ).to(self.device)

    def _of_targets(self, hidden: Tensor, targets: Tensor) -> list[tuple[float, bool]]:
        """Of hidden states [N, D] and targets [N]; never holds all logits [N, V]."""
        size = piece_tokens(self.model.spec.vocab_size, hidden.device.type)
        found: list[tuple[float, bool]] = []
        for start in range(0, len(targets), size):
            piece = slice(start, start + size)
            logits = self.model.logits(hidden[piece]).float()
            losses = cross_entropy(logits, targets[piece], reduction="none").double().tolist()
            likeliest = (logits.argmax(dim=-1) == targets[piece]).tolist()
            found += zip(losses, likeliest, strict=True)
        return found
