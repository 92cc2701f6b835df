"""Put the sandbox together, say how to use it, and run it."""

from __future__ import annotations

import ipaddress
import os
import tempfile
from pathlib import Path
from shlex import quote
from typing import Protocol

from voicectl.core.clock import Clock
from voicectl.core.errors import VoicectlError
from voicectl.gateway.sandbox import accounts, sts
from voicectl.gateway.sandbox.acts import AliyunActs, TencentActs, VolcengineActs
from voicectl.gateway.sandbox.app import Sandbox
from voicectl.gateway.sandbox.cloud import Cloud, Service, Talk
from voicectl.gateway.sandbox.polly import Polly
from voicectl.gateway.sandbox.sound import Speak, Studio, spoken_by, tone
from voicectl.gateway.serve import listening, serve


class Speaker(Protocol):
    """Where the lines to paste are printed, and what is said by the way."""

    def text(self, words: str) -> None: ...

    def note(self, template: str, **facts: object) -> None: ...


def start(
    clock: Clock, host: str, port: int, env_file: str, out: Speaker, *, is_tone: bool, is_limited: bool = True
) -> None:
    """Serve until told to stop; lines to paste go to stdout and, where one is given, into `env_file`."""
    bound = listening(host, port)
    address, number = bound.getsockname()[:2]
    url = f"http://{f'[{address}]' if ':' in address else address}:{number}"
    lines = "".join(f"export {name}={quote(text)}\n" for name, text in accounts.variables(url).items())

    def ready() -> None:
        if env_file:
            write_private(Path(env_file), lines)
        out.text(lines)
        out.note("the sandbox is ready at {url}; " + accounts.WARNING, url=url)

    cloud = Cloud(keys=accounts.keys(), real_now=lambda: clock.moment().now, is_limited=is_limited)
    studio = Studio(tone if is_tone else _spoken(out))
    others_come = not ipaddress.ip_address(address).is_loopback
    serve(Sandbox(cloud, services(cloud, studio), talks(cloud, studio), any_host=others_come), bound, ready)


def services(cloud: Cloud, studio: Studio) -> list[Service]:
    """Return every interface over HTTP of every vendor, in the order in which they are asked.

    The gateways that take any action of a vendor come last.
    """
    return [
        Polly(cloud, studio),
        TencentActs(cloud, {**sts.tencent(cloud)}),
        VolcengineActs(cloud, {**sts.volcengine(cloud)}),
        sts.AwsSts(cloud),
        AliyunActs(cloud, {**sts.aliyun(cloud)}),
    ]


def talks(cloud: Cloud, studio: Studio) -> list[Talk]:
    """Return every interface over a WebSocket."""
    return []


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _spoken(out: Speaker) -> Speak:
    """Return what speaks with the engines of this machine; a tone where there are none."""
    from voicectl.vendors.local.tts import LocalTts, all_engines

    def say_once(error: VoicectlError) -> None:
        out.note("a tone stands in for speech: {reason}", reason=str(error))

    return spoken_by(LocalTts(lambda: tuple(all_engines())), say_once)
