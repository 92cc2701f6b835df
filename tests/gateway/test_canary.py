"""Whatever is presented as a key is never seen again: in no answer, log, row, metric, file or traceback."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.cloud.openai import KEY, OpenAiServer
from tests.cloud.server import Answer as Told
from tests.cloud.server import Bytes, RawRequest, serving
from tests.gateway.house import MASTER, Answer, Running, program, running, signed
from voicectl.core.credentials import Secret
from voicectl.gateway.keys import Env, Status
from voicectl.gateway.serve import listening
from voicectl.gateway.team_start import sandbox
from voicectl.signing.gateway_keys import signing_secret

pytestmark = pytest.mark.slow


class Echo:
    """A vendor that fails in many ways, and repeats all that it was told each time."""

    def __init__(self) -> None:
        self._good = OpenAiServer()
        self.count = 0

    def __call__(self, request: RawRequest) -> Told | Bytes:
        self.count += 1
        heard = request.raw[:2000]
        match self.count % 6:
            case 1:
                return Told(
                    401, (), b'{"error":{"message":"Incorrect API key provided: ' + KEY.encode() + b'"}}'
                )
            case 2:
                return Told(500, (("X-Heard", KEY),), heard)
            case 3:
                return Told(400, (), heard)
            case 4:
                return Bytes([b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + heard])
            case 5:
                return Bytes([heard])
        return self._good(request)


def places(key: str) -> Iterable[dict[str, str]]:
    """Return every header in which somebody may show a key, also one that is none of ours."""
    yield {"Authorization": f"Bearer {key}"}
    yield {"authorization": f"bEaReR \t {key}  "}
    yield {"X-API-Key": key}
    yield {"Authorization": f"Basic {key}"}
    yield {"Authorization": f"Bearer {key},{key}"}
    yield {"Authorization": f"Bearer {key}", "X-API-Key": f"{key}0"}
    yield {"Authorization": f"Bearer {key}", "X-Request-Id": key, "User-Agent": key, "Cookie": f"k={key}"}
    yield {"Authorization": f"Bearer {key}", "Host": key.replace("_", "-")}
    yield {"Authorization": f"Bearer {key}", "X-Forwarded-For": key, "X-Voicectl-Fault": key}
    yield {"Authorization": f"Bearer {key}", "X-Voicectl-Nonce": key, "X-Voicectl-Signature": f"v1={key}"}


def bodies(key: str) -> Iterable[tuple[str, str, Any]]:
    """Return requests that show a key outside of headers as well."""
    yield "GET", f"/audio/{key}", None
    yield "GET", f"/{quote(key)}?key={key}", None
    yield "GET", f"/v1/audio/voices?model={key}", None
    yield "DELETE", f"/v1/tts?api_key={key}", None
    for field in ("text", "emotion", "voice", "model", "language", "format"):
        yield "POST", "/v1/tts", {"text": "hi", field: key}
    for field in ("input", "voice", "model", "instructions", "response_format", "stream_format", key):
        yield "POST", "/v1/audio/speech", {"input": "hi", "voice": "nova", field: key}
    yield "POST", "/v1/audio/speech", {"input": "hi", "speed": key}
    yield "POST", "/v1/audio/speech", key.encode()
    yield "POST", "/v1/tokens", {"scope": key}


def show(team: Running, key: str) -> list[Answer]:
    """Show a key in every way, each with a body that shows it, too, and each of those alone."""
    answers = []
    asked = list(bodies(key))
    for at, headers in enumerate(places(key)):
        method, path, body = asked[at % len(asked)]
        answers.append(team.ask(method, path, body, headers=headers))
    for method, path, body in asked:
        answers.append(team.ask(method, path, body, key))
    return answers


def everything_in(directory: Path) -> Iterable[tuple[str, str]]:
    for path in directory.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes().decode("latin-1")


def test_no_key_that_was_presented_is_ever_seen_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with listening("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    words = ("--vendor", "openai", "--retries", "0", "--metrics-port", str(port), "--metrics-per-key")
    logs = ("--audit-text", "--debug", "--verbose", "--debug-file", "debug.txt", "--log-file", "log.jsonl")
    seen: list[tuple[str, str]] = []
    with serving(Echo()) as vendor:
        environ = {"OPENAI_BASE_URL": f"{vendor.url}/v1"}
        with program(home, *words, *logs, environ=environ) as team:
            good, revoked, signing = team.keys.issue(), team.keys.issue(), team.keys.issue(must_sign=True)
            team.keys.switch(revoked, Status.REVOKED)
            time.sleep(0.8)
            other = team.keys.issue(env=Env.TEST)
            mistyped = good[:-1] + ("a" if good[-1] != "a" else "b")
            sent = signed(signing, "GET", "/v1/models", b"", "n-000000001", time.time())
            answers = [team.ask("GET", "/v1/models", key=signing, headers=sent)]
            token = team.ask("POST", "/v1/tokens", {}, good).json["access_token"]
            for shown in (good, revoked, mistyped, other, token, signing):
                answers += show(team, shown)
            assert {each.status for each in answers} >= {200, 400, 401, 403, 404, 405, 421, 429, 502}
            seen += [(f"answer {each.status}", f"{each.headers} {each.body!r}") for each in answers]
            seen.append(("metrics", urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()))
            seen.append(("rows", str(team.rows())))
    seen += [("stdout", team.said[0]), ("stderr", team.said[1]), *everything_in(home)]
    names = [name for name, _ in seen]
    assert sum(name.endswith(("debug.txt", "log.jsonl", "audit.sqlite")) for name in names) == 3, names
    secret = signing_secret(Secret(MASTER), "live", signing[8:16], 1).reveal()
    keys = [good, revoked, mistyped, other, signing]
    canaries = [*keys, *(key[16:] for key in keys), token, token.rpartition(".")[2], secret, MASTER, KEY]
    held = [(name, canary[:12]) for name, text in seen for canary in canaries if canary in text]
    assert held == []


def test_a_crash_tells_no_key(tmp_path: Path) -> None:
    shown: list[str] = []

    def crash(*_: object) -> Any:
        raise RuntimeError(f"Authorization: Bearer {shown[0]} of {shown[0]}")

    crashing = SimpleNamespace(voices=crash, settle=crash)
    served = replace(sandbox(), tts=cast(Any, crashing), speaker_of=crash)
    with running(tmp_path / "g", served, env=Env.TEST) as team:
        shown.append(team.keys.issue(env=Env.TEST))
        spoken = team.speak(shown[0])
        listed = team.ask("GET", "/v1/audio/voices", key=shown[0])
        rows = str(team.rows("test"))
    assert (spoken.status, listed.status) == (502, 500)
    assert str(team.said).count("***") >= 2
    assert shown[0][16:] not in f"{team.said} {spoken} {listed} {rows}"
