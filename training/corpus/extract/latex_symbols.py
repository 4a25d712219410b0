"""Commands of LaTeX as characters: letters, signs, accents; which take arguments that go."""

from __future__ import annotations

import unicodedata

SYMBOLS = {
    "ss": "ß", "o": "ø", "O": "Ø", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ",
    "dots": "…", "ldots": "…", "textellipsis": "…", "S": "§", "P": "¶", "copyright": "©",
    "textcopyright": "©", "textregistered": "®", "texttrademark": "™", "pounds": "£",
    "textsterling": "£", "euro": "€", "texteuro": "€", "EUR": "€", "dag": "†", "ddag": "‡",
    "textdegree": "°", "degree": "°", "textbackslash": "\\", "textasciitilde": "~",
    "textasciicircum": "^", "textbar": "|", "textless": "<", "textgreater": ">",
    "textunderscore": "_", "textquotedblleft": "“", "textquotedblright": "”", "textquoteleft": "‘",
    "textquoteright": "’", "textemdash": "—", "textendash": "–", "textbullet": "•",
    "LaTeX": "LaTeX", "LaTeXe": "LaTeX2e", "TeX": "TeX", "BibTeX": "BibTeX", "XeTeX": "XeTeX",
    "quad": " ", "qquad": " ", "space": " ", "par": "\n\n", "newline": " ", "linebreak": " ",
    "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "slash": "/", "textperiodcentered": "·",
    "guillemotleft": "«", "guillemotright": "»", "checkmark": "✓", "textmu": "µ",
}  # fmt: skip
#: Commands of one character that is no letter.
SIGNS = {
    "&": "&", "%": "%", "$": "$", "#": "#", "_": "_", "{": "{", "}": "}", " ": " ", "\n": " ",
    "\\": " ", "-": "", "/": "", ",": " ", ";": " ", ":": " ", "!": "", "@": "", "*": "", "|": "|",
}  # fmt: skip
#: Accents as characters that combine with the letter before them.
ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304",
    ".": "\u0307", "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328",
    "r": "\u030a", "b": "\u0331", "d": "\u0323", "t": "\u0361",
}  # fmt: skip
#: How many arguments go with a command that shows nothing of them; what follows them stays.
SILENT = {
    "label": 1, "ref": 1, "eqref": 1, "pageref": 1, "autoref": 1, "cref": 1, "Cref": 1, "vref": 1,
    "cite": 1, "citep": 1, "citet": 1, "citealt": 1, "citealp": 1, "citeauthor": 1, "citeyear": 1,
    "citeyearpar": 1, "parencite": 1, "textcite": 1, "footcite": 1, "autocite": 1, "onlinecite": 1,
    "nocite": 1, "vspace": 1, "hspace": 1, "includegraphics": 1, "epsfig": 1, "epsfbox": 1,
    "psfig": 1, "plotone": 1, "plottwo": 2, "input": 1, "include": 1, "bibliography": 1,
    "bibliographystyle": 1, "pagestyle": 1, "thispagestyle": 1, "pagenumbering": 1, "color": 1,
    "textcolor": 1, "colorbox": 1, "definecolor": 3, "href": 1, "setcounter": 2, "addtocounter": 2,
    "setlength": 2, "addtolength": 2, "usepackage": 1, "documentclass": 1, "newtheorem": 2,
    "graphicspath": 1, "hypersetup": 1, "phantom": 1, "vphantom": 1, "hphantom": 1, "rule": 2,
    "raisebox": 1, "resizebox": 2, "scalebox": 1, "rotatebox": 1, "parbox": 1, "fontsize": 2,
    "markboth": 2, "markright": 1, "addcontentsline": 3, "author": 1, "affiliation": 1,
    "affil": 1, "email": 1, "address": 1, "institute": 1, "thanks": 1, "date": 1, "pacs": 1,
    "title": 1, "index": 1, "glossary": 1, "bibitem": 1, "orcid": 1, "titlerunning": 1,
    "authorrunning": 1, "newcounter": 1, "stepcounter": 1, "refstepcounter": 1, "acmConference": 3,
    "multicolumn": 2, "multirow": 2, "cline": 1, "cmidrule": 1, "altaffiliation": 1, "todo": 1,
    "newcommand": 2, "renewcommand": 2, "providecommand": 2, "DeclareMathOperator": 2,
    "hyphenation": 1, "subjclass": 1, "PACS": 1, "received": 1, "accepted": 1, "preprint": 1,
}  # fmt: skip
HEADINGS = frozenset(
    ("part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")
)
#: Environments that are formulas, and those that show no running text.
MATH = frozenset(
    (
        "equation", "align", "alignat", "eqnarray", "gather", "multline", "flalign", "math",
        "displaymath", "dmath", "subequations", "split", "array",
    )
)  # fmt: skip
FLOATS = frozenset(
    (
        "figure", "table", "wrapfigure", "wraptable", "sidewaystable", "sidewaysfigure",
        "deluxetable", "longtable", "algorithm", "SCfigure", "floatingfigure", "marginfigure",
    )
)  # fmt: skip
HIDDEN = frozenset(
    (
        "tabular", "tabularx", "tabulary", "tabbing", "picture", "tikzpicture", "pgfpicture",
        "thebibliography", "references", "filecontents", "CCSXML", "algorithmic", "forest",
        "pspicture", "keywords", "titlepage", "pmatrix", "matrix", "tikzcd",
    )
)  # fmt: skip


def accented(letter: str, accent: str) -> str:
    """A letter with its accent as one character where there is one."""
    base = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    if not base or not base[0].isalpha():
        return base
    return unicodedata.normalize("NFC", base[0] + ACCENTS[accent] + base[1:])
