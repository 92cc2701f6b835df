"""Speech by the newer interface over HTTP: one request, JSON objects that bring the sound as it is spoken.

Specification: https://www.volcengine.com/docs/6561/1598757
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from voicectl.core.audio import AudioFormat
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import BrokenAnswer
from voicectl.core.request import Pairs, Request
from voicectl.core.service import Service
from voicectl.core.tts import Mark, Utterance
from voicectl.vendors.volcengine.json_pieces import objects_in
from voicectl.vendors.volcengine.sound import ENCODINGS, JSON, SPEAKER, decoded
from voicectl.vendors.volcengine.speech_errors import GOOD_V3, error_of, number
from voicectl.vendors.volcengine.timings import marks_of_sentence
from voicectl.vendors.volcengine.wished import put, wished

PATH = "/api/v3/tts/unidirectional"
NAME = "X-Api-Request-Id"


@dataclass(slots=True)
class Told:
    """What an answer tells beside the sound; complete when the sound is."""

    marks: list[Mark] = field(default_factory=list)
    billed: list[int] = field(default_factory=list)

    def take(self, found: object) -> None:
        """Take in what an object of the answer says of words and of the bill."""
        told = found if isinstance(found, dict) else {}
        self.marks.extend(marks_of_sentence(told.get("sentence")))
        usage = told.get("usage")
        billed = usage.get("text_words") if isinstance(usage, dict) else None
        if isinstance(billed, int):
            self.billed.append(billed)


def parameters(service: Service, utterance: Utterance, audio: AudioFormat) -> dict[str, object]:
    """Return `req_params` for an utterance, without its text."""
    found = wished(service, utterance)
    put(found, "audio_params.format", ENCODINGS[audio.container])
    if audio.sample_rate:
        put(found, "audio_params.sample_rate", audio.sample_rate)
    if "additions" in found:
        # The interface wants these as a text that holds JSON.
        found["additions"] = json.dumps(found["additions"], ensure_ascii=False)
    return found


def request_of(
    endpoint: Endpoint, service: Service, utterance: Utterance, audio: AudioFormat, headers: Pairs
) -> Request:
    """Return the request for one piece, without its name and its key."""
    spoken = {"ssml" if utterance.ssml else "text": utterance.text}
    body = {"user": {"uid": SPEAKER}, "req_params": {**parameters(service, utterance, audio), **spoken}}
    written = json.dumps(body, ensure_ascii=False).encode()
    return endpoint.request("POST", PATH, headers=(JSON, *headers), body=written)


def named(request: Request, name: str) -> Request:
    """Return the request with a name."""
    return request.with_header(NAME, name)


def sound_in(chunks: Iterable[bytes], told: Told, request_id: str) -> Iterator[bytes]:
    """Yield the sound as it comes; raise what a code means, BrokenAnswer where the last object is missing."""
    received, is_whole = 0, False
    for found in objects_in(chunks):
        code = number(found.get("code"))
        if "code" not in found or code not in (0, GOOD_V3):
            raise error_of(code, str(found.get("message") or found.get("error") or ""), request_id)
        told.take(found)
        if sound := decoded(found.get("data")):
            received += len(sound)
            yield sound
        is_whole = is_whole or code == GOOD_V3
    if not is_whole:
        raise BrokenAnswer(
            "the answer stops after {received} bytes of sound, and its last object is missing",
            received=received,
        )
