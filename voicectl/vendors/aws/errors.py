"""AWS's codes as our errors, in all forms in which they come: header, JSON, XML. Sending: `tts.py`.

Source: https://docs.aws.amazon.com/polly/latest/dg/API_SynthesizeSpeech.html, and the codes that
botocore repeats on.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from voicectl.core.errors import (
    ClockSkewed,
    CredentialError,
    NotFound,
    SignatureRejected,
    TokenRejected,
    TryLater,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import object_in
from voicectl.core.request import Reply

UNKNOWN_KEY = frozenset(
    ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "InvalidToken")
)
EXPIRED = frozenset(("ExpiredTokenException", "ExpiredToken"))
FORBIDDEN = frozenset(
    (
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "UnauthorizedOperation",
    )
)
MISMATCH = frozenset(("InvalidSignatureException", "SignatureDoesNotMatch"))
SKEWED = frozenset(("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"))
TRY_LATER = frozenset(
    (
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceFailureException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    )
)
NOT_FOUND = frozenset(("LexiconNotFoundException", "NoSuchBucket", "NoSuchKey"))
VOICES = "voicectl --vendor aws tts voices"
HINTS = {
    "TextLengthExceededException": "say it in parts",
    "EngineNotSupportedException": VOICES,
    "LanguageNotSupportedException": VOICES,
    "InvalidSampleRateException": "leave out --sample-rate",
    "InvalidSsmlException": "leave out --ssml if the text is no markup",
    "InvalidS3BucketException": "the bucket must be in this region, and yours to write to",
    "LexiconNotFoundException": "a lexicon belongs to one region: check --region",
}
ENGINE_WORDS = r"(?i)\b(?:selected|specified) engine\b|\bengine\b.*\bnot support"
ECHO = (
    r"(?s)The Canonical String for this request should have been\s+'(.*?)'\s+"
    r"The String-to-Sign should have been\s+'(.*?)'"
)
SKEW_WORDS = ("Signature expired", "Signature not yet current")
SERVER_NOW = r"\((\d{8}T\d{6}Z) [-+] \d+ min"


class Told(NamedTuple):
    """What AWS says of a failure."""

    code: str = ""
    message: str = ""


def judge(reply: Reply) -> VoicectlError | None:
    """Say what is wrong with a reply; None where it is good, or where only its status tells."""
    told = told_by(reply)
    if not told.code:
        return None
    facts: dict[str, Any] = {
        "vendor_code": told.code,
        "told": _without_echo(told.message),
        "wrong": _wrong(told),
    }
    if told.code in MISMATCH | SKEWED:
        return _signature(told, facts)
    if told.code in UNKNOWN_KEY:
        return CredentialError("AWS does not know this key or its session token: {told}", **facts)
    if told.code in EXPIRED:
        return TokenRejected("the session token has expired: {told}", hint="get new keys", **facts)
    if told.code in FORBIDDEN:
        return CredentialError("AWS forbids it: {told}", **facts)
    if told.code in TRY_LATER or reply.status >= 500:
        return TryLater("AWS asks to come back later: {told}", **facts)
    hint = VOICES if facts["wrong"] in ("engine", "voice") else HINTS.get(told.code, "")
    kind = NotFound if told.code in NOT_FOUND else VendorRefused
    return kind("AWS refuses the request: {told}", hint=hint, **facts)


def told_by(reply: Reply) -> Told:
    """Read code and message: the header, then JSON, then XML, which a JSON service may answer with too."""
    found = object_in(reply.body)
    header = reply.headers.get("x-amzn-errortype", "")
    if found is not None:
        names = ("code", "Code", "__type") if reply.status >= 300 or "__type" in found else ()
        code = next((str(found[name]) for name in names if found.get(name)), "")
        message = next((str(found[name]) for name in ("message", "Message") if found.get(name)), "")
        return Told(_bare(header or code), message)
    if header or b"<Code>" in reply.body:
        text = reply.body.decode("utf-8", "replace")
        return Told(_bare(header or _element(text, "Code")), _element(text, "Message"))
    return Told()


def _bare(code: str) -> str:
    """Cut what may stand around a code: a namespace before `#`, a URL after `:`."""
    return code.partition(":")[0].rpartition("#")[2].strip()


def _element(xml: str, name: str) -> str:
    """Return an element's text without a parser, which a stranger's XML could lead astray."""
    text = xml.partition(f"<{name}>")[2].partition("<")[0]
    for escape, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escape, sign)
    return text.strip()


def _wrong(told: Told) -> str:
    """Name the part of the request that is refused, where the vendor's code is too broad to tell."""
    if told.code == "EngineNotSupportedException":
        return "engine"
    if told.code != "ValidationException":
        return ""
    if "'voiceId'" in told.message:
        return "voice"
    return "engine" if re.search(ENGINE_WORDS, told.message) else ""


def _signature(told: Told, facts: dict[str, Any]) -> SignatureRejected:
    if told.code in SKEWED or told.message.startswith(SKEW_WORDS):
        found = re.search(SERVER_NOW, told.message)
        if found:
            facts["server_now"] = datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return ClockSkewed(
            "the clock here differs too much from AWS's: {told}", hint="set this machine's clock", **facts
        )
    echo = re.search(ECHO, told.message)
    shown = {"server_canonical_request": echo[1], "server_string_to_sign": echo[2]} if echo else {}
    return SignatureRejected("AWS computed another signature: {told}", **facts, **shown)


def _without_echo(message: str) -> str:
    """Keep what was said, without the strings or the header that AWS repeats: they may hold a token."""
    words = message.partition("The Canonical String for")[0].partition("Authorization=")[0]
    return " ".join(words.split())
