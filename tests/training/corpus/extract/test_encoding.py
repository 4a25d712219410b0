"""Encodings are found where the bytes show them; a stray byte is damage and names its line."""

from __future__ import annotations

import pytest

from tests.training.corpus.extract.reading import read
from training.corpus.extract.encoding import find_encoding

SAMPLES = [
    ("gb18030", "今天天气很好，我们在公园里看到了很多人，他们都在说这个地方的事情。\n" * 8),
    ("big5", "今天天氣很好，我們在公園裡看到了很多人，他們都在說這個地方的事情。\n" * 8),
    (
        "shift_jis",
        "今日は天気がいいので、公園に行って友達と話をしました。とても楽しかったです。\n" * 8,
    ),
    ("cp1252", "Le café était fermé, l’été dernier à Orléans, où il a déjà vécu très âgé.\n" * 8),
    ("cp1251", "Сегодня хорошая погода, и мы пошли гулять в парк вместе с друзьями.\n" * 8),
    ("utf-16-le", "A plain line of English words in it.\n" * 8),
    ("utf-16-be", "A plain line of English words in it.\n" * 8),
]


@pytest.mark.parametrize(("encoding", "text"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_a_text_in_another_encoding_is_converted_and_that_is_said(tmp_path, encoding, text):
    reading = read(tmp_path, "txt", text.encode(encoding))
    assert reading.texts == [text.rstrip("\n")]
    assert [key.split()[0] for key in reading.result.warnings] == ["converted"]


@pytest.mark.parametrize(
    "data",
    [
        b"An English text with one caf\xe9 in it.\n" * 3,
        b"noise at the end of lines \xff\n" * 50,
        "Überall gültiges UTF-8, größtenteils. ".encode() * 20 + b"\xe9",
        b"plain ASCII",
    ],
)
def test_damage_is_no_encoding(data):
    assert find_encoding(data) == "utf-8"
