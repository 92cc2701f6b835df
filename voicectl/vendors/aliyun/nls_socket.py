"""Speech by NLS over a WebSocket: a whole text, or text as it comes. How a task goes: `tasks.py`.

Specification: https://help.aliyun.com/zh/isi/developer-reference/websocket-protocol-description
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BadInput, BrokenAnswer, VoicectlError
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Utterance
from voicectl.core.wishes import refuse_unknown
from voicectl.signing import schemes
from voicectl.vendors.aliyun.errors import judge_speech, task_failed
from voicectl.vendors.aliyun.nls import Gateway, formats, plain, text_of, wishes_of
from voicectl.vendors.aliyun.services import FLOWING
from voicectl.vendors.aliyun.tasks import News, Task, spoken, task_id

if TYPE_CHECKING:
    from voicectl.core.vendor import Access, Client

SHORT, LONG, STREAM = "SpeechSynthesizer", "SpeechLongSynthesizer", "FlowingSpeechSynthesizer"
NAMESPACE = "namespace"
# The end of a task is told, and a stream's header cannot tell its length: bare samples are best here.
FORMATS = formats(Container.PCM, Container.WAV, Container.MP3)
LIMITS = {SHORT: TextLimit(300), LONG: TextLimit(100_000), STREAM: TextLimit(100_000)}
MESSAGE_CHARACTERS = 10_000
FLOWING_REGION = "cn-beijing"
"""The only gateway that the pages show it at."""
COMPLETED, STARTED, FAILED = "SynthesisCompleted", "SynthesisStarted", "TaskFailed"
Told = Callable[[VoicectlError], VoicectlError]


class NlsSocket:
    """Speaks at the gateway of the profile's region."""

    formats = FORMATS

    def __init__(self, access: Access) -> None:
        self._gateway = Gateway(access)
        self._access = access

    def limit(self, utterance: Utterance) -> TextLimit:
        """Return what it takes in one request."""
        return limit_of(utterance)

    def ready(self) -> None:
        """Refuse an account that cannot speak."""
        self._gateway.ready()

    def synthesize(self, utterance: Utterance) -> AbstractContextManager[SpeechStream]:
        """Speak one piece; what is heard when is told with the sound."""
        limit_of(utterance).refuse_longer(utterance.text, "aliyun")
        return self._spoken(utterance, namespace_of(utterance), iter((text_of(utterance),)))

    def synthesize_live(
        self, utterance: Utterance, texts: Iterator[str]
    ) -> AbstractContextManager[SpeechStream]:
        """Speak text while it comes."""
        return self._spoken(utterance, STREAM, map(plain, texts) if not utterance.ssml else texts)

    def _spoken(
        self, utterance: Utterance, namespace: str, texts: Iterator[str]
    ) -> AbstractContextManager[SpeechStream]:
        audio = utterance.format or FORMATS[0]
        gateway = self._gateway
        endpoint = gateway.endpoint(FLOWING_REGION if namespace == STREAM else "")

        def make() -> Task:
            name = task_id(self._access.clock.moment().nonce)
            return NlsTask(namespace, gateway.appkey, name, utterance, audio, gateway.told)

        request = endpoint.request("GET", "/ws/v1")
        return spoken(self._client, request, make, audio, texts, action=namespace)

    @cached_property
    def _client(self) -> Client:
        signer = schemes.build("bearer", options={"header": "X-NLS-Token", "prefix": ""})
        return self._gateway.client(signer, judge_speech)


def limit_of(utterance: Utterance) -> TextLimit:
    """Return what one task takes; markup may not be cut, so that it must fit into one message."""
    namespace = namespace_of(utterance)
    if namespace == STREAM and utterance.ssml:
        return TextLimit(MESSAGE_CHARACTERS)
    return LIMITS[namespace]


def namespace_of(utterance: Utterance) -> str:
    """Return the interface that speaks an utterance; the one for long texts must be asked for by name."""
    if utterance.engine == FLOWING:
        return STREAM
    asked = utterance.params.get(NAMESPACE, "")
    refuse_unknown(f"--param {NAMESPACE}", asked, "aliyun", (SHORT, LONG))
    return asked or SHORT


class NlsTask:
    """A task in the words of NLS; its end of the text goes with the text, unless that comes later."""

    def __init__(
        self,
        namespace: str,
        appkey: str,
        name: str,
        utterance: Utterance,
        audio: AudioFormat,
        told: Told,
    ) -> None:
        self.id = name
        self.is_announced = namespace == STREAM
        self._header = {"task_id": name, "namespace": namespace, "appkey": appkey}
        self._utterance, self._audio, self._told = utterance, audio, told
        self._sent = 0
        self._characters = 0

    def start(self) -> str:
        utterance = self._utterance
        payload = wishes_of(utterance, self._audio)
        payload.pop(NAMESPACE, None)
        if utterance.marked:
            payload["enable_subtitle"] = True
        if self.is_announced:
            payload |= {"enable_ssml": True} if utterance.ssml else {}
        else:
            payload["text"] = text_of(utterance)
        return self._command("StartSynthesis", payload)

    def texts(self, text: str) -> Iterator[str]:
        self._characters += len(text)
        limit = LIMITS[STREAM].size
        if self._characters > limit:
            raise BadInput(
                "aliyun takes at most {size} characters in one task", size=limit, hint="say it in parts"
            )
        for start in range(0, len(text), MESSAGE_CHARACTERS):
            yield self._command("RunSynthesis", {"text": text[start : start + MESSAGE_CHARACTERS]})

    def finish(self) -> str:
        return self._command("StopSynthesis", {})

    def read(self, message: str) -> News:
        try:
            found = json.loads(message)
            header, payload = found["header"], found.get("payload") or {}
            name = str(header["name"])
        except (ValueError, LookupError, TypeError, AttributeError):
            raise BrokenAnswer("text came where sound was promised") from None
        if name == FAILED:
            raise self._told(self._failure(header))
        return News(
            is_begun=name == STARTED,
            is_done=name == COMPLETED,
            marks=tuple(_marks(payload.get("subtitles"), self._utterance.text)),
            billed=_whole(payload.get("measureLength")),
        )

    def _failure(self, header: Mapping[str, object]) -> VoicectlError:
        reason = header.get("status_text") or header.get("status_message") or ""
        return task_failed(_whole(header.get("status")) or 0, str(reason), self.id)

    def _command(self, name: str, payload: Mapping[str, object]) -> str:
        self._sent += 1
        number = f"{int(self.id, 16) + self._sent:032x}"[-32:]
        return json.dumps(
            {
                "header": {"message_id": number, "name": name, **self._header},
                "payload": payload,
                "context": {"sdk": {"name": "voicectl", "language": "python"}},
            },
            ensure_ascii=False,
        )


def _marks(listed: object, text: str) -> Iterator[Mark]:
    """Read subtitles; a sentence's own entry may be without text and tell its place in the text instead."""
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        begin, end = (_whole(each.get(name)) for name in ("begin_time", "end_time"))
        if begin is None or end is None:
            continue
        is_sentence = each.get("sentence") is True
        words = str(each.get("text") or "")
        first, last = (_whole(each.get(name)) for name in ("begin_index", "end_index"))
        if is_sentence and not words and first is not None and last is not None:
            words = text[first:last]
        yield Mark(begin, end, words, is_sentence)


def _whole(value: object) -> int | None:
    """Return a number that is written as one or as its digits."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else None
