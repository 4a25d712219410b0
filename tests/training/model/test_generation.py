"""Decoding token by token with a cache is the same computation as one pass over the text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from tests.training.model.twins import build_transformers
from training.model.building import build_model
from training.specs.model import ModelSpec


def some_tokens(num_rows: int, num_tokens: int) -> Tensor:
    return torch.randint(211, (num_rows, num_tokens), generator=torch.Generator().manual_seed(7))


@pytest.mark.parametrize("build", [build_model, build_transformers])
def test_one_token_at_a_time_gives_the_logits_of_the_whole(
    spec: ModelSpec, build: Callable[[ModelSpec, int], nn.Module]
) -> None:
    model = build(spec, 1).eval()
    tokens = some_tokens(2, 20)
    with torch.no_grad():
        whole = model(tokens).logits
        first = model(tokens[:, :6], use_cache=True)
        steps, cache = [first.logits], first.past_key_values
        steps += [model(tokens[:, 6:10], past_key_values=cache).logits]
        steps += [
            model(tokens[:, at : at + 1], past_key_values=cache).logits for at in range(10, 20)
        ]
    torch.testing.assert_close(torch.cat(steps, dim=1), whole, atol=1e-5, rtol=0)


def test_greedy_generation_picks_what_the_whole_pass_would(spec: ModelSpec) -> None:
    model = build_transformers(spec.replace(init_std=0.2), seed=1).eval()
    text = model.generate(some_tokens(1, 5), max_new_tokens=12, do_sample=False)
    assert text.shape == (1, 17)
    with torch.no_grad():
        chosen = model(text[:, :-1]).logits[:, 4:].argmax(-1)
    assert torch.equal(text[:, 5:], chosen)


def test_left_padding_does_not_change_what_is_generated(spec: ModelSpec) -> None:
    model = build_transformers(spec.replace(init_std=0.2), seed=1).eval()
    prompt = some_tokens(1, 6)
    alone = model.generate(prompt, max_new_tokens=8, do_sample=False)
    padded = torch.cat([torch.zeros(1, 4, dtype=torch.long), prompt], dim=1)
    rows = torch.cat([padded, some_tokens(1, 10)])
    mask = torch.ones_like(rows)
    mask[0, :4] = 0
    together = model.generate(
        rows, attention_mask=mask, max_new_tokens=8, do_sample=False, pad_token_id=0
    )
    assert torch.equal(together[:1, 4:], alone)
