"""The loopback speech service refuses what the real one refuses: keys, names, resources, frames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.cloud.server import parse
from tests.cloud.volcengine_sockets import ERROR, FirstSocket
from tests.cloud.volcengine_speech import API_KEY, APP_ID, TOKEN, VolcengineSpeech
from tests.cloud.websocket import talking

V1: dict[str, Any] = {
    "app": {"appid": APP_ID, "token": "any", "cluster": "volcano_tts"},
    "user": {"uid": "u"},
    "audio": {"voice_type": "BV001_streaming", "encoding": "mp3"},
    "request": {"reqid": "r-1", "text": "hi", "operation": "query"},
}
V3: dict[str, Any] = {
    "user": {"uid": "u"},
    "req_params": {
        "text": "hi",
        "speaker": "zh_female_vv_uranus_bigtts",
        "audio_params": {"format": "mp3"},
    },
}
BEARER = {"Authorization": f"Bearer;{TOKEN}"}
KEY = {"X-Api-Key": API_KEY, "X-Api-Resource-Id": "seed-tts-2.0"}


def code_of(path: str, headers: Mapping[str, str], body: object, *, times: int = 1) -> int:
    """Send a request as often as wanted; return the code in the last answer's first line."""
    wire = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    service = VolcengineSpeech()
    for _ in range(times):
        answer = b"".join(service(parse("\r\n".join(lines).encode() + b"\r\n\r\n" + wire)).wire())
    first = answer.split(b"\r\n\r\n", 1)[1]
    text = next(each for each in first.replace(b"\r\n", b"\n").split(b"\n") if each[:1] == b"{")
    return int(json.loads(text)["code"])


def changed(body: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """Return a copy with one field changed, or without it."""
    copy = deepcopy(body)
    *way, last = place.split(".")
    inner = copy
    for name in way:
        inner = inner[name]
    inner.pop(last, None)
    if value is not None:
        inner[last] = value
    return copy


@pytest.mark.parametrize(
    ("headers", "body", "times", "code"),
    [
        (BEARER, V1, 1, 3000),
        ({"Authorization": f"Bearer; {TOKEN}"}, V1, 1, 3000),
        ({"Authorization": f"Bearer {TOKEN}"}, V1, 1, 3001),
        ({}, V1, 1, 3001),
        (BEARER, V1, 2, 3006),
        (BEARER, changed(V1, "request.reqid", None), 1, 3001),
        (BEARER, changed(V1, "app.appid", "2"), 1, 3001),
        (BEARER, changed(V1, "app.token", ""), 1, 3001),
        (BEARER, changed(V1, "app.token", TOKEN), 1, 3001),
        (BEARER, changed(V1, "app.cluster", "volcano_icl"), 1, 3031),
        (BEARER, changed(V1, "audio.voice_type", "BV999_streaming"), 1, 3050),
        (BEARER, changed(V1, "audio.speed_ratio", 4), 1, 3001),
        (BEARER, changed(V1, "audio.rate", 44100), 1, 3001),
        (BEARER, changed(V1, "request.operation", "submit"), 1, 3001),
        (BEARER, changed(V1, "request.text", "声" * 342), 1, 3010),
        (BEARER, changed(V1, "request.text", "!?"), 1, 3011),
    ],
)
def test_the_first_interface_refuses(
    headers: dict[str, str], body: dict[str, Any], times: int, code: int
) -> None:
    assert code_of("/api/v1/tts", headers, body, times=times) == code


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (KEY, V3, 0),
        ({**KEY, "X-Api-Key": "other"}, V3, 45000010),
        ({"X-Api-Resource-Id": "seed-tts-2.0", "X-Api-App-Id": APP_ID}, V3, 45000010),
        ({**KEY, "X-Api-Resource-Id": "seed-tts-9.0"}, V3, 45000030),
        ({**KEY, "X-Api-Resource-Id": "seed-tts-1.0"}, V3, 45000000),
        (KEY, changed(V3, "req_params.additions", {"silence_duration": 1}), 45000001),
        (KEY, changed(V3, "req_params.audio_params.format", "wav"), 45000001),
        (KEY, changed(V3, "req_params.audio_params.speech_rate", 101), 45000001),
        (KEY, changed(V3, "req_params.text", None), 45000001),
        (KEY, changed(V3, "user.uid", None), 45000001),
    ],
)
def test_the_newer_interface_refuses(headers: dict[str, str], body: dict[str, Any], code: int) -> None:
    assert code_of("/api/v3/tts/unidirectional", headers, body) == code


@pytest.mark.parametrize("message", [b"\x11\x10\x10\0\0\0\0\x09{}", b"\x11\x20\x10\0\0\0\0\x02{}", "{}"])
def test_a_socket_refuses_what_is_no_frame(message: bytes | str) -> None:
    socket = FirstSocket()
    with talking(socket.talk, gate=socket.gate) as server:
        url = f"ws://{server.host}/api/v1/tts/ws_binary"
        with connect(url, additional_headers=BEARER, compression=None, proxy=None) as talk:
            talk.send(message)
            answer = talk.recv()
    assert isinstance(answer, bytes)
    assert answer[1] >> 4 == ERROR
