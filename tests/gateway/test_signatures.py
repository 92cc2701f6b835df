"""Promises about signed requests: right, in time, whole, and once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest

from tests.gateway.doors import START, Gate
from voicectl.core.credentials import Secret
from voicectl.core.errors import ConfigError
from voicectl.core.request import Request
from voicectl.gateway.door import Admitted
from voicectl.gateway.limits import Tick
from voicectl.gateway.refusals import Refusal
from voicectl.gateway.signatures import Nonces, NoPlace, Signatures
from voicectl.signing.gateway_keys import SANDBOX_MASTER, shown_once, signing_secret

BODY = '{"text":"你好，今天心情不错。","emotion":"happy"}'.encode()
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def signature(secret: str, timestamp: str, nonce: str, method: str, target: str, body: bytes) -> str:
    """Sign by the contract's own words, without any of our signers."""
    lines = ["VC1-HMAC-SHA256", timestamp, nonce, method, target, hashlib.sha256(body).hexdigest()]
    return hmac.new(secret.encode(), "\n".join(lines).encode(), "sha256").hexdigest()


def test_the_second_implementation_gives_the_published_signature() -> None:
    assert (
        signature(
            "sk_test_0123456789abcdefghijABCDEFGHIJ", "1700000000", "n-0001", "POST", "/v1/tts?lang=zh", BODY
        )
        == "2faa740b5eeb21ca790f998a2c84af9aac6c7c23dda40af175d1d7f224a5b402"
    )


def test_a_secret_is_derived_by_the_contract() -> None:
    master = bytes(range(32))
    number = int.from_bytes(hmac.new(master, b"sign|K7abcdef|3", "sha256").digest(), "big")
    digits = ""
    for _ in range(43):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    made = signing_secret(Secret(master.hex()), "live", "K7abcdef", 3)
    assert shown_once(made) == f"sk_live_{digits}"
    assert digits not in repr(made)
    assert shown_once(signing_secret(Secret(master.hex()), "live", "K7abcdef", 4)) != shown_once(made)


class Signer:
    """Someone who holds a key that must sign."""

    def __init__(self, *, must_sign: bool = True) -> None:
        self.gate = Gate()
        self.made = self.gate.key(must_sign=must_sign)
        self.secret = shown_once(signing_secret(SANDBOX_MASTER, "live", self.made.key.id, 1))

    @property
    def admitted(self) -> Admitted:
        return self.gate.admitted(self.made.text)

    def request(self, *, at: float = START.unix, nonce: str = "nonce-01", **more: Any) -> Request:
        stamp = str(int(at))
        told = signature(self.secret, stamp, nonce, "POST", "/v1/tts?lang=zh", BODY)
        headers = (
            ("authorization", "Bearer x"),
            ("x-voicectl-timestamp", stamp),
            ("x-voicectl-nonce", nonce),
            ("x-voicectl-signature", f"v1={told}"),
        )
        usual = Request(method="POST", host="x", path="/v1/tts", query="lang=zh", headers=headers, body=BODY)
        return replace(usual, **more)

    def verify(self, request: Request) -> Refusal | None:
        return self.gate.door.verify(self.admitted, request, self.gate.now)

    def refusal(self, request: Request) -> str:
        refused = self.verify(request)
        assert refused is not None
        assert (refused.status, refused.code) == (401, "invalid_signature")
        assert refused.message == "Invalid request signature"
        return refused.reason


def without(request: Request, name: str) -> Request:
    return replace(request, headers=tuple(pair for pair in request.headers if pair[0] != name))


def with_other(request: Request, name: str, value: str) -> Request:
    return replace(request, headers=(*without(request, name).headers, (name, value)))


def test_a_right_signature_is_right_once() -> None:
    signer = Signer()
    admitted = signer.admitted
    assert signer.gate.door.verify(admitted, signer.request(), signer.gate.now) is None
    assert admitted.is_signed
    assert signer.refusal(signer.request()) == "signature replayed"
    assert signer.verify(signer.request(nonce="nonce-02")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"body": BODY + b" "},
        {"body": b""},
        {"query": "lang=en"},
        {"query": ""},
        {"path": "/v1/tts/"},
        {"path": "/v1/%74ts"},
        {"method": "PUT"},
    ],
    ids=str,
)
def test_what_was_signed_is_what_came(changes: dict[str, Any]) -> None:
    assert Signer().refusal(Signer().request(**changes)) == "signature wrong"


@pytest.mark.parametrize("name", ["x-voicectl-timestamp", "x-voicectl-nonce", "x-voicectl-signature"])
def test_each_of_the_three_headers_is_needed_and_needed_once(name: str) -> None:
    signer = Signer()
    request = signer.request()
    assert signer.refusal(without(request, name)) == "signature unreadable"
    twice = replace(request, headers=(*request.headers, (name, request.header(name) or "")))
    assert signer.refusal(twice) == "signature unreadable"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-voicectl-timestamp", "1.8e9"),
        ("x-voicectl-timestamp", "-1"),
        ("x-voicectl-timestamp", "١٨٠٠٠٠٠٠٠٠"),
        ("x-voicectl-timestamp", "9" * 30),
        ("x-voicectl-nonce", "short"),
        ("x-voicectl-nonce", "n" * 65),
        ("x-voicectl-nonce", "nonce 01"),
        ("x-voicectl-signature", "0" * 64),
        ("x-voicectl-signature", "v2=" + "0" * 64),
        ("x-voicectl-signature", "v1=" + "0" * 63),
        ("x-voicectl-signature", "v1=" + "G" * 64),
    ],
)
def test_headers_that_cannot_be_read_are_no_signature(name: str, value: str) -> None:
    signer = Signer()
    assert signer.refusal(with_other(signer.request(), name, value)) == "signature unreadable"


@pytest.mark.parametrize(("seconds", "is_good"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_the_window_is_five_minutes_both_ways(seconds: float, is_good: bool) -> None:
    signer = Signer()
    found = signer.verify(signer.request(at=START.unix + seconds))
    assert (found is None) is is_good
    assert found is None or found.reason == "signature stale"


def test_a_key_that_must_sign_is_refused_without_a_signature() -> None:
    signer = Signer()
    bare = Request(method="POST", host="x", path="/v1/tts", headers=(("authorization", "Bearer x"),))
    assert signer.refusal(bare) == "signature missing"


def test_a_key_that_need_not_sign_is_refused_with_a_wrong_signature_only() -> None:
    signer = Signer(must_sign=False)
    assert signer.verify(Request(method="POST", host="x", path="/v1/tts")) is None
    wrong = with_other(signer.request(), "x-voicectl-signature", "v1=" + "0" * 64)
    assert signer.refusal(wrong) == "signature wrong"
    assert signer.verify(signer.request()) is None


def test_another_generation_signs_with_another_secret() -> None:
    signer = Signer()
    signer.secret = shown_once(signing_secret(SANDBOX_MASTER, "live", signer.made.key.id, 2))
    assert signer.refusal(signer.request()) == "signature wrong"


def test_wrong_signatures_fill_no_memory_and_count_as_failures() -> None:
    signer = Signer()
    wrong = with_other(signer.request(), "x-voicectl-signature", "v1=" + "0" * 64)
    found = [signer.verify(wrong) for _ in range(21)]
    assert [each.status for each in found if each] == [401] * 20 + [429]
    assert len(signer.gate.door.signatures.nonces) == 0


def test_a_nonce_is_remembered_for_ten_minutes_by_a_clock_that_nobody_sets() -> None:
    signer = Signer()
    assert signer.verify(signer.request()) is None
    signer.gate.now = Tick(START.unix, START.steady + 599)
    assert signer.refusal(signer.request()) == "signature replayed"
    signer.gate.now = Tick(START.unix, START.steady + 601)
    assert signer.verify(signer.request()) is None


def test_two_keys_may_use_one_nonce() -> None:
    nonces = Nonces()
    assert nonces.is_new("a", "nonce-01", 0)
    assert nonces.is_new("b", "nonce-01", 0)
    assert not nonces.is_new("a", "nonce-01", 1)


@pytest.mark.parametrize("bounds", [(10, 100), (100, 10)])
def test_a_memory_that_is_full_takes_nothing_rather_than_everything(bounds: tuple[int, int]) -> None:
    nonces = Nonces(*bounds)
    for number in range(10):
        assert nonces.is_new("a", f"nonce-{number}", 0)
    with pytest.raises(NoPlace):
        nonces.is_new("a", "nonce-new", 1)
    assert not nonces.is_new("a", "nonce-0", 1)
    assert nonces.is_new("a", "nonce-new", 601)
    assert len(nonces) == 1


def test_a_full_memory_is_answered_with_try_later() -> None:
    signer = Signer()
    signer.gate.door.signatures.nonces = Nonces(0)
    refused = signer.verify(signer.request())
    assert refused is not None
    assert (refused.status, refused.code) == (503, "unavailable")


def test_without_a_master_no_signature_is_taken() -> None:
    def none() -> Secret:
        raise ConfigError("none")

    signer = Signer()
    signer.gate.door.signatures = Signatures(none)
    refused = signer.verify(signer.request())
    assert refused is not None
    assert refused.status == 503
