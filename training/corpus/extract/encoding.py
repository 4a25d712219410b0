"""Which encoding a text is in that carries no mark: UTF-8 unless the bytes clearly say otherwise.

uchardet (through resiliparse) proposes; a proposal counts only with evidence: at least
``MIN_EVIDENCE`` bytes beyond ASCII that are no UTF-8, and that decode to letters inside words. A
stray byte in an English text is damage, not French, and its line is named instead.
"""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding

from training.sniffing import unmarked_utf16

MIN_EVIDENCE = 8
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
#: Decoders of East Asian text that accept almost anything: the one with the commonest characters.
_EAST_ASIAN = ("gb18030", "big5", "shift_jis", "euc_jp", "cp949")
_COMMON = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后"
    "這來國個說們為時會過學對後裡還經點當沒動進種現發樣開從無業問關産間東語気"
    "のにはをたがでてとしれさいるかなこもすけどんくりよあきせうまアイスルンーラリトクマドシ"
    "이다는을가에의하고지도를한사기로은자리그나어서것들게해일인대시"
    "，。、「」"
)


def find_encoding(sample: bytes) -> str:
    """Name of a codec for Python; ``utf-8`` when nothing else is clear."""
    if utf16 := unmarked_utf16(sample):
        return utf16
    foreign = _UTF8_CHARACTER.sub(b"", sample[:-4] if len(sample) > 64 else sample)
    num_utf8 = len(_UTF8_CHARACTER.findall(sample))
    num_foreign = len(_NOT_ASCII.findall(foreign))
    if num_foreign < MIN_EVIDENCE or num_foreign <= num_utf8:
        return "utf-8"
    proposed = detect_encoding(sample, html5_compatible=False) or "utf-8"
    try:
        name = codecs.lookup(proposed).name
    except LookupError:
        return "utf-8"
    if name in ("gb18030", "gb2312", "gbk", "big5") or proposed in _EAST_ASIAN:
        name = _likeliest(sample, "gb18030" if name.startswith("gb") else name)
    return name if name != "utf-8" and _is_language(sample, name) else "utf-8"


def _likeliest(sample: bytes, proposed: str) -> str:
    """The East Asian encoding under which the text has most of the commonest characters."""
    scores = {name: _common_share(sample, name) for name in (proposed, *_EAST_ASIAN)}
    return max(scores, key=lambda name: scores[name])


def _common_share(sample: bytes, encoding: str) -> float:
    text = sample.decode(encoding, errors="replace")
    wide = [character for character in text if character > "\x7f"]
    if not wide:
        return 0.0
    wrong = text.count("\ufffd")
    return (sum(character in _COMMON for character in wide) - 10 * max(0, wrong - 1)) / len(wide)


def _is_language(sample: bytes, encoding: str) -> bool:
    """Whether what is beyond ASCII is letters, most of them next to letters."""
    text = sample.decode(encoding, errors="replace")
    places = [index for index, character in enumerate(text) if character > "\x7f"]
    letters = [index for index in places if text[index].isalpha()]
    if 2 * len(letters) < len(places):
        return False
    in_words = sum(
        (text[max(0, index - 1)].isalpha() and index > 0) or text[index + 1 : index + 2].isalpha()
        for index in letters
    )
    return 2 * in_words >= len(letters)
