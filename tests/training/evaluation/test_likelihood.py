"""Log-likelihoods are transformers' own, and a batch gives what each text gives alone."""

from __future__ import annotations

import pytest
import torch
import transformers

from tests.training.model.shapes import GPT2, LLAMA
from tests.training.model.test_equivalence import twin_of
from training.benchmarks.prompts import Request
from training.evaluation.likelihood import Scorer
from training.model.building import build_model
from training.model.masks import Documents
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection

CPU = torch.device("cpu")
TOLERANCE = 1e-4


def requests(vocab_size: int, lengths: list[tuple[int, int]]) -> list[Request]:
    generator = torch.Generator().manual_seed(1)
    return [
        Request(tuple(torch.randint(vocab_size, (n,), generator=generator).tolist()), scored, 1)
        for n, scored in lengths
    ]


@pytest.fixture(params=[LLAMA, GPT2], ids=["LLaMA", "GPT-2"])
def spec(request: pytest.FixtureRequest) -> ModelSpec:
    found: ModelSpec = request.param.resolve()
    return found


def scorer_of(spec: ModelSpec, batch_tokens: int = 64) -> Scorer:
    model = build_model(spec.replace(init_std=0.2), seed=2).eval()
    return Scorer(model, spec.context_length, CPU, batch_tokens)


def test_each_token_has_the_log_probability_that_transformers_gives(spec: ModelSpec) -> None:
    scorer = scorer_of(spec)
    twin: transformers.PreTrainedModel = twin_of(scorer.model).eval()
    for request in requests(spec.vocab_size, [(20, 19), (9, 3), (2, 1)]):
        ids = torch.tensor([request.ids])
        with torch.no_grad():
            theirs = torch.log_softmax(twin(input_ids=ids).logits[0, :-1].float(), dim=-1)
        wanted = theirs.gather(1, ids[0, 1:, None]).flatten()[-request.num_scored :]
        ours = torch.tensor(scorer.token_log_probabilities(request))
        torch.testing.assert_close(ours, wanted, atol=TOLERANCE, rtol=0)
        (one,) = scorer.score([request])
        assert one.log_likelihood == pytest.approx(wanted.double().sum().item(), abs=TOLERANCE)
        is_greedy = bool((theirs.argmax(-1) == ids[0, 1:])[-request.num_scored :].all())
        assert one.is_greedy == is_greedy


def test_a_batch_gives_what_each_text_gives_alone(spec: ModelSpec) -> None:
    scorer = scorer_of(spec)
    asked = requests(spec.vocab_size, [(30, 4), (7, 2), (19, 18), (7, 6), (2, 1), (11, 3)])
    alone = [scorer_of(spec, batch_tokens=1).score([one])[0] for one in asked]
    for one, other in zip(scorer.score(asked), alone, strict=True):
        assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=TOLERANCE)
        assert (one.num_tokens, one.is_greedy) == (other.num_tokens, other.is_greedy)


def test_what_the_model_writes_is_greedy_and_another_end_is_not(spec: ModelSpec) -> None:
    scorer = scorer_of(spec)
    ids = list(requests(spec.vocab_size, [(6, 1)])[0].ids)
    for _ in range(4):
        with torch.no_grad():
            ids.append(int(scorer.model(torch.tensor([ids])).logits[0, -1].argmax()))
    other = [*ids[:-1], (ids[-1] + 1) % spec.vocab_size]
    found = scorer.score([Request(tuple(ids), 4, 1), Request(tuple(other), 4, 1)])
    assert [one.is_greedy for one in found] == [True, False]


def test_the_end_of_a_text_that_is_too_long_is_scored(spec: ModelSpec) -> None:
    scorer = scorer_of(spec)
    room = spec.context_length
    long, whole = requests(spec.vocab_size, [(room + 9, 3), (2 * room, 2 * room - 1)])
    fits = Request(long.ids[-room - 1 :], 3, 1)
    found, alone, cut = scorer.score([long, fits, whole])
    assert found.num_cut == 8
    assert found.log_likelihood == pytest.approx(alone.log_likelihood, abs=TOLERANCE)
    assert cut.num_tokens == room


def test_equal_requests_are_read_once(spec: ModelSpec) -> None:
    scorer = scorer_of(spec)
    (one,) = requests(spec.vocab_size, [(9, 2)])
    done: list[int] = []
    found = scorer.score([one, one, one], done.append)
    assert len(set(found)) == 1
    assert done == [1]


def test_a_model_that_sees_a_prefix_sees_the_prompt_whole() -> None:
    scorer = scorer_of(LLAMA.resolve().replace(attention=AttentionDirection.PREFIX))
    first, second = requests(LLAMA.vocab_size, [(12, 3), (9, 2)])
    alone = [scorer.score([one])[0].log_likelihood for one in (first, second)]
    together = [one.log_likelihood for one in scorer.score([first, second])]
    assert together == pytest.approx(alone, abs=TOLERANCE)
    # The first token of the answer is predicted by a prompt that looks at all of itself.
    ids = torch.tensor([first.ids[:-1]])
    documents = Documents.of_lengths([[11]], [[9]])
    with torch.no_grad():
        logs = torch.log_softmax(scorer.model(ids, documents=documents).logits[0].float(), -1)
    wanted = logs[8:].gather(1, torch.tensor(first.ids[9:])[:, None]).sum().item()
    assert alone[0] == pytest.approx(wanted, abs=TOLERANCE)
    causal = scorer_of(LLAMA.resolve()).score([first])[0].log_likelihood
    assert abs(causal - wanted) > 1e-3
