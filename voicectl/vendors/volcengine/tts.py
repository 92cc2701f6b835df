"""Speech by Volcengine: which interface serves an utterance, and how the sound is opened.

What is said to an interface: `stream_v3.py`, `http_v1.py` and the sockets. What they take: `services.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.errors import Unsupported
from voicectl.core.measure import Unit
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_beyond, refuse_unknown
from voicectl.vendors.volcengine import http_v1, socket_v1, socket_v3, stream_v3
from voicectl.vendors.volcengine.engines import chosen, is_v1, refuse_other_engines, service_of
from voicectl.vendors.volcengine.services import LIMIT_BYTES, RATES_V1, RATES_V3
from voicectl.vendors.volcengine.sound import formats_at
from voicectl.vendors.volcengine.speech_access import V1_HINT, SpeechAccess
from voicectl.vendors.volcengine.wished import check_parameters, language, put

if TYPE_CHECKING:
    from voicectl.core.audio import AudioFormat
    from voicectl.core.conversation import Conversation
    from voicectl.core.tts import Mark
    from voicectl.core.vendor import Access, Client
    from voicectl.vendors.volcengine.frames import Frame

FORMATS_V1, FORMATS_V3 = formats_at(RATES_V1), formats_at(RATES_V3)
LIMIT = TextLimit(LIMIT_BYTES, unit=Unit.BYTES)
"""The first interface's. The newer one has a limit too, but no page says which."""


class VolcengineTts:
    """Speaks as one account."""

    formats = FORMATS_V3
    text_limit = LIMIT

    def __init__(self, access: Access) -> None:
        self._speech = SpeechAccess(access)

    def formats_for(self, utterance: Utterance) -> tuple[AudioFormat, ...]:
        """Return what the interface of a settled utterance answers with."""
        return FORMATS_V1 if is_v1(utterance.engine) else FORMATS_V3

    def voices(self) -> Iterator[Voice]:
        """Yield nothing: the speech service cannot be asked for its voices with the keys that speak."""
        yield from ()

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in engine and voice; what the interface that serves them has not is refused."""
        engine, voice, service = chosen(utterance.engine, utterance.voice)
        known = service.wish("lang")
        lang = language(utterance.lang, known.values if known else ())
        utterance = replace(utterance, engine=engine, voice=voice, lang=lang)
        refuse_other_engines(service, utterance)
        refuse_beyond(service, utterance, "volcengine")
        check_parameters(service, utterance)
        operation = utterance.params.get("operation", "")
        refuse_unknown("--param operation", operation, "volcengine", (http_v1.QUERY, http_v1.SUBMIT))
        if utterance.live and utterance.ssml:
            raise Unsupported("volcengine takes no markup with --live", vendor="volcengine", wish="ssml")
        return utterance

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece."""
        LIMIT.refuse_longer(utterance.text, "volcengine", ssml=utterance.ssml)
        audio = utterance.format or self.formats_for(utterance)[0]
        if not is_v1(utterance.engine):
            opened = self._streamed(utterance, audio)
        elif utterance.params.get("operation") == http_v1.SUBMIT:
            opened = self._submitted(utterance, audio)
        else:
            opened = self._queried(utterance, audio)
        with opened as stream:
            yield stream

    @contextmanager
    def synthesize_live(self, utterance: Utterance, texts: Iterator[str]) -> Iterator[SpeechStream]:
        """Speak texts as they come, in one session."""
        audio = utterance.format or FORMATS_V3[0]
        service = service_of(utterance.engine, utterance.voice)
        parameters = stream_v3.parameters(service, utterance, audio)
        headers = self._speech.v3_headers(utterance.engine, app_id="X-Api-App-Key")
        request = self._speech.endpoint.request("GET", socket_v3.PATH, headers=headers)
        begun: list[socket_v3.Session] = []

        def begin(talk: Conversation) -> None:
            session = socket_v3.Session(name=self._speech.fresh_name(), parameters=parameters)
            session.start(talk)
            begun.append(session)

        told = stream_v3.Told()
        with self._socket_v3.converse(request, action="bidirection", begin=begin) as talk:
            session = begun[-1]
            yield SpeechStream(
                format=audio,
                chunks=session.speak(talk, texts, told),
                request_id=session.name,
                marks=told.marks,
                billed_later=told.billed,
            )

    @contextmanager
    def _streamed(self, utterance: Utterance, audio: AudioFormat) -> Iterator[SpeechStream]:
        service = service_of(utterance.engine, utterance.voice)
        headers = self._speech.v3_headers(utterance.engine)
        request = stream_v3.request_of(self._speech.endpoint, service, utterance, audio, headers)
        told = stream_v3.Told()
        with self._http_v3.stream(request, action="unidirectional", as_lines=True) as reply:
            request_id = reply.headers.get("x-tt-logid", "")
            yield SpeechStream(
                format=audio,
                chunks=stream_v3.sound_in(reply.chunks, told, request_id),
                request_id=request_id,
                marks=told.marks,
                billed_later=told.billed,
            )

    @contextmanager
    def _queried(self, utterance: Utterance, audio: AudioFormat) -> Iterator[SpeechStream]:
        request = http_v1.request_of(self._speech.endpoint, self._body_v1(utterance, audio, http_v1.QUERY))
        marks: list[Mark] = []
        with self._http_v1.stream(request, action=http_v1.QUERY, as_lines=True) as reply:
            request_id = reply.headers.get("x-tt-logid", "")
            yield SpeechStream(
                format=audio,
                chunks=http_v1.sound_in(reply.chunks, marks, request_id),
                request_id=request_id,
                marks=marks,
            )

    @contextmanager
    def _submitted(self, utterance: Utterance, audio: AudioFormat) -> Iterator[SpeechStream]:
        body = self._body_v1(utterance, audio, http_v1.SUBMIT)
        request = self._speech.endpoint.request("GET", socket_v1.PATH)
        heard: list[tuple[str, Frame]] = []

        def begin(talk: Conversation) -> None:
            name = self._speech.fresh_name()
            put(body, "request.reqid", name)
            written = json.dumps(body, ensure_ascii=False).encode()
            heard.append((name, socket_v1.ask(talk, written)))

        with self._socket_v1.converse(request, action=http_v1.SUBMIT, begin=begin) as talk:
            name, first = heard[-1]
            frames = socket_v1.frames_after(first, talk)
            yield SpeechStream(format=audio, chunks=socket_v1.sound_in(frames), request_id=name)

    def _body_v1(self, utterance: Utterance, audio: AudioFormat, operation: str) -> dict[str, object]:
        service = service_of(utterance.engine, utterance.voice)
        return http_v1.body_of(service, utterance, audio, self._speech.app_id(V1_HINT), operation)

    @cached_property
    def _http_v1(self) -> Client:
        return self._speech.v1_client(http_v1.named)

    @cached_property
    def _socket_v1(self) -> Client:
        return self._speech.v1_client(lambda request, name: request)

    @cached_property
    def _http_v3(self) -> Client:
        return self._speech.v3_client(stream_v3.named)

    @cached_property
    def _socket_v3(self) -> Client:
        return self._speech.v3_client(socket_v3.named)
