"""AWS in the sandbox: Polly, STS. Buckets: `objects.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from voicectl.core.request import Request
from voicectl.gateway.sandbox.check import Codes, caller
from voicectl.gateway.sandbox.cloud import Cloud, Refused
from voicectl.gateway.sandbox.sound import Speak, resampled
from voicectl.gateway.wire import Answer, as_json

CODES = Codes(
    incomplete=("IncompleteSignature", 400),
    unknown_key=("UnrecognizedClientException", 403),
    mismatch=("InvalidSignatureException", 403),
    skewed=("InvalidSignatureException", 403),
    bad_token=("UnrecognizedClientException", 403),
)
VOICES = {"Joanna": "en-US", "Matthew": "en-US", "Amy": "en-GB", "Zhiyu": "cmn-CN", "Vicki": "de-DE"}
TEXT_LIMIT = 3000


class Polly:
    """Speech as Polly gives it, in the formats that need no encoder; mp3 where the extra `audio` is."""

    vendor = "aws"

    def __init__(self, cloud: Cloud, speak: Speak, encode: Callable[[str, int, bytes], bytes]) -> None:
        self._cloud = cloud
        self._speak = speak
        self._encode = encode

    def knows(self, request: Request) -> bool:
        is_signed = "AWS4-HMAC-SHA256" in (request.header("authorization") or request.query)
        return is_signed and request.path in ("/v1/speech", "/v1/voices")

    def serve(self, request: Request) -> Answer:
        token = request.header("x-amz-security-token") or ""
        caller(self._cloud, "aws", "aws-sigv4", request, CODES, token=token)
        match request.method, request.path:
            case "GET", "/v1/voices":
                return self._voices()
            case "POST", "/v1/speech":
                return self._speech(_object(request))
        raise Refused("UnknownOperationException", 404)

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        message = refused.message
        if refused.string_to_sign:
            message = (
                "The request signature we calculated does not match the signature you provided. Check your "
                "AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n"
                f"The Canonical String for this request should have been\n'{refused.canonical_request}'\n\n"
                f"The String-to-Sign should have been\n'{refused.string_to_sign}'\n"
            )
        headers = (("x-amzn-ErrorType", refused.code), ("x-amzn-RequestId", request_id))
        return as_json(refused.status, {"message": message}, *headers)

    def _voices(self) -> Answer:
        listed = [
            {
                "Id": name,
                "Name": name,
                "LanguageCode": lang,
                "Gender": "Female",
                "SupportedEngines": ["neural"],
            }
            for name, lang in VOICES.items()
        ]
        return as_json(200, {"Voices": listed})

    def _speech(self, asked: dict[str, Any]) -> Answer:
        text, voice = str(asked.get("Text") or ""), asked.get("VoiceId")
        if voice not in VOICES:
            raise Refused("ValidationException", message=f"the voice {voice!r} is not one of the sandbox's")
        if len(text) > TEXT_LIMIT:
            raise Refused("TextLengthExceededException", message="Maximum text length has been exceeded")
        form = str(asked.get("OutputFormat"))
        rate = int(asked.get("SampleRate") or 16000)
        spoken = resampled(*self._speak(text), rate)
        self._cloud.note("aws", "synthesis", voice=voice, characters=len(text), format=form)
        headers = (
            ("Content-Type", "audio/pcm" if form == "pcm" else "audio/mpeg"),
            ("x-amzn-RequestCharacters", str(len(text))),
            ("x-amzn-RequestId", f"sandbox-{self._cloud.number()}"),
        )
        return Answer(200, headers, self._encode(form, rate, spoken))


def _object(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused("SerializationException", message="the body is no JSON object")
    return found


class Sts:
    """GetCallerIdentity and AssumeRole, as AWS' query protocol has them."""

    vendor = "aws"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def knows(self, request: Request) -> bool:
        authorization = request.header("authorization") or ""
        return "AWS4-HMAC-SHA256" in authorization and "/sts/aws4_request" in authorization

    def serve(self, request: Request) -> Answer:
        token = request.header("x-amz-security-token") or ""
        known = caller(self._cloud, "aws", "aws-sigv4", request, CODES, token=token)
        asked = parse_qs(request.body.decode("utf-8", "replace") or request.query)
        action = (asked.get("Action") or [""])[0]
        if action != "GetCallerIdentity":
            raise Refused("InvalidAction", message=f"the sandbox does not play {action}")
        fields = {
            "Arn": "arn:aws:iam::123456789012:user/sandbox",
            "UserId": known.key_id,
            "Account": "123456789012",
        }
        body = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
        return _xml(200, f"<{action}Response><{action}Result>{body}</{action}Result></{action}Response>")

    def refusal(self, refused: Refused, request_id: str) -> Answer:
        error = f"<Type>Sender</Type><Code>{refused.code}</Code><Message>{refused.message}</Message>"
        return _xml(
            refused.status,
            f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        )


def _xml(status: int, text: str) -> Answer:
    return Answer(status, (("Content-Type", "text/xml"),), text.encode())
