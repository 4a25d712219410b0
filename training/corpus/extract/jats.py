"""Papers in XML: JATS articles (PubMed Central, ANSI/NISO Z39.96) and records of PubMed.

A document is the title, the abstract and the body with its section titles; references, author
notes, formulas' markup, and what figures and tables show are left out (their captions are an
option). Identifiers, the journal and the year go along as ``meta``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item, LeftOut
from training.corpus.extract.xml_records import Element, records

_PAPERS = frozenset(("article", "PubmedArticle"))
#: What is no running text, or another text than the paper's.
_LEFT_OUT = frozenset(
    (
        "ref-list", "fn-group", "table", "graphic", "media", "inline-graphic", "back", "ack",
        "supplementary-material", "xref-group", "object-id", "label", "alternatives", "tex-math",
        "permissions", "alt-text", "long-desc", "attrib", "fn", "table-wrap-foot",
    )
)  # fmt: skip
_FLOATS = frozenset(("fig", "fig-group", "table-wrap", "table-wrap-group", "boxed-text-graphic"))
_BLOCKS = frozenset(
    (
        "p", "title", "sec", "list", "list-item", "disp-quote", "disp-formula", "def-item", "def",
        "term", "verse-line", "verse-group", "caption", "statement", "preformat", "code", "speech",
        "boxed-text", "abstract", "body", "fig", "table-wrap", "AbstractText",
    )
)  # fmt: skip
_SPACE = re.compile(r"\s+")
#: Stands where a reference stood; no XML holds this character.
_GONE = "\x02"
#: References with the brackets that held nothing else: "[1, 2]", "(3; 4)".
_EMPTY_MARKS = re.compile(rf"\s?[\[(][\s,;–-]*{_GONE}[\s,;–{_GONE}-]*[\])]|{_GONE}")
_CITED = frozenset(("bibr", "fn", "table-fn"))


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """One document per paper; those without a text (only a title) are left out and counted."""
    for ordinal, paper in enumerate(records(source, _PAPERS)):
        if isinstance(paper, Fault):
            yield paper
            continue
        front = _Front.of(paper)
        title = _line(front.title, options)
        parts = [text for part in options.jats_parts for text in _part(part, paper, front, options)]
        if not parts:
            yield LeftOut("papers without the parts that are asked for (jats.parts)")
            continue
        text = "\n\n".join(filter(None, [title, *parts]))
        if fault := text_fault(text):
            yield Fault(paper.line, f"the paper {fault}", what="record", offset=paper.offset)
            continue
        yield from text_warnings(text)
        yield Found(ordinal, text, paper.line, paper.offset, _meta(front, title))


class _Front:
    """Where the title, the abstracts and the identifiers of a paper stand."""

    def __init__(self, title: Element | None, abstracts: list[Element], meta: dict[str, str]):
        self.title, self.abstracts, self.meta = title, abstracts, meta

    @classmethod
    def of(cls, paper: Element) -> _Front:
        """By the rules of JATS or of PubMed."""
        return _of_pubmed(paper) if paper.name == "PubmedArticle" else _of_jats(paper)


def _of_jats(paper: Element) -> _Front:
    front = _at(paper, "front")
    about = _at(front, "article-meta")
    group = _at(about, "title-group")
    meta = {
        f"{element.attributes.get('pub-id-type', 'id')}": element.text().strip()
        for element in about.elements()
        if element.name == "article-id"
    }
    journal = _at(front, "journal-meta")
    names = _at(journal, "journal-title-group")
    meta["journal"] = names.text_of("journal-title") or journal.text_of("journal-title")
    meta["year"] = _at(about, "pub-date").text_of("year")
    meta["language"] = paper.attributes.get("lang", "")
    abstracts = [element for element in about.elements() if element.name == "abstract"]
    return _Front(group.first("article-title"), abstracts, meta)


def _of_pubmed(paper: Element) -> _Front:
    citation = _at(paper, "MedlineCitation")
    article = _at(citation, "Article")
    journal = _at(article, "Journal")
    date = _at(_at(journal, "JournalIssue"), "PubDate")
    meta = {
        "pmid": citation.text_of("PMID"),
        "journal": journal.text_of("Title"),
        "year": date.text_of("Year", "MedlineDate")[:4],
        "language": article.text_of("Language"),
    }
    abstract = article.first("Abstract")
    return _Front(article.first("ArticleTitle"), [abstract] if abstract else [], meta)


def _part(part: str, paper: Element, front: _Front, options: ReadOptions) -> Iterator[str]:
    """The paragraphs of the abstract or the body; empty when the paper has none."""
    if part == "body":
        body = paper.first("body")
        sources = [body] if body is not None else []
    else:
        sources = front.abstracts
    for element in sources:
        writer = _Writer(options)
        writer.walk(element)
        if text := writer.text():
            yield text


class _Writer:
    """Gathers paragraphs."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._pieces: list[str] = []
        self._paragraphs: list[str] = []

    def walk(self, element: Element) -> None:
        """Everything in an element, in order."""
        for child in element.children:
            if isinstance(child, str):
                self._pieces.append(child)
            elif child.name in _FLOATS:
                self._float(child)
            elif child.name == "xref" and child.attributes.get("ref-type") in _CITED:
                self._pieces.append(_GONE)
            elif child.name not in _LEFT_OUT:
                self._element(child)

    def text(self) -> str:
        """The paragraphs so far, apart by blank lines."""
        self._end()
        return "\n\n".join(self._paragraphs)

    def _element(self, element: Element) -> None:
        is_block = element.name in _BLOCKS
        if is_block:
            self._end()
        if label := element.attributes.get("Label"):
            self._pieces.append(f"{label.capitalize()}: ")
        if element.name == "list-item":
            self._pieces.append("- ")
        self.walk(element)
        if is_block and element.name != "list-item":
            self._end()

    def _float(self, element: Element) -> None:
        """A figure or a table: at most its caption."""
        if not self._options.keeps_jats_captions:
            return
        for child in element.elements():
            if child.name == "caption":
                self._element(child)
            elif child.name in _FLOATS:
                self._float(child)

    def _end(self) -> None:
        text = _clean("".join(self._pieces))
        if text == "-":
            # A paragraph of the item follows.
            self._pieces = ["- "]
            return
        if text:
            self._paragraphs.append(text)
        self._pieces.clear()


def _line(element: Element | None, options: ReadOptions) -> str:
    if element is None:
        return ""
    writer = _Writer(options)
    writer.walk(element)
    return writer.text().replace("\n\n", " ")


def _clean(text: str) -> str:
    return _EMPTY_MARKS.sub("", _SPACE.sub(" ", text)).strip()


def _at(element: Element, name: str) -> Element:
    """A child, or an empty one, so that a missing part has no text."""
    return element.first(name) or Element(name, {})


def _meta(front: _Front, title: str) -> str:
    found = {"title": title} | front.meta
    return json.dumps({k: v[:500] for k, v in found.items() if v}, ensure_ascii=False)
