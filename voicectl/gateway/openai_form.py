"""OpenAI's form of a request for speech, with the one field that EmotiVoice's own server adds to it.

Specification: https://platform.openai.com/docs/api-reference/audio/createSpeech
"""

from __future__ import annotations

from collections.abc import Mapping

from voicectl.core.audio import Container
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.order import (
    MOST_CHARACTERS,
    Order,
    container_of,
    number_of,
    object_in,
    refuse,
    text_of,
    word_of,
)

SLOWEST, FASTEST = 0.25, 4.0
STREAMS = ("", "audio", "sse")


def read(body: bytes) -> Order:
    """Read a body; fields that are not known are dropped. Raises BadOrder."""
    found = object_in(body)
    stream = word_of(found, "stream_format")
    if stream not in STREAMS:
        refuse("stream_format must be audio or sse", "stream_format")
    wanted = Wanted(
        text=text_of(found, "input"),
        model=word_of(found, "model"),
        voice=_voice(found),
        prompt=word_of(found, "prompt", longest=MOST_CHARACTERS),
        instructions=word_of(found, "instructions", longest=MOST_CHARACTERS),
        language=word_of(found, "language"),
    )
    return Order(
        wanted=wanted,
        rate=number_of(found, "speed", SLOWEST, FASTEST),
        container=container_of(found, "response_format", Container.MP3),
        as_events=stream == "sse",
    )


def _voice(body: Mapping[str, object]) -> str:
    """Return the voice; OpenAI writes one of a customer's own as an object."""
    voice = body.get("voice")
    return word_of(voice, "id") if isinstance(voice, dict) else word_of(body, "voice")
