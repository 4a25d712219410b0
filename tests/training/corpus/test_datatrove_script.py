"""The script for DataTrove compiles for any rules, names what it leaves out, and is taken."""

from __future__ import annotations

import ast
import os
import subprocess
from pathlib import Path

import pytest

from training.corpus.datatrove_script import pipeline_script
from training.registry import RULE_PRESETS, RULES
from training.specs.rules import RulesPart

#: A folder with an environment in which DataTrove is installed, as benchmarks name it.
PEERS = Path(os.environ.get("PEERS", "/nowhere"))


def all_on() -> RulesPart:
    rules = RulesPart().model_dump(mode="json")
    for values in rules.values():
        values["is_on"] = True
    return RulesPart.model_validate(rules)


@pytest.mark.parametrize("preset", RULE_PRESETS)
def test_every_preset_gives_a_script_that_compiles(preset):
    ast.parse(pipeline_script(RULE_PRESETS[preset].load(), {}, preset))


def test_every_rule_that_is_on_is_a_filter_or_is_named_as_left_out():
    text = pipeline_script(all_on(), {"zh": "chinese_web"}, "All")
    ast.parse(text)
    for row in RULES.values():
        title = " ".join(row.title.split())
        assert title in text.replace("\n# * ", " ") or row.name == "near_duplicates", row.name
    assert "language zh by the preset chinese_web" in text
    assert "num_buckets=22, hashes_per_bucket=5" in text


def test_thresholds_are_those_of_the_rules_and_off_is_none():
    rules = RulesPart.model_validate(
        {"word_count": {"at_least": 7, "at_most": 9}, "repeated_5grams": {"at_most": 0.5}}
    )
    text = pipeline_script(rules, {}, "x")
    assert "min_doc_words=7" in text
    assert "max_doc_words=9" in text
    assert "min_stop_words=None" in text
    assert "dup_n_grams=((5, 0.5),)" in text
    assert "top_n_grams=()" in text


def test_a_limit_of_nothing_is_no_switched_off_limit():
    rules = RulesPart.model_validate(
        {
            "symbols": {"is_on": True, "at_most": 0},
            "duplicate_lines": {"at_most": 0},
            "alphabetic_words": {"is_on": True, "at_least": 0},
        }
    )
    text = pipeline_script(rules, {}, "x")
    assert "max_symbol_word_ratio=1e-09" in text
    assert "dup_line_frac=1e-09" in text
    # A least share of nothing drops nothing, in both.
    assert "max_non_alpha_words_ratio=0.0" in text


@pytest.mark.parametrize("title", ['"""\nimport os', "a\\", "x\n#y", "{title}"])
def test_a_title_cannot_become_code(title):
    tree = ast.parse(pipeline_script(RulesPart(), {}, title))
    imports = [one.names[0].name for one in tree.body if isinstance(one, ast.Import)]
    assert imports == ["sys"]


@pytest.mark.slow
def test_datatrove_builds_the_pipeline(tmp_path):
    python = PEERS / "datatrove" / "bin" / "python"
    if not python.exists():
        pytest.skip("set PEERS to a folder with an environment datatrove (DataTrove 0.10.1)")
    file = tmp_path / "pipeline.py"
    file.write_text(pipeline_script(all_on(), {}, "All"))
    code = (
        "import runpy, sys; module = runpy.run_path(sys.argv[1], run_name='x'); "
        "print(len(module['stages']('in', 'work')), len(module['FILTERS']))"
    )
    done = subprocess.run([python, "-c", code, file], capture_output=True, text=True, cwd=tmp_path)
    if "Please install" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-2:] == ["5", "6"]
