"""The steps around a tokenizer's model: normaliser, cuts, template and decoder of a spec."""

from __future__ import annotations

from typing import Any

from tokenizers import Regex, decoders, normalizers, pre_tokenizers, processors

from training.specs.tokenizer import TokenizerSpec
from training.specs.tokenizer_parts import Digits, Han, PreTokenizer, TokenizerKind, UnicodeForm
from training.tokenizers.patterns import IN_THREES, word_pattern

#: SentencePiece's stand-in for a space.
SPACE = "▁"


def normalizer_of(spec: TokenizerSpec) -> Any:
    """What is done to a text first; None for nothing."""
    asked = spec.normalizer
    form = {UnicodeForm.NFC: normalizers.NFC, UnicodeForm.NFKC: normalizers.NFKC}
    steps: list[Any] = [form[asked.unicode_form]()] if asked.unicode_form in form else []
    if spec.kind == TokenizerKind.WORDPIECE:
        # As BERT does it: control characters go, Chinese characters stand apart.
        steps.append(
            normalizers.BertNormalizer(
                clean_text=True,
                handle_chinese_chars=spec.han == Han.CHARACTERS,
                strip_accents=asked.strip_accents,
                lowercase=asked.lower_case,
            )
        )
    else:
        if asked.strip_accents:
            # Without the last step the syllables of Korean would stay apart.
            steps += [normalizers.NFD(), normalizers.StripAccents(), normalizers.NFC()]
        if asked.lower_case:
            steps.append(normalizers.Lowercase())
    return _one_of(steps, normalizers.Sequence)


def pre_tokenizer_of(spec: TokenizerSpec) -> Any:
    """Where text is cut. The spec is resolved."""
    if spec.kind == TokenizerKind.BPE:
        return _byte_level(spec)
    if spec.kind == TokenizerKind.UNIGRAM:
        # Without a space of its own in front, every text comes back as it was.
        return pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="never", split=True)
    is_bert = spec.pre_tokenizer == PreTokenizer.BERT
    words = pre_tokenizers.BertPreTokenizer() if is_bert else pre_tokenizers.WhitespaceSplit()
    return _one_of([words, *_digits(spec.digits)], pre_tokenizers.Sequence)


def decoder_of(spec: TokenizerSpec) -> Any:
    """How pieces become a text again."""
    if spec.kind == TokenizerKind.BPE:
        return decoders.ByteLevel()
    if spec.kind == TokenizerKind.WORDPIECE:
        return decoders.WordPiece(prefix="##", cleanup=True)
    return unigram_decoder()


def unigram_decoder() -> Any:
    """Of SentencePiece without a space in front: stand-ins and bytes become text."""
    return decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    )


def template_of(spec: TokenizerSpec) -> Any:
    """[CLS] text [SEP], where both roles are named: what an encoder reads; else None."""
    roles, ids = spec.roles, {token: index for index, token in enumerate(spec.special_tokens)}
    begin, end = roles.get("classification"), roles.get("separator")
    if not begin or not end:
        return None
    return processors.TemplateProcessing(
        single=[begin, "$A:0", end],
        pair=[begin, "$A:0", end, "$B:1", f"{end}:1"],
        special_tokens=[(begin, ids[begin]), (end, ids[end])],
    )


def _byte_level(spec: TokenizerSpec) -> Any:
    is_apart = spec.han == Han.CHARACTERS
    if spec.pre_tokenizer == PreTokenizer.GPT2 and not is_apart:
        # The form that every reader of GPT-2's tokenizer knows.
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
        return _one_of([*_digits(spec.digits), byte_level], pre_tokenizers.Sequence)
    pattern = word_pattern(spec.pre_tokenizer, spec.digits, is_han_apart=is_apart)
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def _digits(digits: Digits) -> list[Any]:
    if digits == Digits.ONE:
        return [pre_tokenizers.Digits(individual_digits=True)]
    if digits == Digits.THREE:
        return [pre_tokenizers.Split(Regex(IN_THREES), "isolated")]
    return []


def _one_of(steps: list[Any], sequence: Any) -> Any:
    """The only step, several in a row, or None."""
    if len(steps) < 2:
        return next(iter(steps), None)
    return sequence(steps)
