"""Web pages and PDF files: 7 and 12 files."""

from __future__ import annotations

import random
import zlib

from tests.hostile.case import Case, accepted, refused
from tests.training.corpus.extract.pdfs import pdf

PROSE = b"<p>" + b"Some words that are prose, and more of them, to be an article. " * 4 + b"</p>"
_HEAD = b"<!doctype html><html><head><title>t</title></head><body>"
_END = b"</body></html>"
_LIE = b'<!doctype html><html><head><meta charset="iso-8859-1"></head><body>'
_GERMAN = "<p>" + "Die Größe der Äpfel überrascht die Gärtner in Köln natürlich sehr. " * 4 + "</p>"

HTML = [
    accepted("divs.html", _HEAD + b"<div>" * 1_000_000 + PROSE, "nested deeper than"),
    accepted("attribute.html", _HEAD + b'<p title="' + b"a" * 50_000_000 + b'">' + PROSE + _END),
    accepted("lying-charset.html", _LIE + _GERMAN.encode() + _END),
    accepted("entities.html", _HEAD + PROSE + b"<p>" + b"&amp;" * 500_000 + b"</p>" + _END),
    refused("scripts.html", _HEAD + b"<script>x</script><style>y</style>" + _END, "shows no text"),
    accepted(
        "namespaces.html",
        _HEAD + b"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;'>" + PROSE
        + b"<svg><p><style><g title='</style><b>'>" + PROSE + _END,
    ),
    accepted("unclosed.html", _HEAD + PROSE + b"<!-- never closed <plaintext>" + PROSE),
]  # fmt: skip


def objects(bodies: list[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of these objects, numbered from 1."""
    data = bytearray(b"%PDF-1.5\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(bodies) + 1, trailer, start,
    )  # fmt: skip
    return bytes(data)


def _one_page(stream: bytes, filters: bytes, extra: bytes = b"null") -> bytes:
    """A catalogue, pages, a font, one page, its content (5), something else (6), resources."""
    return objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R /Resources 7 0 R >>",
            b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
            extra,
            b"<< /Font << /F1 3 0 R >> /XObject << /X 6 0 R >> >>",
        ]
    )


def _bomb(chance: random.Random) -> bytes:
    packer = zlib.compressobj(9)
    pieces = [packer.compress(b" " * (1 << 20)) for _ in range(400)]
    return _one_page(b"".join([*pieces, packer.flush()]), b"/Filter /FlateDecode")


def _stacked(chance: random.Random) -> bytes:
    data = b" " * (1 << 20)
    for _ in range(8):
        data = zlib.compress(data, 9)
    return _one_page(data, b"/Filter [%s]" % (b"/FlateDecode " * 8))


def _loop(chance: random.Random) -> bytes:
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >>"
    body = form + b" >> /Length 4 >>\nstream\n/X Do\nendstream"
    return _one_page(b"BT /F1 11 Tf 50 700 Td (printed words) Tj ET /X Do", b"", body)


def _script(chance: random.Random) -> bytes:
    action = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    whole = pdf([["printed words"]])
    return whole.replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction " + action, 1)


def _noise(chance: random.Random) -> bytes:
    return b"%PDF-1.7\n" + chance.randbytes(50_000) + b"\n%%EOF\n"


def _empty_pages(chance: random.Random) -> bytes:
    """100,000 pages that share one object."""
    kids = b"3 0 R " * 100_000
    return objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 100000 /Kids [%s] >>" % kids,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        ]
    )


PDF = [
    refused("cut.pdf", pdf([["words"]] * 30)[:-400], "is cut off or no PDF"),
    refused("header.pdf", b"%PDF-1.7\n", "is cut off or no PDF"),
    Case("noise.pdf", _noise, refused="is damaged or no PDF"),
    refused("no-end.pdf", pdf([["words"]]).replace(b"%%EOF", b""), "(%%EOF) is missing"),
    refused("password.pdf", pdf([["words"]], password="x"), "is protected by a password"),
    accepted("owner.pdf", pdf([["printed words"]], password=""), "protected against copying"),
    Case("bomb.pdf", _bomb, refused="has no text layer"),
    Case("filters.pdf", _stacked, refused="has no text layer"),
    Case("loop.pdf", _loop, num_documents=1),
    refused("scan.pdf", pdf([[], []]), "has no text layer: its 2 pages"),
    Case("pages.pdf", _empty_pages, refused="has no text layer"),
    Case("script.pdf", _script, num_documents=1),
]
