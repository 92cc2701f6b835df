"""What Polly is asked for a piece, as bodies and requests, and the marks that it answers with. Pure.

Specification: https://docs.aws.amazon.com/polly/latest/dg/API_SynthesizeSpeech.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer
from voicectl.core.refusal import object_in
from voicectl.core.tts import Mark, Utterance
from voicectl.vendors.aws.markup import text_and_type
from voicectl.vendors.aws.places import SPEECH
from voicectl.vendors.aws.services import BUCKET, LANGUAGE, LEXICONS, PREFIX, SPEECH_LIMIT, TASK_LIMIT, TOPIC
from voicectl.vendors.aws.voices import FORMATS, OUTPUTS, OWN_RATES, language_code

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Request

JSON = ("Content-Type", "application/json")
SAMPLES = frozenset((Container.PCM, Container.WAV))

Body = Mapping[str, object]


def answered_format(utterance: Utterance) -> AudioFormat:
    """Return what the sound will be: where no rate was named, the engine has its own."""
    audio = utterance.format or FORMATS[0]
    return audio if audio.sample_rate else replace(audio, sample_rate=OWN_RATES.get(utterance.engine, 24000))


def body_of(utterance: Utterance) -> dict[str, object]:
    """Return what is asked for one piece of text; BadInput for one that is too long."""
    audio = utterance.format or FORMATS[0]
    text, kind = text_and_type(utterance)
    limit = TASK_LIMIT if BUCKET in utterance.params else SPEECH_LIMIT
    limit.refuse_longer(text, "aws", ssml=kind == "ssml")
    body: dict[str, object] = {
        "OutputFormat": OUTPUTS[audio.container],
        "Text": text,
        "TextType": kind,
        "VoiceId": utterance.voice,
    }
    if utterance.engine:
        body["Engine"] = utterance.engine
    if audio.sample_rate:
        body["SampleRate"] = str(audio.sample_rate)
    if utterance.lang:
        body[LANGUAGE] = language_code(utterance.lang)
    if names := utterance.params.get(LEXICONS):
        body[LEXICONS] = lexicons_in(names)
    return body | {
        name: utterance.params[name] for name in (LANGUAGE, BUCKET, PREFIX, TOPIC) if name in utterance.params
    }


def lexicons_in(names: str) -> list[str]:
    """Read a list of lexicons, parted by commas."""
    return [name.strip() for name in names.split(",")]


def marks_body(body: Body) -> dict[str, object]:
    """Return what is asked to learn when words and sentences of the same speech are heard."""
    kept = {name: value for name, value in body.items() if name != "SampleRate"}
    return {**kept, "OutputFormat": "json", "SpeechMarkTypes": ["sentence", "word"]}


def speech_request(endpoint: Endpoint, utterance: Utterance) -> Request:
    """Return the unsigned request for one piece of text."""
    return posted(endpoint, SPEECH, body_of(utterance))


def posted(endpoint: Endpoint, path: str, body: Body) -> Request:
    """Return a body as a request."""
    import json

    return endpoint.request("POST", path, headers=(JSON,), body=json.dumps(body, ensure_ascii=False).encode())


def marks_in(answer: bytes, *, ssml: bool = False) -> tuple[Mark, ...]:
    """Read speech marks, a line of JSON each; BrokenAnswer for a line that is none.

    Polly tells when each begins: it ends where the next of its kind does begin. Of markup it shows
    the source.
    """
    marks = [_mark(line) for line in answer.splitlines() if line.strip()]
    if ssml:
        from voicectl.core.ssml import plain_text

        marks = [mark._replace(text=plain_text(mark.text)) for mark in marks]
    return ended(marks)


def ended(marks: Sequence[Mark], sound_ends_ms: int = 0) -> tuple[Mark, ...]:
    """Let each mark end where the next of its kind begins, and the last ones with the sound."""
    ends: dict[bool, int] = {}
    closed = []
    for mark in reversed(marks):
        end = ends.get(mark.is_sentence, max(mark.begin_ms, sound_ends_ms))
        closed.append(mark._replace(end_ms=end))
        ends[mark.is_sentence] = mark.begin_ms
    return tuple(reversed(closed))


def _mark(line: bytes) -> Mark:
    found = object_in(line) or {}
    begin = found.get("time")
    if not isinstance(begin, int):
        shown = line[:80].decode("utf-8", "replace")
        raise BrokenAnswer("a speech mark is not the JSON that was promised: {line!r}", line=shown)
    return Mark(begin, begin, str(found.get("value") or ""), is_sentence=found.get("type") == "sentence")


def counted(chunks: Iterator[bytes], audio: AudioFormat, marks: list[Mark]) -> Iterator[bytes]:
    """Pass samples on; after the last one, close the marks that were open."""
    received = 0
    for chunk in chunks:
        received += len(chunk)
        yield chunk
    marks[:] = ended(marks, received * 1000 // audio.bytes_per_second)
