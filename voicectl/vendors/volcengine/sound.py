"""What the speech interfaces share: words for containers, and sound written in base64."""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer

JSON = ("Content-Type", "application/json")
SPEAKER = "voicectl"
"""Whom each request names as its user: some text is wanted there."""
ENCODINGS: Mapping[Container, str] = {
    Container.PCM: "pcm",
    Container.MP3: "mp3",
    Container.OPUS: "ogg_opus",
    Container.OGG: "ogg_opus",
}


def formats_at(rates: tuple[int, ...]) -> tuple[AudioFormat, ...]:
    """Return what there is at these rates: samples first, as pieces of them join without a gap.

    WAV is not asked for: what streams brings its header again and again.
    """
    return tuple(AudioFormat(container, rate) for container in ENCODINGS for rate in rates)


def decoded(data: object) -> bytes:
    """Return the bytes of a base64 text, none for none; BrokenAnswer for what is no base64."""
    from base64 import b64decode

    if data in (None, ""):
        return b""
    try:
        if isinstance(data, str):
            return b64decode(data, validate=True)
    except ValueError:
        pass
    raise BrokenAnswer("the sound in the answer is no base64")
