"""Mending: what ftfy would mend reaches it, and prose does not."""

from __future__ import annotations

import ftfy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tests.training.corpus.transforms.batches import batch_of, transformed
from training.corpus.transforms import mojibake
from training.corpus.transforms.mend_unicode import _config, _suspicious, _wanted
from training.specs.transform_parts import MendUnicodePart

ENCODING = "was read with the wrong encoding"
ENTITY = "is an HTML entity"
OTHER = "is a control character or another form of a character"
EVERYTHING = {
    "removes_ligatures": True,
    "fixes_widths": True,
    "straightens_quotes": True,
}


@pytest.mark.parametrize(
    ("broken", "right", "reason"),
    [
        ("schÃ¶n ist es", "schön ist es", ENCODING),
        ("It\u00e2\u20ac\u2122s fine", "It\u2019s fine", ENCODING),
        ("ÃƒÂ©tÃƒÂ©", "été", ENCODING),
        ("\u00e4\u00b8\u00ad\u00e6\u2013\u2021", "中文", ENCODING),
        ("РїСЂРёРІРµС‚ РјРёСЂ", "привет мир", ENCODING),
        ("rock &amp; roll", "rock & roll", ENTITY),
        ("a\x00b\x07c", "abc", OTHER),
        ("\ufeffbegin", "begin", OTHER),
        ("e\u0301te\u0301", "été", OTHER),
    ],
)
def test_broken_text_is_put_right(broken, right, reason):
    texts = [f"fine\n{broken}\r\nfine\n", "nothing to do"]
    (told, untouched) = transformed("mend_unicode", texts)
    assert told == (f"fine\n{right}\r\nfine\n", [reason])
    assert untouched == (texts[1], [])


@pytest.mark.parametrize(
    "text",
    ["Voilà « l'été » à Paris — déjà vu…", "Он сказал: «Привет», и ушёл.", "今天天气很好。「是」",
     "سلام، كيف الحال؟",
     "Größe: 5 µm ± 1 %", "👩‍👩‍👧 família", "ﬁne “quotes” ＡＢＣ", "if (a && b) {"],
)  # fmt: skip
def test_good_text_is_left_as_it_is(text):
    assert transformed("mend_unicode", [text]) == [(text, [])]


def test_options_are_about_single_characters():
    text = "ﬁne “quotes” ＡＢＣ"
    assert transformed("mend_unicode", [text], **EVERYTHING)[0][0] == 'fine "quotes" ABC'
    assert transformed("mend_unicode", ["&lt; e\u0301"], unescapes_entities=False,
                       composes=False)[0][0] == "&lt; e\u0301"  # fmt: skip


LETTERS = st.text(
    st.one_of(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs"]),
              st.sampled_from("中文éüßñ’“”–…àâãПривет ﬁＡ\u0301&;lt")),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(LETTERS, st.sampled_from(["latin-1", "sloppy-windows-1252", "sloppy-windows-1251",
       "macroman", "cp437", "iso-8859-2", "sloppy-windows-1253"]), st.booleans())  # fmt: skip
def test_no_line_that_ftfy_would_change_is_passed_over(letters, encoding, is_broken):
    line = letters.replace("\n", " ")
    if is_broken:
        line = line.encode().decode(encoding, "ignore").replace("\n", " ")
    options = MendUnicodePart(is_on=True, **EVERYTHING)
    is_changed = ftfy.fix_and_explain(line, _config(options)).text != line
    found = _suspicious(batch_of([line]).texts, _wanted(options))
    assert len(found) or not is_changed


def test_prose_is_hardly_looked_at():
    text = (REPOSITORY / "docs" / "formats.md").read_text()
    text += (
        "Le café était déjà fermé. Он не знал, что «это» было там. Größe über alles. 漢字。\n" * 9
    )
    rows = _suspicious(batch_of([text]).texts, _wanted(MendUnicodePart(is_on=True)))
    assert [row for row in rows.tolist() if row[3] != mojibake.ENTITY] == []


def test_a_long_line_is_mended_in_pieces():
    line = "schÃ¶n und gut " * 8_000
    ((told, reasons),) = transformed("mend_unicode", [line])
    assert told == "schön und gut " * 8_000
    assert len(reasons) == 3
