"""The main content of a web page: which of its blocks are the article, by our own rules.

1. The page becomes blocks: what stands between the ends of block elements, with how much of it
   is link text, and the elements around it. Rows of tables are blocks. Scripts, menus, asides,
   captions and hidden elements give none.
2. Blocks in elements whose class or id names page furniture ("related", "share", "comments") do
   not count, unless such an element holds half of all prose: then the name meant something else.
3. Prose is what is long, ends like a sentence and is hardly link text. The deepest element that
   holds four fifths of it is the article's; in it, the stretch of blocks with the most prose and
   the fewest links.

The numbers were set on every second page of the article-extraction-benchmark and held on the others
(``benchmarks/extraction.py``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_LEFT_OUT = frozenset(
    (
        "script", "style", "noscript", "template", "svg", "iframe", "nav", "footer", "aside",
        "button", "select", "option", "input", "textarea", "label", "object", "video", "audio",
        "canvas", "map", "head", "dialog", "menu", "figure", "figcaption", "picture", "embed",
    )
)  # fmt: skip
_BLOCKS = frozenset(
    (
        "p", "div", "section", "article", "main", "header", "h1", "h2", "h3", "h4", "h5", "h6",
        "ul", "ol", "li", "dl", "dt", "dd", "table", "tbody", "thead", "tfoot", "tr", "caption",
        "blockquote", "pre", "hr", "body", "center", "fieldset", "address", "details", "summary",
        "hgroup", "form",
    )
)  # fmt: skip
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_WHOLE = frozenset(("body", "html", "article", "main"))
_FURNITURE_ROLES = frozenset(
    ("navigation", "banner", "complementary", "contentinfo", "search", "dialog")
)
#: Words of a class or id by which pages name what is not the article.
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:related|share|sharing|social|promo|newsletter|subscri\w*|sidebar|side-bar"
    r"|footer|nav|navbar|menu|breadcrumbs?|advert\w*|ads?|banner|sponsor\w*|cookie\w*|popup|modal"
    r"|signup|sign-up|login|byline|authors?|bio|meta|tags?|taglist|caption|credits?|copyright"
    r"|recommend\w*|trending|popular|most-read|more-from|read-more|readmore|toolbar|pagination|pager"
    r"|print|outbrain|taboola|rating|hidden|sr-only|visually-hidden|screen-reader-text|timestamp"
    r"|dateline|date|published|teaser|masthead|topics|toc|skip|skip-link|reply|respond|replies"
    r"|feedback|poll|gallery|slideshow|carousel|player|infobox|tooltip|disclaimer|lightbox|links"
    r"|upsell|paywall|donate|donation|follows?)(?:$|[\s_-])",
    re.I,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?:;…。！？»”\"'’)]$")
#: Short lines that are furniture wherever they stand.
_FURNITURE_LINE = re.compile(
    r"(?:related (?:articles?|stories|posts|content|topics|news|coverage|links)"
    r"|more (?:from|on|stories|news)\b.*|(?:view )?comments?|leave a (?:comment|reply)"
    r"|you (?:may|might) (?:also )?like.*|read (?:more|also|next).*|recommended.*|trending.*"
    r"|most (?:read|popular).*|sign up.*|subscribe.*|follow us.*|advertisement.*"
    r"|share (?:this|on).*"
    r"|about the author.*|loading ?\.*|continue reading.*|story continues below.*|click here.*"
    r"|sponsored.*|(?:photo|image|tags?|source|filed under|see also):.*|\d+ comments?"
    r"|(?:tweet|share|print|e-?mail|facebook|twitter|whatsapp)(?: this)?)",
    re.I,
)
#: Below so many elements in one another the text is taken without looking at its elements.
_MOST_DEPTH = 250
_LEAST_PROSE = 40
_SURE_PROSE = 90
_MOST_LINKS = 0.5
_TEASER = 400
_ARTICLE_PART = 0.8
_NAMED_WRONGLY = 0.5
#: What a block that is no prose costs the stretch that holds it, in characters of prose.
_LINK_COST, _FURNITURE_COST, _SHORT_COST = 60, 20, 10
_MOST_PROSE = 1_000


@dataclass(slots=True)
class _Block:
    """``links``: characters of link text. ``around``: numbers of the elements, outermost first."""

    text: str
    links: int
    tag: str
    around: tuple[int, ...]
    is_furniture: bool = False
    prose: float = 0.0

    @property
    def link_part(self) -> float:
        return self.links / len(self.text)


class _Page:
    """Collects the blocks of a page."""

    def __init__(self) -> None:
        self.blocks: list[_Block] = []
        #: Elements named as furniture.
        self.named: set[int] = set()
        self._pieces: list[str] = []
        self._links = 0
        self._depth = 0

    def walk(
        self, node: Any, tag: str, around: tuple[int, ...], *, in_link: bool, is_kept: bool
    ) -> None:
        """Everything below ``node``; ``is_kept``: white space stays as it is (pre)."""
        child = node.child
        while child is not None:
            name = child.tag
            if name == "-text":
                text = child.text_content or ""
                self._pieces.append(text)
                self._links += len(text.strip()) if in_link else 0
            elif name == "br":
                self._pieces.append("\n" if is_kept else " ")
            elif name not in _LEFT_OUT and self._depth == _MOST_DEPTH:
                self._pieces.append(child.text(deep=True))
            elif name not in _LEFT_OUT:
                self._depth += 1
                self._element(child, name, tag, around, in_link=in_link, is_kept=is_kept)
                self._depth -= 1
            child = child.next

    def _element(
        self, node: Any, name: str, tag: str, around: tuple[int, ...], *, in_link: bool,
        is_kept: bool,
    ) -> None:  # fmt: skip
        attributes = node.attributes
        if name not in _WHOLE and _is_hidden(attributes):
            return
        in_link, is_kept = in_link or name == "a", is_kept or name == "pre"
        inside = (*around, node.mem_id)
        if name not in _WHOLE and _is_furniture(attributes):
            self.named.add(node.mem_id)
        if name in _BLOCKS:
            self.end_block(tag, around, is_kept=is_kept)
            self.walk(node, name, inside, in_link=in_link, is_kept=is_kept)
            self.end_block(name, inside, is_kept=is_kept)
            return
        space = " " if name in {"td", "th"} else ""
        self._pieces.append(space)
        # An element within a line is around its block only when the block is a cell's.
        self.walk(node, tag, inside if space else around, in_link=in_link, is_kept=is_kept)
        self._pieces.append(space)

    def end_block(self, tag: str, around: tuple[int, ...], *, is_kept: bool = False) -> None:
        """What came since the last end is a block, if it is anything."""
        text = "".join(self._pieces)
        text = text.strip("\n") if is_kept else _SPACE.sub(" ", text).strip()
        if text.strip():
            self.blocks.append(_Block(text, self._links, tag, around))
        self._pieces.clear()
        self._links = 0


def main_content(body: Any) -> str:
    """The article's blocks, apart by blank lines; empty when the page has no prose.

    ``body`` is the body element of a page parsed by selectolax (Lexbor).
    """
    page = _Page()
    page.walk(body, "body", (body.mem_id,), in_link=False, is_kept=False)
    page.end_block("body", (body.mem_id,))
    blocks = page.blocks
    _weigh(blocks)
    held = _held(blocks)
    total = sum(block.prose for block in blocks)
    furniture = {one for one in page.named if held[one] < _NAMED_WRONGLY * total}
    for block in blocks:
        block.is_furniture = not furniture.isdisjoint(block.around)
    _weigh(blocks)
    total = sum(block.prose for block in blocks)
    if not total:
        return ""
    article = _article(blocks, total)
    inside = [block for block in blocks if article in block.around]
    return "\n\n".join(block.text for block in _stretch(inside))


def _weigh(blocks: Sequence[_Block]) -> None:
    """How much of each block is prose, in characters."""
    for number, block in enumerate(blocks):
        size, links = len(block.text), block.link_part
        block.prose = 0.0
        if block.tag in _HEADINGS or size < _LEAST_PROSE or links > _MOST_LINKS:
            continue
        prose = size * (1 - links)
        if size < _SURE_PROSE and not _SENTENCE_END.search(block.text):
            prose *= 0.2
        if block.tag in {"li", "dd", "dt"}:
            prose *= 0.6
        if block.is_furniture:
            prose *= 0.1
        before = blocks[number - 1] if number else None
        # A few lines below a link are the beginning of another article.
        if before and size < _TEASER and before.link_part > _MOST_LINKS and before.tag != "tr":
            prose *= 0.5
        if size < _TEASER and block.text.endswith(("…", "...", "[…]")):
            prose *= 0.3
        block.prose = prose


def _held(blocks: Sequence[_Block]) -> dict[int, float]:
    """Prose in each element."""
    held: dict[int, float] = defaultdict(float)
    for block in blocks:
        if block.prose:
            for element in block.around:
                held[element] += block.prose
    return held


def _article(blocks: Sequence[_Block], total: float) -> int:
    """The deepest element that holds most of the prose."""
    held = _held(blocks)
    depths = {element: depth for block in blocks for depth, element in enumerate(block.around)}
    holders = [element for element, prose in held.items() if prose >= _ARTICLE_PART * total]
    return max(holders, key=depths.__getitem__)


def _stretch(blocks: Sequence[_Block]) -> list[_Block]:
    """The stretch with the largest sum of prose less costs (Kadane), without its furniture."""
    best, running, begins = -1.0, 0.0, 0
    first, last = 0, len(blocks) - 1
    for place, block in enumerate(blocks):
        if running <= 0:
            running, begins = 0.0, place
        running += _worth(block)
        if running > best:
            best, first, last = running, begins, place
    while first and blocks[first - 1].tag in _HEADINGS and not blocks[first - 1].is_furniture:
        first -= 1
    kept = [block for block in blocks[first : last + 1] if _is_content(block)]
    while kept and not kept[-1].prose and kept[-1].tag != "tr":
        kept.pop()
    return kept


def _worth(block: _Block) -> float:
    if block.prose and _is_content(block):
        return min(block.prose, _MOST_PROSE)
    if block.link_part > _MOST_LINKS:
        return -_LINK_COST
    if block.is_furniture:
        return -_FURNITURE_COST
    return 0.0 if block.tag in _HEADINGS else -_SHORT_COST


def _is_content(block: _Block) -> bool:
    size = len(block.text)
    if block.is_furniture or (block.link_part > _MOST_LINKS and size < _TEASER):
        return False
    return size >= 80 or not _FURNITURE_LINE.fullmatch(block.text)


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return "display:none" in (attributes.get("style") or "").replace(" ", "")


def _is_furniture(attributes: dict[str, str | None]) -> bool:
    if attributes.get("role") in _FURNITURE_ROLES:
        return True
    name = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if len(name) == 1:
        return False
    return "comment" in name.lower() or bool(_FURNITURE.search(_CAMEL.sub("-", name)))
