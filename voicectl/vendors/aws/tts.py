"""Speech by Amazon Polly: one signed request a text, and the list of its voices. Tables: `voices.py`.

Specification: https://docs.aws.amazon.com/polly/latest/dg/API_Reference.html (2016-06-10)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from voicectl.core.audio import AudioFormat
from voicectl.core.errors import BrokenAnswer, CredentialError, VendorRefused
from voicectl.core.refusal import promised_object
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_others, refuse_unknown
from voicectl.signing import schemes
from voicectl.vendors.aws.errors import judge
from voicectl.vendors.aws.markup import check_settings, text_and_type
from voicectl.vendors.aws.places import checked_region, usual_url
from voicectl.vendors.aws.voices import ENGINES, FORMATS, OUTPUTS, OWN_RATES, default_voice, language_code

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import ReplyStream, Request
    from voicectl.core.vendor import Access, Client

JSON = ("Content-Type", "application/json")
LIMIT = TextLimit(3000, tags_free=True, whole=6000)
"""Tags are not billed; they count towards the whole alone."""
TAKES = ("voice", "lang", "engine", "rate", "pitch", "volume", "ssml", "params")
PARAMS = ("LexiconNames", "LanguageCode")


class PollyTts:
    """Speaks as one account in one region."""

    formats = FORMATS
    text_limit = LIMIT

    def __init__(self, access: Access) -> None:
        self._access = access

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in a voice for the language where none was named; what Polly has not is refused."""
        refuse_others(utterance, "aws", TAKES)
        refuse_unknown("--engine", utterance.engine, "aws", ENGINES)
        for name in utterance.params:
            refuse_unknown("--param", name, "aws", PARAMS)
        checked_region(self._access.profile.region)
        if not utterance.voice:
            voice, engine = default_voice(utterance.lang or _main_language(utterance), utterance.engine)
            utterance = replace(utterance, voice=voice, engine=engine)
        check_settings(utterance)
        return utterance

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece. A voice without the standard engine is asked for again with one that it has."""
        with ExitStack() as stack:
            try:
                reply = self._open(utterance, stack)
            except VendorRefused as refused:
                if utterance.engine or refused.facts.get("wrong") != "engine":
                    raise
                utterance = self._with_engine(utterance, refused)
                reply = self._open(utterance, stack)
            yield SpeechStream(
                format=answered_format(utterance),
                chunks=reply.chunks,
                request_id=reply.headers.get("x-amzn-requestid", ""),
                billed_characters=_count(reply.headers),
            )

    def voices(self) -> Iterator[Voice]:
        """Yield all voices of the region, page by page."""
        token, seen = "", set[str]()
        while token not in seen:
            seen.add(token)
            pairs = (("NextToken", token),) if token else ()
            request = self._endpoint.request("GET", "/v1/voices", pairs=pairs)
            page = promised_object(self._client.send(request, action="DescribeVoices"))
            yield from _voices_on(page)
            token = str(page.get("NextToken") or "")
            if not token:
                return
        raise BrokenAnswer("the pages of voices go round in a circle")

    def _open(self, utterance: Utterance, stack: ExitStack) -> ReplyStream:
        request = speech_request(self._endpoint, utterance)
        return stack.enter_context(self._client.stream(request, action="SynthesizeSpeech"))

    def _with_engine(self, utterance: Utterance, refused: VendorRefused) -> Utterance:
        """Return the utterance with the cheapest engine that its voice has; else raise what was refused."""
        try:
            found = next((voice for voice in self.voices() if voice.id == utterance.voice), None)
        except CredentialError:
            raise refused.knowing(hint="name the engine: --engine neural") from None
        engine = next((engine for engine in ENGINES if found and engine in found.engines), "")
        if not engine:
            raise refused
        utterance = replace(utterance, engine=engine)
        check_settings(utterance)
        return utterance

    @cached_property
    def _endpoint(self) -> Endpoint:
        region = checked_region(self._access.profile.region)
        return self._access.endpoint("polly", usual_url("polly", region))

    @cached_property
    def _client(self) -> Client:
        region = checked_region(self._access.profile.region)
        # The hash of the body is sent along: every service takes it, and one look shows what was signed.
        signer = schemes.build("aws-sigv4", region=region, service="polly", options={"sign_body": True})
        return self._access.client(signer, judge)


def answered_format(utterance: Utterance) -> AudioFormat:
    """Return what the sound will be: where no rate was named, the engine has its own."""
    audio = utterance.format or FORMATS[0]
    return audio if audio.sample_rate else replace(audio, sample_rate=OWN_RATES.get(utterance.engine, 24000))


def speech_request(endpoint: Endpoint, utterance: Utterance) -> Request:
    """Return the unsigned request for one piece of text."""
    import json

    audio = utterance.format or FORMATS[0]
    text, kind = text_and_type(utterance)
    LIMIT.refuse_longer(text, "aws", ssml=kind == "ssml")
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
        body["LanguageCode"] = language_code(utterance.lang)
    if names := utterance.params.get("LexiconNames"):
        body["LexiconNames"] = [name.strip() for name in names.split(",")]
    if code := utterance.params.get("LanguageCode"):
        body["LanguageCode"] = code
    return endpoint.request(
        "POST", "/v1/speech", headers=(JSON,), body=json.dumps(body, ensure_ascii=False).encode()
    )


def _main_language(utterance: Utterance) -> str:
    from voicectl.core.text import languages_of

    return languages_of(utterance.text)[0]


def _voices_on(page: Mapping[str, object]) -> Iterator[Voice]:
    listed = page.get("Voices")
    for voice in listed if isinstance(listed, list) else ():
        yield Voice(
            id=str(voice.get("Id", "")),
            name=str(voice.get("Name", "")),
            lang=str(voice.get("LanguageCode", "")),
            gender=str(voice.get("Gender", "")).lower(),
            engines=tuple(voice.get("SupportedEngines") or ()),
            vendor="aws",
        )


def _count(headers: Mapping[str, str]) -> int | None:
    billed = headers.get("x-amzn-requestcharacters", "")
    return int(billed) if billed.isdecimal() else None
