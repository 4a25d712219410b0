"""LaTeX as text; papers of an archive put together from their parts, and from nothing else."""

from __future__ import annotations

import gzip
import io
import json
import time
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from tests.training.corpus.extract.pdfs import pdf
from tests.training.corpus.extract.reading import read
from tests.training.corpus.extract.test_archives import packed_tar, packed_zip
from tests.training.corpus.jobs import documents_in, run_verb
from training.corpus.extract import latex, latex_source
from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.formats import recognised
from training.corpus.extract.latex_source import put_together
from training.corpus.extract.latex_text import Choices, text_of
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Found, LeftOut

MAIN = r"""\documentclass[a4]{article} % a comment
\usepackage{graphicx}
\newcommand{\both}[2]{#1 and \emph{#2}}
\def\ours{Ours{}}
\title{A \emph{great} \LaTeX{} Title\thanks{me}}
\begin{document}
\maketitle
\begin{abstract}
We show 50\% of things --- ``really''. % hidden
\end{abstract}
\section{Intro}\label{sec:a}
Na\"{\i}ve caf\'e, Erd\H{o}s~\cite{a,b} (\cite{z}). \both{One}{two} \ours{} here.
It costs 5\$, and $x^2 + \alpha$.\footnote{A note.}
\input{parts/more}
\input{/etc/passwd}\input{../../../etc/passwd}
\begin{equation}\label{e} E = mc^2 \end{equation}
\begin{figure}\includegraphics[width=2cm]{fig/one}\caption{What $y$ shows.}\end{figure}
\begin{itemize} \item one
\item[two] three \end{itemize}
\begin{tabular}{ll} a & b \end{tabular}
\begin{verbatim}
x % y {
\end{verbatim}
\begin{thebibliography}{9}\bibitem{a} Nobody\end{thebibliography}
\end{document}
left over"""
PARAGRAPHS = [
    "A great LaTeX Title",
    "We show 50% of things — “really”.",
    "Intro",
    (
        "Naïve café, Erdős. One and two Ours here. It costs 5$, and $x^2 + \\alpha$. (A note.) "
        "More words."
    ),
    "$$E = mc^2$$",
    "- one",
    "- two: three",
    "x % y {",
]
MEMBERS = {
    "parts/more.tex": b"More words. \\input{main} \\includegraphics{two.pdf}",
    "fig/one.pdf": pdf([["axis label"]]),
    "fig/two.pdf": pdf([["other label"]]),
    "main.tex": MAIN.encode(),
    "old.tex": b"An old part.",
    "paper.sty": b"\\def\\x{y}",
    "refs.bib": b"@article{a}",
}


def files_of(output: Path) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads((output / "files.json").read_text())
    return entries


def text(tex: str, **choices: object) -> str:
    return text_of(put_together("a.tex", {"a.tex": tex}), Choices(**choices))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_paper_is_put_together_from_the_parts_of_its_archive(tmp_path, kind):
    packed = packed_zip(MEMBERS) if kind == "zip" else gzip.compress(packed_tar(MEMBERS), mtime=0)
    reading = read(tmp_path, kind, packed, name=f"2301.00001.{kind}")
    assert [text.split("\n\n") for text in reading.texts] == [PARAGRAPHS]
    (row,) = reading.rows
    assert (row["member"], row["line"]) == ("main.tex", 6)
    assert json.loads(str(row["meta"])) == {"title": "A great LaTeX Title"}
    result = reading.result
    assert result.num_documents == 1
    assert result.left_out == {
        "pictures that papers in LaTeX show (PDF)": 2,
        "members without text of their own (styles, bibliographies, drawings)": 2,
    }
    assert [(fault["member"], fault["reason"][:28]) for fault in result.faults] == [
        ("old.tex", "no file with \\begin{document")
    ]
    assert list(result.warnings) == [
        "parts of LaTeX documents (\\input) that are not beside them in the archive"
    ]


def test_papers_in_an_archive_of_archives_are_known_by_what_they_hold(tmp_path):
    alone = b"\\documentclass{article}\n\\begin{document}Alone.\\end{document}"
    members = {
        "2301/2301.00001.gz": gzip.compress(packed_tar(MEMBERS)),
        "2301/2301.00002.gz": gzip.compress(alone),
        "2301/2301.00003.gz": gzip.compress(alone.replace(b"Alone", b"Other")),
    }
    reading = read(tmp_path, "tar", packed_tar(members), name="arXiv_src.tar")
    assert [row["member"] for row in reading.rows] == [
        "2301/2301.00001.gz!/main.tex", "2301/2301.00002.gz!/2301.00002",
        "2301/2301.00003.gz!/2301.00003",
    ]  # fmt: skip
    assert reading.texts[1:] == ["Alone.", "Other."]


def test_an_archive_of_parts_alone_gives_each_of_them(tmp_path):
    members = {"a.tex": b"First part.", "b.tex": b"Second part."}
    assert read(tmp_path, "zip", packed_zip(members)).texts == ["First part.", "Second part."]


def test_formulas_and_captions_are_options(tmp_path):
    shown = text(MAIN, math="placeholder", keeps_captions=True)
    assert "and [math]. (A note.)" in shown
    assert "\n\n[math]\n\nWhat [math] shows.\n\n" in shown
    dropped = text(MAIN, math="drop")
    assert "mc" not in dropped
    assert "What" not in dropped


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("x", "x"),
        ("50\\% % gone", "50%"),
        ("a\n% whole line\nb", "a b"),
        ("a\n\n\nb", "a\n\nb"),
        ("\\textbf{bold \\emph{both}} {\\it old}", "bold both old"),
        ("\\unknown[option]{kept}", "kept"),
        ("\\href{http://x}{label}", "label"),
        ("\\'{E}a \\c{c} \\ss \\o \\~n \\v s", "Éa ç ßøñ š"),
        ("中文$x$。", "中文$x$。"),
        ("costs $5 and\n\nmore $6", "costs $5 and\n\nmore $6"),
        ("\\verb|a_b $| c", "a_b $ c"),
        ("\\verb|5%| of it % gone", "5% of it"),
        ("see \\url{http://a/b%20c} there\nand on", "see http://a/b%20c there and on"),
        ("see % \\url{http://a%20b}\nhere", "see here"),
        ("\\newcommand{\\a}{\\a\\a}\\a", ""),
        ("a \\begin{comment} hidden \\end{comment} b", "a b"),
        ("{unclosed \\section{head", "unclosed\n\nhead"),
    ],
)
def test_a_line_of_latex(tex, expected):
    assert text(tex) == expected


def test_a_file_without_text_is_refused_and_a_file_alone_says_what_is_missing(tmp_path):
    refused = read(tmp_path, "latex", b"\\documentclass{x}\\begin{document}\\end{document}")
    assert refused.result.refused.startswith("shows no text")
    alone = read(tmp_path, "latex", b"Words. \\input{other}", name="a.tex")
    assert alone.texts == ["Words."]
    assert len(alone.result.warnings) == 1


def test_other_encodings_are_found(tmp_path):
    tex = "Die Größe der Äpfel überrascht die Gärtner in Köln natürlich. " * 3
    assert read(tmp_path, "latex", tex.encode("latin-1"), name="a.tex").texts == [tex.strip()]


def test_files_that_take_each_other_in_a_thousand_times_end_soon(tmp_path, monkeypatch):
    monkeypatch.setattr(latex_source, "MAX_SOURCE_CHARACTERS", 1 << 20)
    members = {f"{n}.tex": b"words " * 2_000 + b"\\input{%d}" % (n + 1) * 4 for n in range(12)}
    members["main.tex"] = b"\\begin{document}\\input{0}\\end{document}"
    start = time.process_time()
    reading = read(tmp_path, "zip", packed_zip(members))
    assert time.process_time() - start < 10
    assert 100_000 < len(reading.texts[0]) <= 1 << 20


def test_a_folder_is_put_together_like_an_archive(tmp_path):
    folder = tmp_path / "paper"
    for name, data in (MEMBERS | {"notes.tex": b"Words of no paper."}).items():
        if name.endswith(".tex"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    (tmp_path / "alone.tex").write_bytes(b"Alone. \\input{paper/old}")
    inputs = [{"path": "../paper"}, {"path": "../alone.tex"}]
    output = run_verb("extract", tmp_path / "job", inputs=inputs)
    texts = {row["origin"]["file"]: row["text"] for row in documents_in(output)}
    assert texts["paper/main.tex"].split("\n\n") == PARAGRAPHS
    assert texts["paper/notes.tex"] == "Words of no paper."
    assert texts["alone.tex"] == "Alone."
    assert "paper/parts/more.tex" not in texts
    refused = {entry["name"]: entry["refused"] for entry in files_of(output)}
    assert "a part of paper/main.tex, which takes it in" in refused["paper/parts/more.tex"]


def test_a_folder_of_many_papers_is_gone_through_once(tmp_path, monkeypatch):
    for number in range(40):
        paper = tmp_path / f"papers/{number}"
        paper.mkdir(parents=True)
        body = f"\\begin{{document}}Paper {number}. \\input{{part}}\\end{{document}}"
        (paper / "main.tex").write_text(body)
        (paper / "part.tex").write_text(f"Its part {number}.")
    parts = {str(path.relative_to(tmp_path)): str(path) for path in sorted(tmp_path.rglob("*.tex"))}
    taken: list[str] = []
    monkeypatch.setattr(
        latex, "put_together", lambda name, files: taken.append(name) or put_together(name, files)
    )
    options = ReadOptions(latex_parts=parts)
    for name, path in parts.items():
        with Path(path).open("rb", buffering=0) as file:
            item = next(iter(latex.read(ByteSource(name, cast("BinaryIO", file)), options)))
        number = name.split("/")[1]
        if name.endswith("main.tex"):
            assert isinstance(item, Found)
            assert item.text == f"Paper {number}. Its part {number}."
        else:
            assert item == LeftOut(f"a part of papers/{number}/main.tex, which takes it in")
    # Each paper once for its text, once for what it takes in.
    assert len(taken) == 80


def test_a_part_may_stand_beside_the_folder_of_its_paper(tmp_path):
    for name, tex in {
        "p/main/main.tex": "\\begin{document}Words. \\input{../more/a}\\end{document}",
        "p/more/a.tex": "And more.",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(tex)
    output = run_verb("extract", tmp_path / "job", inputs=[{"path": "../p"}])
    assert [row["text"] for row in documents_in(output)] == ["Words. And more."]


EVIL = [
    "{", "}", "\\cite{", "$", "$ ", "\\begin{a}", "\\end{a}", "\\begin{verbatim}", "\\", "\\(",
    "\\item[", "\\def\\a{", "\\begin{comment}", "\\verb", " ", "\\title{", "( ", "\\input{a}",
    "\\newcommand{\\a}[1]{#1}\\a{", "\\url{a%", "\\verb|%\n",
]  # fmt: skip


@pytest.mark.parametrize("evil", EVIL)
def test_no_latex_takes_long(evil):
    start = time.process_time()
    text(evil * 50_000, keeps_captions=True)
    assert time.process_time() - start < 4


def test_a_tex_file_is_known_by_its_ending_or_its_first_command():
    assert recognised("a.tex", b"words", 5).format == "latex"
    head = b"% note\n\\documentclass{article}"
    assert recognised("2301.00001", head, len(head)).format == "latex"
    assert recognised("a.txt", head, len(head)).format == "txt"


def test_a_picture_alone_in_a_tar_is_still_a_document(tmp_path):
    members = {"one.pdf": pdf([["words of it"]]), "notes.txt": b"words"}
    data = io.BytesIO(packed_tar(members)).getvalue()
    assert len(read(tmp_path, "tar", data).texts) == 2
