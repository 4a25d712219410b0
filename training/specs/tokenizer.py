"""What the verb ``tokenizer`` is asked: which kind, of which size, from which corpus."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.planning.machine import num_cores
from training.specs.base import Spec, option
from training.specs.tokenizer_parts import (
    Digits,
    Han,
    NormalizerPart,
    PreTokenizer,
    SpecialTokensPart,
    TokenizerKind,
    named_special_tokens,
)

NUM_BYTES = 256
_BPE, _WORDPIECE, _UNIGRAM = TokenizerKind.BPE, TokenizerKind.WORDPIECE, TokenizerKind.UNIGRAM
#: The first is what "auto" takes.
_PRE_TOKENIZERS = {
    _BPE: tuple(PreTokenizer)[1:],
    _WORDPIECE: (PreTokenizer.BERT, PreTokenizer.WHITESPACE),
    _UNIGRAM: (PreTokenizer.WHITESPACE,),
}
_WHY = {
    _WORDPIECE: "WordPiece knows words, and drops the spaces that this pattern keeps",
    _UNIGRAM: "SentencePiece cuts at white space alone",
}
_IN_THREES = (PreTokenizer.CL100K, PreTokenizer.O200K)


class TokenizerSpec(Spec):
    """Byte-level BPE (Sennrich 2016, Radford 2019), WordPiece (Wu 2016) or Unigram (Kudo 2018)."""

    verb = "tokenizer"

    corpus: str = option(
        title="Corpus", help="Folder of a cleaned corpus.", artifact="corpus", min_length=1
    )
    kind: TokenizerKind = option(
        TokenizerKind.BPE,
        title="Kind",
        help="bpe: pairs of bytes are joined, nothing is unknown (GPT, LLaMA 3); wordpiece: the "
        "longest piece of a word wins (BERT); unigram: the likeliest cut wins (T5, XLNet).",
    )
    vocab_size: int = option(
        8_192,
        title="Vocabulary size",
        help="Special tokens, 256 bytes and merges; 257 is bytes alone. WordPiece and Unigram: "
        "special tokens, characters and pieces of several.",
        unit="pieces",
        recommended=(1_000, 128_000),
        ge=8,
        le=1_000_000,
    )
    allow_smaller: bool = option(
        False,
        title="Accept a smaller one",
        help="When the corpus has fewer merges than asked for, take those it has.",
    )
    pre_tokenizer: PreTokenizer = option(
        PreTokenizer.AUTO,
        title="Cut at",
        help="gpt2, cl100k (GPT-4) and o200k (GPT-4o) are the patterns of these models; bert: "
        "white space, and every punctuation mark apart; whitespace: white space alone. auto: gpt2 "
        "for bpe, bert for wordpiece, whitespace for unigram.",
    )
    digits: Digits = option(
        Digits.AUTO,
        title="Digits",
        help="one: every digit is a piece of its own (LLaMA), which helps arithmetic; three: up to "
        "three from the left (GPT-4); whole: numbers are words. auto: whole for wordpiece, three "
        "for cl100k and o200k, else one.",
    )
    han: Han = option(
        Han.AUTO,
        title="Chinese",
        help="together: runs of Chinese are learnt from as they are; characters: every one is a "
        "piece of its own; words: no piece is learnt across the words of a dictionary (rjieba). "
        "auto: characters for wordpiece (BERT), else together.",
    )
    normalizer: NormalizerPart = option(
        factory=NormalizerPart, title="Normaliser", help="What is done to text first."
    )
    min_frequency: int = option(
        2,
        title="Least frequency",
        help="A merge must be seen so often.",
        unit="times",
        ge=1,
        group="advanced",
        shown_if=("kind", _BPE, _WORDPIECE),
    )
    character_coverage: float = option(
        0.9995,
        title="Characters covered",
        help="This share of all characters can be written; the rarest are unknown (or bytes).",
        recommended=(0.98, 1),
        ge=0.5,
        le=1,
        group="advanced",
        shown_if=("kind", _WORDPIECE, _UNIGRAM),
    )
    byte_fallback: bool = option(
        True,
        title="Byte fallback",
        help="Characters without a piece are written as their bytes, so that none is unknown.",
        shown_if=("kind", _UNIGRAM),
    )
    split_digits: bool = option(
        True,
        title="Split digits",
        help="What digits: auto stood for in older specs; false is whole.",
        group="hidden",
    )
    special: SpecialTokensPart = option(
        factory=SpecialTokensPart,
        title="Special tokens",
        help="Which token plays which part.",
        group="advanced",
    )
    extra_special_tokens: list[str] = option(
        factory=list,
        title="More special tokens",
        help="After those with a role, for chat templates and the like.",
        group="advanced",
    )
    max_training_bytes: int = option(
        1_000_000_000,
        title="Text to learn from",
        help="Documents are taken in order up to this much text. unigram keeps all of it in memory "
        "and takes at most 100 MB.",
        unit="bytes",
        ge=1,
        group="advanced",
    )
    num_threads: int = option(
        0, title="Threads", help="0 takes the cores.", ge=0, le=256, group="advanced"
    )

    @property
    def roles(self) -> dict[str, str]:
        """{role: special token} in the order of ids."""
        return named_special_tokens(self.kind, self.special)

    @property
    def special_tokens(self) -> list[str]:
        """All special tokens; their ids are 0, 1, 2 ..."""
        return list(dict.fromkeys([*self.roles.values(), *self.extra_special_tokens]))

    @property
    def smallest_vocab_size(self) -> int:
        """Before anything is learnt; the characters of WordPiece and Unigram come on top."""
        has_bytes = self.kind == _BPE or (self.kind == _UNIGRAM and self.byte_fallback)
        return NUM_BYTES * has_bytes + len(self.special_tokens)

    def problems(self) -> Iterator[Problem]:
        """Special tokens are distinct and fit; the kind can be cut as asked."""
        named = list(self.roles.values())
        for index, token in enumerate(self.extra_special_tokens):
            if not token.strip() or token in [*named, *self.extra_special_tokens[:index]]:
                yield Problem(
                    f"extra_special_tokens.{index}",
                    "is blank or given twice",
                    got=repr(token),
                    expected="distinct texts such as <|user|>",
                )
        if self.vocab_size < self.smallest_vocab_size:
            yield Problem(
                "vocab_size",
                "leaves no room for the special tokens"
                if self.smallest_vocab_size < NUM_BYTES
                else "leaves no room for 256 bytes and the special tokens",
                got=str(self.vocab_size),
                expected=f"at least {self.smallest_vocab_size}",
                fix=(("vocab_size", self.smallest_vocab_size),),
            )
        yield from self._problems_of_cuts()

    def _problems_of_cuts(self) -> Iterator[Problem]:
        known = _PRE_TOKENIZERS[self.kind]
        if self.pre_tokenizer not in (PreTokenizer.AUTO, *known):
            yield Problem(
                "pre_tokenizer",
                f"does not go with the kind {self.kind}: {_WHY[self.kind]}",
                got=self.pre_tokenizer.value,
                expected=", ".join(one.value for one in (PreTokenizer.AUTO, *known)),
                fix=(("pre_tokenizer", PreTokenizer.AUTO.value),),
            )
        if self.kind == _UNIGRAM and self.digits == Digits.THREE:
            yield Problem(
                "digits",
                "SentencePiece cannot be told to take digits in threes",
                got=self.digits.value,
                expected="auto, one, whole",
                fix=(("digits", Digits.ONE.value),),
            )

    def resolve(self) -> TokenizerSpec:
        """Choose what is usual for the kind, and the number of threads."""
        cut = self.pre_tokenizer
        if cut == PreTokenizer.AUTO:
            cut = _PRE_TOKENIZERS[self.kind][0]
        han = self.han
        if han == Han.AUTO:
            han = Han.CHARACTERS if self.kind == _WORDPIECE else Han.TOGETHER
        return self.replace(
            pre_tokenizer=cut,
            digits=self._digits(cut),
            han=han,
            num_threads=self.num_threads or num_cores(),
        )

    def _digits(self, cut: PreTokenizer) -> Digits:
        if self.digits != Digits.AUTO:
            return self.digits
        if self.kind == _WORDPIECE or not self.split_digits:
            return Digits.WHOLE
        return Digits.THREE if cut in _IN_THREES else Digits.ONE
