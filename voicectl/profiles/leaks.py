"""Secrets where none belong: files that hold one in any spelling. Which files are ours: `paths.py`."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicectl.core.credentials import Secret
from voicectl.core.request import percent_encode

SHORTEST = 8
"""What is shorter may stand anywhere by chance."""
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A secret, what it is called, and the files that may hold it."""

    label: str
    secret: Secret
    homes: frozenset[Path] = frozenset()


def merged(known: Iterable[Known]) -> list[Known]:
    """Return each secret once, by its first name: where one account keeps it, others may know it too."""
    found: dict[Secret, Known] = {}
    for each in known:
        before = found.get(each.secret, each)
        found[each.secret] = Known(label=before.label, secret=each.secret, homes=before.homes | each.homes)
    return list(found.values())


def leaks(known: Sequence[Known], files: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file with the label of a secret that it should not hold; OSError for an unreadable one."""
    sought = [(each, _spellings(each.secret.reveal())) for each in known]
    for path in files:
        wanted = [(each.label, spelled) for each, spelled in sought if path not in each.homes and spelled]
        for label in _found(path, wanted):
            yield path, label


def _found(path: Path, wanted: Sequence[tuple[str, Sequence[bytes]]]) -> list[str]:
    overlap = max((len(text) for _, spelled in wanted for text in spelled), default=1) - 1
    found: dict[str, None] = {}
    with path.open("rb") as file:
        tail = b""
        while chunk := file.read(CHUNK):
            window = tail + chunk
            found |= {label: None for label, spelled in wanted if any(text in window for text in spelled)}
            tail = window[-overlap:] if overlap else b""
    return list(found)


def _spellings(text: str) -> list[bytes]:
    """Return the ways in which a text may have been written down."""
    if len(text) < SHORTEST:
        return []
    raw = text.encode("utf-8", "surrogateescape")
    # Padding and the last sign of base64 depend on what follows.
    base64 = b64encode(raw).rstrip(b"=")[:-1]
    quoted = json.dumps(text)[1:-1].encode()
    return list(dict.fromkeys((raw, quoted, percent_encode(text).encode(), base64)))


def unusable(secret: Secret) -> str:
    """Say what no key has but this secret: blanks or line breaks around or in it; empty for nothing."""
    text = secret.reveal()
    if not text:
        return "is empty"
    if text.strip() != text:
        return "has blanks around it"
    return "" if text.isprintable() and " " not in text else "holds a blank or a control character"
