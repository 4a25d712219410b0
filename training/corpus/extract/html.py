"""Web pages: the main content by our own rules or another's, or all visible text.

Bytes that are UTF-8 are UTF-8, whatever the page says. Else the encoding is the page's own word
(its ``meta`` element) if the bytes agree with it, else what they look like. Title and language go
along as ``meta``.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import detect_encoding
from resiliparse.parse.html import HTMLTree
from selectolax.lexbor import LexborHTMLParser

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.encoding import find_encoding
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.main_content import main_content
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item, Warned
from training.errors import FileRefusedError
from training.sniffing import sniff

MAX_PAGE_BYTES = 64 << 20
#: The time to find the main content grows with the square of the depth.
MAX_DEPTH = 2_000
#: Elements whose end is always written; the others (p, li, td) end by themselves.
_NESTING = re.compile(r"<(/?)(?:div|span|section|table|ul|ol|blockquote|font|b|i|em|a)\b", re.I)
_META_WITHIN = 4_096


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """One document, or none when the page shows no text."""
    yield from read_page(source.whole(MAX_PAGE_BYTES), options)


def read_page(data: bytes, options: ReadOptions, charset: str = "") -> Iterator[Item]:
    """The same of bytes; ``charset`` is what the server said of them, which counts before the page.

    FileRefusedError when it shows no text.
    """
    markup, encoding = decoded(data, len(data), charset)
    if encoding != "utf-8":
        yield Warned(f"converted from {encoding.upper()}")
    tree = HTMLTree.parse(markup)
    text = ""
    if options.html_content != "whole" and _is_deep(markup):
        yield Warned(f"pages nested deeper than {MAX_DEPTH:,} elements: their whole text was taken")
    elif options.html_content != "whole":
        text = _MAIN[options.html_content](markup)
        if not text:
            yield Warned("pages without a main content: their whole text was taken")
    text = text or page_text(tree, is_main=False)
    if not text:
        raise FileRefusedError(
            "shows no text (only scripts, styles or images); save the page from a browser"
        )
    if fault := text_fault(text):
        yield Fault(0, f"the text {fault}", what="document")
        return
    yield from text_warnings(text)
    yield Found(0, text, 0, 0, _meta(tree))


def _by_our_rules(markup: str) -> str:
    body = LexborHTMLParser(markup).body
    return main_content(body) if body is not None else ""


def _by_resiliparse(markup: str) -> str:
    return page_text(HTMLTree.parse(markup), is_main=True)


def _by_trafilatura(markup: str) -> str:
    try:
        from trafilatura import extract
    except ModuleNotFoundError as error:
        raise FileRefusedError(
            "cannot be read by trafilatura, which is not installed on this machine; take the main "
            "content by Trainyard's own rules, or install it (pip install trafilatura)"
        ) from error
    return extract(markup, include_comments=False) or ""


_MAIN: dict[str, Callable[[str], str]] = {
    "main": _by_our_rules,
    "resiliparse": _by_resiliparse,
    "trafilatura": _by_trafilatura,
}


def page_text(tree: HTMLTree, *, is_main: bool) -> str:
    """Paragraphs apart by blank lines; menus and other furniture left out when ``is_main``."""
    text: str = extract_plain_text(
        tree,
        main_content=is_main,
        preserve_formatting=True,
        alt_texts=False,
        links=False,
        form_fields=False,
        noscript=False,
        comments=False,
        post_meta=not is_main,
    )
    return text.strip()


def text_of_markup(markup: str) -> str:
    """All visible text of a piece of HTML (a post, an entry); plain text stays as it is."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    return page_text(HTMLTree.parse(markup), is_main=False)


def decoded(data: bytes, num_known_bytes: int, charset: str = "") -> tuple[str, str]:
    """The markup and its encoding; FileRefusedError when it is no text."""
    declared = charset or detect_encoding(data[:_META_WITHIN], from_html_meta=True)
    encoding = find_encoding(data[: 1 << 17])
    is_utf8 = encoding == "utf-8" and not data[: 1 << 17].isascii()
    if not is_utf8 and (charset or _is_declared(data)) and _agrees(data, declared):
        encoding = codecs.lookup(declared or "utf-8").name
    sniffed = sniff(data[: 1 << 16], num_known_bytes, "" if encoding == "utf-8" else encoding)
    body = data[sniffed.num_mark_bytes :]
    return body.decode(sniffed.encoding, errors="replace"), sniffed.encoding


def _is_deep(markup: str) -> bool:
    """Whether elements nest so deeply that finding the main content would take minutes."""
    depth = 0
    for tag in _NESTING.finditer(markup):
        depth += -1 if tag.group(1) else 1
        if depth > MAX_DEPTH:
            return True
    return False


def _is_declared(data: bytes) -> bool:
    return b"charset" in data[:_META_WITHIN].lower()


def _agrees(data: bytes, declared: str | None) -> bool:
    """Whether the page decodes as it says; a stray byte or two is forgiven."""
    try:
        text = data.decode(declared or "utf-8", errors="replace")
    except LookupError:
        return False
    return text.count("\ufffd") <= 2 + len(text) // 10_000


def _meta(tree: HTMLTree) -> str:
    found = {}
    if title := (tree.title or "").strip():
        found["title"] = title[:500]
    root = tree.document.query_selector("html") if tree.document else None
    language = root.getattr("lang") if root else None
    if language and language.strip():
        found["language"] = language.strip()[:35]
    return json.dumps(found, ensure_ascii=False)
