"""Free evidence: which scheme, is it well formed, what it claims, and what the server's own strings say."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import BadInput
from voicectl.core.request import Request
from voicectl.explain import detect, forms, rules
from voicectl.explain.attempt import Attempt, Context
from voicectl.explain.captured import Answer
from voicectl.explain.cmd_words import single_backslashes
from voicectl.explain.finding import Finding, found
from voicectl.explain.states import Made, make
from voicectl.explain.wire import bytes_of, text_of
from voicectl.signing import canonical, schemes, times
from voicectl.signing.bearer import Shown
from voicectl.signing.claims import Claims, Scheme
from voicectl.signing.v4 import V4

NO_SECRET = Credentials(secret=Secret(""))
NO_OPTIONS: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A request read as one scheme's, and what is wrong with how it is written."""

    attempt: Attempt
    malformed: tuple[str, ...] = ()
    claims_nothing: bool = False
    """Its parts are so broken that what it claims cannot be told."""


def scheme_of(request: Request, name: str) -> str:
    """Return the name of the scheme to explain: the given one, or the one that the request shows."""
    found_name = detect.family(name) or detect.scheme_name(request)
    if not found_name:
        raise BadInput(
            "the request to {host!r} carries no signature of a known scheme",
            host=request.host,
            hint="say which it should have: --scheme NAME",
        )
    return found_name


def read(
    request: Request,
    credentials: Credentials | None,
    name: str,
    *,
    region: str,
    service: str,
    options: Mapping[str, object],
    scheme: Scheme | None = None,
) -> Reading:
    """Read a request as one of this scheme; raise BadInput where there is nothing at all to read."""
    context = detect.context_of(request, name, region=region, service=service, options=options)
    form = scheme or _built(request, name, context, options)
    form = form.for_request(request)
    malformed, meant = _form(form, request)
    try:
        claims = form.claims(meant)
    except BadInput as error:
        seen = detect.scheme_name(request)
        if seen and seen != name and scheme is None:
            raise error.knowing(hint="the request looks like one of --scheme {seen}", seen=seen) from None
        if not malformed:
            raise
        claims = _no_claims()
    if isinstance(form, Shown):
        claims = claims._replace(signature=request.header(form.header) or "")
    attempt = Attempt(
        scheme=form,
        request=meant,
        claims=claims,
        credentials=credentials or NO_SECRET,
        context=context,
    )
    return Reading(attempt=attempt, malformed=malformed, claims_nothing=claims == _no_claims())


def with_body_as_meant(reading: Reading, notes: Container[str]) -> Reading:
    """Take the body as it was meant, where notes say that it may have been and signature or hash agree.

    A line break at its end may be the file's own; backslashes may stand there twice.
    """
    attempt = reading.attempt
    given = attempt.claims.signature
    if not given or make(attempt).signature == given:
        return reading
    for body in _bodies_meant(attempt.request.body, notes):
        other = attempt.sending(body=body)
        if make(other).signature == given or _declares_its_hash(other.request):
            return replace(reading, attempt=replace(other, changed=frozenset()))
    return reading


def _declares_its_hash(request: Request) -> bool:
    right = canonical.hash_body(request)
    return any((request.header(name) or "").strip() == right for name in rules.HASH_HEADERS)


def _bodies_meant(body: bytes, notes: Container[str]) -> Iterator[bytes]:
    if "final-newline" in notes:
        yield from (body.removesuffix(b"\r\n"), body.removesuffix(b"\n"))
    if "doubled-backslashes" in notes:
        yield bytes_of(single_backslashes(text_of(body)))


def _no_claims() -> Claims:
    return Claims(moment=Moment(times.UNKNOWN, ""))


def _built(request: Request, name: str, context: Context, options: Mapping[str, object]) -> Scheme:
    given = dict(options)
    if name.startswith("aliyun-oss"):
        given.setdefault("bucket", context.bucket)
    service = context.service or _claimed_service(request, name)
    scheme: Any = schemes.build(name, region=context.region, service=service, options=given)
    return scheme  # type: ignore[no-any-return]


def _claimed_service(request: Request, name: str) -> str:
    """Return the service that the request claims: it decides between S3's rules and the others'."""
    if name != "aws-sigv4":
        return ""
    text = request.header("Authorization") or canonical.form_decode(request.query)
    parts = text.partition("Credential=")[2].partition("&")[0].split("/")
    return parts[3] if len(parts) > 3 else ""


def _form(scheme: Any, request: Request) -> tuple[tuple[str, ...], Request]:
    """Return what is malformed, and the request as it was meant."""
    if isinstance(scheme, V4):
        if scheme.presigned:
            return tuple(forms.query_faults(scheme, request)), request
        form = forms.header_form(scheme, request)
        return form.faults, form.request
    if scheme.scheme == "aliyun-oss-v1" and not scheme.presigned:
        form = forms.text_form(request, "OSS")
        return form.faults, form.request
    if scheme.scheme == "aliyun-rpc-v1":
        given = {name for name, _ in canonical.form_pairs(request.query)}
        given |= {name for name, _ in canonical.form_pairs(canonical.form_body(request))}
        wanted = (
            "AccessKeyId",
            "Signature",
            "SignatureMethod",
            "SignatureVersion",
            "SignatureNonce",
            "Timestamp",
        )
        return tuple(f"the parameter {name!r} is missing" for name in wanted if name not in given), request
    return (), request


def malformed_finding(reading: Reading) -> Iterator[Finding]:
    """Yield the finding that the signature's parts are not written as they must be."""
    if reading.malformed:
        query = isinstance(reading.attempt.scheme, V4) and reading.attempt.scheme.presigned
        rpc = reading.attempt.scheme.scheme == "aliyun-rpc-v1"
        where = "the query's signature parameters" if query or rpc else "the Authorization header"
        yield found(
            "auth-malformed",
            f"{where} {'are' if query or rpc else 'is'} not in the form that the scheme prescribes",
            "Rebuild it to the letter: "
            + _MODELS.get(
                reading.attempt.scheme.scheme, "ALGORITHM Credential=…, SignedHeaders=…, Signature=…"
            ),
            "; ".join(reading.malformed),
        )


_MODELS = {
    "aliyun-acs3": "ACS3-HMAC-SHA256 Credential=KEY,SignedHeaders=a;b,Signature=HEX",
    "aliyun-oss-v1": "OSS KEY:SIGNATURE",
    "aliyun-oss-v4": "OSS4-HMAC-SHA256 Credential=KEY/SCOPE,Signature=HEX",
    "aws-sigv4": "AWS4-HMAC-SHA256 Credential=KEY/SCOPE, SignedHeaders=a;b, Signature=HEX",
    "tencent-tc3": "TC3-HMAC-SHA256 Credential=KEY/SCOPE, SignedHeaders=a;b, Signature=HEX",
    "volcengine-v4": "HMAC-SHA256 Credential=KEY/SCOPE, SignedHeaders=a;b, Signature=HEX",
    "aliyun-rpc-v1": "AccessKeyId, SignatureMethod, SignatureVersion, SignatureNonce, Timestamp and "
    "Signature",
}


# The key id ------------------------------------------------------------------------------------


def key_id_finding(attempt: Attempt, *, fits: bool) -> Iterator[Finding]:
    """Yield the finding that another key id signed than the one given; `fits`: this secret made the "
    "signature."""
    given, claimed = attempt.credentials.key_id, attempt.claims.key_id
    if not given or not claimed or given == claimed:
        return
    how = _likeness(given, claimed)
    fix = (
        "Send the key id that belongs to the secret."
        if fits
        else "Explain the request with the secret of the key id that it names."
    )
    yield found(
        "key-id-other",
        "the request names another key id than the one given" if not how else f"the key id is mangled: {how}",
        fix,
        f"the request names {claimed!r}, given is {given!r}"
        + ("; the signature was made with the given secret" if fits else ""),
        proved=fits or bool(how),
    )


def _likeness(given: str, claimed: str) -> str:
    if claimed.strip() == given.strip():
        return "blanks stand at its ends"
    if claimed.lower() == given.lower():
        return "its letters were changed to capital or small ones"
    if len(claimed) >= 8 and (given.startswith(claimed) or given.endswith(claimed)):
        return "it is cut short"
    if given in claimed:
        return "something stands before or behind it"
    return ""


# The server's own strings ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """How the server's strings compare with ours; None where it shows none."""

    equal: bool | None = None
    line: str = ""
    """The server's first line that differs, and ours."""
    ours: str = ""
    host: bool = False


def compare(base: Made, answer: Answer | None) -> Echo:
    """Compare the strings that the server shows with those that the request makes."""
    if answer is None:
        return Echo()
    for theirs, ours in (
        (answer.canonical_request, base.canonical_request),
        (answer.string_to_sign, base.string),
    ):
        if theirs is None or not ours or not theirs.strip():
            continue
        if _plain(theirs) != _plain(ours):
            return _first_apart(_plain(theirs), _plain(ours))
    shown = answer.string_to_sign or answer.canonical_request
    return Echo(equal=True) if shown and shown.strip() else Echo()


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n ")


def _first_apart(theirs: str, ours: str) -> Echo:
    server, client = theirs.split("\n"), ours.split("\n")
    for number in range(max(len(server), len(client))):
        one = server[number] if number < len(server) else ""
        other = client[number] if number < len(client) else ""
        if one != other:
            host = one.startswith("host:") and other.startswith("host:")
            return Echo(equal=False, line=one, ours=other, host=host)
    return Echo(equal=False)


def echo_finding(echo: Echo) -> Iterator[Finding]:
    """Yield what an echo settles: the key is at fault, or something on the way."""
    if echo.equal:
        yield found(
            "key-wrong-secret",
            "the secret is not the one that the server holds for this key id",
            "Copy this key's secret anew, or make a new key.",
            "the server's string to sign equals ours, so only the key can differ",
        )
    elif echo.equal is False and echo.host:
        yield found(
            "proxy-rewrote-host",
            "Host was rewritten between client and server",
            "Let the proxy keep Host (nginx: proxy_set_header Host $http_host), or sign the host that the "
            "server sees.",
            f"the server saw {echo.line!r}, {echo.ours!r} was sent",
            code="proxy_set_header Host $http_host;",
        )
    elif echo.equal is False:
        yield found(
            "proxy-changed-request",
            "the server saw another request than the one given here",
            "Look for what changes the request on the way: a proxy, a CDN, the HTTP library; sign what "
            "arrives.",
            f"the server's string has {echo.line[:200]!r} where the request makes {echo.ours[:200]!r}",
        )
