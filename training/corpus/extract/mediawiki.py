"""Dumps of MediaWiki (``pages-articles.xml``): the last revision of each page, as text.

Redirects and pages of other namespaces are left out and counted. The names of the namespaces (for
links to files and categories) are those that the dump itself declares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item, LeftOut
from training.corpus.extract.wikitext import WikiText
from training.corpus.extract.xml_records import Element, records

_FILES, _CATEGORIES = "6", "14"
_WIKITEXT = ("", "wikitext")


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """One document per page that is taken: its title, then its text."""
    names: list[str] = []
    found = records(source, frozenset(("page", "namespaces")))
    converter = WikiText((), keeps_tables=options.keeps_wiki_tables)
    for ordinal, record in enumerate(found):
        if isinstance(record, Fault):
            yield record
        elif record.name == "namespaces":
            names = [
                element.text().strip()
                for element in record.elements()
                if element.attributes.get("key") in (_FILES, _CATEGORIES)
            ]
            converter = WikiText(names, keeps_tables=options.keeps_wiki_tables)
        else:
            yield from _documents(record, ordinal, converter, options)


def _documents(
    page: Element, ordinal: int, converter: WikiText, options: ReadOptions
) -> Iterator[Item]:
    revisions = [element for element in page.elements() if element.name == "revision"]
    revision = revisions[-1] if revisions else Element("revision", {})
    source = revision.text_of("text")
    if reason := _reason(page, revision, source, options):
        yield LeftOut(reason)
        return
    title = page.text_of("title")
    body = converter.text(source)
    if not body:
        yield LeftOut("pages without text (only templates, tables or files)")
        return
    text = f"{title}\n\n{body}" if title else body
    if fault := text_fault(text):
        yield Fault(page.line, f"the page {fault}", what="record", offset=page.offset)
        return
    yield from text_warnings(text)
    meta = {
        "title": title[:500],
        "id": page.text_of("id")[:20],
        "date": revision.text_of("timestamp")[:40],
    }
    told = json.dumps({key: value for key, value in meta.items() if value}, ensure_ascii=False)
    yield Found(ordinal, text, page.line, page.offset, told)


def _reason(page: Element, revision: Element, source: str, options: ReadOptions) -> str:
    """Why a page is left out by rule; empty when it is taken."""
    namespace = page.text_of("ns") or "0"
    if namespace not in {str(number) for number in options.wiki_namespaces}:
        shown = namespace if namespace.lstrip("-").isdigit() and len(namespace) < 6 else "?"
        return f"pages of the namespace {shown}"
    if page.first("redirect") is not None or source[:40].lstrip().upper().startswith("#REDIRECT"):
        return "redirects"
    if revision.text_of("model") not in _WIKITEXT:
        return "pages that are no wikitext (scripts, data)"
    return ""
