"""Search in a corpus, for the verb: a line for every hit, and all of it in ``hits.json``."""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from training.corpus.search.corpus import CorpusSearch
from training.corpus.search.phrase import Phrase
from training.corpus.stopping import check_stop, ends_on_stop
from training.events import EventKind
from training.folder.job import Job
from training.planning.machine import num_cores
from training.specs.search import SearchSpec

HITS_FILE = "hits.json"
_SHOWN = 60


def search_corpus(spec: SearchSpec, job: Job) -> None:
    """Search the whole corpus; DataError when there is nothing to look for."""
    phrase = Phrase.of(spec.phrase, ignores_case=spec.ignore_case)
    folder = job.input(spec.corpus, "corpus")
    search = CorpusSearch(folder, num_workers=min(8, num_cores()))
    if not search.searcher.has_index:
        job.warn("The corpus has no index for search, so all of its text is read.")
    asked = {
        "phrase": phrase.text,
        "ignore_case": spec.ignore_case,
        "among": spec.among,
        "corpus": search.corpus.manifest.id,
        "documents_id": search.corpus.info.documents_id,
    }
    draft = job.folder.root / f"{HITS_FILE}.tmp"
    with ends_on_stop(job), draft.open("w", encoding="utf-8") as file:
        # Written as they come: a common word has more hits than fit into memory.
        file.write(f'{json.dumps(asked, ensure_ascii=False)[:-1]}, "documents": [\n')
        told = _write_hits(spec, phrase, search, job, file)
        file.write(f"\n], {json.dumps(told)[1:]}\n")
        file.close()
        draft.replace(job.folder.root / HITS_FILE)
        hits, documents = told["num_hits"], told["num_documents"]
        sys.stdout.write(
            f"{hits:,} {'hit' if hits == 1 else 'hits'} in "
            f"{documents:,} {'document' if documents == 1 else 'documents'}\n"
        )
        job.events.write(EventKind.FINISHED, **told)
    draft.unlink(missing_ok=True)


def _write_hits(
    spec: SearchSpec, phrase: Phrase, search: CorpusSearch, job: Job, file: TextIO
) -> dict[str, int]:
    """Write and print every document with its hits, up to the limits; counts of all."""
    left = most = spec.max_documents or search.num_documents
    num_documents = num_hits = 0
    limits = {"most_documents": most, "most_hits": spec.max_hits}
    for piece in search.search(phrase, spec.among, **limits):
        check_stop(job)
        num_documents += piece.num_documents
        num_hits += piece.num_hits
        for found in piece.found[:left]:
            row = search.row(found)
            file.write(",\n" if left < most else "")
            file.write(json.dumps(row, ensure_ascii=False))
            sys.stdout.write("".join(lines_of(row)))
            left -= 1
        job.progress(piece.stop, search.num_documents, "documents")
    return {"num_documents": num_documents, "num_hits": num_hits}


def lines_of(row: dict[str, Any]) -> list[str]:
    """``file, page 3, line 7 [source] document 12, line 5: before [hit] after``, one each."""
    place = place_of(row)
    return [f"{place}, line {hit['line']}: {around(hit)}\n" for hit in row["hits"]]


def place_of(row: dict[str, Any]) -> str:
    """File, page and line, source, and the document's number."""
    origin = row["origin"]
    where = [str(origin.get("file") or "")]
    where += [str(origin["member"])] if origin.get("member") else []
    where += [f"{name} {origin[name]}" for name in ("page", "line") if origin.get(name)]
    return f"{', '.join(filter(None, where))} [{row['source']}] document {row['index']}"


def around(hit: dict[str, Any]) -> str:
    """The hit in its context, on one line, and nothing that a terminal would obey."""
    text = f"{hit['before'][-_SHOWN:]}[{hit['match']}]{hit['after'][:_SHOWN]}"
    return "".join(sign if sign.isprintable() else " " for sign in text)
