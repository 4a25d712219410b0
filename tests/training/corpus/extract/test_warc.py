"""Web archives: record by record, offsets as indexes name them, damage costs its record alone."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from tests.training.corpus.extract.reading import read
from tests.training.corpus.jobs import documents_in, run_verb
from training.corpus.extract import warc
from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import MemberBegun
from training.corpus.extract.warc_records import Record, records

PROSE = b"Some words that are prose, and more of them, to be an article of its own. "
HTTP = {"Content-Type": "application/http; msgtype=response"}
PLAIN = {"Content-Type": "text/plain", "WARC-Identified-Content-Language": "zho,eng"}


def record(kind: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = {
        "WARC-Type": kind,
        "WARC-Target-URI": "http://example.org/a",
        "WARC-Date": "2020-01-01T00:00:00Z",
        "Content-Length": str(len(body)),
    } | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + body + b"\r\n\r\n"


def response(
    text: bytes, *, status: str = "200 OK", type: str = "text/html", headers: str = ""
) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {type}\r\n{headers}\r\n".encode()
    return record("response", head + text, HTTP)


def html(text: bytes) -> bytes:
    return b"<html><body><nav><a href=x>Menu</a></nav><p>" + text + b"</p></body></html>"


RECORDS = [
    record("warcinfo", b"software: ours\r\n", {"Content-Type": "application/warc-fields"}),
    record("request", b"GET /a HTTP/1.1\r\n\r\n", HTTP),
    response(html(PROSE * 5)),
    response(b"gone", status="404 Not Found"),
    response(b"\x89PNG", type="image/png"),
    record("conversion", "文字 and words".encode(), PLAIN),
]
TEXTS = [(PROSE * 5).decode().strip(), "文字 and words"]
PACKED = [gzip.compress(one, mtime=0) for one in RECORDS]


@pytest.mark.parametrize(("name", "parts"), [("a.warc", RECORDS), ("a.warc.gz", PACKED)])
def test_pages_and_texts_with_address_date_and_the_offset_of_their_record(tmp_path, name, parts):
    reading = read(tmp_path, "warc", b"".join(parts), name=name)
    assert reading.texts == TEXTS
    assert [row["offset"] for row in reading.rows] == [
        len(b"".join(parts[:number])) for number in (2, 5)
    ]
    metas = [json.loads(str(row["meta"])) for row in reading.rows]
    assert metas[0] == {"url": "http://example.org/a", "date": "2020-01-01T00:00:00Z"}
    assert metas[1]["languages"] == "zho,eng"
    assert reading.result.left_out == {
        "records of the type warcinfo": 1,
        "records of the type request": 1,
        "responses with the status 404": 1,
        "records that hold image/png": 1,
    }
    assert reading.result.num_faults == 0


def test_a_damaged_record_costs_itself_and_is_named_with_its_offset(tmp_path):
    torn = bytearray(b"".join(PACKED))
    at = len(b"".join(PACKED[:2]))
    torn[at + 60] ^= 0xFF
    reading = read(tmp_path, "warc", bytes(torn), name="a.warc.gz")
    assert reading.texts == TEXTS[1:]
    (fault,) = reading.result.faults
    assert (fault["what"], fault["offset"]) == ("record", at)
    assert "damaged" in fault["reason"]
    assert f"byte {at:,}: " in reading.result.faults_told()


@pytest.mark.parametrize(("name", "parts"), [("a.warc", RECORDS), ("a.warc.gz", PACKED)])
def test_what_stands_before_a_cut_is_read_and_the_cut_is_named(tmp_path, name, parts):
    data = b"".join(parts)
    reading = read(tmp_path, "warc", data[:-12], name=name)
    assert reading.texts == TEXTS[:1]
    (fault,) = reading.result.faults
    assert fault["offset"] == len(data) - len(parts[-1])
    assert fault["reason"].startswith("the record is cut off")
    assert fault["reason"].endswith("download the file again")


def test_garbage_between_records_is_read_past(tmp_path):
    data = RECORDS[0] + b"garbage\r\nof lines\r\n\r\n" + b"".join(RECORDS[2:])
    reading = read(tmp_path, "warc", data, name="a.warc")
    assert reading.texts == TEXTS
    assert "not with WARC/1.0" in reading.faults[0][1]


@pytest.mark.parametrize(
    "head", [b"WARC/1.0\r\nContent-Length: -5\r\n\r\n", b"WARC/1.0\r\n\r\n", b"WARC/1.0"]
)
def test_a_file_without_one_whole_record_is_refused(tmp_path, head):
    refused = read(tmp_path, "warc", head, name="a.warc").result.refused
    assert refused.startswith("is no web archive: its first record ")


def test_a_gzip_file_that_is_only_named_so_is_refused(tmp_path):
    refused = read(tmp_path, "warc", gzip.compress(b"hello"), name="a.warc.gz").result.refused
    assert refused.startswith("is no web archive")


def test_a_body_may_be_chunked_and_packed(tmp_path):
    packed = gzip.compress(html(PROSE * 5))
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    headers = "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"
    reading = read(tmp_path, "warc", response(chunked, headers=headers), name="a.warc")
    assert reading.texts == TEXTS[:1]


def test_a_body_whose_chunks_the_crawler_took_out_is_read(tmp_path):
    data = response(html(PROSE * 5), headers="Transfer-Encoding: chunked\r\n")
    assert read(tmp_path, "warc", data, name="a.warc").texts == TEXTS[:1]


def test_the_encoding_that_the_server_said_counts(tmp_path):
    text = "Это предложение написано по-русски и достаточно длинное. " * 3
    data = response(html(text.encode("koi8-r")), type="text/html; charset=koi8-r")
    assert read(tmp_path, "warc", data, name="a.warc").texts == [text.strip()]


def test_the_encoding_of_a_plain_text_counts_too(tmp_path):
    text = "编码不是 UTF-8 的网页也要读对。" * 10
    data = response(text.encode("gb18030"), type="text/plain; charset=gb18030")
    reading = read(tmp_path, "warc", data, name="a.warc")
    assert reading.texts == [text]
    assert reading.result.warnings == {"converted from GB18030": 1}


def deflated(data: bytes) -> bytes:
    """As many servers send it: without the head that it should have."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(("encoding", "pack"), [("deflate", zlib.compress), ("deflate", deflated)])
def test_both_kinds_of_deflate_are_read(tmp_path, encoding, pack):
    data = response(pack(html(PROSE * 5)), headers=f"Content-Encoding: {encoding}\r\n")
    assert read(tmp_path, "warc", data, name="a.warc").texts == TEXTS[:1]


def test_a_page_of_which_the_end_is_missing_is_told(tmp_path):
    packed = gzip.compress(html(PROSE * 5))[:-9]
    cut = record("conversion", b"Only the beginning", PLAIN | {"WARC-Truncated": "length"})
    data = response(packed, headers="Content-Encoding: gzip\r\n") + cut + RECORDS[5]
    reading = read(tmp_path, "warc", data, name="a.warc")
    assert len(reading.texts) == 3
    told = "pages of which the archive holds the beginning only: it was taken"
    assert reading.result.warnings == {told: 2}


def test_a_page_that_unpacks_without_end_costs_itself_or_by_the_ratio_the_file(tmp_path):
    bomb = response(gzip.compress(bytes(65 << 20)), headers="Content-Encoding: gzip\r\n")
    reading = read(tmp_path, "warc", bomb + RECORDS[5], name="a.warc")
    assert reading.faults[0][1] == "unpacks to more than 64 MiB"
    assert reading.texts == TEXTS[1:]
    many = response(gzip.compress(bytes(40 << 20)), headers="Content-Encoding: gzip\r\n") * 2
    refused = read(tmp_path, "warc", many, name="a.warc").result.refused
    assert refused.startswith("unpacks to more than 200 times its own size")


def test_records_of_a_file_packed_as_a_whole_are_told_apart(tmp_path):
    source = ByteSource("a.warc.gz", io.BytesIO(gzip.compress(RECORDS[2] + RECORDS[5])))  # type: ignore[arg-type]
    items = warc.read(source, ReadOptions())
    assert len({item.member for item in items if isinstance(item, MemberBegun)}) == 2


def test_a_page_of_short_lines_is_debris(tmp_path):
    data = record("conversion", b"\n".join([b"Home"] * 50), PLAIN)
    reading = read(tmp_path, "warc", data + RECORDS[5], name="a.wet")
    assert reading.texts == TEXTS[1:]
    assert "line_check.max_short_fraction" in reading.faults[0][1]


def test_a_record_that_unpacks_without_end_refuses_the_file(tmp_path):
    bomb = gzip.compress(record("conversion", bytes(90 << 20), PLAIN))
    refused = read(tmp_path, "warc", bomb, name="a.warc.gz").result.refused
    assert refused.startswith("unpacks to more than 200 times its own size")


def test_a_record_that_ends_its_parser_is_passed_over_and_the_others_are_read(tmp_path):
    wide = gzip.compress(response(b"<b></b>" * 3_000_000 + b"x"), 1)
    parts = [*PACKED, wide, gzip.compress(RECORDS[5])]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(parts))
    run_verb(
        "extract",
        tmp_path / "job",
        inputs=[{"path": "../a.warc.gz"}],
        memory_limit_bytes=260 << 20,
    )
    output: Path = tmp_path / "job/output"
    assert [row["text"] for row in documents_in(output)] == [*TEXTS, TEXTS[1]]
    entry = json.loads((output / "files.json").read_text())[0]
    assert entry["faults"][0]["offset"] == len(b"".join(PACKED))
    assert "of memory to be read" in entry["faults"][0]["reason"]


@pytest.mark.parametrize(("name", "parts"), [("a.warc", RECORDS), ("a.warc.gz", PACKED)])
def test_records_stand_where_fastwarc_finds_them(name, parts):
    data = b"".join(parts)
    source = ByteSource(name, io.BufferedReader(io.BytesIO(data)))
    ours = [record for record in records(source, ReadOptions()) if isinstance(record, Record)]
    peer = [
        (record.stream_pos, record.reader.read())
        for record in ArchiveIterator(io.BytesIO(data), parse_http=False)
    ]
    assert [(record.offset, record.content) for record in ours] == peer
