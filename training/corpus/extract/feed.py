"""News feeds: RSS 2.0 and 1.0 (RDF), Atom (RFC 4287). Each entry is a document: title and text.

Of an entry the whole content is taken where it is there, else its summary. RSS holds HTML; Atom
says of each text whether it is plain, HTML or XHTML. The address, the date and the author go along
as ``meta``.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.html import text_of_markup
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item, LeftOut
from training.corpus.extract.xml_records import Element, records

_ENTRIES = frozenset(("item", "entry"))
#: The fuller ones first: content:encoded of RSS, content of Atom.
_TEXTS = ("encoded", "content", "description", "summary")
_EMPTY_ELEMENTS = frozenset(("br", "hr", "img", "wbr"))
#: Marks of HTML where nobody said that it is HTML: the end of an element, a line break.
_ENDS = re.compile(r"</[a-z][a-z0-9]*\s*>|<br\b", re.I)
_DATES = ("pubDate", "published", "updated", "date")


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Documents of a feed, one per entry that has a text."""
    for ordinal, entry in enumerate(records(source, _ENTRIES)):
        if isinstance(entry, Fault):
            yield entry
            continue
        body = next((text for name in _TEXTS if (text := _text(entry, name))), "")
        if not body:
            yield LeftOut("entries without text")
            continue
        title = _text(entry, "title")
        text = f"{title}\n\n{body}" if title else body
        if fault := text_fault(text):
            yield Fault(entry.line, f"the entry {fault}", what="record", offset=entry.offset)
            continue
        yield from text_warnings(text)
        yield Found(ordinal, text, entry.line, entry.offset, _meta(entry, title))


def _text(entry: Element, name: str) -> str:
    """A text of an entry by its type (RFC 4287, 3.1)."""
    element = entry.first(name)
    if element is None:
        return ""
    kind = element.attributes.get("type", "")
    if kind == "xhtml":
        return text_of_markup("".join(map(_markup, element.children)))
    text = element.text()
    # Without a type Atom means plain text; many feeds forget the type of their HTML.
    is_plain = kind in ("text", "text/plain") or (entry.name == "entry" and not kind)
    return text.strip() if is_plain and not _ENDS.search(text) else text_of_markup(text)


def _markup(part: Element | str) -> str:
    """XHTML as HTML."""
    if isinstance(part, str):
        return html.escape(part)
    end = "" if part.name in _EMPTY_ELEMENTS else f"</{part.name}>"
    return f"<{part.name}>{''.join(map(_markup, part.children))}{end}"


def _meta(entry: Element, title: str) -> str:
    links = [element for element in entry.elements() if element.name == "link"]
    # An entry may link to itself, to comments, to files; its page is the alternate one.
    pages = [link for link in links if link.attributes.get("rel", "alternate") == "alternate"]
    link = next(iter(pages or links), None)
    address = (link.attributes.get("href") or link.text().strip()) if link is not None else ""
    author = entry.first("author", "creator")
    found = {
        "title": title,
        "url": address,
        "date": entry.text_of(*_DATES),
        "author": (author.text_of("name") or author.text().strip()) if author is not None else "",
    }
    return json.dumps({k: v[:2_000] for k, v in found.items() if v}, ensure_ascii=False)
