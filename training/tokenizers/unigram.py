"""Unigram (Kudo 2018) trained by SentencePiece, as a model of ``tokenizers`` with the same ids.

The model written here is SentencePiece's own: the best cut of a text is the one with the highest
sum of scores. What is not in its dictionary there (special tokens, bytes, the unknown) gets a score
so low here that no text is ever cut into it. SentencePiece sums in 32 bits, so in lines
of several thousand tokens it may take another of two cuts that are equally good.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tokenizers import models

from training.errors import DataError, SpecError
from training.specs.tokenizer import TokenizerSpec
from training.specs.tokenizer_parts import Digits, Han
from training.tokenizers.chinese import cut_characters, cut_words
from training.tokenizers.refusals import too_large, too_small

#: SentencePiece keeps all text, and ten times as much beside it, in memory.
MAX_BYTES = 100_000_000
#: Fixed: the sums of counts, and with them the pieces, depend on how many threads there are.
_NUM_THREADS = 16
_MAX_LINE_CHARACTERS = 200_000
#: Marks where no piece may cross; taken out of texts before.
_BORDER = "\x1f"
_PRINTABLE = "".join(map(chr, range(33, 127)))
_TOO_LARGE = re.compile(r"Vocabulary size too high.*value <= (\d+)", re.DOTALL)
_TOO_SMALL = re.compile(r"Vocabulary size is smaller than required_chars. *(\d+) vs (\d+)")


def train_unigram(spec: TokenizerSpec, normalizer: Any, texts: Iterable[str]) -> Any:
    """A ``models.Unigram`` whose first ids are the special tokens; SpecError for a wrong size."""
    # Slow to import, and only needed here.
    import sentencepiece

    data = train_sentencepiece(spec, normalizer, texts)
    return unigram_model(sentencepiece.SentencePieceProcessor(model_proto=data))


def train_sentencepiece(spec: TokenizerSpec, normalizer: Any, texts: Iterable[str]) -> bytes:
    """The same as the bytes of a tokenizer.model; texts are normalised before."""
    import sentencepiece

    written = io.BytesIO()
    specials = spec.special_tokens
    unknown = spec.roles["unknown"]
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_lines(spec, normalizer, texts),
            model_writer=written,
            model_type="unigram",
            vocab_size=spec.vocab_size,
            hard_vocab_limit=not spec.allow_smaller,
            character_coverage=spec.character_coverage,
            required_chars="".join(sorted({*_PRINTABLE, *"".join(specials)} - {" ", "\n", "\t"})),
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            byte_fallback=spec.byte_fallback,
            split_digits=spec.digits == Digits.ONE,
            unk_id=specials.index(unknown),
            unk_piece=unknown,
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,
            control_symbols=[token for token in specials if token != unknown],
            user_defined_symbols=["\n"],
            max_sentence_length=4 * _MAX_LINE_CHARACTERS,
            pretokenization_delimiter=_BORDER if spec.han in (Han.CHARACTERS, Han.WORDS) else "",
            num_threads=_NUM_THREADS,
            minloglevel=4,
        )
    except (RuntimeError, OSError) as error:
        raise _worded(spec, str(error)) from error
    return written.getvalue()


def unigram_model(processor: Any) -> Any:
    """The ``models.Unigram`` of a loaded SentencePiece model."""
    indices = range(processor.get_piece_size())
    hidden = (processor.is_control, processor.is_unknown, processor.is_byte, processor.is_unused)
    return hidden_unigram(
        [processor.id_to_piece(index) for index in indices],
        [processor.get_score(index) for index in indices],
        [any(is_kind(index) for is_kind in hidden) for index in indices],
        unknown=processor.unk_id(),
        has_bytes=any(processor.is_byte(index) for index in indices),
    )


def hidden_unigram(
    pieces: list[str], scores: list[float], is_hidden: list[bool], *, unknown: int, has_bytes: bool
) -> Any:
    """A ``models.Unigram`` in which pieces that are hidden are never part of the best cut.

    A cut into single characters is better than a hidden piece, as long as all of its characters
    have pieces, which training sees to.
    """
    lowest = min(
        (one for one, is_out in zip(scores, is_hidden, strict=True) if not is_out), default=0.0
    )
    longest = max(map(len, pieces))
    never = (lowest - 1) * (longest + 1)
    vocab = [
        (piece, never if is_out else score)
        for piece, score, is_out in zip(pieces, scores, is_hidden, strict=True)
    ]
    return models.Unigram(vocab, unknown, has_bytes)


def _lines(spec: TokenizerSpec, normalizer: Any, texts: Iterable[str]) -> Iterator[str]:
    """Lines without their ends, normalised, with marks where pieces end."""
    cut = {Han.CHARACTERS: cut_characters, Han.WORDS: cut_words}.get(spec.han)
    for text in texts:
        text = normalizer.normalize_str(text) if normalizer else text
        for line in text.split("\n"):
            for start in range(0, len(line), _MAX_LINE_CHARACTERS):
                part = line[start : start + _MAX_LINE_CHARACTERS].replace(_BORDER, " ")
                yield _BORDER.join(cut(part)) if cut else part


def _worded(spec: TokenizerSpec, message: str) -> SpecError | DataError:
    """What SentencePiece says, as a problem of the field that mends it."""
    if found := _TOO_LARGE.search(message):
        return too_large(spec, int(found[1]))
    if found := _TOO_SMALL.search(message):
        return too_small(spec, int(found[2]))
    return DataError(
        f"SentencePiece could not learn from these texts: {message.splitlines()[-1][:200]}",
        advice="Take more text, or another kind of tokenizer.",
    )
