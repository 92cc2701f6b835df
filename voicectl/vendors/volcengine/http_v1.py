"""Speech by the first interface over HTTP: one request, and JSON that holds all of the sound.

Specification: https://www.volcengine.com/docs/6561/1257584
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from voicectl.core.audio import AudioFormat
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BrokenAnswer
from voicectl.core.request import Request
from voicectl.core.service import Service
from voicectl.core.tts import Mark, Utterance
from voicectl.vendors.volcengine.json_pieces import objects_in
from voicectl.vendors.volcengine.services import V1_LARGE
from voicectl.vendors.volcengine.sound import ENCODINGS, JSON, SPEAKER, decoded
from voicectl.vendors.volcengine.speech_errors import GOOD_V1, error_of, number
from voicectl.vendors.volcengine.timings import marks_of_addition
from voicectl.vendors.volcengine.wished import put, wished

PATH = "/api/v1/tts"
QUERY, SUBMIT = "query", "submit"
NO_TOKEN = "in-the-header"
"""The body wants a token that is not empty; the real one is in the header alone."""


def body_of(
    service: Service, utterance: Utterance, audio: AudioFormat, app_id: str, operation: str
) -> dict[str, object]:
    """Return what is asked for one piece; it lacks its `reqid` still."""
    body = wished(service, utterance)
    put(body, "app.appid", app_id)
    put(body, "app.token", NO_TOKEN)
    put(body, "user.uid", SPEAKER)
    put(body, "audio.encoding", ENCODINGS[audio.container])
    if audio.sample_rate:
        put(body, "audio.rate", audio.sample_rate)
    if utterance.emotion and service is V1_LARGE:
        put(body, "audio.enable_emotion", True)
    put(body, "request.text", utterance.text)
    put(body, "request.operation", operation)
    return body


def request_of(endpoint: Endpoint, body: dict[str, object]) -> Request:
    """Return the request, without its name and its key."""
    return endpoint.request("POST", PATH, headers=(JSON,), body=json.dumps(body, ensure_ascii=False).encode())


def named(request: Request, name: str) -> Request:
    """Return the request with its `reqid`, which nothing else may ever have had."""
    body = json.loads(request.body)
    put(body, "request.reqid", name)
    return replace(request, body=json.dumps(body, ensure_ascii=False).encode())


def sound_in(chunks: Iterable[bytes], marks: list[Mark], request_id: str) -> Iterator[bytes]:
    """Yield the sound of an answer and fill in `marks`; raise what its code means, or BrokenAnswer."""
    found = list(objects_in(chunks))
    if len(found) != 1:
        raise BrokenAnswer("the answer is {count} objects, and one was promised", count=len(found))
    (told,) = found
    code = number(told.get("code"))
    if code != GOOD_V1:
        raise error_of(code, str(told.get("message") or ""), request_id)
    sound = decoded(told.get("data"))
    if not sound:
        raise BrokenAnswer("the answer holds no sound")
    marks += marks_of_addition(told.get("addition"))
    yield sound
