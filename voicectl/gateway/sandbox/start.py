"""Put the sandbox together, say how to use it, and run it."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Protocol

from voicectl.audio.encode import encoder
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.clock import Clock
from voicectl.gateway.sandbox import accounts
from voicectl.gateway.sandbox.app import Sandbox
from voicectl.gateway.sandbox.aws import Polly, Sts
from voicectl.gateway.sandbox.cloud import Cloud, Service
from voicectl.gateway.sandbox.sound import Speak, tone
from voicectl.gateway.serve import listening, serve


class Speaker(Protocol):
    """Where the lines to paste are printed, and what is said by the way."""

    def text(self, words: str) -> None: ...

    def note(self, template: str, **facts: object) -> None: ...


def start(clock: Clock, host: str, port: int, env_file: str, out: Speaker, *, is_tone: bool) -> None:
    """Serve until told to stop; lines to paste go to stdout and, where one is given, into `env_file`."""
    bound = listening(host, port)
    address, number = bound.getsockname()[:2]
    url = f"http://{f'[{address}]' if ':' in address else address}:{number}"
    lines = "".join(f"export {name}={quote(text)}\n" for name, text in accounts.variables(url).items())

    def ready() -> None:
        if env_file:
            Path(env_file).write_text(lines, encoding="utf-8")
        out.text(lines)
        out.note("the sandbox is ready at {url}; " + accounts.WARNING, url=url)

    cloud = Cloud(keys=accounts.keys(), real_now=lambda: clock.moment().now)
    serve(Sandbox(cloud, services(cloud, tone)), bound, ready)


def services(cloud: Cloud, speak: Speak) -> list[Service]:
    """Return every interface of every vendor, in the order in which they are asked."""
    return [Polly(cloud, speak, encoded), Sts(cloud)]


def encoded(form: str, rate: int, samples: bytes) -> bytes:
    """Return samples in a container: `wav`, `pcm`, and what the installed extras write."""
    given = AudioFormat(Container.PCM, rate)
    shaping = encoder(given, Container(form), sized=False)
    return shaping.feed(samples) + shaping.finish()
