"""Speech by NLS for long texts: handed in, waited for, fetched. The token it needs: `token.py`.

Specification: https://help.aliyun.com/zh/isi/developer-reference/restful-api-for-long-text
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BrokenAnswer, TryLater
from voicectl.core.refusal import promised_object
from voicectl.core.request import Reply, Request
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Utterance
from voicectl.signing.inside import Inside
from voicectl.vendors.aliyun.errors import judge_long_text
from voicectl.vendors.aliyun.nls import Gateway, formats, text_of, wishes_of

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.vendor import Access, Client

FORMATS = formats(Container.WAV, Container.MP3, Container.PCM)
LIMIT = TextLimit(100_000)
PATH = "/rest/v1/tts/async"
PAUSES = (1.0, 2.0, 4.0)
"""The seconds before the first looks; the pages ask for ten between all others."""
USUAL_PAUSE = 10.0
LONGEST_WAIT = 3 * 3600
"""Within this time a text is spoken, the pages promise."""


class NlsAsync:
    """Has whole texts spoken at the gateway of the profile's region."""

    formats = FORMATS

    def __init__(self, access: Access) -> None:
        self._access = access
        self._gateway = Gateway(access)

    def limit(self, utterance: Utterance) -> TextLimit:
        """Return what it takes in one request."""
        return LIMIT

    def ready(self) -> None:
        """Refuse an account that cannot speak."""
        self._gateway.ready()

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Hand in a text, wait until it has been spoken, and open the sound."""
        LIMIT.refuse_longer(utterance.text, "aliyun")
        audio = utterance.format or FORMATS[0]
        endpoint, appkey = self._gateway.endpoint(), self._gateway.appkey
        request = request_of(endpoint, appkey, utterance, audio, device=self._access.clock.moment().nonce)
        handed_in = self._client.send(request)
        done = self._awaited(endpoint, appkey, Task.in_answer(handed_in))
        with self._access.fetch(str(done["audio_address"])) as reply:
            yield SpeechStream(
                format=audio,
                chunks=reply.chunks,
                request_id=Task.in_answer(handed_in).request_id,
                marks=tuple(_marks(done.get("sentences"))),
            )

    def _awaited(self, endpoint: Endpoint, appkey: str, task: Task) -> Mapping[str, object]:
        """Return what the last look shows: where the sound is."""
        waited, looks = 0.0, 0
        while waited < LONGEST_WAIT:
            pause = PAUSES[looks] if looks < len(PAUSES) else USUAL_PAUSE
            self._access.clock.sleep(pause)
            waited, looks = waited + pause, looks + 1
            look = endpoint.request("GET", PATH, pairs=task.pairs(appkey))
            data = promised_object(self._client.send(look)).get("data")
            if isinstance(data, dict) and data.get("audio_address"):
                return data
        raise TryLater(
            "aliyun has not spoken the text within {hours} hours",
            hours=LONGEST_WAIT // 3600,
            vendor="aliyun",
            request_id=task.request_id,
            hint="say it in parts, or with --engine nls-ws",
        )

    @cached_property
    def _client(self) -> Client:
        return self._gateway.client(Inside(), judge_long_text)


class Task:
    """What a text that was handed in is asked after by."""

    def __init__(self, name: str, request_id: str) -> None:
        self.id, self.request_id = name, request_id

    @classmethod
    def in_answer(cls, reply: Reply) -> Task:
        """Read the answer to a text that was handed in."""
        found = promised_object(reply)
        data = found.get("data")
        name = str(data.get("task_id") or "") if isinstance(data, dict) else ""
        if not name:
            raise BrokenAnswer("the answer names no task", hint="check --endpoint-url")
        return cls(name, str(found.get("request_id") or ""))

    def pairs(self, appkey: str) -> tuple[tuple[str, str], ...]:
        """Return the query of a look; the signer puts the token in."""
        return (("appkey", appkey), ("token", ""), ("task_id", self.id), ("request_id", self.request_id))


def request_of(
    endpoint: Endpoint, appkey: str, utterance: Utterance, audio: AudioFormat, *, device: str
) -> Request:
    """Return the request that hands in a text; the signer puts the token in."""
    import json

    wanted = {"text": text_of(utterance), **wishes_of(utterance, audio)}
    if utterance.marked:
        wanted["enable_subtitle"] = True
    body = {
        "header": {"token": "", "appkey": appkey},
        "context": {"device_id": device},
        "payload": {"tts_request": wanted, "enable_notify": False},
    }
    written = json.dumps(body, ensure_ascii=False).encode()
    return endpoint.request("POST", PATH, headers=(("Content-Type", "application/json"),), body=written)


def _marks(listed: object) -> Iterator[Mark]:
    """Read the sentences, whose times are texts."""
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        begin, end = str(each.get("begin_time")), str(each.get("end_time"))
        if begin.isdecimal() and end.isdecimal():
            yield Mark(int(begin), int(end), str(each.get("text") or ""), is_sentence=True)
