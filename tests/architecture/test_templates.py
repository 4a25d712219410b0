"""Templates: every one parses, none holds inline code, a foreign address or unescaped output.

And the budgets of what a browser loads from us.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
STYLES = sorted((ROOT / "static/css").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").rglob("*.js"))
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*="),
    "an inline handler": re.compile(r"\son[a-z]+\s*="),
    "an inline style element": re.compile(r"<style"),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)"),
    "a foreign address": re.compile(r"(?:src|href|action)\s*=\s*[\"']\s*(?:https?:)?//"),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape\s+off"),
}
TAGS = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
MAX_STYLE_LINES = 3600
MAX_FILE_LINES = 400
MAX_SCRIPT_LINES = 150
MAX_GZIP_BYTES = 80_000


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_parses(path: Path) -> None:
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_holds_none_of_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # Arguments of template tags are no markup; filters are looked for everywhere.
    markup = TAGS.sub("", text)
    places = {what: text if what == "unescaped output" else markup for what in FORBIDDEN}
    found = {what: FORBIDDEN[what].findall(place) for what, place in places.items()}
    assert {what: parts for what, parts in found.items() if parts} == {}


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_a_script_writes_no_markup_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text)
    assert len(text.splitlines()) <= MAX_SCRIPT_LINES


@pytest.mark.parametrize("path", STYLES, ids=relative)
def test_a_stylesheet_takes_its_colours_from_the_tokens(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_FILE_LINES
    assert "!important" not in text
    if path.name != "tokens.css":
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!\s*\{)|\brgba?\(|\boklch\(", text)


def test_every_stylesheet_of_a_component_is_linked() -> None:
    head = (ROOT / "templates/components/head.html").read_text(encoding="utf-8")
    for path in sorted((ROOT / "static/css/components").glob("*.css")):
        assert f"css/components/{path.name}" in head


def test_all_styles_together_stay_within_their_budget() -> None:
    assert sum(len(path.read_text().splitlines()) for path in STYLES) <= MAX_STYLE_LINES


def test_all_that_is_ours_stays_below_80_kilobytes_compressed() -> None:
    sizes = [len(gzip.compress(path.read_bytes())) for path in [*STYLES, *SCRIPTS]]
    assert sum(sizes) <= MAX_GZIP_BYTES
