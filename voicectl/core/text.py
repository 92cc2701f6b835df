"""Text before it is spoken: decoding, cutting, and which script it is in. What speaks it lives elsewhere.

Every cutter here is lossless: joined again, its parts are the text they came from. Grapheme borders
follow https://www.unicode.org/reports/tr29/ where it matters for speech: what looks like one sign stays
one piece.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from voicectl.core.errors import BadInput, UsageError

if TYPE_CHECKING:
    from voicectl.core.tts import TextLimit

Cutter = Callable[[str], Iterator[str]]

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# C0 but for tab, line feed and return; delete and C1; byte order mark; lone surrogates (an engine's
# UTF-8 cannot carry them).
_UNSPOKEN = "[\0-\b\v\f\x0e-\x1f\x7f-\x9f\ufeff\ud800-\udfff]"

_CLOSERS = r"[\"'”’»›」』）)\]】》〉]*"
_SENTENCE_END = (
    # The first kind ends a sentence wherever it stands, the second before a blank, the end, or CJK.
    rf"[。！？；｡．।॥؟۔።]+[!?…]*{_CLOSERS}\s*"
    rf"|(?<![.!?…])[.!?…]++{_CLOSERS}(?:\s+|$|(?=[^\x00-\u2fff]))"
    r"|\n\s*"
)
_END_SIGNS = frozenset("。！？；｡．।॥؟۔።.!?…\n")
_CLAUSE_END = (
    r"(?<![，、：；,;:—])[，、：；,;:—]++[\"'”’」』）)]*(?:\s+|$|(?<=[^\x00-\x7f]))|[）)」』】》]\s+"
)
# A no-break space holds 10 000 together, and so does a blank before three digits or a sign of measure.
_BLANKS = r"(?:(?<!\d)[^\S\u00a0\u202f]|[^\S\u00a0\u202f](?!\d{3}(?!\d)|[%‰°]))[^\S\u00a0\u202f]*"
_ATOM = (
    r"[-+−±]?[$¥€£￥]?[0-9A-Za-z\d]+(?:(?:[.,:/'’_．：-]|，(?=\d{3}(?!\d)))[0-9A-Za-z\d]+)*[%‰°％]?"
    r"|[〇零一二两三四五六七八九十百千万亿]{2,}"
)
_JOINTS = r"[.,:/'’_．：，-]"
_ABBREVIATIONS = (
    " mr mrs ms dr prof st sr jr vs etc fig vol approx dept inc ltd co corp jan feb mar apr jun jul aug "
    "sep sept oct nov dec e.g i.e u.s u.k a.m p.m z.b d.h bzw usw ca nr str sig dott av "
)

_LANGUAGE_OF_SCRIPT = {
    "LATIN": "en",
    "CJK": "zh",
    "BOPOMOFO": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "BENGALI": "bn",
    "GURMUKHI": "pa",
    "GUJARATI": "gu",
    "ORIYA": "or",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "SINHALA": "si",
    "THAI": "th",
    "LAO": "lo",
    "MYANMAR": "my",
    "KHMER": "km",
    "TIBETAN": "bo",
    "MONGOLIAN": "mn",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "ETHIOPIC": "am",
    "CHEROKEE": "chr",
}
_SAME_SCRIPT = {"HIRAGANA": "KATAKANA", "BOPOMOFO": "CJK", "IDEOGRAPHIC": "CJK"}
# One of these signs carries about as much speech as four letters.
_DENSE = {"CJK": 4, "KATAKANA": 2, "HANGUL": 2}


def decode(raw: bytes, encoding: str = "") -> str:
    """Decode what was read: UTF-8, or what a byte order mark or `encoding` says; the mark is dropped."""
    name = encoding or next((name for mark, name in _BOMS if raw.startswith(mark)), "utf-8")
    try:
        codecs.lookup(name)  # no bytes at all would decode by any name
        return raw.decode(name).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _undecodable(raw, name, error.start) from None
    except UnicodeError:
        raise BadInput("the text is not {encoding}", encoding=name) from None
    except (LookupError, ValueError):
        raise UsageError(
            "there is no encoding {encoding!r}", encoding=name, hint="--encoding gb18030"
        ) from None


def _undecodable(raw: bytes, encoding: str, at: int) -> BadInput:
    line_start = raw.rfind(b"\n", 0, at) + 1
    return BadInput(
        "line {line}, byte {column}: {byte} is not {encoding}",
        line=raw.count(b"\n", 0, at) + 1,
        column=at - line_start + 1,
        byte=f"0x{raw[at]:02x}",
        encoding=encoding,
        guess=_guess(raw, encoding),
        hint="say which encoding it is: --encoding {guess}",
    )


def _guess(raw: bytes, refused: str) -> str:
    try:
        raw.decode("gb18030")
    except UnicodeError:
        return "cp1252"
    return "cp1252" if refused == "gb18030" else "gb18030"


def cleaned(text: str) -> str:
    """Drop control characters, which no engine speaks and some obey; lines end in a line feed."""
    if text.isprintable():
        return text
    return re.sub(_UNSPOKEN, "", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_speakable(text: str) -> bool:
    """Say whether there is a letter or digit in it."""
    return any(sign.isalnum() for sign in text)


def scripts_of(text: str) -> dict[str, int]:
    """Weigh the scripts of a text, by Unicode's names (`LATIN`, `CJK`), the heaviest first."""
    weights: Counter[str] = Counter()
    for sign, count in Counter(text).items():
        if sign.isalpha() and (script := _script_of(sign)):
            weights[script] += count * _DENSE.get(script, 1)
    return dict(weights.most_common())


def _script_of(sign: str) -> str:
    if sign.isascii():
        return "LATIN"
    words = unicodedata.name(sign, "").replace("-", " ").split()
    word = next((word for word in words if word not in {"FULLWIDTH", "HALFWIDTH"}), "")
    word = _SAME_SCRIPT.get(word, word)
    return word if word in _LANGUAGE_OF_SCRIPT else ""


def languages_of(text: str) -> tuple[str, ...]:
    """Guess one language for each script of the text, the main one first; ("en",) for bare digits.

    A script shared by several languages stands for its most spoken one. Han signs among kana are
    Japanese, among Hangul Korean; a lone kana in a Chinese text does not turn it. Latin letters are
    the main script only if they outweigh the others ten to one: voices of other scripts read them too.
    """
    scripts = scripts_of(text)
    latin = scripts.pop("LATIN", 0)
    if latin > 10 * sum(scripts.values()):
        scripts = {"LATIN": latin, **scripts}
    elif latin:
        scripts["LATIN"] = latin
    han = scripts.get("CJK", 0)
    for host in ("KATAKANA", "HANGUL"):
        if han and scripts.get(host, 0) * 10 >= han:
            scripts = {host if script == "CJK" else script: weight for script, weight in scripts.items()}
    return tuple(_LANGUAGE_OF_SCRIPT[script] for script in scripts) or ("en",)


def sentences(text: str) -> Iterator[str]:
    """Cut after each sentence and paragraph; blanks stay with the sentence before them."""
    start = 0
    # Compiling the pattern takes longer than speaking a text of a few words.
    ends = () if _END_SIGNS.isdisjoint(text) else re.finditer(_SENTENCE_END, text)
    for end in ends:
        if end.end() > start and not _goes_on(text, start, end):
            yield text[start : end.end()]
            start = end.end()
    if start < len(text):
        yield text[start:]


def _goes_on(text: str, start: int, end: re.Match[str]) -> bool:
    """Say whether what looks like an end stands inside a sentence: `e.g. so`, `Dr. No`, a wrapped line."""
    mark = end.group()
    if mark.count("\n") > 1 or end.end() == len(text):
        return False
    if mark == "．" and _is_inside_number(text, end):
        return True
    if _joins(text, end.end()) or (mark[0] in ".!?…\n" and text[end.end()].islower()):
        return True
    if mark[0] != "." or mark.startswith(".."):
        return False
    before = text[max(start, end.start() - 12) : end.start()].split()
    word = before[-1].lstrip("(\"'“‘[") if before else ""
    is_initial = len(word) == 1 and word.isupper() and word.isascii()
    is_list_number = word.isdigit() and len(word) < 4 and text[start : end.start()].strip() == word
    return is_initial or is_list_number or f" {word.lower()} " in _ABBREVIATIONS


def clauses(text: str) -> Iterator[str]:
    """Cut after commas, colons, dashes and closing brackets, but not inside `1,000` or `12:30`."""
    return _cut_after(_CLAUSE_END, text)


def words(text: str) -> Iterator[str]:
    """Cut after blanks."""
    return _cut_after(_BLANKS, text)


def _is_inside_number(text: str, mark: re.Match[str]) -> bool:
    """Say whether a mark stands between digits: the wide twins of `3.14`, `12:30` and `1,000`."""
    return text[mark.start() - 1 : mark.start()].isdigit() and text[mark.end()].isdigit()


def _cut_after(border: str, text: str, *, in_numbers: bool = False) -> Iterator[str]:
    start = 0
    for match in re.finditer(border, text):
        if match.end() == len(text) or _joins(text, match.end()):
            continue
        if in_numbers or match.group().isspace() or not _is_inside_number(text, match):
            yield text[start : match.end()]
            start = match.end()
    if start < len(text):
        yield text[start:]


def atoms(text: str) -> Iterator[str]:
    """Cut between graphemes, keeping numbers and Latin words whole: for text without blanks."""
    start = 0
    for run in re.finditer(_ATOM, text):
        yield from graphemes(text[start : run.start()])
        start = run.end()
        while start < len(text) and _joins(text, start):  # marks on the run's last letter
            start += 1
        yield text[run.start() : start]
    yield from graphemes(text[start:])


def joints(text: str) -> Iterator[str]:
    """Cut at the marks inside numbers and names: where one of them is larger than a request."""
    return _cut_after(_JOINTS, text, in_numbers=True)


def graphemes(text: str) -> Iterator[str]:
    """Cut between what a reader takes for single signs: marks, emoji sequences and flags stay whole."""
    start = 0
    for at in range(1, len(text)):
        is_second_flag_half = at - start == 1 and _is_flag_half(text[start]) and _is_flag_half(text[at])
        if not is_second_flag_half and not _joins(text, at):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _joins(text: str, at: int) -> bool:
    """Say whether the sign at `at` belongs to the grapheme before it."""
    before, after = text[at - 1], text[at]
    if after < "\u0300":
        return before == "\r" and after == "\n"
    if "\u3400" <= after <= "\u9fff":
        return before == "\u200d"
    if before in "\r\n":
        return False
    if before == "\u200d" or after in "\u200c\u200d\u0e33\u0eb3":
        return True
    if unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if "\U000e0020" <= after <= "\U000e007f":  # tags: the flags of England, Scotland, Wales
        return True
    if unicodedata.combining(before) == 9:  # a virama binds the next consonant of most Indic scripts
        return unicodedata.category(after) == "Lo"
    return _is_jamo_sequence(before, after)


def _is_flag_half(sign: str) -> bool:
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _is_jamo_sequence(before: str, after: str) -> bool:
    if "\u1100" <= after <= "\u115f":
        return "\u1100" <= before <= "\u115f"
    return "\u1160" <= after <= "\u11ff" and (
        "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    )


def pieces(text: str, limit: TextLimit) -> Iterator[str]:
    """Cut into pieces that hold the limit, at the best borders and as few as may be.

    Raises BadInput for a grapheme that is over the limit by itself.
    """
    stretches = sentences(text) if limit.by_sentence else (text,)
    for stretch in stretches:
        yield from _fit(stretch, limit, (sentences, clauses, words, atoms, joints, graphemes))


def _fit(text: str, limit: TextLimit, cutters: tuple[Cutter, ...]) -> Iterator[str]:
    if limit.measure(text) <= limit.size:
        yield text
        return
    if not cutters:
        raise BadInput(
            "one sign of the text is larger than the {size} {unit} of a request",
            size=limit.size,
            unit=limit.unit,
        )
    for part in _packed(cutters[0](text), limit):
        yield from _fit(part, limit, cutters[1:])


def _packed(parts: Iterable[str], limit: TextLimit) -> Iterator[str]:
    """Join neighbours as long as the limit holds; a part over the limit comes alone."""
    held: list[str] = []
    size = 0
    for part in parts:
        part_size = limit.measure(part)
        if held and size + part_size > limit.size:
            yield "".join(held)
            held, size = [], 0
        held.append(part)
        size += part_size
    if held:
        yield "".join(held)
