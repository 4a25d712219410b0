"""EPUB books: the chapters of the spine in their order, without the table of contents.

A ZIP with a package document (EPUB 3.3, section 5): META-INF/container.xml names it, its spine
names the chapters. A book with members that lead out of it, or with XML that declares entities, is
refused whole: no honest program writes either.
"""

from __future__ import annotations

import json
import posixpath
import xml.parsers.expat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.formats import shown
from training.corpus.extract.html import decoded
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.members import Metered, is_escaping
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item
from training.corpus.extract.zip import Unpacked, opened, opened_member
from training.errors import FileRefusedError
from training.units import format_bytes

MAX_PART_BYTES = 64 << 20
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
#: Fonts may be obfuscated in an open book; text may not.
_FONT_ALGORITHMS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CHAPTER_TYPES = ("application/xhtml+xml", "text/html")
_BLOCKS = (
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "pre", "blockquote", "section",
    "article", "dt", "dd", "table", "figure", "figcaption", "hr", "br", "ul", "ol", "dl", "body",
)  # fmt: skip
#: Stands where a block begins or ends; no text holds a record separator.
_BREAK = "\x1e"
_SILENT = ("script", "style", "head", "template", "noscript")


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """One document for the book, or one for each chapter that has text."""
    with opened(source) as archive:
        _require_safe_names(archive)
        book = _Book(archive, options)
        package = book.package()
        found: list[tuple[int, str]] = []
        for number, name in enumerate(package.chapters, start=1):
            text = book.chapter(name)
            if isinstance(text, Fault):
                yield Fault(0, text.reason, member=shown(name), what="member")
            elif text:
                found.append((number, text))
    if not found:
        raise FileRefusedError("has no chapter with text in it")
    if options.epub_document == "book":
        found = [(1, "\n\n".join(text for _, text in found))]
    for number, text in found:
        yield from text_warnings(text)
        yield Found(number - 1, text, 0, 0, package.meta())


@dataclass
class _Package:
    """What the package document says: title, language, and the chapters in reading order."""

    title: str = ""
    language: str = ""
    chapters: list[str] = field(default_factory=list)

    def meta(self) -> str:
        """Title and language as JSON."""
        found = {"title": self.title[:500], "language": self.language[:35]}
        return json.dumps({key: value for key, value in found.items() if value}, ensure_ascii=False)


class _Book:
    def __init__(self, archive: zipfile.ZipFile, options: ReadOptions) -> None:
        self._archive = archive
        self._options = options
        self._infos = {info.filename: info for info in archive.infolist()}

    def package(self) -> _Package:
        """FileRefusedError when the book has none, or is locked."""
        self._refuse_locked()
        roots = [entry for entry in self._elements(_CONTAINER) if entry.name == "rootfile"]
        path = roots[0].attributes.get("full-path", "") if roots else ""
        if path not in self._infos:
            raise FileRefusedError(
                f"is no whole EPUB book: {_CONTAINER} names no package document that is in it"
            )
        return _package(self._elements(path), posixpath.dirname(path))

    def chapter(self, name: str) -> str | Fault:
        """The text of one chapter; empty when it has none."""
        if name not in self._infos:
            return Fault(0, "is named in the spine but is not in the book")
        try:
            data = self._bytes(name)
            markup, _ = decoded(data, len(data))
        except FileRefusedError as error:
            if type(error) is not FileRefusedError:
                raise
            return Fault(0, str(error))
        text = visible_text(markup)
        fault = text_fault(text)
        return Fault(0, f"the text {fault}") if fault else text

    def _refuse_locked(self) -> None:
        if _ENCRYPTION not in self._infos:
            return
        methods = [e for e in self._elements(_ENCRYPTION) if e.name == "EncryptionMethod"]
        if any(e.attributes.get("Algorithm") not in _FONT_ALGORITHMS for e in methods):
            raise FileRefusedError(
                "is locked (digital rights management); only books without it can be read"
            )

    def _elements(self, name: str) -> list[_Element]:
        if name not in self._infos:
            raise FileRefusedError(f"is no whole EPUB book: {name} is missing")
        return _elements(name, self._bytes(name))

    def _bytes(self, name: str) -> bytes:
        try:
            stream = opened_member(self._archive, self._infos[name])
        except FileRefusedError as error:
            raise FileRefusedError(f"has a member that {error} ({shown(name)})") from error
        pieces, size = [], 0
        with stream:
            metered = Metered(Unpacked(stream), self._options.room)
            while piece := metered.read(1 << 20):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_PART_BYTES:
                    raise FileRefusedError(f"is larger than {format_bytes(MAX_PART_BYTES)}")
        return b"".join(pieces)


@dataclass
class _Element:
    """One XML element: local name, attributes, the text directly in it."""

    name: str
    attributes: dict[str, str]
    text: str = ""


def _elements(name: str, data: bytes) -> list[_Element]:
    """All elements in order; entities are neither declared nor fetched."""
    found: list[_Element] = []
    open_ones: list[_Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        found.append(_Element(tag.rpartition(" ")[2].rpartition(":")[2], attributes))
        open_ones.append(found[-1])

    def text(data: str) -> None:
        if open_ones and len(open_ones[-1].text) < 1_000:
            open_ones[-1].text += data

    def refuse(*_: Any) -> int:
        raise FileRefusedError(
            f"declares XML entities in {name}, which are not read; remove the declaration"
        )

    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_ones.pop()
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
    except xml.parsers.expat.ExpatError as error:
        raise FileRefusedError(f"is no whole EPUB book: {name} is no XML ({error})") from error
    return found


def _package(elements: list[_Element], folder: str) -> _Package:
    package = _Package()
    items: dict[str, tuple[str, str, str]] = {}
    order: list[str] = []
    for element in elements:
        attributes = element.attributes
        if element.name == "title" and not package.title:
            package.title = element.text.strip()
        elif element.name == "language" and not package.language:
            package.language = element.text.strip()
        elif element.name == "item":
            href = posixpath.normpath(posixpath.join(folder, unquote(attributes.get("href", ""))))
            kind, properties = attributes.get("media-type", ""), attributes.get("properties", "")
            items[attributes.get("id", "")] = (href, kind, properties)
        elif element.name == "itemref" and attributes.get("linear") != "no":
            order.append(attributes.get("idref", ""))
    for key in dict.fromkeys(order):
        href, kind, properties = items.get(key, ("", "", ""))
        if kind in _CHAPTER_TYPES and "nav" not in properties.split():
            package.chapters.append(href)
    return package


def visible_text(markup: str) -> str:
    """Text of a chapter, one line per block element."""
    tree = LexborHTMLParser(markup)
    for node in tree.css(", ".join(_SILENT)):
        node.decompose()
    for node in tree.css(", ".join(_BLOCKS)):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    body = tree.body
    pieces = (body.text(deep=True) if body else "").split(_BREAK)
    # Lines of the markup are no lines of the text.
    kept = [" ".join(piece.split()) for piece in pieces]
    return "\n".join(line for line in kept if line)


def _require_safe_names(archive: zipfile.ZipFile) -> None:
    for info in archive.infolist():
        if is_escaping(info.orig_filename):
            raise FileRefusedError(
                f"has a member that leads out of the book ({shown(info.orig_filename)}), which no "
                "honest program writes; save the book again with an e-book editor"
            )
