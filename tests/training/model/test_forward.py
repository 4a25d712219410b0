"""The model's own contract: labels, hidden states, registration, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModelForCausalLM

from tests.training.model.shapes import GPT2, LLAMA
from tests.training.model.twins import build_transformers
from training.errors import SpecError
from training.model.building import build_model
from training.model.huggingface import TrainyardForCausalLM, as_transformers, class_of, register
from training.model.masks import Documents
from training.model.network import architecture_of
from training.model.pretrained import TrainyardConfig
from training.planning.initial import kind_of, spread
from training.registry import MODEL_PRESETS
from training.specs.model import ModelSpec

TOKENS = torch.randint(211, (2, 12), generator=torch.Generator().manual_seed(8))


@pytest.mark.parametrize("build", [build_model, build_transformers])
def test_head_on_hidden_states_gives_the_logits(
    spec: ModelSpec, build: Callable[[ModelSpec, int], nn.Module]
) -> None:
    model = build(spec, 1).eval()
    with torch.no_grad():
        output = model(TOKENS, returns_hidden=True)
        assert output.logits is None
        assert torch.equal(model.lm_head(output.hidden_states[0]), model(TOKENS).logits)
        last = model(TOKENS, logits_to_keep=3).logits
    assert last.shape == (2, 3, spec.vocab_size)


def test_labels_are_shifted_and_the_first_token_of_a_document_is_no_target() -> None:
    model = build_transformers(LLAMA.resolve(), seed=1).eval()
    documents = Documents.of_lengths([[5, 7], [12]])
    with torch.no_grad():
        output = model(TOKENS, documents, labels=TOKENS)
    losses = cross_entropy(output.logits[:, :-1].transpose(1, 2), TOKENS[:, 1:], reduction="none")
    predicted = torch.ones_like(losses, dtype=torch.bool)
    predicted[0, 4] = False  # the last token of document 0 does not predict document 1
    assert output.loss.item() == pytest.approx(losses[predicted].mean().item(), abs=1e-6)


def test_the_transformers_model_shares_the_weights_and_says_the_same(spec: ModelSpec) -> None:
    ours = build_model(spec, seed=1).eval()
    twin = as_transformers(ours)
    assert not twin.training
    theirs = dict(twin.named_parameters())
    assert list(theirs) == [name for name, _ in ours.named_parameters()]
    for name, parameter in ours.named_parameters():
        assert theirs[name].data_ptr() == parameter.data_ptr()
    with torch.no_grad():
        assert torch.equal(twin(TOKENS).logits, ours(TOKENS).logits)


@pytest.mark.parametrize("name", MODEL_PRESETS)
def test_the_name_of_a_class_is_known_without_loading_it(name: str) -> None:
    spec = MODEL_PRESETS[name].load()
    assert class_of(spec).__name__ == architecture_of(spec)


def test_auto_classes_know_the_model_once_registered() -> None:
    register()
    register()
    config = TrainyardConfig.of_spec(LLAMA.resolve())
    model = AutoModelForCausalLM.from_config(config)
    assert isinstance(model, TrainyardForCausalLM)
    assert AutoConfig.for_model("trainyard").model_type == "trainyard"
    assert model.lm_head.weight is model.model.embed_tokens.weight
    # built by transformers rather than by us, but after the same table
    table = spread(model.spec)
    for name, parameter in model.named_parameters():
        assert parameter.std().item() == pytest.approx(table[kind_of(name)], rel=0.1), name


def test_an_edited_config_is_validated_again() -> None:
    config = TrainyardConfig.of_spec(LLAMA.resolve())
    config.spec = {**config.spec, "num_layers": "many"}
    with pytest.raises(ValueError, match="num_layers"):
        TrainyardForCausalLM(config)


def test_learned_positions_end_at_the_context_length() -> None:
    model = build_transformers(GPT2.replace(context_length=8).resolve(), seed=1)
    with pytest.raises(SpecError, match=r"position 12.*at most 8"):
        model(TOKENS)


def test_dropout_drops_in_training_only() -> None:
    model = build_transformers(LLAMA.replace(dropout=0.5).resolve(), seed=1)
    with torch.no_grad():
        model.train()
        assert not torch.equal(model(TOKENS).logits, model(TOKENS).logits)
        model.eval()
        assert torch.equal(model(TOKENS).logits, model(TOKENS).logits)


def test_a_tiny_model_learns_a_repeated_text(spec: ModelSpec) -> None:
    model = build_transformers(spec, seed=1).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    first = model(TOKENS, labels=TOKENS).loss.item()
    for _ in range(40):
        loss = model(TOKENS, labels=TOKENS).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert first > 5.0
    assert loss.item() < 2.0


def test_an_embedding_gets_its_share_of_the_gradient_and_the_rest_of_the_model_all_of_it() -> None:
    gradients = []
    for share in (1.0, 0.1):
        spec = LLAMA.replace(is_tied=False, embedding_gradient=share).resolve()
        model = build_transformers(spec, seed=1).train()
        tokens = torch.arange(24).reshape(2, 12)
        model(tokens, labels=tokens).loss.backward()
        gradients.append({name: p.grad for name, p in model.named_parameters()})
    whole, shrunk = gradients
    for name, gradient in whole.items():
        expected = gradient * 0.1 if name == "model.embed_tokens.weight" else gradient
        torch.testing.assert_close(shrunk[name], expected)


def test_capped_logits_stay_below_the_cap_and_keep_their_order() -> None:
    spec = LLAMA.replace(init_std=1.0).resolve()
    tokens = torch.arange(24).reshape(2, 12)
    with torch.no_grad():
        plain = build_transformers(spec, seed=1).eval()(tokens).logits
        capped = build_transformers(spec.replace(logit_soft_cap=15.0), seed=1).eval()(tokens).logits
    assert plain.abs().max() > 15
    assert capped.abs().max() <= 15
    torch.testing.assert_close(capped, 15 * torch.tanh(plain / 15))
