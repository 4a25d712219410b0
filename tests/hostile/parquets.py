"""Parquet files that lie: 17 files.

The first eight damage one valid file in the ways of the known bad files of Apache's test data: the
levels of a page, its header, its packed bytes, a dictionary, the places of column chunks.
"""

from __future__ import annotations

import decimal
import io
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile.case import Case, refused
from tests.training.corpus.extract.test_parquet import bomb, parquet


def _valid(**options: Any) -> bytes:
    """Some 60 kB of rows; the data of pages stand between the marks at both ends."""
    texts = [f"row {number} of the table, with words" for number in range(2_000)]
    return parquet({"id": list(range(2_000)), "text": texts}, **options)


def _footer_at(data: bytes) -> int:
    return len(data) - 8 - int.from_bytes(data[-8:-4], "little")


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _levels(chance: random.Random) -> bytes:
    data = _valid(compression="none", use_dictionary=False)
    return _patched(data, data.rindex(b"row 0 of") - 12, b"\xff" * 12)


def _page_header(chance: random.Random) -> bytes:
    return _patched(_valid(), 4, bytes([0x15, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]))


def _packed_bytes(chance: random.Random) -> bytes:
    data = _valid(compression="zstd", write_page_checksum=True)
    return _patched(data, _footer_at(data) // 2, chance.randbytes(64))


def _dictionary(chance: random.Random) -> bytes:
    data = parquet({"text": ["one", "two"] * 500}, compression="none")
    return _patched(data, data.index(b"one") - 4, b"\xff\xff\xff\x7f")


def _dictionary_index(chance: random.Random) -> bytes:
    data = parquet({"text": ["one", "two"] * 500}, compression="none")
    at = data.index(b"two") + 3
    return _patched(data, at + 30, b"\xff" * 20)


def _shifted_chunks(chance: random.Random) -> bytes:
    data = _valid()
    half = _footer_at(data) // 2
    return data[: half - 200] + data[half:]


def _random_footer(chance: random.Random) -> bytes:
    data = _valid()
    at = _footer_at(data)
    return _patched(data, at + 8, chance.randbytes(40))


def _short_values(chance: random.Random) -> bytes:
    data = _valid(compression="none", use_dictionary=False)
    at = data.rindex(b"row 1999 of the table")
    return _patched(data, at - 4, b"\xff\xff\xff\x00")


def _lying_footer(chance: random.Random) -> bytes:
    return _valid()[:-8] + (1 << 30).to_bytes(4, "little") + b"PAR1"


def _nested() -> bytes:
    return parquet(
        {
            "text": [["a", "b"]],
            "body": [{"x": "y"}],
            "content": pa.array([b"bytes"], pa.binary()),
            "document": [decimal.Decimal("1.5")],
        }
    )


def _many_groups(chance: random.Random) -> bytes:
    """Three thousand row groups of one row; a million take minutes to write."""
    file = io.BytesIO()
    batch = pa.table({"text": ["one row"]})
    with pq.ParquetWriter(file, batch.schema) as writer:
        for _ in range(3_000):
            writer.write_table(batch)
    return file.getvalue()


def _wide(chance: random.Random) -> bytes:
    return parquet({f"c{number}": ["x"] for number in range(10_000)})


PARQUET = [
    Case("bad-levels.parquet", _levels, refused="is damaged"),
    Case("bad-page-header.parquet", _page_header, refused="is damaged"),
    Case("bad-packed-bytes.parquet", _packed_bytes, refused="is damaged"),
    Case("bad-dictionary.parquet", _dictionary, refused="is damaged"),
    Case("bad-dictionary-index.parquet", _dictionary_index, refused="is damaged"),
    Case("bad-chunks.parquet", _shifted_chunks, refused="is damaged"),
    Case("bad-footer.parquet", _random_footer, refused="is "),
    Case("bad-values.parquet", _short_values, refused="is damaged"),
    refused("bomb.parquet", bomb(), "unpacks to more than 200 times its own size"),
    refused("no-text.parquet", parquet({"n": [1, 2]}), "has no column of text"),
    refused("nested.parquet", _nested(), "has no column of text"),
    Case("lying-footer.parquet", _lying_footer, refused="is cut off or no Parquet file"),
    refused("cut-magic.parquet", _valid()[:-3], "is cut off or no Parquet file"),
    refused("no-rows.parquet", parquet({"text": pa.array([], pa.string())}), "holds nothing"),
    Case("groups.parquet", _many_groups, num_documents=3_000),
    refused("encrypted.parquet", b"PARE" + bytes(200) + b"PARE", "is an encrypted Parquet file"),
    Case("wide.parquet", _wide, refused="has no column that is known to hold text"),
]
