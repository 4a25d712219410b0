"""Each rule drops what it says, with a reason that holds value and threshold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.corpus.tables import table_of
from training.corpus.funnel import apply_rules
from training.errors import SpecError
from training.registry import RULE_PRESETS, RULES
from training.specs.clean import CleanSpec
from training.specs.rule_presets import BOOKS
from training.specs.rules import RulesPart

FIVE_LINES = "\n".join(f"This is line {word} of the five." for word in ("1", "2", "3", "4", "5"))
SAME_LINES = "\n".join(["Home | About | Contact"] * 4 + ["A line of its own."])
SPACELESS = "\n".join(["Donaudampfschifffahrtsgesellschaftskapitän"] * 5)
CHINESE = """子曰：学而时习之，不亦说乎？
有朋自远方来，不亦乐乎？
人不知而不愠，不亦君子乎？
吾日三省吾身，为人谋而不忠乎？
与朋友交而不信乎？传不习乎？"""


def reason_for(rule_name: str, text: str, **options: object) -> str:
    """Why the rule drops this text, empty when it keeps it."""
    table = table_of([text])
    rule = RULES[rule_name].load()(RULES[rule_name].load_spec()(**options))
    dropped = rule.drops(table, np.ones(1, dtype=bool))
    return rule.reason(table, 0) if dropped[0] else ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "0 words, fewer than 5"),
        ("a", "1 word, fewer than 5"),
        (" \n\n ", "0 words, fewer than 5"),
        (SPACELESS, ""),
        (FIVE_LINES, "35 words, more than 20"),
        ("one two three four five", ""),
        (CHINESE, "57 words, more than 20"),
    ],
)
def test_word_count(text, reason):
    assert reason_for("word_count", text, at_least=5, at_most=20) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "0.0% function words, fewer than 20.0%"),
        ("a", ""),
        ("\n\n", "0.0% function words, fewer than 20.0%"),
        (SPACELESS, "0.0% function words, fewer than 20.0%"),
        (FIVE_LINES, ""),
        ("apples pears plums figs the", ""),
        ("apples pears plums figs grapes the", "16.7% function words, fewer than 20.0%"),
        (CHINESE, ""),
    ],
)
def test_stop_words(text, reason):
    assert reason_for("stop_words", text, at_least=0.2) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", ""),
        ("a", ""),
        ("\n\n\n", ""),
        (FIVE_LINES, ""),
        (SAME_LINES, "60.0% of the lines repeat an earlier one, more than 30.0%"),
        (SPACELESS, "80.0% of the lines repeat an earlier one, more than 30.0%"),
        (CHINESE, ""),
        (
            "\n".join(["重复的一行。"] * 5),
            "80.0% of the lines repeat an earlier one, more than 30.0%",
        ),
    ],
)
def test_duplicate_lines(text, reason):
    assert reason_for("duplicate_lines", text) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", ""),
        ("a", ""),
        ("  ", ""),
        ("never again the same words in this text", ""),
        (SPACELESS, ""),
        (
            "buy cheap watches online now " * 4,
            "75.0% of the text is in repeated runs of five words, more than 15.0%",
        ),
        (CHINESE, ""),
        (
            "买便宜手表" * 4,
            "75.0% of the text is in repeated runs of five words, more than 15.0%",
        ),
    ],
)
def test_repeated_5grams(text, reason):
    assert reason_for("repeated_5grams", text) == reason


def dropped_duplicates(texts, sources=None, survivors=None, **options):
    table = table_of(texts, sources)
    rule = RULES["exact_duplicates"].load()(RULES["exact_duplicates"].load_spec()(**options))
    alive = np.ones(len(texts), dtype=bool) if survivors is None else np.array(survivors)
    return np.flatnonzero(rule.drops(table, alive)).tolist(), rule, table


def test_one_of_equal_texts_is_kept_and_named():
    texts = ["same text", "other", "same  text\n", "", "same text", ""]
    dropped, rule, table = dropped_duplicates(texts)
    assert len(dropped) == 3
    groups = [{0, 2, 4}, {3, 5}]
    for group in groups:
        (kept,) = group - set(dropped)
        for index in group & set(dropped):
            expected = f"the same text as {table.doc_id(kept)}, which is kept"
            assert rule.reason(table, index) == expected


def test_the_best_source_wins_then_the_longer_text_then_the_smaller_id():
    texts = ["same text"] * 3
    assert dropped_duplicates(texts, ["b", "a", "c"])[0] == [0, 2]
    assert dropped_duplicates(texts, ["b", "a", "c"], source_order=["c"])[0] == [0, 1]
    assert dropped_duplicates(["same text", "same   text", "same text"])[0] == [0, 2]
    table = table_of(texts)
    smallest = min(range(3), key=table.doc_id)
    assert dropped_duplicates(texts)[0] == [index for index in range(3) if index != smallest]


def test_a_copy_that_another_rule_dropped_does_not_take_its_twin_along():
    texts = ["same text", "same text"]
    for alive in ([True, False], [False, True]):
        assert dropped_duplicates(texts, survivors=alive)[0] == []


def test_each_rule_has_a_field_a_row_and_a_spec():
    assert set(RulesPart.model_fields) == set(RULES)
    for name, field in RulesPart.model_fields.items():
        assert field.annotation is RULES[name].load_spec()


ENGLISH_PROSE = """When the tide went out that morning the boats lay on the sand like sleeping
cattle, and the men who had been up all night with the nets walked home between them without a
word. Nobody asked what they had caught. It was enough to look at the baskets, which were light,
and at their faces, which were not. Only the youngest of them was singing. It was a song about a
harbour that none of them had ever seen."""
CHINESE_PROSE = """早上潮水退去以后，渔船都躺在沙滩上，整夜撒网的人们从船边走回家，一句话也没有说。
没有人问他们捕到了什么，只要看看那些很轻的篮子和他们疲倦的脸就够了。只有最年轻的那个人还在唱歌，他的声音
被风吹到了村子里，孩子们都跑出来听。"""


CHINESE_MORE = """
老人说，他年轻的时候，这片海里的鱼多得数不清，一个晚上打上来的就够全村吃一个月。后来来了大船，用的网又密
又深，几年之后海就空了，连最老的渔夫也不记得有过这样的日子。他不怪谁，只是觉得可惜，因为孩子们再也不知道那时候的早晨是什么样子。"""
PROGRAM = '''# Counts the words of the files that are named on the command line.
import sys
from collections import Counter


def count_words(path):
    """How often each word stands in a file."""
    with open(path) as file:
        return Counter(file.read().split())


def main():
    total = Counter()
    for path in sys.argv[1:]:
        total += count_words(path)
    for word, number in total.most_common(10):
        print(number, word)
'''
DIALOGUE = """Ada: Have you seen the new engine?
Charles: Not yet. Is it running?
Ada: Since this morning, and nobody knows when it will stop.
Charles: Then I had better come and see it before it does.
Ada: Bring your notes."""


@pytest.mark.parametrize(
    ("preset", "text"),
    [
        ("english_web", ENGLISH_PROSE),
        ("english_gopher", ENGLISH_PROSE),
        ("c4", ENGLISH_PROSE),
        ("chinese_web", CHINESE_PROSE),
        ("chinese_strict", CHINESE_PROSE + CHINESE_MORE),
        ("code", PROGRAM),
        ("chat", DIALOGUE),
    ],
)
def test_presets_keep_prose_of_their_language_and_drop_a_line_of_it(preset, text):
    kept = apply_rules(
        table_of([text, text.split(",")[0][:20]]), RULE_PRESETS[preset].load()
    ).is_kept
    assert kept.tolist() == [True, False]


def test_english_web_pages_are_english_as_fineweb_has_it():
    rule = RULE_PRESETS["english_web"].load().language
    assert (rule.is_on, rule.languages, rule.at_least) == (True, ["en"], 0.65)


def test_books_are_long_and_do_not_repeat_themselves(shared_data: Path):
    plays = (shared_data / "corpora" / "tinyshakespeare.txt").read_text()
    texts = [plays[:200_000], plays[:5_000], "the same line of text. " * 2_000]
    assert apply_rules(table_of(texts), BOOKS).is_kept.tolist() == [True, False, False]


def test_every_preset_has_a_rule_set_that_the_spec_accepts():
    for name in RULE_PRESETS:
        parsed = CleanSpec.parse({"documents": "d", "preset": name})
        assert parsed.rules == RULE_PRESETS[name].load()


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("Le bateau a quitté le port avant le lever du soleil.", {"at_least": 0.5},
         "the language is fr (0.94), not en"),
        ("那条船在太阳升起之前就离开了港口。", {"languages": ["en", "de"]},
         "the language is zh (0.97), not en or de"),
        ("The boat left the harbour before the sun was up.", {"at_least": 0.5}, ""),
        ("The boat left the harbour before the sun was up.", {"at_least": 1.0}, "en with a score"),
        ("1 + 1 = 2", {}, "no language: there are no letters"),
        ("", {}, "no language: there are no letters"),
    ],
)  # fmt: skip
def test_language(text, options, reason):
    found = reason_for("language", text, **options)
    assert found.startswith(reason)
    assert bool(found) == bool(reason)


@pytest.mark.parametrize(
    ("never", "reason"),
    [
        ([], "142.86 pieces of personal data per 1,000 words, more than 5.00"),
        (["email", "ip"], "E-mail addresses: 1, none is allowed"),
        (["ip"], "142.86 pieces of personal data per 1,000 words, more than 5.00"),
    ],
)
def test_personal_data(never, reason):
    text = "Please write to ada@example.org about it"
    words = len(["Please", "write", "to", "ada", "example", "org", "about", "it"])
    assert words == 8
    expected = reason.replace("142.86", f"{1000 / words:.2f}")
    assert reason_for("personal_data", text, never=never) == expected
    assert reason_for("personal_data", "Nobody is named here") == ""


def test_rules_on_content_name_what_they_know():
    with pytest.raises(SpecError, match="no such language"):
        CleanSpec.parse({"documents": "d", "rules": {"language": {"languages": ["english"]}}})
    with pytest.raises(SpecError, match="no such kind of personal data"):
        CleanSpec.parse({"documents": "d", "rules": {"personal_data": {"never": ["mail"]}}})
