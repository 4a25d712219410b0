"""Real documents in five formats, and real instruction rows, from text that every Python brings.

The PDF is printed by Chromium, with page headers and numbers; the EPUB has a spine, a navigation
and chapters; the web page has a menu and a footer around its article. Each file holds a sentence of
its own by which it can be found again.
"""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser

from training.corpus.cpython_text import CODE_FILE, reference_texts, write_cpython_texts

#: {file name: a sentence that only this file holds}
MARKS = {
    "handbook.pdf": "The quartz lantern of the printed handbook hums at noon.",
    "novel.epub": "The velvet compass of the second chapter points to the sea.",
    "article.html": "The amber engine of the web article runs on rain.",
    "notes.zip": "The silver ladder in the packed notes leads to a quiet roof.",
    "rows.jsonl": "The copper orchard of the row by row file blooms in winter.",
}

MENU = "Subscribe to our newsletter for more menus"


def write_papers(folder: Path, chromium: Browser) -> list[Path]:
    """The five files; about half a megabyte of text."""
    texts = iter(_texts())
    writers = {
        "handbook.pdf": lambda mark: _pdf(chromium, [mark, *_take(texts, 12)]),
        "novel.epub": lambda mark: _epub([next(texts), f"{mark} {next(texts)}", *_take(texts, 12)]),
        "article.html": lambda mark: _page([mark, *_take(texts, 2)]).encode(),
        "notes.zip": lambda mark: _zip([f"{mark}\n\n{next(texts)}", *_take(texts, 12)]),
        "rows.jsonl": lambda mark: _rows([f"{mark} {next(texts)}", *texts]),
    }
    paths = []
    for name, write in writers.items():
        path = folder / name
        path.write_bytes(write(MARKS[name]))
        paths.append(path)
    return paths


def write_instructions(path: Path, folder: Path, *, num_rows: int) -> None:
    """What is asked of a name of the standard library is answered by its docstring."""
    write_cpython_texts(folder)
    lines = (folder / CODE_FILE).read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    asked = (
        {
            "instruction": "What does this name of the standard library mean?",
            "input": row["name"].rpartition(":")[2],
            "output": row["text"].partition("\n\n")[0][:300],
        }
        for row in rows
    )
    written = [json.dumps(row) for row, _ in zip(asked, range(num_rows), strict=False)]
    path.write_text("\n".join(written) + "\n", encoding="utf-8")


def _texts() -> list[str]:
    """Articles of the language reference, longest first."""
    found = sorted(reference_texts(), key=len, reverse=True)
    assert len(found) > 60, "this Python has no sources of its documentation"
    return found


def _take(texts: Iterator[str], number: int) -> list[str]:
    return [next(texts) for _ in range(number)]


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n") if part.strip())


def _pdf(chromium: Browser, texts: Sequence[str]) -> bytes:
    page = chromium.new_page()
    page.set_content("<h1>Handbook</h1>" + "".join(_paragraphs(text) for text in texts))
    printed = page.pdf(
        format="A4",
        display_header_footer=True,
        header_template='<span style="font-size:9px">A handbook of Python, printed</span>',
        footer_template='<span style="font-size:9px" class="pageNumber"></span>',
        margin={"top": "2cm", "bottom": "2cm"},
    )
    page.close()
    return printed


def _page(texts: Sequence[str]) -> str:
    body = "".join(_paragraphs(text) for text in texts)
    return (
        "<!doctype html><html lang='en'><head><title>An article</title></head><body>"
        f"<nav><ul><li><a href='/'>{MENU}</a></li><li><a href='/a'>About</a></li></ul></nav>"
        f"<main><article><h1>An article</h1>{body}</article></main>"
        f"<footer><p>{MENU}</p></footer></body></html>"
    )


def _epub(chapters: Sequence[str]) -> bytes:
    names = [f"chapter-{number}.xhtml" for number in range(len(chapters))]
    items = "".join(
        f'<item id="c{i}" href="{name}" media-type="application/xhtml+xml"/>'
        for i, name in enumerate(names)
    )
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(names)))
    files = {
        "META-INF/container.xml": '<?xml version="1.0"?><container version="1.0" '
        'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
        'full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        "book.opf": '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" '
        'version="3.0" unique-identifier="id"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A novel</dc:title>'
        '<dc:language>en</dc:language><dc:identifier id="id">novel</dc:identifier></metadata>'
        f'<manifest><item id="nav" href="nav.xhtml" properties="nav" '
        f'media-type="application/xhtml+xml"/>{items}</manifest><spine>{spine}</spine></package>',
        "nav.xhtml": _chapter("".join(f"<p>{name}</p>" for name in names)),
        **{name: _chapter(_paragraphs(text)) for name, text in zip(names, chapters, strict=True)},
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, text in files.items():
            book.writestr(name, text)
    return data.getvalue()


def _chapter(body: str) -> str:
    return (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>'
        f"</head><body>{body}</body></html>"
    )


def _zip(texts: Sequence[str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, text in enumerate(texts):
            packed.writestr(f"notes/{number:02}.txt", text)
    return data.getvalue()


def _rows(texts: Sequence[str]) -> bytes:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
