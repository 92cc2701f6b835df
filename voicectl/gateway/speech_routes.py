"""The routes that speak: `/v1/tts`, `/audio/{id}`, `/v1/audio/speech`. Decisions: `door.py`."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import VoicectlError
from voicectl.core.tts import Utterance
from voicectl.gateway import emotivoice_form, openai_form, wire
from voicectl.gateway.audio_store import MEDIA_TYPES, AudioStore
from voicectl.gateway.exchange import Exchange
from voicectl.gateway.forward import Crew, Speaking, utterance_for
from voicectl.gateway.order import BadOrder, Order
from voicectl.gateway.pipe import Gone
from voicectl.gateway.redaction import plain, redacted
from voicectl.gateway.refusals import Refusal, openai_body
from voicectl.gateway.served import House, Served
from voicectl.gateway.team import Team
from voicectl.gateway.upstream import refusal_for
from voicectl.gateway.wire import Answer

EVENTS = "text/event-stream"
BLOCK_BYTES = 64 << 10

Begin = Callable[[Served, Utterance, Container], Speaking]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What the three routes share; `team` is the application that they are part of."""

    house: House
    crew: Crew
    store: AudioStore
    team: Callable[[], Team]

    async def openai(self, exchange: Exchange) -> Answer:
        """Speak, and send the sound as it comes."""
        order = await self._ordered(exchange, openai_form.read)
        speaking = await self._begun(exchange, order, self.crew.stream)
        watch = asyncio.create_task(_cancel_when_gone(exchange, speaking))
        try:
            first = await self._first(exchange, speaking)
        except BaseException:
            watch.cancel()
            raise
        sound = _sound(exchange, speaking, first, watch)
        if order.as_events:
            characters = order.wanted.characters
            return Answer(200, (("Content-Type", EVENTS),), _events(sound, characters))
        return Answer(200, (("Content-Type", _media_type(order.container, speaking.pipe.sampling)),), sound)

    async def seed(self, exchange: Exchange) -> Answer:
        """Speak into a file, and answer with where it can be fetched."""
        order = await self._ordered(exchange, emotivoice_form.read)
        name, path = self.store.place(order.container, exchange.seen.key_id)
        speaking = await self._begun(exchange, order, partial(self.crew.write, path))
        watch = asyncio.create_task(_cancel_when_gone(exchange, speaking))
        try:
            await self._first(exchange, speaking)
        finally:
            watch.cancel()
        media_type = _media_type(order.container, speaking.pipe.sampling)
        exchange.audio_bytes = self.store.keep(name, path, exchange.seen.key_id, media_type).size
        body = {
            "status": "success",
            "audio_url": f"/audio/{name}",
            "text": redacted(order.wanted.text),
            "emotion": order.wanted.emotion,
            "request_id": exchange.request_id,
        }
        return wire.as_json(200, body)

    async def audio(self, exchange: Exchange) -> Answer:
        """Send what `/v1/tts` has pointed to, to the key that asked for it."""
        name, key_id = exchange.name, exchange.seen.key_id
        kept = self.store.find(name, key_id)
        if kept is None and self.store.is_shared:
            kept = await self.crew.ask(partial(self.store.find_elsewhere, name, key_id))
        if kept is None:
            raise BadOrder(Refusal(status=404, code="not_found", message="Not found", reason="audio"))
        exchange.audio_bytes = kept.size
        headers = (("Content-Type", kept.media_type), ("Content-Length", str(kept.size)))
        return Answer(200, headers, _blocks(kept.path.open("rb")))

    async def _ordered(self, exchange: Exchange, read: Callable[[bytes], Order]) -> Order:
        """Read the body, check its signature, and set its characters aside. Raises BadOrder, wire.Gone."""
        team, admitted = self.team(), exchange.admitted
        assert admitted is not None, "routes that speak have a tag"
        order = read(await team.body(exchange))
        wanted = self.house.named(order.wanted, admitted.key.profiles)
        await team.reserve(exchange, wanted)
        return order

    async def _begun(self, exchange: Exchange, order: Order, begin: Begin) -> Speaking:
        """Have a vendor asked; the characters are given back where it does not come to that."""
        admitted, reserved, team = exchange.admitted, exchange.reserved, self.team()
        assert admitted is not None
        assert reserved is not None
        exchange.upstream_began = team.now().steady
        try:
            utterance = utterance_for(reserved.wanted, order, admitted.tags)
            return begin(self.house.served[reserved.wanted.profile], utterance, order.container)
        except BadOrder:
            await team.refund(exchange)
            raise

    async def _first(self, exchange: Exchange, speaking: Speaking) -> bytes:
        """Wait for the first sound; where none comes, its characters are given back.

        Not so where the client has gone: the vendor was asked, and will want to be paid.
        """
        team, reserved = self.team(), exchange.reserved
        assert reserved is not None
        try:
            first = await speaking.pipe.take()
        except Gone:
            raise wire.Gone from None
        except asyncio.CancelledError:
            speaking.cancel()
            raise
        except Exception as error:
            await team.refund(exchange)
            team.say(plain(f"request {exchange.request_id}: {reserved.wanted.profile}: {error}"))
            raise BadOrder(refusal_for(error)) from None
        exchange.upstream_seconds = team.now().steady - exchange.upstream_began
        exchange.was_heard = True
        return first


async def _cancel_when_gone(exchange: Exchange, speaking: Speaking) -> None:
    """Break a vendor call off when its client hangs up."""
    while (await exchange.receive())["type"] != "http.disconnect":
        pass
    speaking.cancel()


async def _sound(
    exchange: Exchange, speaking: Speaking, first: bytes, watch: asyncio.Task[None]
) -> AsyncGenerator[bytes, None]:
    """Yield the sound as it comes; raises what it broke off with, or wire.Gone."""
    data = first
    try:
        while data:
            exchange.audio_bytes += len(data)
            yield data
            data = await speaking.pipe.take()
    except Gone:
        raise wire.Gone from None
    finally:
        speaking.cancel()
        watch.cancel()


async def _events(sound: AsyncGenerator[bytes, None], characters: int) -> AsyncIterator[bytes]:
    """Write sound as OpenAI's events; what breaks it off is an event as well, in our words."""
    try:
        async with aclosing(sound):
            async for data in sound:
                yield _event({"type": "speech.audio.delta", "audio": b64encode(data).decode()})
    except VoicectlError as error:
        yield _event({"type": "error", **openai_body(refusal_for(error))})
        raise
    usage = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
    yield _event({"type": "speech.audio.done", "usage": usage})


def _event(fields: object) -> bytes:
    return b"data: " + json.dumps(fields, separators=(",", ":")).encode() + b"\n\n"


def _media_type(container: Container, sampling: AudioFormat | None) -> str:
    """Return how a sound is labelled; bare samples must say how they were taken."""
    kind = MEDIA_TYPES[container]
    if container is Container.PCM and sampling:
        return f"{kind};rate={sampling.sample_rate};channels={sampling.channels}"
    return kind


async def _blocks(file: BinaryIO) -> AsyncIterator[bytes]:
    """Yield a file; it is open already, so that it may be forgotten meanwhile."""
    with file:
        while block := file.read(BLOCK_BYTES):
            yield block
