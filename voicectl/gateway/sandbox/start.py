"""Put the sandbox together, say how to use it, and run it."""

from __future__ import annotations

import ipaddress
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from shlex import quote
from typing import NamedTuple, Protocol

from voicectl.core.clock import Clock
from voicectl.core.errors import OutputError, UsageError, VoicectlError
from voicectl.gateway.posture import UNIX
from voicectl.gateway.sandbox import accounts, sts
from voicectl.gateway.sandbox.acts import AliyunActs, TencentActs, VolcengineActs
from voicectl.gateway.sandbox.app import Sandbox
from voicectl.gateway.sandbox.cloud import Cloud, Service, Talk
from voicectl.gateway.sandbox.dashscope import DashScope
from voicectl.gateway.sandbox.emotivoice import OpenServer, Simple, Youdao
from voicectl.gateway.sandbox.files import Files
from voicectl.gateway.sandbox.nls import NlsLong, NlsRest, Tokens
from voicectl.gateway.sandbox.nls_socket import NlsSocket
from voicectl.gateway.sandbox.openai import OpenAi
from voicectl.gateway.sandbox.polly import Polly
from voicectl.gateway.sandbox.sound import Speak, Studio, spoken_by, tone
from voicectl.gateway.sandbox.telephony import telephony
from voicectl.gateway.sandbox.tencent_speech import TencentSpeech
from voicectl.gateway.sandbox.volcengine_sockets import FirstSocket, SecondSocket
from voicectl.gateway.sandbox.volcengine_speech import VolcengineSpeech
from voicectl.gateway.serve import listening, serve


class Speaker(Protocol):
    """Where it is said what happens by the way."""

    def note(self, template: str, **facts: object) -> None: ...


class Place(NamedTuple):
    """Where the sandbox answers, and what leads there."""

    url: str
    host: str
    port: int
    environment: str
    env_file: str | None
    variables: Mapping[str, str]


def start(
    clock: Clock,
    host: str,
    port: int,
    env_file: str,
    out: Speaker,
    announce: Callable[[Place, str], None],
    *,
    environment: Callable[[], Mapping[str, str]],
    is_tone: bool,
    is_limited: bool = True,
) -> None:
    """Serve until told to stop.

    From when it answers, `announce` gets where that is, and lines to paste, which also go into `env_file`.
    `environment` returns the variables of the programs that speak, where there are such.
    """
    if host.startswith(UNIX):
        raise UsageError("the sandbox has vendors' addresses, and no socket", hint="--host 127.0.0.1")
    bound = listening(host, port)
    address, number = bound.getsockname()[:2]
    url = f"http://{f'[{address}]' if ':' in address else address}:{number}"
    variables = accounts.variables(url)
    lines = "".join(f"export {name}={quote(text)}\n" for name, text in variables.items())
    place = Place(url, address, number, "sandbox", env_file or None, variables)

    def ready() -> None:
        if env_file:
            write_private(Path(env_file), lines)
        announce(place, lines)
        out.note("the sandbox is ready at {url}; " + accounts.WARNING, url=url)

    cloud = Cloud(keys=accounts.keys(), real_now=lambda: clock.moment().now, is_limited=is_limited)
    studio = Studio(tone if is_tone else _spoken(out, environment))
    others_come = not ipaddress.ip_address(address).is_loopback
    app = Sandbox(cloud, *interfaces(cloud, studio), any_host=others_come)
    # Requests that were told to hang shall not keep it from ending.
    try:
        serve(app, bound, ready, timeout_graceful_shutdown=1)
    finally:
        studio.close()


def interfaces(cloud: Cloud, studio: Studio) -> tuple[list[Service], list[Talk]]:
    """Return every interface of every vendor: over HTTP, and over a WebSocket.

    They are asked in this order; the gateways that take any action of a vendor come last.
    """
    calls = telephony(cloud, studio)
    tokens, names = Tokens(cloud, {}), set[str]()
    services: list[Service] = [
        Polly(cloud, studio),
        NlsRest(cloud, studio, tokens),
        NlsLong(cloud, studio, tokens),
        VolcengineSpeech(cloud, studio, names),
        OpenServer(cloud, studio),
        Simple(cloud, studio),
        OpenAi(cloud, studio),
        Youdao(cloud, studio),
        Files(cloud),
        *calls.services,
        TencentActs(cloud, {**sts.tencent(cloud), **TencentSpeech(cloud, studio).acts(), **calls.tencent}),
        VolcengineActs(cloud, {**sts.volcengine(cloud), **calls.volcengine}),
        sts.AwsSts(cloud),
        AliyunActs(cloud, {**sts.aliyun(cloud), **tokens.acts(), **calls.aliyun}),
    ]
    talks: list[Talk] = [
        NlsSocket(cloud, studio, tokens),
        DashScope(cloud, studio),
        FirstSocket(cloud, studio, names),
        SecondSocket(cloud, studio),
    ]
    return services, talks


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all. Raises OutputError."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(
            "cannot write {path}: {reason}",
            path=path,
            reason=error.strerror or "it fails",
            hint="ls -ld '{path}'",
        ) from None


def _spoken(out: Speaker, environment: Callable[[], Mapping[str, str]]) -> Speak:
    """Return what speaks with the engines of this machine; a tone where there are none."""
    from voicectl.vendors.local.tts import LocalTts, all_engines

    def say_once(error: VoicectlError) -> None:
        out.note("a tone stands in for speech: {reason}", reason=str(error))

    return spoken_by(LocalTts(lambda: tuple(all_engines(environment))), say_once)
