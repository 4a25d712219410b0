"""Web archives: pages of WARC ``response`` records, texts of WET ``conversion`` records.

Pages go through the rules for web pages (``html.content``), each by itself: one that cannot be
read is a fault with its offset, and one that ends its parser is passed over when the file is read
again. The address and the date of every page go along as ``meta``; the document's offset is that of
its record in the stored file, as in the indexes of Common Crawl.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.html import decoded, read_page
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.options import Budget, ReadOptions, UnpackingLimitError
from training.corpus.extract.records import Fault, Found, Item, LeftOut, MemberBegun, Warned
from training.corpus.extract.warc_records import MAX_CONTENT_BYTES, Record, records
from training.errors import FileRefusedError

_PAGES = frozenset(("text/html", "application/xhtml+xml"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n")
_MAX_META = 2_000


@dataclass(frozen=True)
class _Payload:
    """What a record holds for a reader; ``left_out`` says why it holds nothing."""

    data: bytes = b""
    type: str = ""
    charset: str = ""
    left_out: str = ""
    #: Whether the end of a packed page is missing.
    is_cut: bool = False
    #: Texts of WET files are UTF-8, whatever the page was.
    is_utf8: bool = False


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """One document per page or text; FileRefusedError when the file holds no record at all."""
    num_records = 0
    for ordinal, record in enumerate(records(source, options)):
        if isinstance(record, Fault):
            if record.offset == 0 and not num_records:
                raise FileRefusedError(f"is no web archive: its first record {record.reason}")
            yield record
            continue
        num_records += 1
        # Records of a file that was packed as a whole have one offset.
        label = f"record {ordinal + 1} at byte {record.offset}"
        if reason := options.passed_over.get(options.prefix + label):
            yield _fault(record, reason)
            continue
        yield MemberBegun(label)
        yield from _documents(record, ordinal, options)


def _documents(record: Record, ordinal: int, options: ReadOptions) -> Iterator[Item]:
    try:
        payload = _payload(record, options.room)
        if payload.left_out:
            yield LeftOut(payload.left_out)
            return
        if payload.is_cut or record.headers.get("warc-truncated"):
            yield Warned("pages of which the archive holds the beginning only: it was taken")
        for item in _read(payload, options):
            if isinstance(item, Found):
                meta = json.dumps(_meta(record) | json.loads(item.meta), ensure_ascii=False)
                yield Found(ordinal, item.text, 0, record.offset, meta)
            elif isinstance(item, Fault):
                yield _fault(record, item.reason)
            else:
                yield item
    except UnpackingLimitError:
        raise
    except FileRefusedError as error:
        yield _fault(record, str(error))
    except Exception as error:  # noqa: BLE001 - one bad page must not end the others
        yield _fault(record, f"broke its reader ({type(error).__name__}: {error})")


def _read(payload: _Payload, options: ReadOptions) -> Iterator[Item]:
    if payload.type in _PAGES:
        yield from read_page(payload.data, options, payload.charset)
        return
    text, encoding = _plain(payload)
    if encoding != "utf-8":
        yield Warned(f"converted from {encoding.upper()}")
    if not text:
        yield LeftOut("records without text")
    elif fault := text_fault(text):
        yield Fault(0, f"the text {fault}", what="record")
    else:
        yield from text_warnings(text)
        yield Found(0, text, 0, 0)


def _plain(payload: _Payload) -> tuple[str, str]:
    """A text without markup, and its encoding: what is UTF-8 is UTF-8."""
    data = payload.data
    try:
        text, encoding = data.decode(), "utf-8"
    except UnicodeDecodeError:
        if payload.is_utf8:
            text, encoding = data.decode(errors="replace"), "utf-8"
        else:
            text, encoding = decoded(data, len(data), payload.charset)
    return text.removeprefix("\ufeff").strip(), encoding


def _payload(record: Record, room: Budget) -> _Payload:
    """The text or the page in a record, unpacked."""
    kind = record.headers.get("warc-type", "").lower()
    content_type = record.headers.get("content-type", "").lower()
    if kind == "conversion":
        return replace(_typed(record.content, content_type), is_utf8=True)
    if kind == "resource":
        return _typed(record.content, content_type)
    if kind != "response":
        return _Payload(left_out=f"records of the type {_short(kind)}")
    if not content_type.startswith("application/http"):
        return _Payload(left_out="responses that are not HTTP")
    return _of_response(record.content, room)


def _of_response(content: bytes, room: Budget) -> _Payload:
    head, _, body = content.partition(b"\r\n\r\n")
    if not _:
        head, _, body = content.partition(b"\n\n")
    status, *lines = head.decode("latin-1").splitlines() or [""]
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    code = [*status.split(), "", ""][1]
    if code != "200":
        return _Payload(left_out=f"responses with the status {_short(code)}")
    payload = _typed(body, headers.get("content-type", "").lower())
    if payload.left_out:
        return payload
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _without_chunks(body)
    page, is_cut = _decompressed(body, headers.get("content-encoding", "").lower())
    if page is not body:
        room.spend(len(page))
    return replace(payload, data=page, is_cut=is_cut)


def _typed(data: bytes, content_type: str) -> _Payload:
    name = content_type.partition(";")[0].strip()
    if name not in _PAGES and name != "text/plain":
        return _Payload(left_out=f"records that hold {_short(name)}")
    charset = _CHARSET.search(content_type)
    return _Payload(data, name, charset[1] if charset else "")


def _without_chunks(body: bytes) -> bytes:
    """The body without the sizes of its chunks (RFC 9112, 7.1); as it is when it has none."""
    pieces: list[bytes] = []
    at = 0
    while found := _CHUNK.match(body, at):
        size = int(found[1], 16)
        if not size:
            return b"".join(pieces)
        pieces.append(body[found.end() : found.end() + size])
        at = found.end() + size
    # Many crawlers take the sizes out and leave the header.
    return b"".join(pieces) if at >= len(body) > 0 else body


def _decompressed(body: bytes, encoding: str) -> tuple[bytes, bool]:
    """The body unpacked, and whether its end is missing."""
    if encoding in ("", "identity") or not body:
        return body, False
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FileRefusedError(f"is packed with {_short(encoding)}, which is not read")
    if encoding != "deflate" and not body.startswith(b"\x1f\x8b"):
        return body, False
    try:
        return _inflated(body, 47)
    except zlib.error as error:
        # Many servers leave out the head that "deflate" should have (RFC 9110, 8.4.1.2).
        if encoding == "deflate":
            with suppress(zlib.error):
                return _inflated(body, -15)
        raise FileRefusedError(f"is packed and damaged ({error})") from error


def _inflated(body: bytes, window_bits: int) -> tuple[bytes, bool]:
    stream = zlib.decompressobj(window_bits)
    unpacked = stream.decompress(body, MAX_CONTENT_BYTES)
    if not stream.eof and len(unpacked) == MAX_CONTENT_BYTES:
        raise FileRefusedError(f"unpacks to more than {MAX_CONTENT_BYTES >> 20} MiB")
    return unpacked, not stream.eof


def _meta(record: Record) -> dict[str, str]:
    """Address and date of the page, and the languages that the crawler found."""
    names = {
        "url": "warc-target-uri",
        "date": "warc-date",
        "languages": "warc-identified-content-language",
    }
    found = {key: record.headers.get(name, "").strip("<>") for key, name in names.items()}
    return {key: value[:_MAX_META] for key, value in found.items() if value}


def _short(text: str) -> str:
    """A word of a header that is safe to count by: printable, at most 40 characters."""
    shown = "".join(c for c in text if c.isascii() and c.isprintable())[:40]
    return shown or "no known type"


def _fault(record: Record, reason: str) -> Fault:
    return Fault(0, reason, what="record", offset=record.offset)
