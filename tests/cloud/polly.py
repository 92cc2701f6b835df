"""Polly on loopback: behind the judge of signatures, a service as strict as its pages, with real sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from tests.cloud import sounds
from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account, system_now
from tests.cloud.server import Answer, RawRequest

REQUEST_ID = "5bfc6fb7-EXAMPLE"
RATES = {
    "mp3": ("8000", "16000", "22050", "24000", "44100", "48000"),
    "ogg_vorbis": ("8000", "16000", "22050", "24000", "44100", "48000"),
    "ogg_opus": ("48000",),
    "pcm": ("8000", "16000"),
}
KINDS = {"mp3": "audio/mpeg", "pcm": "audio/pcm", "ogg_vorbis": "audio/ogg", "ogg_opus": "audio/ogg"}
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


class No(Exception):
    """Polly refuses what is asked."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


@dataclass
class Polly:
    """The service behind the judge; `spoken` are the bodies it has accepted."""

    lexicons: tuple[str, ...] = ("names", "places")
    spoken: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        try:
            match request.method, request.path:
                case "POST", "/v1/speech":
                    return self._speech(json.loads(request.body))
                case "GET", "/v1/voices":
                    return self._voices(dict(parse_qsl(request.query)))
            raise No("UnknownOperationException", "", 404)
        except No as no:
            kind = ("x-amzn-ErrorType", f"{no.code}:http://internal.amazon.com/coral/com.amazon.parrot/")
            headers = (kind, ("x-amzn-RequestId", REQUEST_ID), ("Content-Type", "application/json"))
            return Answer(no.status, headers, json.dumps({"message": no.message}).encode())

    def _speech(self, body: dict[str, Any]) -> Answer:
        words = self._checked(body)
        output, rate = body["OutputFormat"], body.get("SampleRate")
        default = (
            16000 if output == "pcm" else 22050 if body.get("Engine", "standard") == "standard" else 24000
        )
        self.spoken.append(body)
        sound = sounds.made(output, sounds.seconds_of(words), int(rate or default))
        headers = (
            ("Content-Type", KINDS[output]),
            ("x-amzn-RequestId", REQUEST_ID),
            ("x-amzn-RequestCharacters", str(len(words))),
        )
        return Answer(200, headers, sound)

    def _checked(self, body: dict[str, Any]) -> str:
        """Return the words that are billed."""
        voice, engine, output = body["VoiceId"], body.get("Engine", "standard"), body["OutputFormat"]
        if voice not in VOICES:
            rule = f"Value '{voice}' at 'voiceId' failed to satisfy constraint: Member must satisfy enum"
            raise No("ValidationException", f"1 validation error detected: {rule} value set: [Joanna, Zhiyu]")
        if engine not in VOICES[voice][1]:
            raise No("ValidationException", f"This voice does not support the selected engine: {engine}")
        if output not in RATES or body.get("SampleRate", RATES[output][0]) not in RATES[output]:
            raise No("InvalidSampleRateException", "The specified sample rate is not valid.")
        if not isinstance(body.get("SampleRate", ""), str):
            raise No("SerializationException", "NUMBER_VALUE can not be converted to a String")
        for name in body.get("LexiconNames", []):
            if name not in self.lexicons:
                raise No("LexiconNotFoundException", f"Lexicon not found: {name}", 404)
        words = self._words(body, engine)
        if len(words) > 3000 or len(body["Text"]) > 6000:
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


LASTING = Account("AKIAEXAMPLE000001", "EXAMPLE/secret+0001")
TEMPORARY = Account("ASIAEXAMPLE000002", "EXAMPLE/secret+0002", token="EXAMPLE/token+0002==")


def polly(service: Polly | None = None, *, now: Callable[[], Any] = system_now, **more: Any) -> AwsJudge:
    """Return Polly in us-east-1 with two keys that it knows."""
    return AwsJudge((LASTING, TEMPORARY), now=now, serve=service or Polly(), **more)


def keys_in_environment(account: Account) -> dict[str, str]:
    """Return the variables that hold an account's keys."""
    token = {"AWS_SESSION_TOKEN": account.token} if account.token else {}
    return {"AWS_ACCESS_KEY_ID": account.key_id, "AWS_SECRET_ACCESS_KEY": account.secret, **token}
