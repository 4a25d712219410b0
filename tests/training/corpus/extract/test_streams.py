"""Bzip2 and xz: several streams in a row, tar inside, cut off, damaged, a bomb."""

from __future__ import annotations

import bz2
import lzma

import pytest

from tests.training.corpus.extract.reading import read
from tests.training.corpus.extract.test_archives import MEMBERS, TEXTS, packed_tar
from training.corpus.extract.formats import recognised

PACK = {"bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("format", PACK)
def test_one_file_two_streams_and_a_tar_are_read(tmp_path, format):
    pack = PACK[format]
    lines = [b'{"text": "one"}\n', b'{"text": "two"}\n']
    two = b"".join(map(pack, lines)) + (bytes(8) if format == "xz" else b"")
    assert read(tmp_path, format, two, name=f"x.jsonl.{format}").texts == ["one", "two"]
    assert recognised(f"x.jsonl.{format}", two, len(two)).format == format
    tar = pack(packed_tar(MEMBERS))
    assert read(tmp_path, format, tar, name=f"x.tar.{format}").texts == TEXTS


@pytest.mark.parametrize("format", PACK)
def test_cut_off_or_damaged_it_is_refused_whole(tmp_path, format):
    packed = PACK[format](b"".join(b"line %d\n" % n for n in range(9_000)))
    cut = read(tmp_path, format, packed[:-9], name=f"x.txt.{format}")
    assert "is cut off: its " in cut.result.refused
    torn = bytearray(packed)
    torn[len(torn) // 2] ^= 0xFF
    refused = read(tmp_path, format, bytes(torn), name=f"x.txt.{format}").result.refused
    assert "is damaged" in refused or "is cut off" in refused


@pytest.mark.parametrize("format", PACK)
def test_a_bomb_is_refused(tmp_path, format):
    bomb = PACK[format]((b"0" * 999_999 + b"\n") * 72)
    refused = read(tmp_path, format, bomb, name=f"x.txt.{format}", split="lines").result.refused
    assert "unpacks to more than 200 times its own size" in refused
