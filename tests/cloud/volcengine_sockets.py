"""Volcengine's two speech sockets on loopback. What they check is told in `volcengine_speech.py`.

Frames of a session are read by another implementation than ours, the others by hand.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from volcengine_audio.tts import VolcengineTTSFunctions as Theirs
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

from tests.cloud import websocket
from tests.cloud.sounds import made, pcm, seconds_of
from tests.cloud.volcengine_speech import (
    BUSY,
    No,
    VolcengineSpeech,
    check_bearer,
    check_keys,
    check_v1,
    check_v3,
    marks_are_wanted,
    sentence_of,
)

FRONT_END, SOUND, TEXT, ERROR = 0xC, 0xB, 0x9, 0xF
STARTED, FAILED, FINISHED = 50, 51, 52
SESSION_STARTED, SESSION_FINISHED, SESSION_FAILED = 150, 152, 153
SENTENCE_START, SENTENCE_END, SOUND_EVENT, SUBTITLE = 350, 351, 352, 364
CONNECTION_ID = b"bxnweiu"

Say = Callable[[ServerConnection], None]


def numbered(sequence: int, sound: bytes, *, packed: bool = False) -> bytes:
    """Return a frame of sound with its number."""
    payload = gzip.compress(sound) if packed else sound
    flag = 3 if sequence < 0 else 1
    return bytes((0x11, SOUND << 4 | flag, packed, 0)) + struct.pack(">iI", sequence, len(payload)) + payload


def failure(code: int, message: str) -> bytes:
    """Return an error frame."""
    told = json.dumps({"reqid": "r", "code": code, "message": message}).encode()
    return bytes((0x11, ERROR << 4, 0x10, 0)) + struct.pack(">II", code, len(told)) + told


def told(event: int, name: bytes, **payload: Any) -> bytes:
    """Return an event in words."""
    words = json.dumps(payload, ensure_ascii=False)
    # Of sentences the service counts signs, not bytes.
    size = len(words) if event in (SENTENCE_START, SENTENCE_END, SUBTITLE) else len(words.encode())
    head = bytes((0x11, TEXT << 4 | 4, 0x10, 0)) + struct.pack(">iI", event, len(name)) + name
    return head + struct.pack(">I", size) + words.encode()


def heard(name: bytes, sound: bytes) -> bytes:
    """Return an event of sound."""
    head = bytes((0x11, SOUND << 4 | 4, 0, 0)) + struct.pack(">iI", SOUND_EVENT, len(name)) + name
    return head + struct.pack(">I", len(sound)) + sound


def logged(no: No) -> Response:
    return websocket.refusal(no.status if no.status > 299 else 400, {"code": no.code, "message": no.message})


@dataclass
class FirstSocket:
    """One synthesis a connection; `fault` has the word after the first piece of sound, `first` before it."""

    service: VolcengineSpeech = field(default_factory=VolcengineSpeech)
    first: Say | None = None
    fault: Say | None = None
    ends_with: Callable[[int], int] = lambda count: -count
    packed: bool = False

    def gate(self, request: Request) -> Response | None:
        try:
            if request.path != "/api/v1/tts/ws_binary":
                raise No(0, "no such path", 404)
            check_bearer(request.headers.get("Authorization"))
        except No as no:
            return logged(no)
        return None

    def talk(self, connection: ServerConnection) -> None:
        try:
            body = self._request(connection.recv())
            check_v1(body, "submit")
            self.service.take(body["request"].get("reqid", ""))
        except No as no:
            connection.send(failure(no.code, no.message))
            return
        self.service.spoken.append(body)
        if self.first:
            self.first(connection)
            return
        sound = made(body["audio"]["encoding"], seconds_of(body["request"]["text"]), body["audio"]["rate"])
        connection.send(bytes((0x11, SOUND << 4, 0, 0)))
        connection.send(bytes((0x11, FRONT_END << 4, 0x10, 0)) + struct.pack(">I", 2) + b"{}")
        half = len(sound) // 4 * 2
        connection.send(numbered(1, sound[:half], packed=self.packed))
        if self.fault:
            self.fault(connection)
            return
        connection.send(numbered(2, sound[half:], packed=self.packed))
        connection.send(numbered(self.ends_with(3), b""))

    def _request(self, message: str | bytes) -> dict[str, Any]:
        if not isinstance(message, bytes) or message[:2] != b"\x11\x10" or message[2] not in (0x10, 0x11):
            raise No(3001, "malformed frame")
        (size,) = struct.unpack(">I", message[4:8])
        if size != len(message) - 8:
            raise No(3001, "malformed frame: size")
        payload = gzip.decompress(message[8:]) if message[2] == 0x11 else message[8:]
        found = json.loads(payload)
        return found if isinstance(found, dict) else {}


@dataclass
class SecondSocket:
    """Sessions told by events; `first` answers the start of a session, `fault` follows the first sound."""

    service: VolcengineSpeech = field(default_factory=VolcengineSpeech)
    first: Callable[[bytes], bytes] | None = None
    fault: Callable[[ServerConnection, bytes], None] | None = None
    busy: int = 0
    names: list[bytes] = field(default_factory=list)
    finished: int = 0
    engine: str = ""

    def gate(self, request: Request) -> Response | None:
        try:
            if request.path != "/api/v3/tts/bidirection":
                raise No(0, "no such path", 404)
            self.engine = check_keys(request.headers.get, ("X-Api-App-Key", "X-Api-App-Id"))
            if not request.headers.get("X-Api-Connect-Id"):
                raise No(45000001, "X-Api-Connect-Id", 400)
        except No as no:
            return logged(no)
        return None

    def talk(self, connection: ServerConnection) -> None:
        event, _, _ = event_in(connection.recv())
        if event != 1:
            connection.send(failure(45000001, "StartConnection comes first"))
            return
        connection.send(told(STARTED, CONNECTION_ID))
        event, name, body = event_in(connection.recv())
        try:
            self._check_start(event, name, body)
        except No as no:
            connection.send(told(SESSION_FAILED, name, status_code=no.code, message=no.message))
            return
        connection.send(self.first(name) if self.first else told(SESSION_STARTED, name))
        self._session(connection, name, body["req_params"])
        event, _, _ = event_in(connection.recv())
        self.finished += event == 2
        connection.send(told(FINISHED, CONNECTION_ID))

    def _check_start(self, event: int, name: bytes, body: dict[str, Any]) -> None:
        if event != 100 or not name or name in self.names or body.get("event") != 100:
            raise No(45000001, "StartSession with a name of its own comes now")
        self.names.append(name)
        if len(self.names) <= self.busy:
            raise No(45000000, BUSY)
        if body.get("namespace") != "BidirectionalTTS":
            raise No(45000001, "namespace")
        check_v3(body, body.get("req_params"), self.engine, has_text=False)

    def _session(self, connection: ServerConnection, name: bytes, parameters: dict[str, Any]) -> None:
        audio, said = parameters["audio_params"], ""
        while True:
            event, named, body = event_in(connection.recv())
            if named != name or event not in (200, 102):
                connection.send(told(SESSION_FAILED, name, status_code=45000000, message="another session"))
                return
            if event == 102:
                break
            text = body["req_params"]["text"]
            said += text
            self.service.spoken.append({"text": text, "parameters": parameters, "engine": self.engine})
            connection.send(told(SENTENCE_START, name, res_params={"text": text}))
            connection.send(heard(name, pcm(seconds_of(text), audio.get("sample_rate", 24000))))
            if self.fault:
                self.fault(connection, name)
                return
            wanted = marks_are_wanted(audio, self.engine)
            is_second = self.engine.endswith("2.0")
            end = sentence_of(text) if wanted else {"text": text}
            connection.send(told(SUBTITLE if is_second else SENTENCE_END, name, **end))
        usage = {"usage": {"text_words": len(said)}}
        connection.send(told(SESSION_FINISHED, name, status_code=20000000, message="ok", **usage))


def event_in(message: str | bytes) -> tuple[int, bytes, dict[str, Any]]:
    """Read a client's event: number, session, payload."""
    assert isinstance(message, bytes), "events are binary"
    assert message[:4] == bytes.fromhex("11141000"), message[:4].hex()
    (event,) = struct.unpack(">i", message[4:8])
    if event in (1, 2):
        assert message[8:] == struct.pack(">I", 2) + b"{}", "these carry an empty object"
        return event, b"", {}
    _, name, body = Theirs.extract_response_payload(message)
    (size,) = struct.unpack(">I", message[12 + len(name.encode()) :][:4])
    assert size == len(message) - 16 - len(name.encode()), "the size of the payload"
    return event, name.encode(), body
