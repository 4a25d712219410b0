"""One model that stays loaded: continues texts and answers conversations, piece by piece.

Text comes as it is made, so that it can be read while it is written, and ends as soon as nobody
takes it any more.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from training.errors import DataError
from training.generate.conversation import Conversation
from training.generate.loading import load_for_generation
from training.generate.opening import opening_of
from training.generate.pieces import TextPieces
from training.generate.question import Question
from training.generate.sampling import num_cut_tokens, sample_tokens
from training.specs.serve import ServeDevice, ServeSpec
from training.tokenizers.load import chat_template


class Completer:
    """One model and its tokenizer."""

    def __init__(self, folder: Path, spec: ServeSpec) -> None:
        torch.set_num_threads(spec.num_threads)
        has_gpu = torch.cuda.is_available()
        is_gpu = spec.device == ServeDevice.CUDA or (spec.device == ServeDevice.AUTO and has_gpu)
        self._loaded = load_for_generation(folder)
        self._loaded.model.to("cuda" if is_gpu else "cpu")
        home = self._loaded.tokenizer_folder
        self._opening = opening_of(self._loaded.model, home)
        self._conversation = Conversation(home) if chat_template(home) else None

    @property
    def has_chat(self) -> bool:
        """Whether it answers turns of a conversation: its tokenizer has a chat template."""
        return self._conversation is not None

    def pieces(self, question: Question) -> Iterator[str | dict[str, Any]]:
        """Texts as they come, and at last, as a dict, what the answer cost.

        The dict has "text" (all of it), "num_prompt_tokens", "num_cut_tokens" (of a prompt longer
        than the context only the end is read), "num_new_tokens" and "seconds".
        """
        loaded, started = self._loaded, time.monotonic()
        ids, ends = self._prompt(question)
        pieces, told, num_new = TextPieces(loaded.tokenizer.decode), [], 0
        for token in sample_tokens(
            loaded.model,
            ids,
            max_new_tokens=question.max_new_tokens,
            context_length=loaded.context_length,
            temperature=question.temperature,
            top_p=question.top_p,
            seed=question.seed,
            eos_id=min(loaded.end_ids, default=None),
            end_ids=ends,
            opening=self._opening,
        ):
            num_new += 1
            text = pieces.push(token)
            if text:
                told.append(text)
                yield text
        rest = pieces.rest()
        if rest:
            told.append(rest)
            yield rest
        yield {
            "text": "".join(told),
            "num_prompt_tokens": len(ids),
            "num_cut_tokens": num_cut_tokens(ids, loaded.context_length, question.max_new_tokens),
            "num_new_tokens": num_new,
            "seconds": time.monotonic() - started,
        }

    def _prompt(self, question: Question) -> tuple[list[int], frozenset[int]]:
        """Token ids to go on from, and those that end the answer."""
        if not question.turns:
            encoded = self._loaded.tokenizer.encode(question.prompt, add_special_tokens=False)
            return encoded.ids, self._loaded.end_ids
        if self._conversation is None:
            raise DataError(
                "turns: this model has no chat template; send a prompt to be continued instead."
            )
        ends = self._loaded.end_ids | self._conversation.end_ids
        return self._conversation.ids(question.turns), ends
