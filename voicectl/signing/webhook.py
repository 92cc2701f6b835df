"""X-Twilio-Signature: is a report really from Twilio? Pure. What the report says: `vendors/twilio/pushed.py`.

Specification: https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from urllib.parse import parse_qsl

from voicectl.core.credentials import Credentials
from voicectl.core.errors import BadInput, CredentialError
from voicectl.core.request import Pairs, Request, utf8

SIGNATURE, SETTINGS = "X-Twilio-Signature", "X-Twilio-Webhooks-Signature-Settings"
BODY_HASH = "bodySHA256"
DEFAULT_PORTS = {"http": "80", "https": "443"}
MOST_FIELDS = 1000


def check(request: Request, token: Credentials) -> None:
    """Raise CredentialError unless the auth token signed this very request.

    The URL counts as Twilio saw it. Behind a proxy that speaks TLS the request comes over http to a
    host that Twilio knows under https, so that is tried as well; it opens nothing, for the key is the proof.
    """
    given = request.header(SIGNATURE)
    if given is None:
        raise CredentialError("the report bears no {header}", header=SIGNATURE)
    if "SHA256" in (request.header(SETTINGS) or "").upper():
        raise CredentialError(
            "the report is signed with a shared key, and only the auth token's signature is read here",
            hint="take the shared key off this webhook",
        )
    fields = _signed_fields(request)
    for url in dict.fromkeys(_urls(request)):
        if compare_digest(signature(url, fields, token).encode(), utf8(given)):
            return
    raise CredentialError(
        "the {header} of the report is not right: it is not from twilio, or it was sent to another URL",
        header=SIGNATURE,
        hint="name the URL that twilio calls: --public-url https://…",
    )


def signature(url: str, fields: Pairs, token: Credentials) -> str:
    """Return what Twilio writes for a URL and the fields of a form."""
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    told = "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return b64encode(hmac_digest(utf8(token.secret.reveal()), utf8(url + told), "sha1")).decode("ascii")


def fields_of(request: Request) -> dict[str, str]:
    """Return what a report tells: the fields of its form or its JSON, else of its query."""
    if is_json(request):
        from voicectl.core.refusal import object_in

        found = object_in(request.body)
        if found is None:
            raise BadInput("the report is not the JSON that it calls itself")
        return {name: str(value) for name, value in found.items() if value is not None}
    return dict(_form(request) if request.method == "POST" else request.pairs())


def is_json(request: Request) -> bool:
    kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    return kind == "application/json"


def _signed_fields(request: Request) -> Pairs:
    """Return the form's fields; of a JSON body nothing, once the URL's own hash of it is right."""
    told = dict(request.pairs()).get(BODY_HASH)
    if told is not None and not _is_form(request):
        if not compare_digest(sha256(request.body).hexdigest(), told.lower()):
            raise CredentialError("the hash of the body in the URL is not that of the body")
        return ()
    if is_json(request):
        raise CredentialError("the report is JSON, and its URL has no {name}", name=BODY_HASH)
    return _form(request) if request.method == "POST" else ()


def _is_form(request: Request) -> bool:
    kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"


def _form(request: Request) -> Pairs:
    try:
        text = request.body.decode("utf-8")
        return tuple(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError:
        raise BadInput("the report is no form") from None


def _urls(request: Request) -> Iterator[str]:
    """Yield the URL in each form in which Twilio may have signed it: port written out or not."""
    for scheme in (request.scheme, "https"):
        name, port = _split(request.host)
        for host in (request.host, name, f"{name}:{port or DEFAULT_PORTS[scheme]}"):
            yield replace(request, scheme=scheme, host=host).url


def _split(host: str) -> tuple[str, str]:
    """Take a port off a host; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and port.isdecimal() else (host, "")
