"""Speech by the newer interface over a WebSocket: text goes in and sound comes out at the same time.

Specification: https://www.volcengine.com/docs/6561/1329505
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Thread

from voicectl.core.conversation import Conversation
from voicectl.core.errors import BrokenAnswer, TryLater, VoicectlError
from voicectl.core.refusal import object_in
from voicectl.core.request import Request
from voicectl.vendors.volcengine.frames import Event, Frame, Kind, encode
from voicectl.vendors.volcengine.socket_v1 import next_frame
from voicectl.vendors.volcengine.sound import SPEAKER
from voicectl.vendors.volcengine.speech_errors import GOOD_V3, error_of, number
from voicectl.vendors.volcengine.stream_v3 import Told

PATH = "/api/v3/tts/bidirection"
NAME = "X-Api-Connect-Id"
NAMESPACE = "BidirectionalTTS"
FAILURES = frozenset((Event.CONNECTION_FAILED, Event.SESSION_FAILED, Event.SESSION_CANCELED))


def named(request: Request, name: str) -> Request:
    """Return the handshake with a name."""
    return request.with_header(NAME, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session in one connection: its name, and `req_params` without a text."""

    name: str
    parameters: Mapping[str, object]

    def start(self, talk: Conversation) -> None:
        """Open connection and session; raises what the service says against it."""
        _say(talk, Event.START_CONNECTION)
        _await(talk, Event.CONNECTION_STARTED)
        self._say(talk, Event.START_SESSION, self.parameters)
        _await(talk, Event.SESSION_STARTED)

    def speak(self, talk: Conversation, texts: Iterable[str], told: Told) -> Iterator[bytes]:
        """Yield the sound of texts while another thread sends them as they come."""
        feeder = _Feeder(self, talk, texts)
        while True:
            frame = _heard(talk, feeder)
            _refuse_failure(frame)
            match frame.event:
                case Event.SOUND:
                    yield frame.payload
                case Event.SENTENCE_END | Event.SUBTITLE:
                    told.take({"sentence": object_in(frame.payload)})
                case Event.SESSION_FINISHED if not feeder.is_sent:
                    raise BrokenAnswer("the session was ended before its text was")
                case Event.SESSION_FINISHED:
                    told.take(object_in(frame.payload))
                    _say(talk, Event.FINISH_CONNECTION)
                    return

    def send(self, talk: Conversation, text: str) -> None:
        """Send a piece of text."""
        self._say(talk, Event.TASK_REQUEST, {"text": text})

    def finish(self, talk: Conversation) -> None:
        """Say that all of the text has been sent."""
        _say(talk, Event.FINISH_SESSION, self.name)

    def _say(self, talk: Conversation, event: Event, parameters: Mapping[str, object]) -> None:
        told = {"user": {"uid": SPEAKER}, "event": int(event), "namespace": NAMESPACE}
        _say(talk, event, self.name, {**told, "req_params": parameters})


class _Feeder:
    """A thread that sends texts as they come, while the sound of others is heard."""

    def __init__(self, session: Session, talk: Conversation, texts: Iterable[str]) -> None:
        self._session, self._talk, self._texts = session, talk, texts
        self.is_waiting = True
        """More text may come: the service has no reason to speak."""
        self.is_sent = False
        """All of the text has gone out."""
        self.failure: Exception | None = None
        Thread(target=self._run, name="text", daemon=True).start()

    def _run(self) -> None:
        try:
            for text in filter(None, self._texts):
                self._session.send(self._talk, text)
            self.is_sent = True
            self.is_waiting = False
            self._session.finish(self._talk)
        except BrokenAnswer:
            # The line has ended: why, is told to those who listen.
            self.is_waiting = False
        except Exception as error:
            self.failure = error
            self._talk.close()


def _heard(talk: Conversation, feeder: _Feeder) -> Frame:
    """Return the next frame; a silence is no fault while the text is still to come."""
    while True:
        try:
            return next_frame(talk)
        except TryLater as error:
            # A refusal has a code, a silence has none.
            if not feeder.is_waiting or error.facts.get("vendor_code"):
                raise
        except VoicectlError:
            # What stopped the text says more than the conversation that was cut for it.
            if feeder.failure is not None:
                raise feeder.failure from None
            raise


def _say(
    talk: Conversation, event: Event, name: str = "", payload: Mapping[str, object] | None = None
) -> None:
    written = json.dumps(payload or {}, ensure_ascii=False).encode()
    talk.send(encode(Frame(kind=Kind.REQUEST, event=event, name=name, payload=written)))


def _await(talk: Conversation, event: Event) -> None:
    frame = next_frame(talk)
    _refuse_failure(frame)
    if frame.event != event:
        raise BrokenAnswer(
            "event {got} came where {wanted} was promised", got=str(frame.event), wanted=int(event)
        )


def _refuse_failure(frame: Frame) -> None:
    """Raise what a frame says went wrong, by its event or by the code in it."""
    told = object_in(frame.payload) if frame.kind is not Kind.AUDIO else None
    code = number((told or {}).get("status_code"))
    if frame.event in FAILURES or code not in (0, GOOD_V3):
        message = str((told or {}).get("message") or "")
        raise error_of(code, message, frame.name)
