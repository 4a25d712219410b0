"""JSON lines and tables: 14 and 11 files."""

from __future__ import annotations

import codecs

from tests.hostile.case import accepted, quarantined, refused

ROW = b'{"text": "kept words"}\n'


def _after(line: bytes, *, ended: bool = True) -> bytes:
    return ROW + line + (b"\n" if ended else b"")


_KEYS = b'{"text": "x", ' + b", ".join(b'"k%d": 1' % n for n in range(1_000_000)) + b"}"
_DIGITS = b'{"text": "x", "n": ' + b"9" * 5_000 + b"}"

JSONL = [
    accepted("blank.jsonl", ROW + b"\n\n" + ROW, "blank lines", num_documents=2),
    quarantined("comma.jsonl", _after(b'{"text": "x",}'), "is not JSON", line=2),
    quarantined(
        "nan.jsonl",
        ROW + b'{"text": "x", "n": NaN}\n{"text": "x", "n": Infinity}\n',
        "is no JSON number", line=2, num_faults=2,
    ),
    quarantined("deep.jsonl", _after(b"[" * 200_000), "nests lists or objects too deep", line=2),
    quarantined("digits.jsonl", _after(_DIGITS), "5,000 digits", line=2),
    quarantined("twice.jsonl", _after(b'{"text": "x", "text": "y"}'), "is given twice", line=2),
    refused("array.jsonl", b'[{"text": "x"}]\n', "begins with a JSON array; one object per line"),
    quarantined(
        "kinds.jsonl",
        ROW + b'{"text": 1}\n{"text": []}\n{"text": null}\n',
        "'text' is a number, not text", line=2, num_faults=3,
    ),
    quarantined("missing.jsonl", _after(b'{"other": "x"}'), "has no field 'text'", line=2),
    quarantined("huge.jsonl", _after(b'{"text": "x", "n": 1e999}'), "is too large", line=2),
    quarantined("surrogate.jsonl", _after(b'{"text": "\\ud800"}'), "half a character", line=2),
    quarantined("cut.jsonl", _after(b'{"text": "wor', ended=False), "may be cut off here", line=2),
    quarantined("two.jsonl", _after(b'{"text": "x"} {"text": "y"}'), "follows the object", line=2),
    quarantined("keys.jsonl", _after(_KEYS), "1,000,001 keys", line=2),
]  # fmt: skip

HEAD = b"id,text\n"
_FORMULA = b'1,"=HYPERLINK(""http://x"")"\n2,@SUM(A1)\n3,+1+1\n'
_COLUMNS = b",".join(b"c%d" % n for n in range(100_000)) + b"\n1\n"

CSV = [
    refused("quote.csv", HEAD + b'1,"open\n2,x\n', "has a quote that is not closed"),
    quarantined("ragged.csv", HEAD + b"1,kept\n2\n3,a,b\n", "cell", line=3, num_faults=2),
    accepted("field.csv", HEAD + b"1," + b"word " * 40_000 + b"\n"),
    quarantined("nul.csv", HEAD + b"1,kept\n2,a\0b\n", "NUL", line=3),
    refused("header.csv", b"text,text\na,b\n", "has the column 'text' twice"),
    refused("no-text.csv", b"id,price\n1,2\n", "has no column that is known to hold text"),
    accepted("semicolon.csv", b"id;text\n1;kept, words\n2;more\n", num_documents=2),
    accepted("formula.csv", HEAD + _FORMULA, num_documents=3),
    refused("columns.csv", _COLUMNS, "columns; at most"),
    accepted("mark.csv", codecs.BOM_UTF8 + HEAD + b"1,kept\n"),
    accepted("ends.csv", HEAD + b"1,one\r\n2,two\n3,three\r\n", num_documents=3),
]  # fmt: skip
