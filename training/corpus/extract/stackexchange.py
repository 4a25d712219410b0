"""Posts.xml of StackExchange: a question with its best answers is a document.

Answers stand anywhere behind their question, so posts are sorted by thread in a temporary database
on the disk; memory does not grow with the file. Documents come in the order of the questions' ids.
Bodies are HTML and become text; score, tags and address go along as ``meta``.
"""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby

from training.corpus.extract.bytesource import ByteSource
from training.corpus.extract.html import text_of_markup
from training.corpus.extract.lines import text_fault, text_warnings
from training.corpus.extract.options import ReadOptions
from training.corpus.extract.records import Fault, Found, Item, LeftOut
from training.corpus.extract.xml_records import Element, records

_QUESTION, _ANSWER = "1", "2"
_TABLE = """CREATE TABLE posts (
    thread INTEGER, is_answer INTEGER, place INTEGER, id INTEGER, score INTEGER, accepted INTEGER,
    title TEXT, tags TEXT, date TEXT, licence TEXT, body TEXT, line INTEGER, start INTEGER,
    PRIMARY KEY (thread, is_answer, place, id)
) WITHOUT ROWID"""
_INSERT = f"INSERT OR IGNORE INTO posts VALUES ({', '.join('?' * 13)})"
_SELECT = """SELECT thread, is_answer, id, score, accepted, title, tags, date, licence, body, line,
    start FROM posts ORDER BY thread, is_answer, place, id"""
_TAG = re.compile(r"[^<>|]+")


@dataclass(frozen=True)
class _Post:
    thread: int
    is_answer: bool
    id: int
    score: int
    accepted: int
    title: str
    tags: str
    date: str
    licence: str
    body: str
    line: int
    offset: int


def read(source: ByteSource, options: ReadOptions) -> Iterator[Item]:
    """Documents of Posts.xml, one per question that is taken."""
    with (
        tempfile.TemporaryDirectory(dir=options.spool_folder or None) as folder,
        closing(sqlite3.connect(f"{folder}/posts", isolation_level=None)) as database,
    ):
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536"):
            database.execute(f"PRAGMA {pragma}")
        database.execute(_TABLE)
        database.execute("BEGIN")
        yield from _stored(source, database)
        posts = (_Post(*row) for row in database.execute(_SELECT))
        for _, thread in groupby(posts, key=lambda post: post.thread):
            yield from _documents(thread, options)


def _stored(source: ByteSource, database: sqlite3.Connection) -> Iterator[Item]:
    """Every post goes into the database; faults and what is no post come out."""
    for row in records(source, frozenset(("row",))):
        if isinstance(row, Fault):
            yield row
            continue
        kind = row.attributes.get("PostTypeId", "")
        if kind not in (_QUESTION, _ANSWER):
            yield LeftOut("posts that are neither questions nor answers (tag wikis and the like)")
            continue
        try:
            values = _values(row, is_answer=kind == _ANSWER)
        except ValueError:
            yield Fault(
                row.line, "the post has no whole number as Id, ParentId or Score",
                what="record", offset=row.offset,
            )  # fmt: skip
            continue
        if database.execute(_INSERT, values).rowcount == 0:
            yield LeftOut("posts that stand in the file twice")


def _values(row: Element, *, is_answer: bool) -> tuple[int | str, ...]:
    """The columns of a post; answers of one question in the order of their score."""
    at = row.attributes
    number, score = _integer(at.get("Id", "")), _integer(at.get("Score", "0"))
    thread = _integer(at.get("ParentId", "")) if is_answer else number
    accepted = _integer(at.get("AcceptedAnswerId") or "0")
    texts = [at.get(name, "") for name in ("Title", "Tags", "CreationDate", "ContentLicense")]
    place = (thread, int(is_answer), -score, number, score, accepted)
    return (*place, *texts, at.get("Body", ""), row.line, row.offset)


def _integer(text: str) -> int:
    """ValueError when it is none, or none that a database holds."""
    if len(text) > 18:
        raise ValueError(text)
    return int(text)


def _documents(thread: Iterator[_Post], options: ReadOptions) -> Iterator[Item]:
    """The document of one question, or why there is none."""
    question = next(thread)
    if question.is_answer:
        yield LeftOut("answers whose question is not in the file", 1 + sum(1 for _ in thread))
        return
    if question.score < options.min_question_score:
        yield LeftOut("questions with a lower score than asked for, and their answers")
        return
    answers, left = _best(thread, question, options)
    if left:
        yield LeftOut("answers with a lower score than asked for, or beyond the number", left)
    bodies = [text for post in (question, *answers) if (text := text_of_markup(post.body))]
    text = "\n\n".join(filter(None, [text_of_markup(question.title), *bodies]))
    if not text:
        yield LeftOut("posts without text")
    elif fault := text_fault(text):
        yield Fault(question.line, f"the post {fault}", what="record", offset=question.offset)
    else:
        yield from text_warnings(text)
        meta = _meta(question, answers)
        yield Found(question.id, text, question.line, question.offset, meta)


def _best(
    thread: Iterator[_Post], question: _Post, options: ReadOptions
) -> tuple[list[_Post], int]:
    """The accepted answer, then the others by score, as many as are taken; and how many are not.

    A thread may have ten thousand answers: only those that may be taken are kept.
    """
    accepted: list[_Post] = []
    others: list[_Post] = []
    num_answers = 0
    for post in thread:
        num_answers += 1
        if post.score < options.min_answer_score:
            continue
        if post.id == question.accepted:
            accepted.append(post)
        elif len(others) < options.max_answers:
            others.append(post)
    taken = [*accepted, *others][: options.max_answers]
    return taken, num_answers - len(taken)


def _meta(question: _Post, answers: list[_Post]) -> str:
    found = {
        "id": question.id,
        "title": question.title[:500],
        "tags": _TAG.findall(question.tags)[:50],
        "date": question.date[:40],
        "licence": question.licence[:100],
        "score": question.score,
        "answer_scores": [post.score for post in answers],
        "has_accepted_answer": any(post.id == question.accepted for post in answers),
    }
    return json.dumps({k: v for k, v in found.items() if v not in ("", [])}, ensure_ascii=False)
