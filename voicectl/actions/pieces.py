"""A text cut into what one request may hold, each piece with the key that it is kept under."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import NamedTuple

from voicectl.core.text import is_speakable, pieces
from voicectl.core.tts import TextLimit, Utterance

KEY_VERSION = "1"
"""Another one once a vendor's code makes something else of the same wishes."""
KEY_DIGITS = 40
NOT_ASKED_FOR = frozenset(("notes", "remote_audio"))
"""Fields that a vendor never gets to see."""


class Piece(NamedTuple):
    """What one request says, and how many characters of the text that is; without words it is not sent."""

    utterance: Utterance
    characters: int
    is_sent: bool


def cut(utterance: Utterance, limit: TextLimit) -> Iterator[Piece]:
    """Cut a settled utterance; BadInput for what is over the limit and cannot be cut."""
    for text in _texts(utterance, limit):
        is_sent = _is_heard(text) if utterance.ssml else is_speakable(text)
        yield Piece(replace(utterance, text=text.strip()), len(text), is_sent)


def _is_heard(markup: str) -> bool:
    from voicectl.core import ssml

    return ssml.is_heard(markup)


def _texts(utterance: Utterance, limit: TextLimit) -> Iterator[str]:
    if not utterance.ssml:
        yield from pieces(utterance.text, limit)
    elif limit.holds(utterance.text, ssml=True):
        yield utterance.text
    else:
        from voicectl.core import ssml

        yield from ssml.pieces(utterance.text, limit)


def key_of(utterance: Utterance, identity: tuple[str, ...]) -> str:
    """Return the name of what comes of a piece: the same for all accounts that ask for the same.

    `identity` tells the vendor, and the server where that is not the vendor's own.
    """
    import json
    from hashlib import sha256

    asked = {each.name: getattr(utterance, each.name) for each in fields(utterance)}
    told = {name: value for name, value in asked.items() if name not in NOT_ASKED_FOR}
    told["params"] = sorted(utterance.params.items())
    audio = utterance.format
    told["format"] = audio and (audio.container, audio.sample_rate, audio.channels, audio.bits)
    written = json.dumps((KEY_VERSION, identity, told), ensure_ascii=False, sort_keys=True)
    return sha256(written.encode()).hexdigest()[:KEY_DIGITS]
