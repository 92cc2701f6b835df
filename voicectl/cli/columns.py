"""Words in columns of a terminal: how wide they are, and where lines part. Tables: `tables.py`."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category, east_asian_width

JOINER, AS_EMOJI = "\u200d", "\ufe0f"
SKIN_TONES = range(0x1F3FB, 0x1F400)
FLAG_LETTERS = range(0x1F1E6, 0x1F200)
HANGUL_TAILS = range(0x1160, 0x1200)


def clusters(text: str) -> Iterator[str]:
    """Yield what a terminal draws as one sign: a letter with its marks, a joined emoji, a flag."""
    held = ""
    for sign in text:
        if held and not _goes_with(held, sign):
            yield held
            held = ""
        held += sign
    if held:
        yield held


def width(text: str) -> int:
    """Return how many columns a text takes: two for Chinese signs and emoji, none for marks on letters."""
    if text.isascii():
        return len(text)
    return sum(_width_of(cluster) for cluster in clusters(text))


def padded(text: str, columns: int, *, to_the_right: bool = False) -> str:
    """Return a text filled up with blanks."""
    blanks = " " * (columns - width(text))
    return blanks + text if to_the_right else text + blanks


def cut(text: str, columns: int) -> str:
    """Return as much of a text as fits, and an ellipsis where something is missing."""
    if width(text) <= columns:
        return text
    kept = ""
    for cluster in clusters(text):
        if width(kept + cluster) > columns - 1:
            break
        kept += cluster
    return kept + "…"


def longest_word(text: str) -> int:
    """Return the columns below which a text cannot be parted."""
    return max((width(word) for word in _words(text)), default=0)


def wrapped(words: str, columns: int, first: str = "", others: str = "") -> list[str]:
    """Return words in lines that begin as told; a word longer than a line stays whole.

    Chinese may part between any two signs.
    """
    if width(first) + width(words) <= columns:
        return [(first + words).rstrip()]
    lines, line, is_new = [], first, True
    for word in _words(words):
        blank = "" if is_new or not word.startswith(" ") else " "
        word = word.lstrip(" ")
        if not is_new and width(line) + len(blank) + width(word) > columns:
            lines.append(line)
            line, blank = others, ""
        line += blank + word
        is_new = False
    return [*lines, line]


def _words(text: str) -> Iterator[str]:
    """Yield what may not be parted; a word that follows a blank begins with one."""
    for number, word in enumerate(text.split()):
        start = " " if number else ""
        if word.isascii():
            yield start + word
            continue
        held = start
        for cluster in clusters(word):
            is_open = held.strip() and _may_part(held[-1], cluster[0])
            if is_open:
                yield held
                held = ""
            held += cluster
        yield held


def _may_part(before: str, after: str) -> bool:
    """Say whether a line may end here: beside an ideograph, and not before a sign that closes."""
    if category(after) in ("Pe", "Pf", "Po") or category(before) in ("Ps", "Pi"):
        return False
    return "W" in (east_asian_width(before), east_asian_width(after))


def _goes_with(held: str, sign: str) -> bool:
    last, code = held[-1], ord(sign)
    if sign in (JOINER, AS_EMOJI) or last == JOINER or code in SKIN_TONES:
        return True
    if code in FLAG_LETTERS:
        return len(held) == 1 and ord(held) in FLAG_LETTERS
    return category(sign) in ("Mn", "Me") or code in HANGUL_TAILS


def _width_of(cluster: str) -> int:
    first = cluster[0]
    if east_asian_width(first) in "WF" or AS_EMOJI in cluster or ord(first) in FLAG_LETTERS:
        return 2
    return 0 if category(first) in ("Mn", "Me") or first == JOINER else 1
