"""Answers on their way: what is made piece by piece is made no longer than somebody takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from voicectl.gateway.wire import Answer, Gone, answer


def test_who_makes_the_pieces_hears_at_once_that_nobody_takes_them() -> None:
    deeds: list[str] = []

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield b"one"
            yield b"two"
        finally:
            deeds.append("ended")

    async def send(message: MutableMapping[str, Any]) -> None:
        if message.get("body"):
            raise Gone

    async def run(body: AsyncIterator[bytes]) -> None:
        with pytest.raises(Gone):
            await answer(send, Answer(200, (), body))
        # The body is still held: it was not left to whoever counts references.
        assert deeds == ["ended"], body

    asyncio.run(run(pieces()))
