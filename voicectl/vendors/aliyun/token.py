"""The token that NLS wants for speech: made by CreateToken, or brought ready. Keeping it is others' matter.

Specification: https://help.aliyun.com/en/isi/getting-started/obtain-an-access-token
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from voicectl.core.credentials import Credentials, Secret
from voicectl.core.endpoint import Endpoint
from voicectl.core.errors import SignatureRejected, VoicectlError
from voicectl.core.request import Reply
from voicectl.core.token import Token, TokenSource
from voicectl.core.vendor import Access
from voicectl.signing import schemes
from voicectl.vendors.aliyun.errors import judge_token
from voicectl.vendors.aliyun.places import TokenService, token_service

READY = "nls_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyToken:
    """A token that somebody else made: used as it is, for as long as the gateway takes it."""

    ready: Credentials
    name: str = "environment"

    def held(self, now: datetime) -> Token:
        return Token(credentials=self.ready)

    def credentials(self, now: datetime) -> Credentials:
        return self.ready


def speech_token(access: Access) -> TokenSource:
    """Return where the token comes from: a ready one, which needs no key, else CreateToken's, kept."""
    ready = access.keys(READY, needed=False).credentials(access.clock.moment().now)
    if ready is not None:
        return ReadyToken(ready=ready)
    service, endpoint = token_service(access)
    place = f"{endpoint.scheme}://{endpoint.host}{endpoint.path}"
    return access.cached(f"nls {service.region} {place}", lambda: created(access, service, endpoint))


def created(access: Access, service: TokenService, endpoint: Endpoint) -> Credentials:
    """Ask for a new token; those made before stay good."""
    return _token_in(answer_of(access, service, endpoint))


def answer_of(access: Access, service: TokenService, endpoint: Endpoint) -> Reply:
    """Return the good answer of CreateToken, with all that it says."""
    asked = {
        "Action": "CreateToken",
        "Format": "JSON",
        "RegionId": service.region,
        "Version": service.version,
    }
    client = access.client(schemes.build("aliyun-rpc-v1", region=service.region), judge_token)
    try:
        return client.send(endpoint.request("GET", "/", pairs=asked.items()))
    except SignatureRejected as error:
        raise _with_its_cause(error) from None


def _token_in(reply: Reply) -> Credentials:
    """Read a reply that `judge_token` found good; the end comes as Unix time."""
    import json

    token = json.loads(reply.body)["Token"]
    return Credentials(
        secret=Secret(str(token["Id"])),
        expires_at=datetime.fromtimestamp(int(token["ExpireTime"]), UTC),
        identity=str(token.get("UserId") or ""),
    )


def _with_its_cause(error: SignatureRejected) -> VoicectlError:
    """Say that the secret is wrong where the vendor shows that both sides signed the same text."""
    ours = error.signed.trace.string_to_sign if error.signed else ""
    if not ours or error.facts.get("server_string_to_sign") != ours:
        return error
    return error.knowing(
        hint="what was signed is right, so the secret is not that of this key id; store the right one:\n"
        "voicectl profile add NAME --vendor aliyun --yes"
    )
