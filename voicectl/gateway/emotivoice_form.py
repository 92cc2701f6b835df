"""The form of `/v1/tts`: a text and an emotion, answered with a pointer to the sound."""

from __future__ import annotations

from voicectl.core.audio import Container
from voicectl.gateway.feelings import Wanted
from voicectl.gateway.order import BadOrder, Order, container_of, number_of, object_in, text_of, word_of
from voicectl.gateway.refusals import unsupported_emotion
from voicectl.vendors.emotivoice.feelings import OF_GATEWAY

SLOWEST, FASTEST = 0.1, 10.0


def read(body: bytes) -> Order:
    """Read a body; fields that are not known are dropped. Raises BadOrder."""
    found = object_in(body)
    emotion = word_of(found, "emotion") or OF_GATEWAY[0]
    if emotion not in OF_GATEWAY:
        raise BadOrder(unsupported_emotion(emotion))
    wanted = Wanted(
        text=text_of(found, "text"),
        model=word_of(found, "model"),
        voice=word_of(found, "voice"),
        emotion=emotion,
        language=word_of(found, "language"),
    )
    return Order(
        wanted=wanted,
        rate=number_of(found, "speed", SLOWEST, FASTEST),
        container=container_of(found, "format", Container.WAV),
    )
