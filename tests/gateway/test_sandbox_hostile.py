"""Whatever is sent to the sandbox, every vendor answers in its own words, and nothing breaks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from tests.gateway.load import KINDS, shots
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.gateway.sandbox import accounts
from voicectl.gateway.sandbox.app import Sandbox
from voicectl.gateway.sandbox.cloud import Cloud
from voicectl.gateway.sandbox.sound import Studio, tone
from voicectl.gateway.sandbox.start import interfaces
from voicectl.signing import schemes

pytestmark = pytest.mark.slow
URL = "http://127.0.0.1:8787"
PATHS = (
    "/v1/speech",
    "/v1/voices",
    "/v1/synthesisTasks/x",
    "/stream/v1/tts",
    "/rest/v1/tts/async",
    "/api/v1/tts",
    "/api/v3/tts/unidirectional",
    "/v1/audio/speech",
    "/v1/models",
    "/v1/tts",
    "/ttsapi",
    "/",
    "/_sandbox/fault",
    "/_sandbox/clock",
    "/_sandbox/outcome",
)
BODIES = (
    b"",
    b"{",
    b"[]",
    b'{"a":',
    b"null",
    b'{"text":1,"Text":[],"input":{},"header":[]}',
    b"\xff\xfe",
    b"a=%ff&a=1",
)


@pytest.fixture
def app() -> Sandbox:
    cloud = Cloud(keys=accounts.keys(), real_now=lambda: datetime.now(UTC), is_limited=False)
    return Sandbox(cloud, *interfaces(cloud, Studio(tone)))


def status_of(app: Sandbox, wire: bytes) -> int:
    return answer_of(app, wire)[0]


def answer_of(app: Sandbox, wire: bytes) -> tuple[int, bytes]:
    """Hand a request to the application as uvicorn does; return status and body of its answer."""
    head, _, body = wire.partition(b"\r\n\r\n")
    line, *rest = head.split(b"\r\n")
    method, target, _ = line.split(b" ", 2)
    path, _, query = target.partition(b"?")
    pairs = [each.partition(b":") for each in rest]
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "scheme": "http",
        "method": method.decode("latin-1"),
        "raw_path": path,
        "query_string": query,
        "headers": [(name.lower(), text.strip()) for name, _, text in pairs],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def spoiled(chance: Random) -> Iterator[bytes]:
    """Yield signed requests in which a few bytes are something else."""
    for shot in shots(accounts.variables(URL), 240, spoil_every=10**9):
        data = bytearray(shot.wire)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(data))
            if data[place] not in b" \r\n:":
                data[place] = chance.choice(b"\x00%+&=/?;,aZ9\x7f\x80\xc3\xff")
        yield bytes(data)


@pytest.mark.parametrize("seed", range(3))
def test_spoiled_requests_are_refused_in_order(app: Sandbox, seed: int) -> None:
    assert {status_of(app, wire) for wire in spoiled(Random(seed))} <= {200, 400, 401, 403, 404, 405, 421}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nonsense_is_refused_in_order(app: Sandbox, path: str, method: str) -> None:
    keys = (accounts.API_KEY, accounts.EMOTIVOICE_KEY, accounts.DASHSCOPE)
    shown = (f"Bearer {key}" for key in keys)
    for header in ("", *shown, f"Bearer;{accounts.SPEECH_TOKEN}", "AWS4-HMAC-SHA256 x", "ACS3-HMAC-SHA256 ="):
        for body in BODIES:
            lines = [
                f"{method} {path}?a=%zz&&=&X-Amz-Signature=%ff HTTP/1.1",
                "Host: 127.0.0.1",
                f"Authorization: {header}",
            ]
            lines += [
                f"X-Api-Key: {accounts.SPEECH_KEY}",
                "X-Api-Resource-Id: seed-tts-2.0",
                "Content-Type: application/json",
            ]
            status = status_of(app, "\r\n".join([*lines, "", ""]).encode() + body)
            assert status < 500 or (path, status) == ("/v1/audio/speech", 500)


WORDS: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "openai": (
        "/v1/audio/speech",
        {"Authorization": f"Bearer {accounts.API_KEY}"},
        {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "hi", "speed": 1, "response_format": "wav"},
    ),
    "emotivoice": (
        "/v1/audio/speech",
        {"Authorization": f"Bearer {accounts.EMOTIVOICE_KEY}"},
        {"model": "emoti-voice", "voice": "8051", "input": "hi", "response_format": "wav", "prompt": ""},
    ),
    "v1tts": (
        "/v1/tts",
        {"Authorization": f"Bearer {accounts.EMOTIVOICE_KEY}"},
        {"text": "hi", "emotion": "happy", "speed": 1},
    ),
    "v1": (
        "/api/v1/tts",
        {"Authorization": f"Bearer;{accounts.SPEECH_TOKEN}"},
        {
            "app": {"appid": accounts.SPEECH_APP, "token": "t", "cluster": "volcano_tts"},
            "user": {"uid": "u"},
            "audio": {"voice_type": "BV001_streaming", "encoding": "wav", "rate": 24000, "speed_ratio": 1},
            "request": {"reqid": "r", "text": "hi", "operation": "query", "with_timestamp": 1},
        },
    ),
    "v3": (
        "/api/v3/tts/unidirectional",
        {"X-Api-Key": accounts.SPEECH_KEY, "X-Api-Resource-Id": "seed-tts-2.0"},
        {
            "user": {"uid": "u"},
            "req_params": {
                "text": "hi",
                "speaker": "zh_female_vv_uranus_bigtts",
                "audio_params": {"format": "pcm", "sample_rate": 24000, "speech_rate": 0},
                "additions": "{}",
            },
        },
    ),
    "nls": (
        "/stream/v1/tts",
        {"X-NLS-Token": "TOKEN"},
        {"appkey": accounts.APPKEY, "text": "hi", "format": "wav", "sample_rate": 16000, "voice": "xiaoyun",
         "volume": 50},
    ),
    "nls-async": (
        "/rest/v1/tts/async",
        {},
        {
            "header": {"appkey": accounts.APPKEY, "token": "TOKEN"},
            "context": {"device_id": "d"},
            "payload": {"tts_request": {"text": "hi", "format": "wav", "sample_rate": 16000}},
        },
    ),
    "polly": (
        "/v1/speech",
        {},
        {"Text": "hi", "VoiceId": "Joanna", "OutputFormat": "pcm", "SampleRate": "16000", "Engine": "neural",
         "SpeechMarkTypes": [], "TextType": "text"},
    ),
    "polly task": (
        "/v1/synthesisTasks",
        {},
        {"Text": "hi", "VoiceId": "Joanna", "OutputFormat": "pcm", "OutputS3BucketName": "voice-example",
         "OutputS3KeyPrefix": "a"},
    ),
    "tencent": (
        "/",
        {"X-TC-Action": "TextToVoice", "X-TC-Version": "2019-08-23"},
        {"Text": "hi", "SessionId": "s", "Codec": "wav", "SampleRate": 16000, "Speed": 0,
         "EmotionCategory": "sad", "FastVoiceType": "", "VoiceType": 1, "EnableSubtitle": True},
    ),
}  # fmt: skip
SIGNED = {"polly": KINDS[0], "polly task": KINDS[0], "tencent": replace(KINDS[5], service="tts")}


def changed(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a body with one of its values, however deep, turned into something else, or left out."""
    for name, value in body.items():
        if isinstance(value, dict):
            yield from ({**body, name: inner} for inner in changed(value))
        for other in (
            None,
            [],
            {},
            [{}],
            {"id": []},
            True,
            -1,
            1e999,
            "²",
            "\ud800",
            "<speak>",
            "",
            "x" * 2000,
        ):
            yield {**body, name: other}
        yield {key: value for key, value in body.items() if key != name}


def wire_of(name: str, body: dict[str, Any], token: str) -> bytes:
    path, headers, _ = WORDS[name]
    data = json.dumps(body).replace("TOKEN", token).encode()
    pairs = [("Content-Type", "application/json"), *headers.items()]
    pairs = [(key, text.replace("TOKEN", token)) for key, text in pairs]
    request = Request(method="POST", host="127.0.0.1", path=path, headers=tuple(pairs), body=data)
    if kind := SIGNED.get(name):
        key_id, secret = (accounts.variables(URL)[variable] for variable in kind.variables)
        signer = schemes.build(kind.scheme, region=kind.region, service=kind.service)
        keys = Credentials(key_id=key_id, secret=Secret(secret))
        request = signer.sign(request, keys, Moment(datetime.now(UTC), "")).request
    else:
        request = request.with_header("Host", "127.0.0.1")
    lines = [f"POST {request.target} HTTP/1.1", *(f"{key}: {text}" for key, text in request.headers)]
    return "\r\n".join([*lines, "", ""]).encode() + data


@pytest.mark.parametrize("name", WORDS)
def test_a_value_of_another_kind_is_refused_in_order(app: Sandbox, name: str) -> None:
    (token,) = shots(accounts.variables(URL), 3)[2:]
    found = answer_of(app, token.wire)[1]
    ready: str = json.loads(found)["Token"]["Id"]
    good = WORDS[name][2]
    assert status_of(app, wire_of(name, good, ready)) == 200
    allowed = {200, 400, 401, 403, 404, 422, 501} | ({500} if name == "emotivoice" else set())
    seen = [status_of(app, wire_of(name, body, ready)) for body in changed(good)]
    assert set(seen) <= allowed
