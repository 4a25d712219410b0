"""Takes the pictures of README and docs from an installation that has really trained.

``python scripts/screenshots.py --out docs/img`` starts Trainyard on a scratch home folder, trains
(see ``demonstration.py``; some minutes on two cores) and photographs its pages in Chromium, which
must be installed (Debian's ``chromium``, or set CHROMIUM). ``--home FOLDER`` keeps the home; given
again, what was trained there is photographed anew without training.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.demonstration import Demonstration, train  # noqa: E402

#: A busy machine answers late; nobody waits here.
expect.set_options(timeout=60_000)
WIDTH = 1280
LEAST_HEIGHT = 480
MAX_BYTES = 290_000
#: Charts and drawers move for a moment after they are there.
SETTLE_MS = 800
#: To the top, below the bar that stays there.
SCROLL = "e => { e.scrollIntoView(); window.scrollBy(0, -70); }"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@dataclass(frozen=True)
class Picture:
    """One page: where it is, what makes it ready, how much of it is shown."""

    name: str
    path: str
    prepare: Callable[[Page], None]
    height: int = 800
    theme: str = "light"
    #: Scrolled to, where the interesting part is not at the top.
    at: str = ""


def main() -> int:
    """Train if need be, take all pictures, print their sizes."""
    options = _options()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("Chromium is missing: apt install chromium, or name one in CHROMIUM.")
        return 1
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        home = Path(options.home or scratch).resolve()
        home.mkdir(parents=True, exist_ok=True)
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        demonstration = Demonstration(home)
        try:
            demonstration.start()
            photograph(browser, demonstration, Path(options.out))
        finally:
            demonstration.end()
            browser.close()
    return 0


def photograph(browser: Browser, demonstration: Demonstration, out: Path) -> None:
    """Every picture, from one browser context."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    demonstration.log_in(page)
    ids = _trained(demonstration)
    out.mkdir(parents=True, exist_ok=True)
    for picture in pictures():
        page.set_viewport_size({"width": WIDTH, "height": picture.height})
        page.emulate_media(color_scheme=picture.theme)  # type: ignore[arg-type]
        page.goto(demonstration.url + picture.path.format(**ids))
        picture.prepare(page)
        if picture.at:
            page.locator(picture.at).first.evaluate(SCROLL)
        page.wait_for_timeout(SETTLE_MS)
        file = take(page, out, picture)
        print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB", flush=True)


def take(page: Page, out: Path, picture: Picture) -> Path:
    """What the window shows; the window is made lower until the picture is small enough."""
    height, data = picture.height, page.screenshot()
    while len(data) > MAX_BYTES and height > LEAST_HEIGHT:
        height -= 40
        page.set_viewport_size({"width": WIDTH, "height": height})
        page.wait_for_timeout(SETTLE_MS)
        data = page.screenshot()
    file = out / f"{picture.name}.png"
    file.write_bytes(data)
    return file


def pictures() -> list[Picture]:
    """In the order in which a user meets the pages."""
    return [
        Picture("corpus", "/corpora/{corpus}/?rule=word_count", _funnel, 900),
        Picture(
            "designer", "/projects/{project}/models/design/", _design, 1160, at="#design-beside"
        ),
        Picture("builder", "/projects/{project}/runs/new/train/?from={run}", _plan, 900, at="h1"),
        Picture("run", "/runs/{run}/?smooth=0.8", _charts, 900),
        Picture("run-dark", "/runs/{run}/?smooth=0.6&x=tokens", _charts, 860, "dark", ".charts"),
        Picture("tokens", "/task-sets/{tasks}/", _tokens, 620, at="#tokens-title"),
        Picture("playground", "/projects/{project}/playground/", _playground, 660),
        Picture("report", "/reports/{report}/", _report, 900),
    ]


def _trained(demonstration: Demonstration) -> dict[str, str]:
    """Ids that addresses need; trains unless the home remembers that it did."""
    file = demonstration.home / "trained.json"
    if not file.is_file():
        file.write_text(json.dumps(train(demonstration)), encoding="utf-8")
    ids: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    kinds = ("corpus", "tasks", "report")
    return {
        **ids,
        "project": demonstration.project,
        **{kind: demonstration.artifact(kind) for kind in kinds},
    }


def _funnel(page: Page) -> None:
    """The helper that filters needs some seconds after a start; the page says so meanwhile."""
    for _ in range(30):
        if page.get_by_role("slider").count():
            return
        page.wait_for_timeout(2_000)
        page.reload()
    raise RuntimeError("The helper does not answer; log/helper.log of the home says why.")


def _design(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Pre-norm")
    page.get_by_role("button", name="Keep this one, change on").click()
    expect(page.locator("#design-beside")).to_contain_text("Beside Pre-norm")
    page.locator('[id="train.model.norm_placement=sandwich"]').check()
    expect(page.locator("#design-beside")).to_contain_text("Choice that differs")
    expect(page.locator("#design-drawing svg")).to_be_visible()


def _plan(page: Page) -> None:
    expect(page.locator("#plan")).to_contain_text("Parameters")
    page.locator('[id="train.model.num_layers"]').fill("6")
    expect(page.locator("#changes ins").first).to_be_visible()


def _charts(page: Page) -> None:
    page.locator("[data-chart=loss][data-drawn]").wait_for()


def _tokens(page: Page) -> None:
    expect(page.locator("#task-tokens mark").first).to_be_visible()


def _playground(page: Page) -> None:
    """A checkpoint of the tuned run and its last state, asked the same."""
    for label, words in (
        ("Model", "LoRA on questions, step"),
        ("Beside it", "LoRA on questions, f"),
    ):
        choices = page.get_by_label(label, exact=True)
        option = choices.locator("option", has_text=words).last
        choices.select_option(option.get_attribute("value"))
    page.get_by_role("button", name="Load and ask").click()
    page.locator("[data-session-state=ready]").wait_for(timeout=180_000)
    if page.get_by_label("Chat").count():
        page.get_by_label("Chat").check()
    page.get_by_label("Temperature").fill("0.3")
    page.get_by_label("Prompt").fill("What does shutil.copy do?")
    page.get_by_role("button", name="Send").click()
    for place in page.locator("[data-cost]").all():
        expect(place).to_contain_text("tokens in", timeout=60_000)


def _report(page: Page) -> None:
    expect(page.get_by_role("heading", name="Result")).to_be_visible()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default=str(ROOT / "docs" / "img"), help="folder of the pictures")
    parser.add_argument("--home", default="", help="folder that is kept; empty takes a new one")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
