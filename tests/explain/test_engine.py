"""What an explanation says: free evidence, answers, keys missing or wrong, and what is never shown."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.explain.rich_requests import AT, SECRET, TOKEN, Rich, all_rich
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import BadInput
from voicectl.core.note import Note
from voicectl.core.request import Request
from voicectl.explain import detect
from voicectl.explain.answer import answer_of
from voicectl.explain.captured import Answer, Captured
from voicectl.explain.engine import explain, own
from voicectl.explain.reading import read_captured
from voicectl.explain.verdict import Explanation
from voicectl.signing import canonical, schemes, times
from voicectl.signing.v4 import V4, Names

RICH = {each.name: each for each in all_rich()}
HOLDING_TOKENS = [name for name, rich in RICH.items() if rich.credentials.security_token]


def explained(rich: Rich, captured: Captured | None = None, **asked: Any) -> Explanation:
    options = {key: value for key, value in rich.options.items() if key == "bucket"}
    asked = {
        "region": getattr(rich.signer, "region", ""),
        "service": getattr(rich.signer, "service", ""),
        "scheme": detect.family(rich.signer.scheme),
        **asked,
    }
    return explain(captured or rich.wire(), asked.pop("key", rich.credentials), options=options, **asked)


def ids(explanation: Explanation) -> list[str]:
    return [cause.id for cause in explanation.causes]


def with_header(captured: Captured, name: str, value: str | None) -> Captured:
    request = captured.request
    kept = tuple(line for line in request.headers if line[0].lower() != name.lower())
    changed = request.with_headers(kept) if value is None else request.with_header(name, value)
    return replace(captured, request=changed)


def signed_by(rich: Rich, **claims: Any) -> Captured:
    """Return the request with a signature that is right for other claims, which it shows."""
    changed = rich.claims._replace(**claims)
    trace = rich.signer.trace(rich.prepared, rich.credentials, changed)
    return Captured(request=rich.signer.attach(rich.prepared, rich.credentials, trace), form="http")


# Seen on the wire ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("Signature=", "Signature "), "no '=' behind 'Signature'"),
        ((", Signature=", " Signature="), "no comma before 'Signature'"),
        (("SignedHeaders=", "Signedheaders="), "'Signedheaders' is written for 'SignedHeaders'"),
        (("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256:"), "starts with"),
        (("AWS4-HMAC-SHA256 ", "aws4-hmac-sha256 "), "starts with 'aws4-hmac-sha256'"),
        (("/us-west-2/polly/aws4_request", ""), "2 parts between '/', 5 are wanted"),
        (("Credential=", 'Credential="'), "stands in quotes"),
        (("Credential=", "Credential= "), "a blank stands behind '='"),
    ],
)
def test_a_malformed_header_is_told_with_what_is_wrong(wrong: tuple[str, str], said: str) -> None:
    rich = RICH["aws header"]
    captured = rich.wire()
    text = captured.request.header("Authorization") or ""
    assert wrong[0] in text
    explanation = explained(rich, with_header(captured, "Authorization", text.replace(*wrong)))
    assert ids(explanation)[0] == "auth-malformed"
    assert said in explanation.causes[0].evidence
    assert explanation.proved


def test_a_missing_signature_is_malformed_where_the_scheme_is_known() -> None:
    rich = RICH["aws header"]
    explanation = explained(rich, with_header(rich.wire(), "Authorization", None))
    assert ids(explanation)[0] == "auth-malformed"
    assert explanation.given_signature == ""


def test_a_request_of_no_scheme_is_bad_input() -> None:
    with pytest.raises(BadInput, match="no signature"):
        explain(Captured(request=Request(method="GET", host="example.com"), form="http"), None)


def test_the_wrong_scheme_is_answered_with_the_one_that_the_request_shows() -> None:
    with pytest.raises(BadInput) as refused:
        explain(RICH["rpc"].wire(), None, scheme="aws-sigv4")
    assert refused.value.hint.endswith("--scheme aliyun-rpc-v1")


@pytest.mark.parametrize("name", HOLDING_TOKENS)
def test_a_forgotten_token_is_told_and_put_back_for_the_right_signature(name: str) -> None:
    rich = RICH[name]
    bare = replace(rich.credentials, security_token=None)
    signed = rich.signer.sign(_unsigned(rich), bare, AT).request
    explanation = explained(rich, Captured(request=signed, form="http"))
    assert ids(explanation) == ["token-missing"]
    assert explanation.signature_valid
    shown = explanation.correct.canonical_request + explanation.correct.string_to_sign
    signs_it = not name.startswith(("tc3", "youdao"))
    assert ("***" in shown) == signs_it


def _unsigned(rich: Rich) -> Request:
    """Return the prepared request without its token."""
    request = rich.prepared
    headers = tuple(line for line in request.headers if "token" not in line[0].lower())
    parts = [part for part in request.query.split("&") if "token" not in part.lower()]
    return replace(request, headers=headers, query="&".join(parts))


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("aws header", "x-amz-date"),
        ("aws header", "host"),
        ("acs3", "x-acs-action"),
        ("acs3", "content-type"),
        ("volcengine", "x-date"),
        ("volcengine", "host"),
        ("tc3 post", "host"),
        ("tc3 post", "content-type"),
        ("tos4", "x-tos-date"),
    ],
)
def test_a_mandatory_header_outside_the_list_is_told(name: str, header: str) -> None:
    rich = RICH[name]
    kept = tuple(each for each in rich.claims.signed_headers if each != header)
    explanation = explained(rich, signed_by(rich, signed_headers=kept))
    assert ids(explanation) == ["hdr-required-unsigned"]
    assert header in explanation.causes[0].evidence
    assert explanation.correct_signature != explanation.given_signature
    assert explanation.first_difference


@pytest.mark.parametrize("more", [(), ("content-type",)], ids=["date", "date and type"])
def test_volcengine_takes_a_signature_without_host_and_hash(more: tuple[str, ...]) -> None:
    rich = RICH["volcengine"]
    explanation = explained(rich, signed_by(rich, signed_headers=(*more, "x-date", "x-security-token")))
    assert (explanation.verdict, ids(explanation)) == ("correct", [])


@pytest.mark.parametrize("name", ["aws header", "acs3", "volcengine"])
def test_a_token_outside_the_list_is_told(name: str) -> None:
    rich = RICH[name]
    kept = tuple(each for each in rich.claims.signed_headers if "token" not in each)
    assert ids(explained(rich, signed_by(rich, signed_headers=kept))) == ["token-unsigned"]


@pytest.mark.parametrize(
    ("claim", "value", "cause"),
    [
        ("date", "20260305", "date-scope-local"),
        ("date", "2026-03-04", "scope-date-format"),
        ("date", "20260101", "scope-date-other"),
        ("region", "eu-west-1", "scope-wrong-region"),
        ("service", "transcribe", "scope-wrong-service"),
    ],
)
def test_a_scope_that_claims_something_else_is_told(claim: str, value: str, cause: str) -> None:
    rich = RICH["aws header"]
    explanation = explained(rich, signed_by(rich, **{claim: value}))
    assert ids(explanation) == [cause]
    assert explanation.first_difference
    assert explanation.first_difference.where == "string_to_sign"
    assert explanation.first_difference.line == 3
    right = rich.signer.trace(rich.prepared, rich.credentials, rich.claims)
    assert explanation.correct_signature == right.signature


def test_the_host_tells_the_region_where_no_flag_does() -> None:
    rich = RICH["s3"]
    explanation = explained(rich, signed_by(rich, region="us-east-1"), region="", service="")
    assert ids(explanation) == ["scope-wrong-region"]


def test_a_scope_with_other_elements_is_told() -> None:
    rich = RICH["tc3 post"]
    signer = replace(rich.signer, scope_parts=("date", "region", "service", "tc3_request"))
    signer = replace(signer, key_parts=signer.scope_parts)
    signed = signer.sign(_unsigned(rich), replace(rich.credentials, security_token=None), AT)
    key = replace(rich.credentials, security_token=None)
    explanation = explained(rich, Captured(request=signed.request, form="http"), key=key)
    assert ids(explanation)[0] in {"scope-malformed", "scope-other-elements"}


def test_milliseconds_are_told() -> None:
    rich = RICH["tc3 post"]
    signer = replace(rich.signer, write_time=lambda now: times.unix_seconds(now) + "123")
    signed = signer.sign(rich.prepared, rich.credentials, AT)
    explanation = explained(rich, own(signed))
    assert ids(explanation) == ["ts-millis"]
    assert explanation.first_difference


def test_a_signed_header_that_is_not_there_is_found_by_its_usual_values() -> None:
    rich = RICH["aws header"]
    wrong = with_header(rich.wire(), "Accept-Encoding", None)
    explanation = explained(rich, wrong)
    assert ids(explanation) == ["hdr-hop-dropped"]
    assert "'gzip'" in explanation.causes[0].evidence


@pytest.mark.slow
def test_a_signature_with_a_raw_plus_is_told() -> None:
    rich = RICH["rpc"]
    number = 0
    while True:
        number += 1
        signed = rich.signer.sign(rich.prepared, rich.credentials, Moment(AT.now, f"nonce-{number}"))
        if "+" in signed.trace.signature:
            break
    request = signed.request.with_query(signed.request.query.replace("%2B", "+"))
    explanation = explained(rich, Captured(request=request, form="http"))
    assert "sig-not-url-encoded" in ids(explanation)


def test_a_token_that_was_signed_and_not_sent_is_found() -> None:
    rich = RICH["acs3"]
    wrong = with_header(rich.wire(), "x-acs-security-token", None)
    authorization = wrong.request.header("Authorization") or ""
    listed = authorization.replace("x-acs-security-token;", "")
    explanation = explained(rich, with_header(wrong, "Authorization", listed))
    assert set(ids(explanation)) == {"token-signed-not-sent", "token-missing"}


@pytest.mark.parametrize("name", ["aws header", "s3"])
def test_a_declared_hash_that_is_not_the_bodys_is_explained_without_a_secret(name: str) -> None:
    rich = RICH[name]
    digest = canonical.sha256_hex(rich.prepared.body + b"\n")
    wrong = with_header(rich.wire(), "X-Amz-Content-SHA256", digest)
    explanation = explained(rich, wrong, key=None)
    assert "body-newline" in ids(explanation)
    assert explanation.correct_signature == ""


# Keys ------------------------------------------------------------------------------------------


def test_another_key_id_than_the_given_one_is_a_finding_of_its_own() -> None:
    rich = RICH["tos4"]
    other = replace(rich.credentials, key_id="AKLTANOTHER", secret=Secret("EXAMPLE-other"))
    explanation = explained(rich, key=other, watch=lambda tried: tried < 1000)
    assert ids(explanation) == ["key-id-other"]
    assert not explanation.proved


def test_a_mangled_key_id_is_told_where_the_secret_fits() -> None:
    rich = RICH["oss1"]
    given = replace(rich.credentials, key_id=rich.credentials.key_id + "x")
    explanation = explained(rich, key=given)
    assert ids(explanation) == ["key-id-other"]
    assert explanation.proved


@pytest.mark.slow
@pytest.mark.parametrize("name", RICH)
def test_a_wrong_secret_accuses_nobody(name: str) -> None:
    rich = RICH[name]
    chance = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/+"
    secret = Secret("".join(chance.choice(letters) for _ in range(32)))
    explanation = explained(
        rich, key=replace(rich.credentials, secret=secret), watch=lambda tried: tried < 3000
    )
    assert (explanation.verdict, explanation.causes) == ("unknown", ())
    assert 1 <= len(explanation.checks) <= 3


@pytest.mark.parametrize("name", RICH)
def test_without_a_secret_a_request_that_breaks_no_rule_is_unknown(name: str) -> None:
    explanation = explained(RICH[name], key=None)
    assert (explanation.verdict, explanation.causes) == ("unknown", ())
    assert explanation.correct_signature == ""
    assert explanation.signature_valid is None


@pytest.mark.slow
@pytest.mark.parametrize("name", RICH)
def test_nothing_shown_holds_the_secret_or_the_token(name: str) -> None:
    rich = RICH[name]
    for key in (rich.credentials, replace(rich.credentials, secret=Secret("EXAMPLE-wrong")), None):
        explanation = explained(rich, key=key, watch=lambda tried: tried < 1000)
        shown = json.dumps(explanation.as_json()) + repr(explanation)
        for texts in (explanation.given, explanation.correct, explanation.server):
            shown += texts.canonical_request + texts.string_to_sign
        assert SECRET not in shown
        assert TOKEN not in shown
        assert "token%2Fwith" not in shown


# The server's answer ---------------------------------------------------------------------------


def answered(code: str, message: str = "", *, date: datetime | None = None, status: int = 403) -> Answer:
    return Answer(status=status, code=code, message=message, date=date)


@pytest.mark.parametrize(
    ("code", "message", "cause"),
    [
        ("SignatureNonceUsed", "", "nonce-reused"),
        ("InvalidAccessKeyId.NotFound", "", "key-unknown"),
        ("InvalidSecurityToken.Expired", "", "token-expired"),
        ("ExpiredTokenException", "", "token-expired"),
        ("AuthFailure.TokenFailure", "", "token-invalid"),
        ("AccessDenied", "no", "permission-denied"),
        ("Throttling.User", "", "throttled"),
        ("InvalidParameter", "", "server-other-fault"),
        ("IncompleteSignature", "", "auth-malformed"),
        ("AuthorizationHeaderMalformed", "the region 'a' is wrong; expecting 'b'", "scope-wrong-region"),
        ("InvalidSignatureException", "Credential should be scoped to correct service: 'x'", None),
        ("SignatureDoesNotMatch", "", "key-wrong-secret"),
    ],
)
def test_a_right_signature_and_a_code_are_explained_but_not_proved(
    code: str, message: str, cause: str | None
) -> None:
    rich = RICH["acs3"]
    explanation = explained(rich, answer=answered(code, message))
    assert explanation.verdict == "explained"
    assert not explanation.proved
    assert cause is None or ids(explanation)[0] == cause


def test_a_good_answer_leaves_a_right_signature_correct() -> None:
    explanation = explained(RICH["acs3"], answer=Answer(status=200))
    assert explanation.verdict == "correct"


@pytest.mark.parametrize(
    ("hours", "cause"),
    [
        (8, "clock-local-as-utc"),
        (-5, "clock-local-as-utc"),
        (5.5, "clock-local-as-utc"),
        (0.3, "clock-skew"),
        (8.02, "clock-skew"),
    ],
)
def test_clocks_that_are_apart_by_a_zone_are_told_from_those_that_are_off(hours: float, cause: str) -> None:
    server = AT.now - timedelta(hours=hours, seconds=1)
    explanation = explained(RICH["rpc"], answer=answered("InvalidTimeStamp.Expired", date=server))
    assert ids(explanation) == [cause]
    assert not explanation.proved


def test_an_expired_url_is_told_by_the_servers_clock() -> None:
    late = AT.now + timedelta(hours=3)
    for name in ("oss4 query", "oss1 query", "aws query"):
        explanation = explained(
            RICH[name], answer=answered("AccessDenied", "Request has expired.", date=late)
        )
        assert ids(explanation) == ["url-expired"], name


@pytest.mark.slow
def test_an_echo_that_equals_ours_convicts_the_key() -> None:
    rich = RICH["oss1"]
    trace = rich.signer.trace(rich.prepared, rich.credentials, rich.claims)
    answer = replace(answered("SignatureDoesNotMatch"), string_to_sign=trace.string_to_sign)
    wrong = rich.wire("AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    explanation = explained(rich, wrong, answer=answer)
    assert ids(explanation) == ["key-wrong-secret"]
    assert explanation.proved


def test_an_echo_with_another_line_names_what_was_changed_on_the_way() -> None:
    rich = RICH["acs3"]
    trace = rich.signer.trace(rich.prepared, rich.credentials, rich.claims)
    other = trace.canonical_request.replace("x-acs-odd:b  b", "x-acs-odd:c")
    answer = replace(answered("SignatureDoesNotMatch"), canonical_request=other)
    for key in (rich.credentials, None):
        explanation = explained(rich, answer=answer, key=key)
        assert ids(explanation) == ["proxy-changed-request"]
        assert explanation.proved
        assert explanation.first_difference
        assert explanation.first_difference.correct == "x-acs-odd:c"


def test_chinas_partition_is_named_before_an_unknown_key() -> None:
    request = Request(method="GET", host="polly.cn-northwest-1.amazonaws.com.cn", path="/v1/voices")
    signer: Any = schemes.build("aws-sigv4", region="cn-northwest-1", service="polly")
    key = Credentials(key_id="AKIAEXAMPLE", secret=Secret(SECRET))
    captured = own(
        signer.sign(request, key, AT), answer_of(403, (), b'{"__type":"UnrecognizedClientException"}')
    )
    explanation = explain(captured, key)
    assert ids(explanation) == ["key-wrong-partition", "key-unknown"]


# The search ------------------------------------------------------------------------------------


def test_the_watcher_hears_of_progress_and_ends_the_search() -> None:
    heard: list[int] = []

    def watch(tried: int) -> bool:
        heard.append(tried)
        return len(heard) < 3

    key = replace(RICH["acs3"].credentials, secret=Secret("EXAMPLE-wrong"))
    explanation = explained(RICH["acs3"], key=key, watch=watch)
    assert len(heard) == 3
    assert explanation.stopped
    assert explanation.tried >= heard[-1]
    assert explanation.verdict == "unknown"


@pytest.mark.slow
def test_two_mistakes_at_once_are_told_as_belonging_together() -> None:
    rich = RICH["acs3"]
    wrong = replace(rich.signer, string_end="\n", key_suffix="&")
    signature = wrong.trace(rich.prepared, rich.credentials, rich.claims).signature
    explanation = explained(rich, rich.wire(signature))
    assert explanation.together[0] in {
        ("key-amp-added", "sts-trailing-newline"),
        ("sts-trailing-newline", "key-amp-added"),
    }
    assert "with the other mistake" in explanation.causes[0].evidence


def test_what_voicectl_signs_itself_goes_through_the_same_door() -> None:
    rich = RICH["oss4"]
    signed = rich.signer.sign(rich.prepared, rich.credentials, AT)
    assert explain(own(signed), rich.credentials, signer=rich.signer).verdict == "correct"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_break_that_may_be_the_files_own_accuses_nobody(end: bytes) -> None:
    rich = RICH["acs3"]
    captured = rich.wire()
    longer = replace(captured.request, body=captured.request.body + end)
    note = Note(id="final-newline", template="the body ends in a line break")
    assert explained(rich, replace(captured, request=longer, notes=(note,))).verdict == "correct"


def test_backslashes_that_a_browser_doubled_accuse_nobody() -> None:
    """Where neither the signature nor the declared hash is of the doubled ones, they were not sent."""
    note = Note(id="doubled-backslashes", template="backslashes stand there twice")
    for name, wrong in (("aws header", ""), ("acs3", ""), ("acs3", "0" * 64)):
        rich = RICH[name]
        captured = rich.wire(wrong)
        doubled = replace(captured.request, body=captured.request.body.replace(b"\\", b"\\\\"))
        told = explained(rich, replace(captured, request=doubled, notes=(note,)), catalogue=())
        assert told.verdict == ("unknown" if wrong else "correct"), name


@pytest.mark.slow
def test_a_body_that_was_not_captured_is_not_judged() -> None:
    rich = RICH["aws header"]
    captured = with_header(rich.wire(), "Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")
    bare = replace(captured.request, body=b"")
    note = Note(id="body-unknown", template="the body is not shown")
    explanation = explained(
        rich, replace(captured, request=bare, notes=(note,)), watch=lambda tried: tried < 3000
    )
    assert explanation.verdict == "unknown"
    assert "the body" in explanation.checks[0]


def test_a_signature_that_curl_makes_itself_is_judged_by_what_curl_was_told() -> None:
    command = b"curl --aws-sigv4 aws:amz:eu-west-1:polly --user AKIAEXAMPLE:x https://polly.us-east-1.amazonaws.com/v1"
    captured = read_captured(command)
    assert ids(explain(captured, None)) == ["scope-wrong-region"]
    right = read_captured(command.replace(b"eu-west-1", b"us-east-1"))
    explanation = explain(right, None)
    assert explanation.verdict == "unknown"
    assert "curl makes this signature itself" in explanation.checks[0]


def test_a_bearer_token_with_a_stray_blank_is_found_and_never_shown() -> None:
    rich = RICH["bearer"]
    wrong = with_header(rich.wire(), "Authorization", f'Bearer "{SECRET}"')
    explanation = explained(rich, wrong)
    assert ids(explanation) == ["key-quoted"]
    assert explanation.given_signature == ""
    assert SECRET not in repr(explanation)


def test_a_password_with_a_line_feed_is_found() -> None:
    rich = RICH["basic"]
    from base64 import b64encode

    text = b64encode(f"ACexample:{SECRET}\n".encode()).decode()
    explanation = explained(rich, with_header(rich.wire(), "Authorization", f"Basic {text}"))
    assert ids(explanation)[0] == "key-whitespace"


# A scheme that nobody here knows ---------------------------------------------------------------


def _no_headers(*_: object) -> tuple[tuple[str, str], ...]:
    return (("X-Acme-Date", times.basic_time(AT.now)),)


def acme() -> V4:
    """Return a scheme as a plugin may bring it: other names, other words, the same steps."""
    return V4(
        scheme="acme-v1",
        algorithm="ACME-HMAC-SHA256",
        names=Names(date="X-Acme-Date", token="X-Acme-Token"),
        region="moon-1",
        service="speech",
        add_headers=_no_headers,
        scope_parts=("date", "service", "acme_request"),
        key_parts=("date", "service", "acme_request"),
        key_prefix="ACME",
    )


ACME_REQUEST = Request(
    method="POST", host="speech.acme.example", path="/v1/a b", query="text=a%2Ab%20c&b=&a=1", body=b'{"a": 1}'
)


@pytest.mark.parametrize(
    ("steps", "cause"),
    [
        ({}, None),
        ({"key_prefix": ""}, "key-missing-prefix"),
        ({"string_end": "\n"}, "sts-trailing-newline"),
        ({"order_pairs": canonical.as_given}, "ord-unsorted"),
        ({"join_pair": canonical.bare_when_empty}, "query-no-equals"),
        ({"derive_key": canonical.underived}, "key-no-derivation"),
        ({"payload": canonical.empty_payload}, "body-empty-hash"),
        ({"header_name": str.title}, "hdr-name-case"),
        ({"method": str.lower}, "method-lowercase"),
    ],
)
def test_a_foreign_scheme_is_explained_by_the_steps_that_it_shares(
    steps: dict[str, Any], cause: str | None
) -> None:
    scheme, key = acme(), Credentials(key_id="ACMEKEY", secret=Secret(SECRET))
    prepared, claims = scheme.prepare(ACME_REQUEST, key, AT)
    trace = scheme.trace(prepared, key, claims)
    wrong = replace(scheme, **steps).trace(prepared, key, claims)
    request = scheme.attach(prepared, key, trace._replace(signature=wrong.signature))
    explanation = explain(Captured(request=request, form="http"), key, signer=scheme)
    assert explanation.scheme == "acme-v1"
    assert ids(explanation)[:1] == ([cause] if cause else [])
    assert explanation.verdict == ("explained" if cause else "correct")


class Opaque:
    """A foreign scheme of its own making, which shows a trace and no pieces."""

    scheme = "opaque-v1"

    def __init__(self, inner: V4) -> None:
        self.for_request = lambda request: self
        self.claims = inner.claims
        self.trace = inner.trace


def test_a_scheme_without_pieces_is_still_judged() -> None:
    scheme, key = acme(), Credentials(key_id="ACMEKEY", secret=Secret(SECRET))
    signed = scheme.sign(ACME_REQUEST, key, AT)
    opaque: Any = Opaque(scheme)
    assert explain(own(signed), key, signer=opaque).verdict == "correct"
    mangled = replace(key, secret=Secret(SECRET + "\n"))
    request = scheme.sign(ACME_REQUEST, mangled, AT).request
    assert ids(explain(Captured(request=request, form="http"), key, signer=opaque)) == ["key-whitespace"]
