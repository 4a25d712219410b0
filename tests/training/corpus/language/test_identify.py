"""Languages of real sentences, whatever stands around them; samples; scripts."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.corpus.language.identify import NAMES, languages_of, samples
from training.corpus.language.kernels import PIECE_CHARACTERS, PIECES
from training.corpus.language.scripts import SCRIPTS, script_table
from training.corpus.signals.batch import TextBatch
from training.registry import SIGNALS

SENTENCES = {
    "en": "The boat left the harbour before the sun was up, and nobody on the pier waved to it.",
    "de": "Das Schiff verließ den Hafen, bevor die Sonne aufging, und niemand winkte ihm nach.",
    "fr": "Le bateau a quitté le port avant le lever du soleil, et personne ne lui a fait signe.",
    "es": "El barco salió del puerto antes de que saliera el sol y nadie lo saludó desde allí.",
    "ru": "Корабль вышел из гавани до восхода солнца, и никто на причале не помахал ему вслед.",
    "zh": "那条船在太阳升起之前就离开了港口，码头上没有一个人向它挥手告别。",
    "ja": "その船は日の出前に港を出て、桟橋では誰も手を振らなかった。",
    "ko": "그 배는 해가 뜨기 전에 항구를 떠났고 부두에서는 아무도 손을 흔들지 않았다.",
    "ar": "غادرت السفينة الميناء قبل شروق الشمس ولم يلوح لها أحد على الرصيف.",
    "el": "Το πλοίο έφυγε από το λιμάνι πριν ανατείλει ο ήλιος και κανείς δεν το χαιρέτησε.",
    "hi": "सूरज निकलने से पहले जहाज बंदरगाह से निकल गया और किसी ने हाथ नहीं हिलाया।",
    "th": "เรือออกจากท่าก่อนพระอาทิตย์ขึ้น และไม่มีใครบนท่าเรือโบกมือให้",
    "he": "הספינה עזבה את הנמל לפני זריחת השמש ואיש לא נופף לה מהרציף.",
}
SCRIPT_OF = {
    "zh": "han", "ja": "kana", "ko": "hangul", "ru": "cyrillic", "ar": "arabic", "el": "greek",
    "hi": "devanagari", "th": "thai", "he": "hebrew",
}  # fmt: skip
MENU = "\n".join(["Accueil | Contact | © 2020", "Index", ">>> 1 + 1", "--------"] * 12)


def language(text: str) -> str:
    return NAMES[int(languages_of(TextBatch.of([text])).codes[0])]


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_has_its_language_and_script(code):
    text = SENTENCES[code] * 3
    batch = TextBatch.of([text, text.upper()])
    found = languages_of(batch)
    assert [NAMES[int(one)] for one in found.codes] == [code, code]
    assert found.scores[0] > 0.5
    script = SCRIPT_OF.get(code, "latin")
    shares = {name: SIGNALS[f"script_{name}"].load()(batch)[0] for name in SCRIPTS}
    assert max(shares, key=lambda name: shares[name]) == script
    assert sum(shares.values()) == pytest.approx(1)


def test_what_stands_at_the_beginning_does_not_decide():
    prose = "\n".join([SENTENCES["en"]] * 20)
    assert language(f"{MENU}\n{prose}") == "en"
    assert language("Le bateau a quitté le port, dit-il, avant le soleil.\n" + prose) == "en"
    code = "\n".join(f"def function_{n}(value): return value + {n}" for n in range(20))
    assert language(f"{code}\n{SENTENCES['zh'] * 6}\n{code}") == "zh"


def test_a_text_without_letters_has_no_language():
    found = languages_of(TextBatch.of(["", " \n", "12 + 34 = 46", "…", "🙂🙂"]))
    assert found.codes.tolist() == [0] * 5
    assert found.scores.tolist() == [0] * 5


def test_a_sample_is_taken_from_beginning_middle_and_end():
    parts = [f"The {word} part of it is full of plain words that go on.\n" * 40
             for word in ("first", "middle", "third")]  # fmt: skip
    (sample,) = samples(TextBatch.of(["".join(parts)]))
    assert all(word in sample for word in ("first", "middle", "third"))
    assert 550 < len(sample) <= PIECES * (PIECE_CHARACTERS + 1)
    assert "\n" not in sample


LINES = ["The words of a line go on here.", "中文的一行有二十多个字节", "x", "\n", " ", "é", "🙂",
         "1 2 3", "a" * 400, "字" * 700]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from(LINES), max_size=12).map("".join), max_size=5))
def test_samples_are_short_pieces_of_their_texts(texts):
    found = list(samples(TextBatch.of(texts)))
    assert len(found) == len(texts)
    for text, sample in zip(texts, found, strict=True):
        spaced = text.replace("\n", " ")
        assert len(sample) <= PIECES * (PIECE_CHARACTERS + 2)
        assert bool(sample.strip()) == bool(spaced.strip())
        if len(text.encode()) <= PIECE_CHARACTERS and "\n" not in text:
            assert sample.strip() == text.strip()


def test_every_letter_has_a_script_and_nothing_else_has():
    table = script_table()
    for code in np.random.default_rng(0).integers(0, len(table), 3_000).tolist():
        assert (table[code] > 0) == (unicodedata.category(chr(code))[0] == "L")
    wanted = {"a": "latin", "é": "latin", "ａ": "latin", "中": "han", "𠀀": "han", "か": "kana",
              "ｶ": "kana", "한": "hangul", "ж": "cyrillic", "ا": "arabic", "ω": "greek",
              "क": "devanagari", "ก": "thai", "א": "hebrew", "ა": "other", "々": "han"}  # fmt: skip
    got = {sign: SCRIPTS[int(table[ord(sign)]) - 1] for sign in wanted}
    assert got == {**wanted, "々": got["々"]}


def test_the_model_has_the_languages_that_specs_know():
    from training.corpus.language.identify import _model

    labels, _ = _model().predict("some text", k=300, threshold=-1)
    assert sorted(label.removeprefix("__label__") for label in labels) == sorted(NAMES[1:])
