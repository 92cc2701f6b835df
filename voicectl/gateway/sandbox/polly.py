"""Polly in the sandbox: voices, speech, speech marks, and tasks that write into a bucket."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from voicectl.core.request import Request
from voicectl.gateway.sandbox import aws_rules
from voicectl.gateway.sandbox.asked import object_of
from voicectl.gateway.sandbox.check import caller
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.gateway.sandbox.sound import Studio, plain
from voicectl.gateway.wire import Answer, as_json
from voicectl.vendors.aws.services import SPEECH_LIMIT, SPEECH_RATES, TASK_LIMIT, TASK_RATES
from voicectl.vendors.aws.voices import DEFAULTS, ENGINES, OUTPUTS, STANDARD

SPEECH, VOICES, TASKS = "/v1/speech", "/v1/voices", "/v1/synthesisTasks"
RULES = aws_rules.rules("polly", aws_rules.REST)
SERIAL = No("SerializationException", 400, "the body is no JSON object")
CONTAINERS = {name: container.value for container, name in OUTPUTS.items()}
KINDS = {"mp3": "audio/mpeg", "pcm": "audio/pcm", "json": "application/x-json-stream"}
RATES = {
    "mp3": (8000, 16000, 22050, 24000, 44100, 48000),
    "ogg_vorbis": (8000, 16000, 22050, 24000, 44100, 48000),
    "ogg_opus": (48000,),
    "pcm": (8000, 16000),
    "json": (16000,),
}
MARKS = ("sentence", "ssml", "viseme", "word")
LISTS = ("LexiconNames", "SpeechMarkTypes")
USUAL = {"OutputFormat": "", "VoiceId": "", "Engine": STANDARD}
BUCKET = "[a-z0-9][.a-z0-9-]{1,61}[a-z0-9]"
WAITING = timedelta(seconds=0.2)
"""How long a task is scheduled before it is begun."""
LIST_VOICES_A_SECOND, BURST = 80, 100


class Told(NamedTuple):
    """What one voice is: its language, and the engines that have it."""

    lang: str
    engines: tuple[str, ...]


@cache
def voices() -> dict[str, Told]:
    """Return the voices by name."""
    found: dict[str, Told] = {}
    for lang, named in DEFAULTS.items():
        for name, engines in named:
            found.setdefault(name, Told(lang, engines))
    return found


@dataclass(slots=True)
class Task:
    """A task, as it was asked for and is told of."""

    told: dict[str, Any]
    begun: datetime
    work: asyncio.Task[None]


class Polly:
    """The service; what it writes is found in `Cloud.objects`."""

    vendor = "aws"
    throttled = No("ThrottlingException", 400, "Rate exceeded")

    def __init__(self, cloud: Cloud, studio: Studio) -> None:
        self._cloud = cloud
        self._studio = studio
        self._tasks: dict[str, Task] = {}

    def knows(self, request: Request) -> bool:
        return request.path in (SPEECH, VOICES) or request.path.startswith(TASKS)

    async def serve(self, request: Request) -> Answer:
        aws_rules.refuse_unsigned(request, aws_rules.REST)
        caller(self._cloud, RULES, request)
        match request.method, request.path:
            case "GET", path if path == VOICES:
                return self._voices(dict(request.pairs()))
            case "POST", path if path == SPEECH:
                return await self._speech(object_of(request.body, SERIAL))
            case "GET", path if path == SPEECH:
                return await self._speech(_fields(request))
            case "POST", path if path == TASKS:
                return self._start(object_of(request.body, SERIAL))
            case "GET", path if path == TASKS:
                told = [self._told(task) for task in self._tasks.values()]
                return self._json({"SynthesisTasks": told})
            case "GET", path:
                return self._task(path.removeprefix(f"{TASKS}/"))
        raise Refused("UnknownOperationException", 404)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        kind = f"{refused.code}:http://internal.amazon.com/coral/com.amazon.coral.service/"
        headers = (("x-amzn-ErrorType", kind), ("x-amzn-RequestId", request_id))
        return as_json(refused.status, {"message": aws_rules.told(refused)}, *headers)

    def _json(self, body: object) -> Answer:
        return as_json(200, body, ("x-amzn-RequestId", f"sandbox-{self._cloud.number()}"))

    def _voices(self, asked: dict[str, str]) -> Answer:
        self._cloud.limit("polly voices", LIST_VOICES_A_SECOND, self.throttled, BURST)
        listed = [
            {
                "Id": name,
                "Name": name,
                "LanguageCode": voice.lang,
                "LanguageName": voice.lang,
                "Gender": "Female",
                "SupportedEngines": voice.engines,
            }
            for name, voice in voices().items()
            if asked.get("Engine", voice.engines[0]) in voice.engines
            and asked.get("LanguageCode", voice.lang) == voice.lang
        ]
        return self._json({"Voices": listed})

    async def _speech(self, asked: dict[str, Any]) -> Answer:
        text = _checked(asked, SPEECH_LIMIT.size, SPEECH_LIMIT.whole)
        engine = asked.get("Engine", STANDARD)
        tps = SPEECH_RATES.get(engine, SPEECH_LIMIT.per_second)
        self._cloud.limit(f"polly {engine}", tps, self.throttled, tps * 5 // 4)
        data = await self._made(asked)
        form = asked["OutputFormat"]
        self._cloud.note("aws", "synthesis", voice=asked["VoiceId"], characters=len(text), format=form)
        headers = (
            ("Content-Type", KINDS.get(form, "audio/ogg")),
            ("x-amzn-RequestCharacters", str(len(text))),
            ("x-amzn-RequestId", f"sandbox-{self._cloud.number()}"),
        )
        return Answer(200, headers, data)

    async def _made(self, asked: dict[str, Any]) -> bytes:
        text, form = asked["Text"], asked["OutputFormat"]
        if form != "json":
            return (await self._studio.made(text, CONTAINERS[form], _rate(asked))).data
        sound = await self._studio.made(text, "pcm", 16000)
        return b"".join(_marks(text, asked.get("SpeechMarkTypes") or [], sound.milliseconds))

    # Tasks --------------------------------------------------------------------------------------

    def _start(self, asked: dict[str, Any]) -> Answer:
        text = _checked(asked, TASK_LIMIT.size, TASK_LIMIT.whole)
        engine, bucket = asked.get("Engine", STANDARD), str(asked.get("OutputS3BucketName"))
        if not re.fullmatch(BUCKET, bucket):
            raise Refused("InvalidS3BucketException", 400, "The specified bucket is not valid.")
        tps = TASK_RATES.get(engine, TASK_LIMIT.per_second)
        self._cloud.limit(f"polly tasks {engine}", tps, self.throttled, max(tps, tps * 6 // 5))
        name = self._cloud.name()
        stem = ".".join(filter(None, (asked.get("OutputS3KeyPrefix"), name)))
        key = f"{stem}.{_suffix(asked['OutputFormat'])}"
        told: dict[str, Any] = {
            "TaskId": name,
            "OutputUri": f"https://s3.us-east-1.amazonaws.com/{bucket}/{key}",
            "CreationTime": self._cloud.now.timestamp(),
            "RequestCharacters": len(text),
            **{field: asked[field] for field in ("OutputFormat", "VoiceId", "SampleRate") if field in asked},
        }
        work = asyncio.ensure_future(self._written(f"{bucket}/{key}", asked))
        self._tasks[name] = Task(told, self._cloud.now, work)
        self._cloud.note("aws", "synthesis", voice=asked["VoiceId"], characters=len(text), task=name)
        return self._json({"SynthesisTask": {**told, "TaskStatus": "scheduled"}})

    async def _written(self, place: str, asked: dict[str, Any]) -> None:
        self._cloud.objects[place] = await self._made(asked)

    def _task(self, name: str) -> Answer:
        task = self._tasks.get(name)
        if task is None:
            raise Refused("SynthesisTaskNotFoundException", 400, "The Speech Synthesis task was not found.")
        return self._json({"SynthesisTask": self._told(task)})

    def _told(self, task: Task) -> dict[str, Any]:
        status = "scheduled" if self._cloud.now < task.begun + WAITING else "inProgress"
        if status == "inProgress" and task.work.done():
            error = task.work.exception()
            if error:
                return {**task.told, "TaskStatus": "failed", "TaskStatusReason": str(error)}
            status = "completed"
        return {**task.told, "TaskStatus": status}


def _fields(request: Request) -> dict[str, Any]:
    """Return what a link asks for, as the body of a request would."""
    found: dict[str, Any] = {}
    for name, text in request.pairs():
        if name in LISTS:
            found.setdefault(name, []).append(text)
        elif not name.startswith("X-Amz-"):
            found[name] = text
    return found


def _checked(asked: dict[str, Any], size: int, whole: int) -> str:
    """Refuse what Polly does not take; return the text that is billed."""
    text = _checked_fields(asked)
    is_markup = asked.get("TextType") == "ssml"
    if is_markup:
        _refuse_broken(text)
    billed = plain(text) if is_markup else text
    if len(text) > whole or len(billed) > size:
        raise Refused("TextLengthExceededException", 400, "Maximum text length has been exceeded")
    return billed


def _checked_fields(asked: dict[str, Any]) -> str:
    """Refuse values that a field cannot have, and those that do not go together; return the text."""
    text, marks = asked.get("Text"), asked.get("SpeechMarkTypes", [])
    form, voice, engine = (str(asked.get(name, usual)) for name, usual in USUAL.items())
    wrong = {
        "Text": not isinstance(text, str),
        "OutputFormat": form not in RATES,
        "VoiceId": voice not in voices(),
        "Engine": engine not in ENGINES,
        "OutputS3KeyPrefix": not isinstance(asked.get("OutputS3KeyPrefix", ""), str),
        "SpeechMarkTypes": not isinstance(marks, list) or not all(mark in MARKS for mark in marks),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise _invalid(name, asked.get(name))
    if engine not in voices()[voice].engines:
        told = f"This voice does not support the selected engine: {engine}"
        raise Refused("ValidationException", 400, told)
    if not isinstance(asked.get("SampleRate", ""), str) or _rate(asked) not in RATES[form]:
        raise Refused("InvalidSampleRateException", 400, "The specified sample rate is not valid.")
    if (form == "json") != bool(marks):
        told = "Speech marks want the format json, and it wants them."
        raise Refused("MarksNotSupportedForFormatException", 400, told)
    return str(text)


def _invalid(name: str, value: object) -> Refused:
    words = f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint"
    return Refused("ValidationException", 400, words)


def _refuse_broken(markup: str) -> None:
    from xml.parsers import expat

    reader = expat.ParserCreate()
    try:
        reader.Parse(markup, True)
    except expat.ExpatError:
        raise Refused("InvalidSsmlException", 400, "Invalid SSML request") from None
    if not markup.lstrip().startswith("<speak"):
        raise Refused("InvalidSsmlException", 400, "Invalid SSML request")


def _rate(asked: dict[str, Any]) -> int:
    text = str(asked.get("SampleRate") or "")
    if text:
        return int(text) if text.isascii() and text.isdigit() else 0
    usual = {"pcm": 16000, "json": 16000, "ogg_opus": 48000}
    engine_rate = 22050 if asked.get("Engine", STANDARD) == STANDARD else 24000
    return usual.get(asked["OutputFormat"], engine_rate)


def _suffix(form: str) -> str:
    return {"json": "marks"}.get(form, form.partition("_")[0])


def _marks(text: str, kinds: list[str], milliseconds: int) -> list[bytes]:
    """Return lines that say when sentences and words are heard: each sign takes as long as any other."""
    size = max(len(text), 1)
    blank = re.sub("<[^>]*>", lambda tag: " " * len(tag[0]), text)
    found = []
    for kind, pattern in (("sentence", r"[^\s.!?。！？][^.!?。！？]*[.!?。！？]*"), ("word", r"\w[\w'’-]*")):
        if kind in kinds:
            found += [
                (match.start(), kind != "sentence", kind, match) for match in re.finditer(pattern, blank)
            ]
    lines = []
    for start, _, kind, match in sorted(found, key=lambda each: each[:2]):
        mark = {
            "time": start * milliseconds // size,
            "type": kind,
            "start": len(text[:start].encode()),
            "end": len(text[: match.end()].encode()),
            "value": match[0].strip(),
        }
        lines.append(json.dumps(mark, ensure_ascii=False).encode() + b"\n")
    return lines
