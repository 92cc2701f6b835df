"""Names that a shell offers at TAB: one small file a kind, which no TAB starts the program for."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from voicectl.core.errors import ConfigError
from voicectl.kept.private_files import read_private, write_private

FOLDER = "complete"
MOST = 2000


def remember(cache: Path | None, kind: str, names: Iterable[str], *, beside: bool = False) -> None:
    """Keep the names of a kind; with `beside` those that are kept stay. Where it cannot be, nothing is said.

    Shells expand what they offer, so a name that is more than letters, digits and a few signs is left out.
    """
    if cache is None:
        return
    file = cache / FOLDER / kind
    try:
        text = (read_private(file) or b"").decode("utf-8", "replace")
        wanted = {name for name in names if is_plain(name)} | (
            {*text.split("\n")} - {""} if beside else set()
        )
        fresh = "".join(f"{name}\n" for name in sorted(wanted)[:MOST])
        if fresh != text:
            write_private(file, fresh.encode())
    except ConfigError:
        return


def names(cache: Path | None, kind: str) -> list[str]:
    """Return the names of a kind that shells offer; none where they cannot be read."""
    try:
        data = read_private(cache / FOLDER / kind) if cache else None
    except ConfigError:
        data = None
    return (data or b"").decode("utf-8", "replace").splitlines()


def forget(cache: Path | None, kind: str) -> None:
    """Offer the names of a kind no more."""
    if cache is not None:
        with suppress(OSError):
            (cache / FOLDER / kind).unlink()


def is_plain(name: str) -> bool:
    """Say whether a name holds nothing that a shell would carry out; blanks and brackets it quotes."""
    return 0 < len(name.strip()) <= 100 and all(sign.isalnum() or sign in "._-+@:/ ()" for sign in name)
