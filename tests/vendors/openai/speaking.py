"""OpenAI's speech as the program builds it, before a server of the test's choice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cloud.openai import KEY
from tests.cloud.server import Answer, Respond, Server, serving
from tests.cloud.sounds import mp3
from tests.fakes import world
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.options import Options
from voicectl.core.tts import SpeechStream, Tts, Utterance
from voicectl.core.vendor import Access, Vendor
from voicectl.runtime import Runtime

SOUND = mp3(0.3)
MP3 = AudioFormat(Container.MP3, 0)
EVENTS = ("Content-Type", "text/event-stream")


@contextmanager
def access_to(
    respond: Respond, *, retries: int = 0, path: str = ""
) -> Iterator[tuple[Vendor, Access, Server]]:
    """Give the card and the access that the program would use, before a server."""
    with serving(respond) as server:
        keys = {"OPENAI_API_KEY": KEY, "VOICECTL_VENDOR": "openai", "VOICECTL_NO_KEYRING": "1"}
        options = Options(retries=retries, timeout=1)
        runtime = Runtime(world({**keys, "OPENAI_BASE_URL": server.url + path}), options)
        _, card, access = runtime.chosen(speech=True)
        yield card, access, server


@contextmanager
def speaker(respond: Respond, **more: Any) -> Iterator[tuple[Tts, Server]]:
    with access_to(respond, **more) as (card, access, server):
        assert card.tts is not None
        yield card.tts(access), server


def say(tts: Tts, **wishes: Any) -> tuple[bytes, SpeechStream]:
    usual: dict[str, Any] = {"format": MP3, "engine": "gpt-4o-mini-tts", "params": {"stream_format": "sse"}}
    with tts.synthesize(tts.settle(Utterance(text="hi", **{**usual, **wishes}))) as stream:
        return b"".join(stream.chunks), stream


def answer(body: bytes, *headers: tuple[str, str]) -> Respond:
    return lambda request: Answer(200, headers or (EVENTS,), body)
