"""Speech by Amazon Polly: a signed request a text, the list of its voices. What it takes: `services.py`.

Specification: https://docs.aws.amazon.com/polly/latest/dg/API_Reference.html (2016-06-10)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from voicectl.core.billing import Billing
from voicectl.core.errors import BrokenAnswer, NotFound, Unsupported, VendorRefused, VoicectlError
from voicectl.core.note import Note
from voicectl.core.refusal import promised_object
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.wishes import refuse_beyond
from voicectl.signing import schemes
from voicectl.vendors.aws import wire
from voicectl.vendors.aws.errors import VOICES, judge
from voicectl.vendors.aws.markup import check_settings, check_tags, room_for_text
from voicectl.vendors.aws.places import SPEECH, checked_region, usual_url
from voicectl.vendors.aws.services import (
    BUCKET,
    LEXICONS,
    LONGEST_NAME,
    MOST_AT_ONCE,
    MOST_LEXICONS,
    POLLY,
    SHORT_NAMES,
    SPEECH_LIMIT,
    SPEECH_RATES,
    TASK_LIMIT,
    TASK_RATES,
)
from voicectl.vendors.aws.voices import ENGINES, FORMATS, STANDARD, default_voice

if TYPE_CHECKING:
    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import ReplyStream
    from voicectl.core.vendor import Access, Client

MARKS_COST = Note("the times of words cost a second request, which AWS bills as well", id="billed")
CHOSEN = "voice {voice} has no engine standard: {engine} was taken; it has {known}"


class Heard(NamedTuple):
    """What one request brought."""

    reply: ReplyStream
    request_id: str
    billed: int | None


class PollyTts:
    """Speaks as one account in one region."""

    formats = FORMATS
    text_limit = SPEECH_LIMIT

    def __init__(self, access: Access) -> None:
        self._access = access
        self._chosen: dict[str, tuple[str, Note]] = {}

    def limit_for(self, utterance: Utterance) -> TextLimit:
        """Return the limit of the way that this goes, at the pace that its engine allows."""
        by_task = BUCKET in utterance.params
        limit, rates = (TASK_LIMIT, TASK_RATES) if by_task else (SPEECH_LIMIT, SPEECH_RATES)
        return limit._replace(
            size=room_for_text(utterance, limit),
            jobs=MOST_AT_ONCE.get(utterance.engine, 0),
            per_second=rates.get(utterance.engine, limit.per_second),
        )

    def billing_for(self, utterance: Utterance) -> Billing:
        """Return Polly's rule: tags are free, the times of words are billed like speech."""
        return Billing(tags_free=True, times=2 if utterance.marked else 1)

    def settle(self, utterance: Utterance) -> Utterance:
        """Fill in a voice for the language where none was named; what Polly has not is refused."""
        refuse_beyond(POLLY, utterance, "aws")
        utterance = replace(utterance, params=_parameters(utterance.params))
        checked_region(self._access.profile.region)
        if not utterance.voice:
            voice, engine = default_voice(utterance.lang or _main_language(utterance), utterance.engine)
            utterance = replace(utterance, voice=voice, engine=engine)
        check_settings(utterance)
        check_tags(utterance)
        return replace(utterance, notes=(*utterance.notes, MARKS_COST)) if utterance.marked else utterance

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        """Speak one piece. A voice without the standard engine is asked for again with one that it has."""
        with ExitStack() as stack:
            engine, note = self._engine_for(utterance)
            try:
                stream = self._spoken(replace(utterance, engine=engine), stack)
            except VendorRefused as refused:
                if refused.facts.get("wrong") not in ("engine", "voice"):
                    raise
                engine, note = self._other_engine(utterance, refused)
                stream = self._spoken(replace(utterance, engine=engine), stack)
            yield stream._replace(notes=(note,)) if note else stream

    def voices(self) -> Iterator[Voice]:
        """Yield all voices of the region; they are asked for once."""
        yield from self._voices

    def _spoken(self, utterance: Utterance, stack: ExitStack) -> SpeechStream:
        """Have marks made, where they are wanted, and then sound."""
        body, audio = wire.body_of(utterance), wire.answered_format(utterance)
        marked = self._heard(wire.marks_body(body), stack) if utterance.marked else None
        answer = b"".join(marked.reply.chunks) if marked else b""
        marks = list(wire.marks_in(answer, ssml=body["TextType"] == "ssml"))
        heard = self._heard(body, stack)
        chunks = heard.reply.chunks
        if marks and audio.container in wire.SAMPLES:
            chunks = wire.counted(chunks, audio, marks)
        costs = [each.billed for each in (marked, heard) if each and each.billed is not None]
        return SpeechStream(
            format=audio,
            chunks=chunks,
            request_id=heard.request_id,
            billed_characters=sum(costs) if costs else None,
            marks=marks,
        )

    def _heard(self, body: wire.Body, stack: ExitStack) -> Heard:
        """Send a body the way that it goes: answered at once, or written into a bucket."""
        if BUCKET in body:
            from voicectl.vendors.aws.tasks import Tasks

            reply, task = Tasks(self._access, self._client, self._endpoint).run(body, stack)
            return Heard(reply, task.id, task.billed)
        request = wire.posted(self._endpoint, SPEECH, body)
        reply = stack.enter_context(self._client.stream(request, action="SynthesizeSpeech"))
        return Heard(reply, reply.headers.get("x-amzn-requestid", ""), _count(reply.headers))

    def _engine_for(self, utterance: Utterance) -> tuple[str, Note | None]:
        """Return the engine that was named, else what had to be taken for this voice before."""
        named = utterance.engine, None
        return named if utterance.engine else self._chosen.get(utterance.voice, named)

    def _other_engine(self, utterance: Utterance, refused: VendorRefused) -> tuple[str, Note]:
        """Return the cheapest engine that the voice has; where one was named, say which it has."""
        try:
            found = next((voice for voice in self._voices if voice.id == utterance.voice), None)
        except VoicectlError:
            hint = "name the engine: --engine neural" if refused.facts["wrong"] == "engine" else ""
            raise refused.knowing(hint=hint) from None
        region = self._access.profile.region
        if found is None:
            raise NotFound(
                "there is no voice {voice!r} in {region}: {told}",
                hint=VOICES,
                **_facts(refused, voice=utterance.voice, region=region),
            ) from refused
        engine = next((engine for engine in ENGINES if engine in found.engines), "")
        facts = {"voice": found.id, "engine": engine, "known": ", ".join(found.engines), "region": region}
        if utterance.engine or not engine or engine == STANDARD:
            raise VendorRefused(
                "voice {voice} in {region} has {known}: {told}",
                hint="--engine {engine}" if engine else VOICES,
                **_facts(refused, **facts),
            ) from refused
        check_settings(replace(utterance, engine=engine))
        self._chosen[utterance.voice] = engine, Note(CHOSEN, facts, id="engine")
        return self._chosen[utterance.voice]

    @cached_property
    def _voices(self) -> tuple[Voice, ...]:
        return tuple(self._listed())

    def _listed(self) -> Iterator[Voice]:
        """Ask for the voices, page by page."""
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


def _facts(refused: VendorRefused, **more: object) -> dict[str, Any]:
    return {**refused.facts, **more}


def _parameters(params: Mapping[str, str]) -> Mapping[str, str]:
    """Return parameters by Polly's own names; Unsupported for what cannot be their value."""
    if not params:
        return params
    named = {SHORT_NAMES.get(name, name): value for name, value in params.items()}
    if LEXICONS in named:
        _check_lexicons(wire.lexicons_in(named[LEXICONS]))
    from voicectl.vendors.aws.tasks import check_task

    check_task(named)
    return named


def _check_lexicons(names: list[str]) -> None:
    wrong = [name for name in names if not (name.isascii() and name.isalnum() and len(name) <= LONGEST_NAME)]
    if wrong:
        raise Unsupported(
            "{name!r} is no lexicon: those have 1 to {most} letters and digits",
            most=LONGEST_NAME,
            name=wrong[0],
            vendor="aws",
            hint="--param lexicons=first,second",
        )
    if len(names) > MOST_LEXICONS:
        raise Unsupported(
            "{count} lexicons are too many: Polly takes {most}",
            count=len(names),
            most=MOST_LEXICONS,
            vendor="aws",
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
