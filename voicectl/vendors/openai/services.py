"""What OpenAI's interface takes, as data, for each server that is known. The servers: `servers.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.service import Operation, Service, Wish
from voicectl.vendors.openai.servers import OPENAI, OTHER, SERVERS

if TYPE_CHECKING:
    from voicectl.core.audio import AudioFormat
    from voicectl.vendors.openai.servers import Server

STYLED = "only of models that begin with gpt-"
RATE = Wish("rate", "speed", 0.25, 4)
WISHES = (
    Wish("voice", "voice"),
    Wish("engine", "model", note="--engine names the model"),
    RATE,
    Wish("emotion", "instructions", note=STYLED),
    Wish("style", "instructions", note=STYLED),
    Wish("params", "", note="any field, as JSON where it is that; stream_format=sse for events"),
)
TAKES = tuple(wish.name for wish in WISHES)
STYLE = frozenset(("emotion", "style"))


def services() -> tuple[Service, ...]:
    """Return what each server takes, OpenAI's own first."""
    return tuple(_service(server) for server in (*SERVERS, OTHER))


def _service(server: Server) -> Service:
    lists = (Operation("voices", "GET /v1/audio/voices", in_sandbox=True),) if server.lists_voices else ()
    return Service(
        name=server.name,
        title=server.url or "any other server of this kind",
        engines=server.models,
        wishes=tuple(wish for wish in WISHES if server is OPENAI or wish.name not in STYLE),
        formats=tuple(_written(each) for each in server.formats),
        text_limit=f"{server.limit.size} {server.limit.unit}",
        operations=(
            Operation("say", "POST /v1/audio/speech", in_sandbox=True),
            *lists,
            Operation("profile test", "GET /v1/models", in_sandbox=True),
        ),
        verified=server.verified,
    )


def _written(audio: AudioFormat) -> str:
    return f"{audio.container}@{audio.sample_rate}" if audio.sample_rate else audio.container.value
