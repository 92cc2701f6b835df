"""What hands do to keys on the way from a web page: cleaned, and doubted. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.account import KeyKind
from voicectl.core.errors import BadInput
from voicectl.core.note import Note

INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "「": "」"}


def cleaned(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text without what surrounds it by accident, and the names of what was removed."""
    removed: dict[str, None] = {}
    while True:
        bare = text.strip(INVISIBLE)
        if bare != text:
            removed["invisible characters"] = None
        stripped = bare.strip()
        if stripped != bare:
            around = bare[: len(bare) - len(bare.lstrip())] + bare[len(bare.rstrip()) :]
            removed |= dict.fromkeys(("line breaks",) if around.strip("\r\n") == "" else ("blanks",))
        if len(stripped) > 1 and QUOTES.get(stripped[0]) == stripped[-1]:
            stripped = stripped[1:-1]
            removed["quotes"] = None
        if stripped == text:
            return text, tuple(removed)
        text = stripped


def field_notes(name: str, text: str, removed: tuple[str, ...]) -> list[Note]:
    """Say what was removed around a field; raise BadInput for one that cannot be a key or a name."""
    if not text:
        raise BadInput("{field} is empty", field=name, hint="paste it again")
    if not text.isprintable():
        raise BadInput(
            "{field} holds a line break or control character", field=name, hint="paste one value only"
        )
    notes = [Note("removed {what} around {field}", {"what": " and ".join(removed), "field": name})]
    inside = [Note("{field} holds a blank, which is unusual", {"field": name})]
    return (notes if removed else []) + (inside if " " in text else [])


def check_pair(kind: KeyKind, texts: Mapping[str, str]) -> None:
    """Raise BadInput where key id and secret stand in each other's place."""
    key_id, secret = texts.get(kind.key_id, ""), texts.get(kind.secret, "")
    starts = kind.permanent + kind.temporary
    if not key_id or not secret:
        return
    if key_id == secret:
        raise BadInput(
            "{id} and {secret} are the same text",
            id=kind.key_id,
            secret=kind.secret,
            hint="paste the secret again",
        )
    if starts and secret.startswith(starts) and not key_id.startswith(starts):
        raise BadInput(
            "{id} and {secret} are swapped: the secret begins like a key id",
            id=kind.key_id,
            secret=kind.secret,
            hint="give them the other way round",
        )


def shape_notes(kind: KeyKind, texts: Mapping[str, str], vendor: str) -> list[Note]:
    """Doubt a key id that does not begin as the vendor's do, and a token that a permanent id needs not."""
    key_id, starts = texts.get(kind.key_id, ""), kind.permanent + kind.temporary
    if not key_id or not starts:
        return []
    if not key_id.startswith(starts):
        facts = {"field": kind.key_id, "starts": " or ".join(starts), "vendor": vendor}
        return [Note("{field} does not begin with {starts}, as key ids of {vendor} do", facts)]
    if texts.get(kind.token) and key_id.startswith(kind.permanent):
        facts = {"field": kind.key_id, "token": kind.token}
        return [Note("{field} looks permanent, yet a {token} came with it", facts)]
    return []
