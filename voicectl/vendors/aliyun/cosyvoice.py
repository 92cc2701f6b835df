"""Speech by CosyVoice at DashScope, over a WebSocket. How a task goes: `tasks.py`.

There is a REST interface too; the pages are not of one mind about it, so it is not used here.

Specification: https://help.aliyun.com/zh/model-studio/cosyvoice-websocket-api
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import BadInput, BrokenAnswer
from voicectl.core.language import primary
from voicectl.core.measure import Unit
from voicectl.core.tts import Mark, SpeechStream, TextLimit, Utterance
from voicectl.signing import schemes
from voicectl.vendors.aliyun.errors import dashscope_failed, judge_dashscope
from voicectl.vendors.aliyun.nls import parameters
from voicectl.vendors.aliyun.places import dashscope
from voicectl.vendors.aliyun.tasks import News, Task, spoken, task_id

if TYPE_CHECKING:
    from voicectl.core.vendor import Access, Client

KEY = "dashscope_api_key"
PATH = "/api-ws/v1/inference"
RATES = (24000, 22050, 16000, 8000, 44100, 48000)
OPUS_RATES = (24000, 16000, 8000, 48000)
FORMATS = (
    *(AudioFormat(each, rate) for each in (Container.PCM, Container.WAV, Container.MP3) for rate in RATES),
    *(AudioFormat(Container.OPUS, rate) for rate in OPUS_RATES),
)
MESSAGE = TextLimit(20_000, unit=Unit.HAN_TWICE, tags_free=True)
WHOLE = TextLimit(200_000, unit=Unit.HAN_TWICE, tags_free=True)
WORKSPACE = "workspace"
STEP = MESSAGE.size // 2
"""Characters that fit into a message whatever they are."""


class CosyVoice:
    """Speaks with one key of DashScope."""

    formats = FORMATS

    def __init__(self, access: Access) -> None:
        self._access = access

    def limit(self, utterance: Utterance) -> TextLimit:
        """Return what it takes in one request."""
        return MESSAGE

    def ready(self) -> None:
        """Refuse a region where there is no CosyVoice; a missing key is said when it is asked for."""
        dashscope(self._access)

    def synthesize(self, utterance: Utterance) -> AbstractContextManager[SpeechStream]:
        """Speak one piece; what is heard when is told with the sound."""
        MESSAGE.refuse_longer(utterance.text, "aliyun", ssml=utterance.ssml)
        return self.synthesize_live(utterance, iter((utterance.text,)))

    def synthesize_live(
        self, utterance: Utterance, texts: Iterator[str]
    ) -> AbstractContextManager[SpeechStream]:
        """Speak text while it comes."""
        audio = utterance.format or FORMATS[0]

        def make() -> Task:
            return CosyTask(task_id(self._access.clock.moment().nonce), utterance, audio)

        space = utterance.params.get(WORKSPACE, "")
        headers = (("X-DashScope-WorkSpace", space),) if space else ()
        request = dashscope(self._access).request("GET", PATH, headers=headers)
        return spoken(self._client, request, make, audio, texts, action=f"run-task {utterance.engine}")

    @cached_property
    def _client(self) -> Client:
        keys = self._access.keys(KEY, host=dashscope(self._access).host)
        return self._access.client(schemes.build("bearer"), judge_dashscope, keys)


class CosyTask:
    """A task in the words of DashScope."""

    is_announced = True

    def __init__(self, name: str, utterance: Utterance, audio: AudioFormat) -> None:
        self.id = name
        self._utterance, self._audio = utterance, audio
        self._size = 0

    def start(self) -> str:
        return self._command(
            "run-task",
            {**self._function(), "parameters": parameters_of(self._utterance, self._audio), "input": {}},
        )

    def texts(self, text: str) -> Iterator[str]:
        ssml = self._utterance.ssml
        self._size += WHOLE.measure(text, ssml=ssml)
        if self._size > WHOLE.size:
            raise BadInput(
                "aliyun takes at most {size} {unit} in one task",
                size=WHOLE.size,
                unit=WHOLE.unit,
                hint="say it in parts",
            )
        step = len(text) if MESSAGE.holds(text, ssml=ssml) else STEP
        for start in range(0, len(text), step):
            part = text[start : start + step]
            yield self._command("continue-task", {**self._function(), "input": {"text": part}})

    def finish(self) -> str:
        return self._command("finish-task", {"input": {}})

    def read(self, message: str) -> News:
        try:
            found = json.loads(message)
            header, payload = found["header"], found.get("payload") or {}
            event = str(header["event"])
        except (ValueError, LookupError, TypeError, AttributeError):
            raise BrokenAnswer("text came where sound was promised") from None
        if event == "task-failed":
            code, reason = str(header.get("error_code") or ""), str(header.get("error_message") or "")
            raise dashscope_failed(code, reason or code, self.id)
        return News(
            is_begun=event == "task-started",
            is_done=event == "task-finished",
            marks=tuple(_marks(_at(payload, "output", "sentence", "words"))),
            sentence=_number(_at(payload, "output", "sentence", "index")) or 0,
            billed=_number(_at(payload, "usage", "characters")),
        )

    def _function(self) -> dict[str, object]:
        return {
            "task_group": "audio",
            "task": "tts",
            "function": "SpeechSynthesizer",
            "model": self._utterance.engine,
        }

    def _command(self, action: str, payload: Mapping[str, object]) -> str:
        header = {"action": action, "task_id": self.id, "streaming": "duplex"}
        return json.dumps({"header": header, "payload": payload}, ensure_ascii=False)


def parameters_of(utterance: Utterance, audio: AudioFormat) -> dict[str, object]:
    """Return how a task is to be spoken; what is left to the vendor is not in it."""
    wanted: dict[str, object | None] = {
        "text_type": "PlainText",
        "voice": utterance.voice,
        "format": audio.container.value,
        "sample_rate": audio.sample_rate,
        "volume": None if utterance.volume is None else round(50 * utterance.volume),
        "rate": utterance.rate,
        "pitch": None if utterance.pitch is None else round(2 ** (utterance.pitch / 12), 4),
        "instruction": utterance.style or None,
        "language_hints": [primary(utterance.lang)] if utterance.lang else None,
        "enable_ssml": True if utterance.ssml else None,
        "word_timestamp_enabled": True if utterance.marked else None,
        **parameters({name: text for name, text in utterance.params.items() if name != WORKSPACE}),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _marks(listed: object) -> Iterator[Mark]:
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        begin, end = _number(each.get("begin_time")), _number(each.get("end_time"))
        if begin is not None and end is not None:
            yield Mark(begin, end, str(each.get("text") or ""))


def _at(found: object, *names: str) -> object:
    """Follow names into nested objects; None where one is missing."""
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _number(value: object) -> int | None:
    return round(value) if isinstance(value, int | float) else None
