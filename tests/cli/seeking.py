"""Looks for secrets in what was written, by reading it in every way in which it can be read."""

from __future__ import annotations

import html
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, unquote_plus

LEAST = 12
"""So many characters in a row of a secret are a leak."""
DEPTH = 3
WORDS = re.compile(r"[A-Za-z0-9+/_-]{8,}")
ESCAPES = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|\\([\"'\\/])")


def _unescaped(text: str) -> str:
    """Undo the escapes of JSON and of Python's own texts and bytes."""

    def meant(found: re.Match[str]) -> str:
        return chr(int(found[1] or found[2], 16)) if found[1] or found[2] else found[3]

    plain = ESCAPES.sub(meant, text)
    try:
        return plain.encode("latin-1").decode()  # bytes that were shown one by one
    except UnicodeError:
        return plain


def _unpacked(text: str) -> Iterator[str]:
    """Yield what every word of base64 or of hexadecimal digits in a text may stand for."""
    for word in WORDS.findall(text):
        for start in range(4):
            part = word[start : start + (len(word) - start) // 4 * 4]
            for decode in (b64decode, urlsafe_b64decode):
                try:
                    yield decode(part).decode("utf-8", "replace")
                except ValueError:
                    continue
        if re.fullmatch(r"[0-9A-Fa-f]+", word):
            for start in (0, 1):
                yield bytes.fromhex(word[start : start + (len(word) - start) // 2 * 2]).decode(
                    "utf-8", "replace"
                )


def readings(text: str) -> set[str]:
    """Return a text in every way in which it can be read: as it is, and with its escapes undone."""
    found, newest = {text}, {text}
    for _ in range(DEPTH):
        newest = {
            read(each) for each in newest for read in (unquote, unquote_plus, html.unescape, _unescaped)
        } - found
        found |= newest
    return found | {unpacked for each in tuple(found) for unpacked in _unpacked(each)}


def pieces(secret: str) -> set[str]:
    """Return all parts of a secret that are long enough to be one."""
    return {secret[start : start + LEAST] for start in range(max(1, len(secret) - LEAST + 1))}


def sung(secrets: Mapping[str, str], text: str) -> list[str]:
    """Return the names of the secrets of which a part stands in a text, with what stands there."""
    read = readings(text)
    return [
        f"{name}: {part!r}"
        for name, secret in secrets.items()
        for part in [
            next((each for each in sorted(pieces(secret)) if any(each in one for one in read)), None)
        ]
        if part is not None
    ]


def sung_in_files(secrets: Mapping[str, str], home: Path, but: Iterable[str] = ()) -> list[str]:
    """Return which files below a folder hold a part of a secret, but for those that are its place."""
    files = [path for path in sorted(home.rglob("*")) if path.is_file() and not {*path.parts} & {*but}]
    return [
        f"{path.relative_to(home)}: {found}"
        for path in files
        for found in sung(secrets, path.read_bytes().decode("utf-8", "replace"))
    ]
