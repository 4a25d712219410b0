"""Continue token ids with a model: temperature, top-p (Holtzman 2020), seed, key/value cache.

Draws from a generator of its own, never from torch's global one: sampling in the middle of a
training run must not change the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from training.generate.opening import NUM_ADDED, Opening


def sample_tokens(
    model: Any,
    prompt: list[int],
    *,
    max_new_tokens: int,
    context_length: int,
    temperature: float = 0.8,
    top_p: float = 1.0,
    seed: int = 0,
    eos_id: int | None = None,
    end_ids: frozenset[int] = frozenset(),
    opening: Opening | None = None,
) -> Iterator[int]:
    """Yield new token ids one by one until ``eos_id``, ``max_new_tokens`` or a full context.

    Any of ``end_ids`` (the end of a turn) ends it as well.
    ``model`` is any causal model with a transformers cache. ``temperature`` 0 takes the
    likeliest token. An empty prompt starts from ``eos_id`` (the start of a document); of one that
    is too long the end is continued (``num_cut_tokens``). Of a model that fills blanks ``opening``
    says how it is asked.
    """
    if opening is not None:
        context_length, end_ids = context_length - NUM_ADDED, end_ids | {opening.end_id}
    device = next(model.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    prompt = (prompt or [eos_id or 0])[num_cut_tokens(prompt, context_length, max_new_tokens) :]
    reader = _Reader(model, device, prompt, opening)
    ids = torch.tensor([reader.first], device=device)
    for _ in range(min(max_new_tokens, context_length - len(prompt))):
        output = reader.read(ids)
        token = _draw(output[0, -1].float(), temperature, top_p, generator)
        if token == eos_id or token in end_ids:
            return
        yield token
        ids = torch.tensor([[token]], device=device)


class _Reader:
    """A model with the cache of what it has read so far."""

    def __init__(
        self, model: Any, device: torch.device, prompt: list[int], opening: Opening | None
    ) -> None:
        self.model, self.opening, self.cache = model, opening, None
        self.num_written = 0
        #: What is to be read first.
        self.first = prompt
        if opening is not None:
            self.num_seen = len(prompt) + 1
            self._call(torch.tensor([[*prompt, opening.mask_id]], device=device), {})
            self.first = [opening.start_id]

    def read(self, ids: Tensor) -> Tensor:
        """Logits [1, 1, V] after these ids [1, T]."""
        options: dict[str, Any] = {}
        if self.opening is not None:
            options = self.opening.options(self.num_seen, self.num_written, ids.device)
            self.num_written += ids.shape[1]
        return self._call(ids, options)

    def _call(self, ids: Tensor, options: dict[str, Any]) -> Tensor:
        with torch.inference_mode():
            output = self.model(
                input_ids=ids,
                past_key_values=self.cache,
                use_cache=True,
                logits_to_keep=1,
                **options,
            )
        self.cache = output.past_key_values
        logits: Tensor = output.logits
        return logits


def num_cut_tokens(prompt: list[int], context_length: int, max_new_tokens: int) -> int:
    """How many tokens at its start a prompt loses.

    One that fills the context makes room for the new tokens, in up to half of the context.
    """
    if len(prompt) < context_length:
        return 0
    return len(prompt) - (context_length - max(1, min(max_new_tokens, context_length // 2)))


def _draw(logits: Tensor, temperature: float, top_p: float, generator: torch.Generator) -> int:
    """One token id from logits [V]."""
    if temperature == 0:
        return int(logits.argmax())
    probabilities = torch.softmax(logits / temperature, dim=-1)
    if top_p < 1:
        ordered, order = probabilities.sort(descending=True)
        # Keep the smallest set whose mass reaches top_p; the first token always stays.
        ordered[(ordered.cumsum(0) - ordered) > top_p] = 0
        probabilities = torch.zeros_like(probabilities).scatter(0, order, ordered)
    return int(torch.multinomial(probabilities, 1, generator=generator))
