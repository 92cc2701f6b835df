"""No value of signing prints a secret, and any text can be signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request, percent_encode
from voicectl.signing import schemes
from voicectl.signing.masking import MASK, mask

AT = Moment(datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), "nonce-0001")
SECRET, TOKEN = "s3cr3t/EXAMPLE+key=", "t0k3n/EXAMPLE+=="
CREDENTIALS = Credentials(key_id="AKEXAMPLE", secret=Secret(SECRET), security_token=Secret(TOKEN))
REQUEST = Request.build(
    method="POST",
    host="api.example.com",
    path="/v1",
    pairs=[("q", "hello")],
    headers=[("Content-Type", "application/x-www-form-urlencoded")],
    body=b"q=hello",
)
PRESIGNED = {"aliyun-oss-v1": {"expires": 60}, "aliyun-oss-v4": {"expires": 60}, "tos4": {"expires": 60}}
FORMS = [(name, {}) for name in schemes.names()] + list(PRESIGNED.items())


def spellings(secret: str) -> list[str]:
    return [secret, percent_encode(secret), percent_encode(percent_encode(secret))]


def build(name: str, options: dict[str, Any]) -> Any:
    return schemes.build(name, region="us-east-1", service="polly", options=options)


@pytest.mark.parametrize(("name", "options"), FORMS)
def test_no_repr_shows_a_secret_a_token_or_a_key(name: str, options: dict[str, Any]) -> None:
    scheme = build(name, options)
    prepared, claims = scheme.prepare(REQUEST, CREDENTIALS, AT)
    signed = scheme.sign(REQUEST, CREDENTIALS, AT)
    values = [scheme, prepared, claims, signed, signed.trace, signed.request, CREDENTIALS, AT]
    shown = " ".join(f"{value!r} {value!s}" for value in values)
    for secret in (*spellings(SECRET), *spellings(TOKEN)):
        assert secret not in shown


@pytest.mark.parametrize(("name", "options"), FORMS)
def test_the_trace_never_holds_the_secret(name: str, options: dict[str, Any]) -> None:
    trace = build(name, options).sign(REQUEST, CREDENTIALS, AT).trace
    texts = " ".join([trace.canonical_request, trace.string_to_sign, *trace.key_steps])
    for secret in spellings(SECRET):
        assert secret not in texts


@pytest.mark.parametrize(("name", "options"), FORMS)
def test_a_masked_request_shows_no_token_and_no_secret(name: str, options: dict[str, Any]) -> None:
    signed = build(name, options).sign(REQUEST, CREDENTIALS, AT)
    shown = mask(signed, CREDENTIALS)
    texts = [
        shown.request.url,
        *[value for _, value in shown.request.headers],
        shown.request.body.decode(),
        shown.trace.canonical_request,
        shown.trace.string_to_sign,
    ]
    for secret in (*spellings(SECRET), *spellings(TOKEN)):
        assert secret not in " ".join(texts)
    assert [MASK in text for text in texts].count(True) >= bool(shown.sensitive)
    assert shown.trace.signature == signed.trace.signature


def test_the_mask_keeps_the_kind_of_a_shown_secret() -> None:
    shown = mask(build("basic", {}).sign(REQUEST, CREDENTIALS, AT), CREDENTIALS)
    assert shown.request.header("Authorization") == "Basic ***"
    assert shown.sensitive == ("Authorization",)


texts = st.text(max_size=12)
lines = st.lists(st.tuples(st.text(max_size=8), texts), max_size=3)


@pytest.mark.slow
@pytest.mark.parametrize("name", schemes.names())
@settings(max_examples=60, deadline=None)
@given(texts, texts, texts, st.lists(st.tuples(texts, texts), max_size=3), lines, st.binary(max_size=40))
def test_any_text_can_be_signed_and_read_again(
    name: str, method: str, host: str, path: str, pairs: Any, headers: Any, body: bytes
) -> None:
    scheme = build(name, {})
    for wire in (path, percent_encode(path, safe="/")):
        query = scheme.wire_query(tuple(pairs)) if hasattr(scheme, "wire_query") else ""
        request = Request(method=method, host=host, path=wire, query=query, headers=tuple(headers), body=body)
        signed = scheme.sign(request, CREDENTIALS, AT)
        form = scheme.for_request(signed.request)
        claims = form.claims(signed.request)
        assert claims.signature == signed.trace.signature
        assert SECRET not in repr(signed) + repr(claims)
