"""CSV: rows become documents; what is ragged is counted, what is broken is named by its line."""

from __future__ import annotations

import csv

import pytest

from tests.training.corpus.extract.reading import read


def test_the_text_column_is_found_and_the_others_go_along(tmp_path):
    reading = read(tmp_path, "csv", b'id,Text,year\n1,"one, two",1990\n2,three,1991\n')
    assert reading.texts == ["one, two", "three"]
    assert [(row["line"], row["offset"]) for row in reading.rows] == [(2, 13), (3, 31)]
    assert reading.rows[0]["meta"] == '{"id": "1", "year": "1990"}'


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    rows = [["id", "text"], ["1", "Hello, world; again"], ["2", "No, not; that"]]
    quote = '"' if delimiter in ",;" else ""
    data = "\n".join(f"{a}{delimiter}{quote}{b}{quote}" for a, b in rows) + "\n"
    assert read(tmp_path, "csv", data.encode()).texts == ["Hello, world; again", "No, not; that"]


def test_cells_may_hold_lines_and_doubled_quotes(tmp_path):
    reading = read(tmp_path, "csv", b'text,n\r\n"first\r\nsecond ""x""",1\r\nlast,2\r\n')
    assert reading.texts == ['first\nsecond "x"', "last"]
    assert [row["line"] for row in reading.rows] == [2, 4]


def test_without_a_text_column_the_columns_are_listed(tmp_path):
    refused = read(tmp_path, "csv", b"id,price\n1,2\n").result.refused
    assert refused.startswith("has no column that is known to hold text")
    assert "its columns: id, price" in refused
    assert "tables.text_columns" in refused


def test_a_named_column_that_is_missing_is_told_with_those_that_are_there(tmp_path):
    refused = read(tmp_path, "csv", b"id,body\n1,x\n", text_columns=["review"]).result.refused
    assert refused.startswith("has no column 'review'; its columns: id, body")


def test_several_columns_are_joined_by_a_blank_line(tmp_path):
    data = b"title,body,n\nA,alpha,1\n,beta,2\n"
    reading = read(tmp_path, "csv", data, text_columns=["title", "body"])
    assert reading.texts == ["A\n\nalpha", "beta"]


def test_the_one_long_column_is_taken_and_that_is_said(tmp_path):
    data = "sku,opinion\n" + "".join(f"{n},{'a long opinion ' * 10}\n" for n in range(5))
    reading = read(tmp_path, "csv", data.encode())
    assert reading.result.num_documents == 5
    assert reading.result.warnings == {"text taken from the column 'opinion'": 1}


def test_a_quote_that_is_never_closed_refuses_the_file_with_its_line(tmp_path):
    data = b'id,text\n1,fine\n2,"open\n' + b"3,more\n" * 100
    refused = read(tmp_path, "csv", data).result.refused
    assert "quote that is not closed, in the row that begins at line 3" in refused
    assert "tables.has_quotes" in refused
    assert read(tmp_path, "csv", data, has_quotes=False).result.num_documents == 102


def test_ragged_rows_are_counted_by_line_and_the_rest_is_kept(tmp_path):
    reading = read(tmp_path, "csv", b"id,text\n1,one\n2\n3,three,more\n4,four\n")
    assert reading.texts == ["one", "four"]
    assert reading.faults == [
        (3, "the row has 1 cell, the header has 2"),
        (4, "the row has 3 cells, the header has 2"),
    ]


def test_nul_and_bytes_that_are_no_utf8_are_faults_of_their_rows(tmp_path):
    reading = read(tmp_path, "csv", b"id,text\n1,a\x00b\n2,\xff\xfe\n3,good words in it\n")
    assert reading.texts == ["good words in it"]
    assert [line for line, _ in reading.faults] == [2, 3]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"text,text\na,b\n", "has the column 'text' twice"),
        (",".join(f"c{n}" for n in range(20_000)).encode() + b"\n", "has 20,000 columns"),
    ],
)
def test_a_header_that_cannot_be_used_refuses_the_file(tmp_path, data, sentence):
    assert sentence in read(tmp_path, "csv", data).result.refused


def test_gb18030_is_converted_and_that_is_said(tmp_path):
    text = "今天天气很好，我们在公园里看到了很多人。"
    reading = read(tmp_path, "csv", f"id,text\n1,{text}\n".encode("gb18030"))
    assert reading.texts == [text]
    assert reading.result.warnings == {"converted from GB18030": 1}


def test_a_cell_of_200_kb_is_read(tmp_path):
    data = b"id,text\n1," + b"x" * 200_000 + b"\n"
    assert len(read(tmp_path, "csv", data).texts[0]) == 200_000


def test_the_delimiter_is_found_beside_very_long_cells_too(tmp_path):
    # Python's own limit of a cell, as a process has it that has read no table before.
    csv.field_size_limit(131_072)
    data = f'id;text\n1;"{"word " * 40_000}"\n2;"one; two"\n'
    reading = read(tmp_path, "csv", data.encode())
    assert [text[:8] for text in reading.texts] == ["word wor", "one; two"]


def test_of_a_refused_table_no_row_counts(tmp_path):
    reading = read(tmp_path, "csv", b'id,text\n1,one\n2,two\n3,"three\n')
    assert "a quote that is not closed" in reading.result.refused
    assert (reading.result.num_documents, reading.result.num_text_bytes) == (0, 0)
