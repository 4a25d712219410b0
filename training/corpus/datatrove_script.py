"""Rules as a Python script for DataTrove 0.10: the nearest pipeline, and what it does otherwise.

Nothing of DataTrove is imported here, and nothing of it is needed to write the script. Most of its
filters measure something else than ours under the same name; the script says so above each.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from training.registry import RULES, SIGNALS
from training.specs.rules import RulesPart

#: Rule -> (parameter of the filter, field of the rule).
_Mapping = Mapping[str, tuple[tuple[str, str], ...]]
_QUALITY: _Mapping = {
    "word_count": (("min_doc_words", "at_least"), ("max_doc_words", "at_most")),
    "mean_word_length": (("min_avg_word_length", "at_least"), ("max_avg_word_length", "at_most")),
    "symbols": (("max_symbol_word_ratio", "at_most"),),
    "bullet_lines": (("max_bullet_lines_ratio", "at_most"),),
    "ellipsis_lines": (("max_ellipsis_lines_ratio", "at_most"),),
    "alphabetic_words": (("max_non_alpha_words_ratio", "at_least"),),
    "distinct_stop_words": (("min_stop_words", "at_least"),),
}
_REPETITION: _Mapping = {
    "duplicate_lines": (("dup_line_frac", "at_most"),),
    "duplicate_paragraphs": (("dup_para_frac", "at_most"),),
    "duplicate_line_characters": (("dup_line_char_frac", "at_most"),),
    "duplicate_paragraph_characters": (("dup_para_char_frac", "at_most"),),
}
_FINEWEB: _Mapping = {
    "ended_lines": (("line_punct_thr", "at_least"),),
    "short_lines": (("short_line_thr", "at_most"),),
    "newlines": (("new_line_ratio", "at_most"),),
}
#: What switches a check of the FineWeb filter off: it has no None.
_NEVER = {"line_punct_thr": 0.0, "short_line_thr": 1.0, "new_line_ratio": 1e9}
#: Checks of the C4 filter that take lines out of texts, which no rule here does.
_C4_EDITS = (
    "split_paragraph",
    "remove_citations",
    "filter_no_terminal_punct",
    "filter_javascript",
    "filter_policy",
)
#: Characters of a paragraph that counts, which its filter does not let one choose.
_C4_PARAGRAPH = 200
#: Stands for 0 where a filter takes 0 for "no limit".
_ALMOST_NOTHING = 1e-9
_TOP = {f"top_{size}grams": size for size in (2, 3, 4)}
_REPEATED = {f"repeated_{size}grams": size for size in range(5, 11)}
_WIDTH = 96


def pipeline_script(rules: RulesPart, routes: Mapping[str, str], title: str) -> str:
    """The text of the script; ``routes`` are told, DataTrove has none."""
    on = {
        name: values
        for name in type(rules).model_fields
        if (values := getattr(rules, name).model_dump(mode="json"))["is_on"]
    }
    filters = [*_quality(on), *_repetition(on), *_fineweb(on), *_c4(on), *_language(on)]
    told = set().union(*(names for names, _ in filters), {"near_duplicates"})
    left_out = [name for name in on if name not in told]
    search = rules.near_duplicates.model_dump(mode="json") if "near_duplicates" in on else None
    body = [_HEAD.format(title=_one_line(title)), *_left_out(left_out, on, routes), "FILTERS = ["]
    for names, lines in filters:
        body += [f"    # {line}" for line in _differences(names)]
        body += [f"    {line}" for line in lines]
    body += ["]", _minhash(search) if search else _PLAIN]
    return "\n".join(body)


def _quality(on: Mapping[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    names = [name for name in _QUALITY if name in on]
    if names:
        given = _limits(_given(_QUALITY, on))
        missing = {one for pairs in _QUALITY.values() for one, _ in pairs} - given.keys()
        yield names, _call("GopherQualityFilter", given | dict.fromkeys(sorted(missing), None))


def _repetition(on: Mapping[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    given = _limits(_given(_REPETITION, on))
    top = tuple((size, on[name]["at_most"]) for name, size in _TOP.items() if name in on)
    repeated = tuple((size, on[name]["at_most"]) for name, size in _REPEATED.items() if name in on)
    names = [name for name in (*_REPETITION, *_TOP, *_REPEATED) if name in on]
    if names:
        missing = {one for pairs in _REPETITION.values() for one, _ in pairs} - given.keys()
        given |= dict.fromkeys(sorted(missing), None)
        given |= {"top_n_grams": top, "dup_n_grams": repeated}
        yield names, _call("GopherRepetitionFilter", given)


def _fineweb(on: Mapping[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    names = [name for name in _FINEWEB if name in on]
    if names:
        # Its own check of repeated lines is off: the one above has the threshold.
        given = {**_NEVER, **_given(_FINEWEB, on), "char_duplicates_ratio": 1.0}
        yield names, _call("FineWebQualityFilter", given)


def _c4(on: Mapping[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    names = [name for name in ("sentences", "lorem_ipsum", "curly_brackets") if name in on]
    if names:
        given: dict[str, Any] = dict.fromkeys(_C4_EDITS, False)
        given |= {"min_words_per_line": -1, "max_word_length": -1}
        given |= {"min_num_sentences": on["sentences"]["at_least"] if "sentences" in on else -1}
        given |= {"filter_lorem_ipsum": "lorem_ipsum" in on}
        given |= {"filter_curly_bracket": "curly_brackets" in on}
        yield names, _call("C4QualityFilter", given)
    if on.get("long_lines", {}).get("at_least") == _C4_PARAGRAPH:
        yield ["long_lines"], _call("C4ParagraphFilter", {})


def _language(on: Mapping[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    if rule := on.get("language"):
        given = {"languages": rule["languages"], "language_threshold": rule["at_least"]}
        yield ["language"], _call("LanguageFilter", given)


def _given(mapping: _Mapping, on: Mapping[str, Any]) -> dict[str, Any]:
    return {
        parameter: on[name][field]
        for name, pairs in mapping.items()
        if name in on
        for parameter, field in pairs
    }


def _limits(given: dict[str, Any]) -> dict[str, Any]:
    """Limits of filters that look whether there is one by whether it is not 0."""
    is_most = {name for name in given if name.startswith(("max_", "dup_"))} - {
        "max_non_alpha_words_ratio"
    }
    return {
        name: _ALMOST_NOTHING if name in is_most and value == 0 else value
        for name, value in given.items()
    }


def _call(name: str, parameters: Mapping[str, Any]) -> list[str]:
    if not parameters:
        return [f"{name}(),"]
    inside = [f"    {key}={value!r}," for key, value in parameters.items()]
    return [f"{name}(", *inside, "),"]


def _differences(names: list[str]) -> Iterator[str]:
    """What DataTrove, or others, count otherwise, as the signals' definitions say."""
    for name in names:
        signal = SIGNALS.get(getattr(RULES[name].load(), "signal", ""))
        others = _one_line(getattr(signal, "others", "")) if signal else ""
        text = f"{RULES[name].title}. {others}" if others else f"{RULES[name].title}."
        yield from textwrap.wrap(text, _WIDTH - 6)


def _left_out(names: list[str], on: Mapping[str, Any], routes: Mapping[str, str]) -> list[str]:
    lines = []
    for name in names:
        limits = ", ".join(
            f"{key} {value!r}" for key, value in on[name].items() if key != "is_on" and value != ""
        )
        lines += textwrap.wrap(_one_line(f"{RULES[name].title} ({limits})."), _WIDTH - 4)
    for language, preset in routes.items():
        lines.append(f"Documents of the language {language} by the preset {preset}.")
    if not lines:
        return ["# Every rule that is on has a filter here.", ""]
    return [
        "# On in Trainyard, and without a filter in DataTrove:",
        *(f"# * {x}" for x in lines),
        "",
    ]


def _one_line(text: str) -> str:
    """Without line breaks and quotes that would end a comment or a docstring."""
    return " ".join(str(text).replace('"', "'").replace("\\", "/").split())


def _minhash(search: Mapping[str, Any]) -> str:
    return _MINHASH.format(
        words=search["shingle_words"],
        bands=search["bands"],
        rows=search["rows"],
        jaccard=search["jaccard"],
    )


_HEAD = '''"""{title}: the nearest DataTrove pipeline (0.10), written by Trainyard.

Run: pip install "datatrove[io,processing]==0.10.1"; python THIS_FILE INPUT_FOLDER WORK_FOLDER
INPUT_FOLDER holds .jsonl files (also .gz or .zst) with the fields text and id. DataTrove drops a
document at its first filter, so its reasons are the first ones only, and definitions differ as the
comments say: numbers of kept documents will differ too.
"""

import sys

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import (
    C4ParagraphFilter,
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    LanguageFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

TASKS = 4
'''
_PLAIN = '''

def stages(inputs, work):
    """Read, filter, write."""
    steps = [JsonlReader(inputs), *FILTERS, JsonlWriter(f"{work}/kept")]
    return [LocalPipelineExecutor(steps, tasks=TASKS, logging_dir=f"{work}/logs")]


if __name__ == "__main__":
    for stage in stages(*sys.argv[1:3]):
        stage.run()
'''
_MINHASH = '''
# Near duplicates. DataTrove joins every pair that shares a band and checks none of them, so it also
# drops pairs below the Jaccard of {jaccard}; of a cluster the first copy stays, not the best one.
MINHASH = MinhashConfig(n_grams={words}, num_buckets={bands}, hashes_per_bucket={rows})


def stages(inputs, work):
    """Filter; signatures, buckets and clusters; write one of each cluster."""
    kept = f"{{work}}/filtered"
    steps = [
        [JsonlReader(inputs), *FILTERS, JsonlWriter(kept)],
        [JsonlReader(kept), MinhashDedupSignature(f"{{work}}/signatures", config=MINHASH)],
        [MinhashDedupBuckets(f"{{work}}/signatures", f"{{work}}/buckets", config=MINHASH)],
        [MinhashDedupCluster(f"{{work}}/buckets", f"{{work}}/removed", config=MINHASH)],
        [JsonlReader(kept), MinhashDedupFilter(f"{{work}}/removed"), JsonlWriter(f"{{work}}/kept")],
    ]
    tasks = [TASKS, TASKS, MINHASH.num_buckets, 1, TASKS]
    return [
        LocalPipelineExecutor(one, tasks=number, logging_dir=f"{{work}}/logs/{{place}}")
        for place, (one, number) in enumerate(zip(steps, tasks))
    ]


if __name__ == "__main__":
    for stage in stages(*sys.argv[1:3]):
        stage.run()
'''
