"""Signals of what a text holds: languages, scripts, personal data, and its hash."""

from __future__ import annotations

from training.registry.row import table
from training.registry.signal_row import SignalRow, Unit, signal


def _script(name: str, title: str, letters: str) -> SignalRow:
    return signal(f"script_{name}", title, "language", f"{letters} over letters of any script.")


def _personal(kind: str, title: str) -> SignalRow:
    definition = f"Values of this kind: {title}. docs/pii.md says what each kind is."
    return signal(f"{kind}_count", title, "personal", definition, Unit.NUMBER)


CONTENT_SIGNALS = table(
    signal(
        "language", "Language", "language",
        "The likeliest language by the model lid.176.ftz, read on up to 600 characters of prose "
        "from the beginning, the middle and the end.",
        Unit.NONE,
        others="CCNet, FineWeb and DataTrove read the whole text or its first line.",
    ),
    signal(
        "language_score", "Probability of the language", "language",
        "The probability that the model gives to that language; 0 without letters.",
        others="RedPajama-V2: ccnet_language_score.",
    ),
    _script("latin", "Share of Latin letters", "Latin letters"),
    _script("han", "Share of Han characters among letters", "Chinese characters"),
    _script("kana", "Share of kana", "Hiragana and katakana"),
    _script("hangul", "Share of hangul", "Hangul"),
    _script("cyrillic", "Share of Cyrillic letters", "Cyrillic letters"),
    _script("arabic", "Share of Arabic letters", "Arabic letters"),
    _script("greek", "Share of Greek letters", "Greek letters"),
    _script("devanagari", "Share of Devanagari letters", "Devanagari letters"),
    _script("thai", "Share of Thai letters", "Thai letters"),
    _script("hebrew", "Share of Hebrew letters", "Hebrew letters"),
    _script("other", "Share of letters of other scripts", "Letters of all other scripts"),
    signal(
        "pii_count", "Personal data", "personal",
        "Values of personal data of all kinds (docs/pii.md).", Unit.NUMBER,
    ),
    signal(
        "pii_per_1000_words", "Personal data per 1,000 words", "personal",
        "1,000 times the values of personal data over words; 0 without words.", Unit.NUMBER,
    ),
    _personal("email", "E-mail addresses"),
    _personal("url_credentials", "Passwords in URLs"),
    _personal("api_key", "Keys of services"),
    _personal("iban", "Account numbers (IBAN)"),
    _personal("chinese_id", "Chinese identity numbers"),
    _personal("card", "Bank card numbers"),
    _personal("ssn", "United States social security numbers"),
    _personal("ip", "IP addresses"),
    _personal("phone", "Telephone numbers"),
    signal(
        "text_hash", "Hash of the normalised text", "identity",
        "XXH3 of the text in composed characters (NFC), with runs of white space as one space.",
        Unit.NONE,
    ),
)  # fmt: skip
