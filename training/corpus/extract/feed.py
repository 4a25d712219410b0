"""News feeds: RSS 2.0 and 1.0 (RDF), Atom (RFC 4287). Each entry is a document: title and text.

Of an entry the whole content is taken where it is there, else its summary. The address, the date
and the author go along as ``meta``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.html import text_of_markup
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item, LeftOut
from training.corpus.extract.xml_records import Element, records

_ENTRIES = frozenset(("item", "entry"))
#: The fuller ones first: content:encoded of RSS, content of Atom.
_TEXTS = (("encoded",), ("content",), ("description",), ("summary",))
_DATES = ("pubDate", "published", "updated", "date")


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Documents of a feed, one per entry that has a text."""
    for ordinal, entry in enumerate(records(source, _ENTRIES)):
        if isinstance(entry, Fault):
            yield entry
            continue
        body = next((text for names in _TEXTS if (text := _text(entry, *names))), "")
        if not body:
            yield LeftOut("entries without text")
            continue
        title = text_of_markup(entry.text_of("title"))
        text = f"{title}\n\n{body}" if title else body
        if fault := text_fault(text):
            yield Fault(entry.line, f"the entry {fault}", what="record", offset=entry.offset)
            continue
        yield from text_warnings(text)
        yield Found(ordinal, text, entry.line, entry.offset, _meta(entry, title))


def _text(entry: Element, *names: str) -> str:
    element = entry.first(*names)
    if element is None:
        return ""
    if element.attributes.get("type") == "xhtml":
        return element.text().strip()
    return text_of_markup(element.text())


def _meta(entry: Element, title: str) -> str:
    link = entry.first("link")
    address = (link.attributes.get("href") or link.text().strip()) if link is not None else ""
    author = entry.first("author", "creator")
    found = {
        "title": title,
        "url": address,
        "date": entry.text_of(*_DATES),
        "author": (author.text_of("name") or author.text().strip()) if author is not None else "",
    }
    return json.dumps({k: v[:2_000] for k, v in found.items() if v}, ensure_ascii=False)
