"""Acme, a cloud that nobody knows: a vendor of voicectl with a scheme, voices and errors of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from voicectl.core.account import AccountForm, KeyKind, Need, PublicField, Variables
from voicectl.core.audio import AudioFormat, Container
from voicectl.core.errors import CredentialError, SignatureRejected, TryLater, VendorRefused, VoicectlError
from voicectl.core.request import Reply
from voicectl.core.service import Operation, Service, Wish
from voicectl.core.signature import Signer
from voicectl.core.tts import SpeechStream, TextLimit, Utterance, Voice
from voicectl.core.vendor import Access, Vendor
from voicectl.core.wishes import refuse_beyond
from voicectl.signing import schemes

HOME = "https://speech.acme.example"
VOICES = {"ann": "en", "wei": "zh"}
KEYS = KeyKind(
    key_id="key_id",
    secret="key_secret",
    variables=(Variables(key_id="ACME_KEY_ID", secret="ACME_KEY_SECRET"),),
)
ACCOUNT = AccountForm(
    vendor="acme",
    kinds=(KEYS,),
    fields=(PublicField("project", variables=("ACME_PROJECT",)),),
    needs=(Need("speech", fields=("key_id", "key_secret")),),
)
SPEECH = Service(
    "speech",
    "Acme speech",
    wishes=(Wish("voice", "voice", values=tuple(VOICES)), Wish("rate", "tempo", low=0.5, high=2.0)),
    formats=("wav",),
    text_limit="500 characters",
    operations=(Operation("tts say", "POST /speak"),),
)
ERRORS: Mapping[str, tuple[type[VoicectlError], str]] = {
    "NoSuchKey": (CredentialError, "see the keys at Acme's console"),
    "BadSignature": (SignatureRejected, "voicectl sign debug --scheme acme4 …"),
    "Busy": (TryLater, "try again in a while"),
}


def acme4(name: str, region: str, service: str, options: Mapping[str, object]) -> Signer:
    """Build Acme's scheme: AWS' fourth one, but for the first step of the key."""
    signer = schemes.build("aws-sigv4", region=region or "r1", service=service or "speech")
    return replace(signer, scheme="acme4", key_prefix="ACME4")  # type: ignore[type-var]


def judge(reply: Reply) -> VoicectlError | None:
    """Say what is wrong with an answer of Acme's; None leaves the status to speak for itself."""
    try:
        body = json.loads(reply.body)
        code, reason = str(body["code"]), str(body["message"])
    except (ValueError, KeyError, TypeError):
        return None
    kind, hint = ERRORS.get(code, (VendorRefused, "see Acme's manual"))
    return kind("acme refuses: {reason}", hint=hint, reason=reason, vendor_code=code)


class Speech:
    """Acme's speech: one request a text, WAV in return."""

    formats = (AudioFormat(Container.WAV, 16000),)
    text_limit = TextLimit(500)

    def __init__(self, access: Access) -> None:
        self._access = access

    def voices(self) -> Iterator[Voice]:
        for name, lang in VOICES.items():
            yield Voice(id=name, name=name.title(), lang=lang, gender="", engines=(), vendor="acme")

    def settle(self, utterance: Utterance) -> Utterance:
        refuse_beyond(SPEECH, utterance, "acme")
        return replace(utterance, voice=utterance.voice or "ann")

    @contextmanager
    def synthesize(self, utterance: Utterance) -> Iterator[SpeechStream]:
        asked = {"text": utterance.text, "voice": utterance.voice, "tempo": utterance.rate or 1.0}
        asked["project"] = self._access.profile.settings.get("project", "")
        endpoint = self._access.endpoint("speech", HOME)
        request = endpoint.request(
            "POST", "/speak", headers=[("Content-Type", "application/json")], body=json.dumps(asked).encode()
        )
        client = self._access.client(acme4("acme4", self._access.profile.region, "speech", {}), judge)
        with client.stream(request, action="Speak") as reply:
            yield SpeechStream(self.formats[0], reply.chunks, request_id=reply.headers.get("x-acme-id", ""))


CARD = Vendor(name="acme", title="Acme", account=ACCOUNT, tts=Speech, services=lambda: (SPEECH,))
