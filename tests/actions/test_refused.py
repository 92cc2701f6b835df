"""What is found when our own signature is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicectl.actions.refused import cause_of
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.errors import SignatureRejected
from voicectl.core.request import Request
from voicectl.core.signature import Signed
from voicectl.signing import schemes

KEYS = Credentials(key_id="AKIDEXAMPLE", secret=Secret("sEXAMPLE"))
NOW = Moment(datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), "n")


@pytest.fixture
def signed() -> Signed:
    request = Request(method="POST", host="polly.eu-west-1.amazonaws.com", path="/v1/speech", body=b"{}")
    return schemes.build("aws-sigv4", region="eu-west-1", service="polly").sign(request, KEYS, NOW)


def refusal(signed: Signed | None, canonical: str | None = None) -> SignatureRejected:
    return SignatureRejected(
        "no", signed=signed, vendor_code="InvalidSignatureException", server_canonical_request=canonical
    )


def test_another_host_in_the_servers_echo_is_named(signed: Signed) -> None:
    seen = signed.trace.canonical_request.replace("polly.eu-west-1.amazonaws.com", "inner.example")
    cause = cause_of(refusal(signed, seen))
    assert cause is not None
    assert cause.id == "proxy-rewrote-host"


def test_without_an_echo_nothing_is_claimed(signed: Signed) -> None:
    assert cause_of(refusal(signed)) is None


def test_a_refusal_without_our_trace_is_left_alone() -> None:
    assert cause_of(refusal(None)) is None
