"""Aliyun's speech: which interface speaks a text, and what none of them has. How each does: beside this.

Interfaces are `nls-rest`, `nls-ws`, `nls-flowing`, `nls-async`, and the models of CosyVoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol, cast

from voicectl.core.audio import AudioFormat
from voicectl.core.billing import Billing
from voicectl.core.errors import BadInput, Unsupported, UsageError, VoicectlError
from voicectl.core.language import primary
from voicectl.core.measure import Unit
from voicectl.core.note import Note
from voicectl.core.service import Service
from voicectl.core.tts import LiveTts, SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.vendor import Access
from voicectl.core.wishes import refuse_beyond, refuse_unknown
from voicectl.vendors.aliyun import nls_rest
from voicectl.vendors.aliyun.nls import USUAL_VOICE
from voicectl.vendors.aliyun.services import (
    ASYNC,
    COSY,
    COSYVOICE,
    FLOWING,
    LONGEST_STYLE,
    REST,
    SOCKET,
    SPEECH,
    USUAL_MODEL,
    USUAL_VOICES,
)

LANGUAGES = ("zh", "en")
"""What NLS' usual voice speaks."""
OURS = ("text", "token", "appkey", "format", "sample_rate", "task_id", "model", "enable_ssml")
FROM_MODEL = "{engine} speaks: no appkey of NLS is given"
FROM_WISH = "{engine} speaks: {usual} has not all that is asked for"


class Interface(Protocol):
    """One way to have a text spoken."""

    @property
    def formats(self) -> tuple[AudioFormat, ...]: ...

    def limit(self, utterance: Utterance) -> TextLimit: ...

    def ready(self) -> None:
        """Refuse an account that cannot speak this way, before anything is sent."""
        ...

    def synthesize(self, utterance: Utterance) -> AbstractContextManager[SpeechStream]: ...


class AliyunTts:
    """Speaks as one account, by the interface that a settled utterance names as its engine."""

    formats = nls_rest.FORMATS
    text_limit = nls_rest.LIMIT

    def __init__(self, access: Access) -> None:
        self._access = access
        self._interfaces: dict[str, Interface] = {}

    def formats_for(self, utterance: Utterance) -> tuple[AudioFormat, ...]:
        """Return what the interface of a settled utterance answers with."""
        return self._interface(utterance.engine).formats

    def limit_for(self, utterance: Utterance) -> TextLimit:
        """Return what the interface of a settled utterance takes in one request."""
        return self._interface(utterance.engine).limit(utterance)

    def billing_for(self, utterance: Utterance) -> Billing:
        """Return the rule of a settled utterance: CosyVoice counts Han signs twice and no tags."""
        is_model = is_cosyvoice(utterance.engine)
        return Billing(unit=Unit.HAN_TWICE, tags_free=True) if is_model else Billing()

    def voices(self) -> Iterator[Voice]:
        """Yield nothing: neither NLS nor DashScope can be asked for its voices."""
        return iter(())

    def settle(self, utterance: Utterance) -> Utterance:
        """Choose the interface and fill in the voice; refuse what it does not have."""
        service = self._service(utterance)
        refuse_beyond(service, utterance, _name_of(service))
        _refuse_ours(utterance)
        if utterance.ssml and not utterance.live:
            _refuse_no_markup(utterance.text)
        settled = _with_model(utterance) if service is COSY else _with_nls_voice(utterance, service)
        self._interface(settled.engine).ready()
        return replace(settled, notes=(*utterance.notes, *self._notes(utterance, settled)))

    def synthesize(self, utterance: Utterance) -> AbstractContextManager[SpeechStream]:
        """Speak one piece of a settled utterance."""
        return self._interface(utterance.engine).synthesize(utterance)

    def synthesize_live(
        self, utterance: Utterance, texts: Iterator[str]
    ) -> AbstractContextManager[SpeechStream]:
        """Speak text while it comes; a settled utterance has an interface that can."""
        return cast(LiveTts, self._interface(utterance.engine)).synthesize_live(utterance, texts)

    def _service(self, utterance: Utterance) -> Service:
        """Return the interface that was named, else the first that has what is asked for."""
        if utterance.engine:
            return _named(utterance.engine)
        asked = [name for name in ("marked", "live", "style") if getattr(utterance, name)]
        mine = [each for each in SPEECH if each is not COSY]
        if not self._access.profile.settings.get("nls_appkey"):
            mine = [COSY] if self._has_model_key() else mine
        elif not any(_has_all(each, asked) for each in mine) and self._has_model_key():
            mine.append(COSY)
        return next((each for each in mine if _has_all(each, asked)), mine[0])

    def _has_model_key(self) -> bool:
        from voicectl.vendors.aliyun.cosyvoice import KEY

        now = self._access.clock.moment().now
        return self._access.keys(KEY, needed=False).credentials(now) is not None

    def _notes(self, asked: Utterance, settled: Utterance) -> tuple[Note, ...]:
        if asked.engine or settled.engine == REST:
            return ()
        if is_cosyvoice(settled.engine) and not self._access.profile.settings.get("nls_appkey"):
            return (Note(FROM_MODEL, {"engine": settled.engine}),)
        return (Note(FROM_WISH, {"engine": settled.engine, "usual": REST}),)

    def _interface(self, engine: str) -> Interface:
        if engine not in self._interfaces:
            self._interfaces[engine] = _built(engine, self._access)
        return self._interfaces[engine]


def is_cosyvoice(engine: str) -> bool:
    """Say whether an engine is a model of CosyVoice."""
    return engine.startswith(COSYVOICE)


def _built(engine: str, access: Access) -> Interface:
    if engine in (SOCKET, FLOWING):
        from voicectl.vendors.aliyun.nls_socket import NlsSocket

        return NlsSocket(access)
    if engine == ASYNC:
        from voicectl.vendors.aliyun.nls_async import NlsAsync

        return NlsAsync(access)
    if is_cosyvoice(engine):
        from voicectl.vendors.aliyun.cosyvoice import CosyVoice

        return CosyVoice(access)
    return nls_rest.NlsRest(access)


def _named(engine: str) -> Service:
    if is_cosyvoice(engine):
        return COSY
    refuse_unknown("--engine", engine, "aliyun", [name for each in SPEECH for name in each.engines])
    return next(each for each in SPEECH if engine in each.engines)


def _has_all(service: Service, asked: list[str]) -> bool:
    return all(map(service.takes, asked))


def _name_of(service: Service) -> str:
    """Name an interface as messages do."""
    return f"aliyun's {service.name}"


def _with_nls_voice(utterance: Utterance, service: Service) -> Utterance:
    if not utterance.voice:
        refuse_unknown("--lang", primary(utterance.lang), "this voice", LANGUAGES)
    model = _model_of(utterance.voice)
    if model:
        raise _other_voice(utterance.voice, service.name, model)
    return replace(utterance, voice=utterance.voice or USUAL_VOICE, engine=service.engines[0])


def _with_model(utterance: Utterance) -> Utterance:
    """Fill in model and voice: neither is guessed where the other one names it."""
    if len(utterance.style) > LONGEST_STYLE:
        raise BadInput(
            "--style has {count} characters; aliyun takes at most {most}",
            count=len(utterance.style),
            most=LONGEST_STYLE,
        )
    model = utterance.engine if utterance.engine not in ("", COSYVOICE) else USUAL_MODEL
    voice = utterance.voice or USUAL_VOICES.get(model, "")
    if not voice:
        raise UsageError("the usual voice of {model} is not known here", model=model, hint="--voice ID")
    own = _model_of(voice)
    if voice == USUAL_VOICE or (own and not model.startswith(own)):
        raise _other_voice(voice, model, own or REST)
    return replace(utterance, engine=model, voice=voice)


def _model_of(voice: str) -> str:
    """Return the model that a voice's name tells: those of cosyvoice-v2 end in _v2."""
    _, mark, version = voice.rpartition("_v")
    return f"{COSYVOICE}-v{version}" if mark and version.isdecimal() else ""


def _other_voice(voice: str, engine: str, fitting: str) -> VoicectlError:
    return Unsupported(
        "voice {voice!r} is one of {fitting}, not of {engine}",
        voice=voice,
        fitting=fitting,
        engine=engine,
        vendor="aliyun",
        hint="--engine {fitting}",
    )


def _refuse_ours(utterance: Utterance) -> None:
    for name in OURS:
        if name in utterance.params:
            raise UsageError("--param cannot set {name!r}", name=name, hint="leave out --param {name}=…")


def _refuse_no_markup(text: str) -> None:
    if not text.lstrip().lower().startswith("<speak"):
        raise BadInput("SSML begins with <speak>", hint="<speak>…</speak>, or leave out --ssml")
