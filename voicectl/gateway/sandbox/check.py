"""Whether a request is rightly signed, as the real services decide it: by our own schemes.

What each vendor's rules are, and how it words a refusal, is data beside its services.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from voicectl.core.credentials import Credentials
from voicectl.core.errors import BadInput
from voicectl.core.request import Request
from voicectl.gateway.sandbox.cloud import Cloud, No, Refused
from voicectl.signing import schemes
from voicectl.signing.claims import Claims
from voicectl.signing.times import UNKNOWN

WINDOW = timedelta(minutes=15)
STAMP = "%Y%m%dT%H%M%SZ"
Look = Callable[[Request, Claims], str]
"""Look over a request for what its scheme alone does not see; returns a key of `Rules.words`, or ""."""


def nothing_wrong(request: Request, claims: Claims) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one vendor checks one scheme.

    `words` are its refusals, under: malformed, unknown_key, bad_token, expired_token, old, early, late,
    mismatch, replayed, and what `look` finds. `signed` are headers that must count, `prefixes` likewise.
    """

    vendor: str
    scheme: str
    words: Mapping[str, No]
    token: tuple[str, ...] = ()
    """Where a session's token is: a header's name, which may be a parameter's as well."""
    window: timedelta = WINDOW
    service: str = ""
    """What a scope must name, where it names one."""
    dates: tuple[str, ...] = ("%Y%m%d",)
    """How the day in the scope is written."""
    signed: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    has_nonce: bool = False
    look: Look = nothing_wrong
    life: Callable[[Request], timedelta | None] = field(default=lambda request: None)
    """How long a signed link is good, None for other requests."""
    options: tuple[tuple[str, str], ...] = ()


@cache
def _signer(scheme: str, options: tuple[tuple[str, str], ...]) -> Any:
    return schemes.build(scheme, options=dict(options))


def caller(cloud: Cloud, rules: Rules, request: Request) -> Credentials:
    """Return whose request it is; Refused, with what the server computed, where the signature is wrong."""
    signer = _signer(rules.scheme, rules.options).for_request(request)
    claims = _claims(cloud, rules, request, signer)
    known = _known(cloud, rules, request, claims)
    if wrong := _wrong(cloud, rules, request, claims, signer):
        raise _no(cloud, rules, wrong, claims)
    trace = signer.trace(request, known, claims)
    if not hmac.compare_digest(trace.signature.encode(), claims.signature.encode("utf-8", "replace")):
        shown = {"canonical_request": trace.canonical_request, "string_to_sign": trace.string_to_sign}
        raise _no(cloud, rules, "mismatch", claims, **shown)
    nonce = claims.moment.nonce
    if rules.has_nonce and not (nonce and cloud.is_new(f"{claims.key_id} {nonce}", rules.window * 2)):
        raise _no(cloud, rules, "replayed", claims)
    return known


def _claims(cloud: Cloud, rules: Rules, request: Request, signer: Any) -> Claims:
    try:
        claims: Claims = signer.claims(request)
    except BadInput as error:
        raise _no(cloud, rules, "malformed", reason=str(error)) from None
    algorithm, shown = getattr(signer, "algorithm", ""), request.header("authorization")
    if algorithm and shown is not None and not shown.startswith(f"{algorithm} "):
        raise _no(cloud, rules, "malformed", claims, reason=f"{algorithm} is what is wanted")
    return claims


def _wrong(cloud: Cloud, rules: Rules, request: Request, claims: Claims, signer: Any) -> str:
    """Return the first thing that is wrong beside key and signature, by its name in the words."""
    return (
        rules.look(request, claims)
        or _time(cloud, rules, request, claims)
        or _scope(rules, claims, getattr(signer, "scope_parts", ()))
        or ("" if _all_count(rules, request, claims) else "mismatch")
    )


def shown_token(rules: Rules, request: Request) -> str:
    """Return the session token that came along."""
    return next((token for name in rules.token if (token := _given(request, name))), "")


def _given(request: Request, name: str) -> str:
    found = request.header(name)
    if found is not None or name not in request.query:
        return found or ""
    return next((text for key, text in request.pairs() if key == name), "")


def _known(cloud: Cloud, rules: Rules, request: Request, claims: Claims) -> Credentials:
    token = shown_token(rules, request)
    known = cloud.credentials(rules.vendor, claims.key_id, token)
    if known is not None and known.security_token is None and token:
        raise _no(cloud, rules, "bad_token", claims)
    if known is not None:
        return known
    session = cloud.session(claims.key_id)
    if session is None:
        raise _no(cloud, rules, "unknown_key", claims)
    if not token:
        raise _no(cloud, rules, "unknown_key" if "no_token" not in rules.words else "no_token", claims)
    raise _no(cloud, rules, "expired_token" if cloud.has_ended(session.ends) else "bad_token", claims)


def _time(cloud: Cloud, rules: Rules, request: Request, claims: Claims) -> str:
    now, signed_at, life = cloud.now, claims.moment.now, rules.life(request)
    if signed_at == UNKNOWN and "time" in rules.words:
        return "time"
    if signed_at > now + rules.window:
        return "early"
    if life is not None:
        return "late" if now > signed_at + life or life <= timedelta(0) else ""
    return "old" if signed_at < now - rules.window else ""


def _scope(rules: Rules, claims: Claims, parts: tuple[str, ...]) -> str:
    if not parts:
        return ""
    if claims.date not in {f"{claims.moment.now:{form}}" for form in rules.dates}:
        return "wrong_date" if "wrong_date" in rules.words else "mismatch"
    if rules.service and claims.service != rules.service:
        return "wrong_service" if "wrong_service" in rules.words else "mismatch"
    given = claims.scope.split("/")
    ends_well = len(given) == len(parts) and given[-1] == parts[-1]
    return "" if ends_well else "mismatch"


def _all_count(rules: Rules, request: Request, claims: Claims) -> bool:
    counted = {name.lower() for name in claims.signed_headers}
    present = {name.lower() for name, _ in request.headers}
    must = {name for name in present if name.startswith(rules.prefixes)} if rules.prefixes else set()
    return {*rules.signed, *must} <= counted and counted <= present


def _no(cloud: Cloud, rules: Rules, kind: str, claims: Claims | None = None, **facts: str) -> Refused:
    no, now = rules.words[kind], cloud.now
    told = {
        "canonical_request": "",
        "string_to_sign": "",
        "time": claims.timestamp if claims else "",
        "now": f"{now:{STAMP}}",
        "oldest": f"{now - rules.window:{STAMP}}",
        "newest": f"{now + rules.window:{STAMP}}",
        "minutes": f"{rules.window // timedelta(minutes=1)}",
        "service": rules.service,
        "reason": "",
        **facts,
    }
    return Refused(
        no.code,
        no.status,
        no.message.format_map(told),
        canonical_request=facts.get("canonical_request", ""),
        string_to_sign=facts.get("string_to_sign", ""),
    )
