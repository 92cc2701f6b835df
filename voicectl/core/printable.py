"""Make text from outside safe to print. Which output it goes to is the business of `cli/console.py`."""

from __future__ import annotations

JOINERS = "\u200c\u200d"
HARMFUL_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def is_harmful(char: str) -> bool:
    """Say whether a character could steer a terminal, hide, or turn the order of a line.

    The joiners are harmless and hold emoji and Persian words together.
    """
    from unicodedata import category

    return char not in JOINERS and category(char) in HARMFUL_CATEGORIES


def visible(text: str, keep: str = "") -> str:
    r"""Return `text` with control, bidi and escape characters written out (`\x1b`, `\u202e`).

    The characters in `keep` (say, a newline) stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(_written_out(c) if c not in keep and is_harmful(c) else c for c in text)


def visible_json(document: str) -> str:
    """Return a JSON document in which such characters are JSON escapes: the data stay the same."""
    if document.isprintable():
        return document
    return "".join(_json_escape(c) if c not in "\n" and is_harmful(c) else c for c in document)


def _written_out(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii") if char.isascii() else _code_point(char)


def _code_point(char: str) -> str:
    number = ord(char)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
