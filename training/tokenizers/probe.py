"""Short texts on which two ways of encoding are held against each other: words, code, scripts."""

from __future__ import annotations

TEXTS = (
    "The committee's report, published in 2024, wasn't read by 3,141 of its members.",
    "She said: \"I'll be there at 7:45 p.m. — don't wait!\" (and left)",
    "  two  spaces,\ttabs\n\nand   an empty line  ",
    "def area(radius: float) -> float:\n    return 3.14159 * radius ** 2  # m²",
    "https://example.org/a_b?c=1&d=%20 user@example.org #tag @name 100% $5.00 ½ ⅷ",
    "人工智能正在改变我们的生活方式，2024年有3,000家公司参加了会议。",
    "「請問，圖書館幾點開門？」他用標準的國語問道。",
    "東京都の人口は約1,400万人です。カタカナとひらがなが混ざっています。",
    "서울의 날씨는 맑고 기온은 25도입니다.",
    "Où est le garçon naïf ? Ärger über Öl, Straße, señor, coração, žluťoučký kůň.",
    "Москва — столица России, население 13 млн человек.",
    "القاهرة عاصمة مصر وعدد سكانها ١٠ ملايين",
    "दिल्ली भारत की राजधानी है। กรุงเทพมหานคร",
    "🎉👩‍👩‍👧‍👦 ﬁne ﬂag Ｆｕｌｌ　ｗｉｄｔｈ e\u0301 \u00a0\u200b\u3000 ∑∫√ αβγ",
    "aaaaaaaaaaaaaaaa -------- ======== ```python``` ......",
    "x",
    "",
)
