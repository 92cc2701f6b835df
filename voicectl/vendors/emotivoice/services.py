"""What each of the three forms takes, as data. Asking for it: `server.py`, `gateway.py`, `youdao.py`."""

from __future__ import annotations

from voicectl.core.service import Operation, Service, Wish
from voicectl.vendors.emotivoice.feelings import LABELS, OF_GATEWAY

SERVER = Service(
    name="openai",
    title="EmotiVoice's own server",
    wishes=(
        Wish("voice", "voice", note="the number of a speaker"),
        Wish("rate", "speed", 0.1, 10, note="wants the program rubberband on the server"),
        Wish("emotion", "prompt", values=tuple(LABELS)),
        Wish("style", "prompt", note="any words; nothing is refused there"),
    ),
    formats=("wav@16000", "mp3", "flac", "ogg", "opus"),
    text_limit="300 characters; its model takes 510 tokens",
    operations=(
        Operation("say", "POST /v1/audio/speech", in_sandbox=True),
        Operation("profile test", "GET /openapi.json", in_sandbox=True),
    ),
    verified="by its source; not run",
)
GATEWAY = Service(
    name="v1tts",
    title="A gateway before EmotiVoice",
    wishes=(
        Wish("voice", "voice"),
        Wish("lang", "language"),
        Wish("rate", "speed", 0.1, 10),
        Wish("emotion", "emotion", values=OF_GATEWAY),
    ),
    formats=("wav",),
    text_limit="4096 characters",
    operations=(
        Operation("say", "POST /v1/tts", in_sandbox=True),
        Operation("profile test", "GET /v1/models", in_sandbox=True),
    ),
    verified="by voicectl's own gateway; no public server has this form",
)
YOUDAO = Service(
    name="youdao",
    title="Youdao's cloud",
    wishes=(
        Wish("voice", "voiceName"),
        Wish("rate", "speed", 0.5, 2),
        Wish("volume", "volume", 0.5, 5, note="not in the code that is public"),
    ),
    formats=("mp3",),
    text_limit="1000 bytes",
    operations=(Operation("say", "POST /ttsapi", in_sandbox=True),),
    verified="signature and fields by its samples; what its codes mean is from memory",
)


def services() -> tuple[Service, ...]:
    """Return what each form takes, by the names that a profile's `api` has for them."""
    return (SERVER, GATEWAY, YOUDAO)
