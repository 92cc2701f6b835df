"""Polly on loopback: behind the judge of signatures, a service as strict as its pages, with real sound.

The form of each body is decided over by botocore's model of the service. Tasks write into a bucket beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator

from tests.cloud import sounds
from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account, system_now
from tests.cloud.server import Answer, RawRequest, Respond

REQUEST_ID = "5bfc6fb7-EXAMPLE"
RATES = {
    "mp3": ("8000", "16000", "22050", "24000", "44100", "48000"),
    "ogg_vorbis": ("8000", "16000", "22050", "24000", "44100", "48000"),
    "ogg_opus": ("48000",),
    "pcm": ("8000", "16000"),
    "json": ("",),
}
KINDS = {
    "json": "application/x-json-stream",
    "mp3": "audio/mpeg",
    "pcm": "audio/pcm",
    "ogg_vorbis": "audio/ogg",
    "ogg_opus": "audio/ogg",
}
VOICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Joanna": ("en-US", ("neural", "standard")),
    "Zhiyu": ("cmn-CN", ("neural", "standard")),
    "Ruth": ("en-US", ("generative", "long-form", "neural")),
    "Danielle": ("en-US", ("long-form",)),
    "Hiujin": ("yue-CN", ("neural",)),
    "Aditi": ("en-IN", ("standard",)),
    **{f"Extra{number}": ("de-DE", ("standard",)) for number in range(115)},
}
PAGE = 50
TASK_ID = "4f2b7d1e-EXAMPLE"


class No(Exception):
    """Polly refuses what is asked."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


@dataclass
class Polly:
    """The service behind the judge; `spoken` are the bodies it has accepted, `objects` what tasks wrote.

    A task is `scheduled` until it has been asked for `patience` times; with `fails` it then tells why.
    """

    lexicons: tuple[str, ...] = ("names", "places")
    bucket: str = "voice-example"
    patience: int = 2
    fails: str = ""
    spoken: list[dict[str, Any]] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        try:
            match request.method, request.path:
                case "POST", "/v1/speech":
                    return self._speech(json.loads(request.body))
                case "POST", "/v1/synthesisTasks":
                    return self._start(json.loads(request.body))
                case "GET", path if path.startswith("/v1/synthesisTasks/"):
                    return self._task(path.rpartition("/")[2])
                case "GET", "/v1/voices":
                    return self._voices(dict(parse_qsl(request.query)))
            raise No("UnknownOperationException", "", 404)
        except No as no:
            kind = ("x-amzn-ErrorType", f"{no.code}:http://internal.amazon.com/coral/com.amazon.parrot/")
            headers = (kind, ("x-amzn-RequestId", REQUEST_ID), ("Content-Type", "application/json"))
            return Answer(no.status, headers, json.dumps({"message": no.message}).encode())

    def _speech(self, body: dict[str, Any]) -> Answer:
        words = self._checked(body, operation("SynthesizeSpeech"), 3000)
        self.spoken.append(body)
        headers = (
            ("Content-Type", KINDS[body["OutputFormat"]]),
            ("x-amzn-RequestId", REQUEST_ID),
            ("x-amzn-RequestCharacters", str(len(words))),
        )
        return Answer(200, headers, made_of(body, words))

    def _start(self, body: dict[str, Any]) -> Answer:
        words = self._checked(body, operation("StartSpeechSynthesisTask"), 100_000)
        if body["OutputS3BucketName"] != self.bucket:
            raise No("InvalidS3BucketException", "The specified bucket is not valid.")
        self.spoken.append(body)
        identity = f"{TASK_ID}-{len(self.tasks)}"
        key = f"{body.get('OutputS3KeyPrefix', '')}.{identity}.{body['OutputFormat']}".removeprefix(".")
        self.objects[key] = made_of(body, words)
        uri = f"https://s3.us-east-1.amazonaws.com/{self.bucket}/{key}"
        told = {"TaskId": identity, "TaskStatus": "scheduled", "OutputUri": uri}
        self.tasks.append({**told, "RequestCharacters": len(words), "asked": 0})
        return self._told(self.tasks[-1])

    def _task(self, identity: str) -> Answer:
        task = next((task for task in self.tasks if task["TaskId"] == identity), None)
        if task is None:
            raise No("SynthesisTaskNotFoundException", "Speech Synthesis task not found")
        task["asked"] += 1
        task["TaskStatus"] = "inProgress"
        if task["asked"] > self.patience:
            task["TaskStatus"] = "failed" if self.fails else "completed"
            task["TaskStatusReason"] = self.fails
        return self._told(task)

    def _told(self, task: dict[str, Any]) -> Answer:
        shown = {name: value for name, value in task.items() if name != "asked"}
        headers = (("Content-Type", "application/json"), ("x-amzn-RequestId", REQUEST_ID))
        return Answer(200, headers, json.dumps({"SynthesisTask": shown}).encode())

    def stored(self, request: RawRequest) -> Answer:
        """Answer as the bucket does."""
        bucket, _, key = request.path.removeprefix("/").partition("/")
        if bucket != self.bucket or key not in self.objects:
            xml = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
            return Answer(404, (("Content-Type", "application/xml"),), xml.encode())
        return Answer(200, (("Content-Type", "binary/octet-stream"),), self.objects[key])

    def _checked(self, body: dict[str, Any], asked: OperationModel, most: int) -> str:
        """Return the words that are billed."""
        if found := ParamValidator().validate(body, asked.input_shape).generate_report():
            raise No("SerializationException", found)
        voice, engine, output = body["VoiceId"], body.get("Engine", "standard"), body["OutputFormat"]
        if voice not in VOICES:
            rule = f"Value '{voice}' at 'voiceId' failed to satisfy constraint: Member must satisfy enum"
            raise No("ValidationException", f"1 validation error detected: {rule} value set: [Joanna, Zhiyu]")
        if engine not in VOICES[voice][1]:
            raise No("ValidationException", f"This voice does not support the selected engine: {engine}")
        if output not in RATES or body.get("SampleRate", RATES[output][0]) not in RATES[output]:
            raise No("InvalidSampleRateException", "The specified sample rate is not valid.")
        if ("SpeechMarkTypes" in body) != (output == "json"):
            raise No("MarksNotSupportedForFormatException", "Speech marks are only available in JSON format.")
        for name in body.get("LexiconNames", []):
            if name not in self.lexicons:
                raise No("LexiconNotFoundException", f"Lexicon not found: {name}", 404)
        words = self._words(body, engine)
        if len(words) > most or len(body["Text"]) > 2 * most:
            raise No("TextLengthExceededException", "Maximum text length has been exceeded")
        return words

    def _words(self, body: dict[str, Any], engine: str) -> str:
        if body.get("TextType", "text") == "text":
            return str(body["Text"])
        try:
            root = ElementTree.fromstring(body["Text"])
        except ElementTree.ParseError:
            raise No("InvalidSsmlException", "Invalid SSML request") from None
        if root.tag != "speak" or (engine != "standard" and root.find(".//prosody[@pitch]") is not None):
            raise No("InvalidSsmlException", "Invalid SSML request")
        if engine != "standard" and root.find(".//emphasis") is not None:
            raise No("InvalidSsmlException", "Unsupported Neural feature")
        return "".join(root.itertext())

    def _voices(self, query: dict[str, str]) -> Answer:
        token = query.get("NextToken", "page/0+=")
        start = int(token.removeprefix("page/").removesuffix("+="))
        listed = list(VOICES.items())[start : start + PAGE]
        page: dict[str, object] = {
            "Voices": [
                {
                    "Id": name,
                    "Name": name,
                    "Gender": "Female",
                    "LanguageCode": code,
                    "SupportedEngines": engines,
                }
                for name, (code, engines) in listed
            ]
        }
        if start + PAGE < len(VOICES):
            page["NextToken"] = f"page/{start + PAGE}+="
        headers = (("Content-Type", "application/json"), ("x-amzn-RequestId", REQUEST_ID))
        return Answer(200, headers, json.dumps(page).encode())


@cache
def operation(name: str) -> OperationModel:
    """Return botocore's model of a deed."""
    return ServiceModel(Loader().load_service_model("polly", "service-2"), "polly").operation_model(name)


def made_of(body: dict[str, Any], words: str) -> bytes:
    """Return the sound of a body, or its marks."""
    output, rate = body["OutputFormat"], body.get("SampleRate")
    if output == "json":
        shown = escape(words) if body.get("TextType") == "ssml" else words
        return marks_of(words, shown, body["SpeechMarkTypes"])
    usual = 16000 if output == "pcm" else 22050 if body.get("Engine", "standard") == "standard" else 24000
    return sounds.made(output, sounds.seconds_of(words), int(rate or usual))


def marks_of(words: str, shown: str, kinds: list[str]) -> bytes:
    """Say when each word begins: all signs take the same time. `shown` is how the words stand in markup."""
    step = round(sounds.SECONDS_A_SIGN * 1000)
    marks: list[dict[str, Any]] = [{"time": 0, "type": "sentence", "start": 0, "value": shown}]
    at = 0
    for word, value in zip(words.split(" "), shown.split(" "), strict=True):
        marks.append({"time": at * step, "type": "word", "start": at, "end": at + len(word), "value": value})
        at += len(word) + 1
    return b"".join(json.dumps(mark).encode() + b"\n" for mark in marks if mark["type"] in kinds)


LASTING = Account("AKIAEXAMPLE000001", "EXAMPLE/secret+0001")
TEMPORARY = Account("ASIAEXAMPLE000002", "EXAMPLE/secret+0002", token="EXAMPLE/token+0002==")


def polly(service: Polly | None = None, *, now: Callable[[], Any] = system_now, **more: Any) -> AwsJudge:
    """Return Polly in us-east-1 with two keys that it knows."""
    return AwsJudge((LASTING, TEMPORARY), now=now, serve=service or Polly(), **more)


def keys_in_environment(account: Account) -> dict[str, str]:
    """Return the variables that hold an account's keys."""
    token = {"AWS_SESSION_TOKEN": account.token} if account.token else {}
    return {"AWS_ACCESS_KEY_ID": account.key_id, "AWS_SECRET_ACCESS_KEY": account.secret, **token}


def polly_and_s3(service: Polly, *, now: Callable[[], Any] = system_now) -> Respond:
    """Return Polly with the bucket that it writes to, at one address; each checks its own signatures."""
    speech = polly(service, now=now)
    bucket = AwsJudge((LASTING, TEMPORARY), now=now, serve=service.stored, service="s3")
    return lambda request: (speech if request.path.startswith("/v1/") else bucket)(request)
