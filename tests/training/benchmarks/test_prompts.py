"""Prompts: what is scored, examples that are never the item itself, and splits."""

from __future__ import annotations

import dataclasses

import pytest
import tokenizers
from tokenizers import models, pre_tokenizers, processors

from training.benchmarks.benchmark import BenchmarkItem
from training.benchmarks.prompts import Encoder, Prompter, chosen_items, encoder_of
from training.errors import DataError
from training.specs.prompting import PromptPart

END = 256


def byte_tokenizer() -> tokenizers.Tokenizer:
    """Byte-level BPE with one merge across a space: "Ġg" is a piece."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {letter: index for index, letter in enumerate(letters)} | {"Ġg": END + 1}
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab=vocab, merges=[("Ġ", "g")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def item(index: int, question: str = "", split: str = "", **changes: object) -> BenchmarkItem:
    made = BenchmarkItem(
        index=index, set="s", name=str(index), kind="choice", question=question or f"q{index}?",
        choices=("green", "red"), answer=index % 2, category="", split=split, file="f", line=index,
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


@pytest.fixture
def encoder() -> Encoder:
    return encoder_of(byte_tokenizer(), END)


def test_scored_are_the_tokens_that_hold_the_answer(encoder: Encoder) -> None:
    request = encoder.request("Answer:", " green", 5)
    # " g" is one piece, then r, e, e, n.
    assert (request.num_scored, request.num_bytes) == (5, 5)
    assert request.ids[-5] == END + 1
    assert len(request.ids) == len("Answer:") + 5


def test_letters_of_several_tokens_are_scored_whole(encoder: Encoder) -> None:
    assert encoder.request("天空是", "蓝色", 6).num_scored == 6


def test_without_a_prompt_the_end_of_text_stands_before(encoder: Encoder) -> None:
    request = encoder.request("", "red", 3)
    assert (request.ids[0], request.num_scored, len(request.ids)) == (END, 3, 4)


def test_a_tokenizer_that_begins_texts_begins_prompts() -> None:
    tokenizer = byte_tokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", END)]
    )
    assert encoder_of(tokenizer, 0).request("a", "b", 1).ids[0] == END


def test_the_template_stands_around_the_question(encoder: Encoder) -> None:
    prompter = Prompter([item(0)], [item(0)], PromptPart(template="F: {question}\nA:"), encoder)
    asked = prompter.ask(item(0))
    assert asked.prompt == "F: q0?\nA:"
    assert [one.num_scored for one in asked.unconditional] == [5, 4]
    cloze = item(0, "The sky is ", kind="cloze", choices=("blue",), answer=0)
    assert Prompter([cloze], [cloze], PromptPart(), encoder).ask(cloze).prompt == "The sky is"


def test_examples_are_drawn_by_seed_and_never_the_item_or_its_copy(encoder: Encoder) -> None:
    items = [item(0, "same?"), item(1, "same?"), item(2), item(3), item(4)]
    for seed in range(20):
        part = PromptPart(num_examples=3, seed=seed)
        for one in items[:2]:
            prompt = Prompter(items, items, part, encoder).ask(one).prompt
            assert prompt.count("same?") == 1
            assert prompt.endswith("Question: same?\nAnswer:")
            assert prompt == Prompter(items, items, part, encoder).ask(one).prompt
    prompts = {
        Prompter(items, items, PromptPart(num_examples=3, seed=s), encoder).ask(items[4]).prompt
        for s in range(8)
    }
    assert len(prompts) > 1


def test_examples_come_from_the_split_that_is_named(encoder: Encoder) -> None:
    items = [item(0, split="train"), item(1, split="train"), item(2, split="test")]
    part = PromptPart(num_examples=2, examples_split="train")
    chosen = chosen_items(items, part)
    assert [one.index for one in chosen] == [2]
    prompt = Prompter(items, chosen, part, encoder).ask(items[2]).prompt
    assert "q0?\nAnswer: green" in prompt
    assert "q1?\nAnswer: red" in prompt


def test_too_few_examples_and_unknown_splits_are_refused(encoder: Encoder) -> None:
    items = [item(0), item(1)]
    with pytest.raises(DataError, match=r"2 examples are asked for.*has 1 besides"):
        Prompter(items, items, PromptPart(num_examples=2), encoder).ask(items[0])
    with pytest.raises(DataError, match="no split 'dev'; it has none"):
        chosen_items(items, PromptPart(split="dev"))


def test_most_items_are_drawn_of_each_set_and_stay_in_order() -> None:
    items = [item(n, set="ab"[n % 2]) for n in range(20)]
    chosen = chosen_items(items, PromptPart(max_items=3))
    assert [one.set for one in chosen].count("a") == 3
    assert [one.index for one in chosen] == sorted(one.index for one in chosen)
    assert chosen == chosen_items(items, PromptPart(max_items=3))
    assert chosen != chosen_items(items, PromptPart(max_items=3, seed=1))
