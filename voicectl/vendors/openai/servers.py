"""Servers with OpenAI's speech interface, a row each: what to ask for where nothing was named.

Which server it is follows from the base URL. A server without a row is asked OpenAI's way, and what
it has is for itself to say: models and voices are never checked against these lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.tts import TextLimit

WAV, MP3, OPUS, AAC, FLAC = (
    AudioFormat(container, 0)
    for container in (Container.WAV, Container.MP3, Container.OPUS, Container.AAC, Container.FLAC)
)
# Samples are always asked for as WAV: bare ones do not tell their rate, and servers differ in it.
ALL = (WAV, MP3, OPUS, AAC, FLAC)
LIMIT = TextLimit(4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server, or a kind of server. The first model and voice are taken where none was named.

    `voice_prefix` stands before a bare voice name. `voices` are told where the server itself lists none.
    `verified` says how this is known.
    """

    name: str
    url: str = ""
    models: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    voice_prefix: str = ""
    lists_voices: bool = True
    formats: tuple[AudioFormat, ...] = ALL
    limit: TextLimit = LIMIT
    needs_key: bool = False
    verified: str = "by its pages"


OPENAI = Server(
    name="openai",
    url="https://api.openai.com/v1",
    models=("gpt-4o-mini-tts", "tts-1", "tts-1-hd"),
    voices=(
        *("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx"),
        *("nova", "sage", "shimmer", "verse", "marin", "cedar"),
    ),
    lists_voices=False,
    formats=(AudioFormat(Container.WAV, 24000), *ALL[1:]),
    needs_key=True,
    verified="by the official client, which says that these models end on 2027-01-06",
)
SERVERS = (
    OPENAI,
    Server(
        name="siliconflow",
        url="https://api.siliconflow.cn/v1",
        models=("FunAudioLLM/CosyVoice2-0.5B",),
        voices=("alex", "anna", "bella", "benjamin", "charles", "claire", "david", "diana"),
        voice_prefix="{model}:",
        lists_voices=False,
        formats=(WAV, MP3, OPUS),
        needs_key=True,
    ),
    Server(
        name="groq",
        url="https://api.groq.com/openai/v1",
        models=("canopylabs/orpheus-v1-english", "canopylabs/orpheus-arabic-saudi"),
        voices=("autumn", "diana", "hannah", "austin", "daniel", "troy"),
        lists_voices=False,
        formats=(WAV,),
        limit=TextLimit(200),
        needs_key=True,
    ),
    Server(
        name="kokoro",
        url="http://localhost:8880/v1",
        models=("kokoro",),
        voices=("af_heart",),
        verified="by its source",
    ),
    # Which models there are depends on what was installed there.
    Server(name="localai", url="http://localhost:8080/v1", formats=(WAV,)),
)
OTHER = Server(name="this server", models=("tts-1",), voices=("alloy",))
"""What nearly every server takes as an alias of its own."""

THIS_MACHINE = {"127.0.0.1": "localhost", "::1": "localhost"}


def server_at(url: str) -> Server:
    """Return the row of the server at a base URL."""
    place = _place(url)
    return next((server for server in SERVERS if _place(server.url) == place), OTHER)


def _place(url: str) -> tuple[str, int | None]:
    """Return host and port; nothing for what is no URL, which others refuse."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return THIS_MACHINE.get(host, host), parts.port
    except ValueError:
        return "", None
