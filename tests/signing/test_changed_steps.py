"""The design holds: a wrong signature is found again by signing with one step changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request, percent_encode
from voicectl.signing import canonical, schemes
from voicectl.signing.claims import Claims

AT = Moment(datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), "nonce-0001")
CREDENTIALS = Credentials(key_id="AKEXAMPLE", secret=Secret("EXAMPLE/secret+key="))
REQUEST = Request.build(
    method="POST",
    host="api.example.com",
    path="/v1/a b",
    pairs=[("Tag", "x y*"), ("Action", "Do"), ("Empty", "")],
    headers=[("Content-Type", "application/json")],
    body=b'{"a": 1}',
)


class Deed(NamedTuple):
    """All that a signature depends on."""

    scheme: Any
    request: Request
    credentials: Credentials
    claims: Claims

    @property
    def signature(self) -> str:
        signature: str = self.scheme.trace(self.request, self.credentials, self.claims).signature
        return signature

    def step(self, **changed: Any) -> Deed:
        return self._replace(scheme=replace(self.scheme, **changed))


def raw_star(text: str) -> str:
    return percent_encode(text, safe="*")


def twice(text: str) -> str:
    return percent_encode(percent_encode(text))


def other_secret(deed: Deed, secret: str) -> Deed:
    return deed._replace(credentials=replace(deed.credentials, secret=Secret(secret)))


Mistake = Callable[[Deed], Deed]
EVERYWHERE: dict[str, Mistake] = {
    "enc-space-plus": lambda d: d.step(encode_name=canonical.form_encode, encode_value=canonical.form_encode),
    "enc-star-raw": lambda d: d.step(encode_name=raw_star, encode_value=raw_star),
    "enc-query-double": lambda d: d.step(encode_name=twice, encode_value=twice),
    "ord-unsorted": lambda d: d.step(order_pairs=canonical.as_given),
    "query-no-equals": lambda d: d.step(join_pair=canonical.bare_when_empty),
    "query-empty-dropped": lambda d: d.step(
        read_pairs=lambda query: [pair for pair in d.scheme.read_pairs(query) if pair[1]]
    ),
    "query-param-unsigned": lambda d: d.step(left_out=d.scheme.left_out | {"Tag"}),
    "method-lowercase": lambda d: d.step(method=str.lower),
    "method-wrong": lambda d: d._replace(request=replace(d.request, method="GET")),
    "key-args-swapped": lambda d: d.step(mac=lambda key, message: d.scheme.mac(message, key)),
    "key-whitespace": lambda d: other_secret(d, d.credentials.secret.reveal() + "\n"),
    "sts-trailing-newline": lambda d: d.step(string_end="\n"),
}
V4_ONLY: dict[str, Mistake] = {
    "path-raw": lambda d: d.step(encode_path=canonical.percent_decode),
    "query-not-signed": lambda d: d.step(signed_query=lambda request: ""),
    "hdr-name-case": lambda d: d.step(header_name=canonical.as_is),
    "hdr-unsorted": lambda d: d.step(order_headers=lambda lines: sorted(lines, reverse=True)),
    "hdr-content-type-charset": lambda d: d._replace(
        request=d.request.with_header("Content-Type", "application/json; charset=utf-8")
    ),
    "body-empty-hash": lambda d: d.step(payload=canonical.empty_payload),
    "digest-upper-hex": lambda d: d.step(digest=lambda data: canonical.sha256_hex(data).upper()),
    "key-no-derivation": lambda d: d.step(derive_key=canonical.underived),
    "key-hex-chain": lambda d: d.step(
        derive_key=lambda mac, secret, parts: canonical.chained(
            lambda key, message: mac(key, message).hex().encode(), secret, parts
        )
    ),
    "key-scope-mismatch": lambda d: d.step(key_parts=("date", "cn-north-1", *d.scheme.key_parts[2:])),
    "scope-wrong-terminator": lambda d: d.step(
        scope_parts=(*d.scheme.scope_parts[:-1], "other_request"),
        key_parts=(*d.scheme.key_parts[:-1], "other_request"),
    ),
}
OF_ONE: dict[str, dict[str, Mistake]] = {
    "aws-sigv4": {
        **V4_ONLY,
        "path-single-encoded": lambda d: d.step(encode_path=canonical.as_is),
        "key-missing-prefix": lambda d: d.step(key_prefix=""),
    },
    "volcengine-v4": V4_ONLY,
    "aliyun-rpc-v1": {
        "key-missing-amp": lambda d: d.step(key_suffix=""),
        "rpc-slash-raw": lambda d: d.step(encode_resource=canonical.as_is),
        "enc-rpc-outer-double": lambda d: d.step(encode_query=twice),
        "digest-hex-not-base64": lambda d: d.step(write_signature=canonical.hex_text),
    },
}
CASES = [
    pytest.param(scheme, mistake, id=f"{scheme}-{mistake}")
    for scheme, own in OF_ONE.items()
    for mistake in (*EVERYWHERE, *own)
]


def wrongly_signed(scheme: Any, mistake: Mistake) -> Request:
    """Do what a client with this mistake does: prepare well, sign badly, send."""
    prepared, claims = scheme.prepare(REQUEST, CREDENTIALS, AT)
    deed = mistake(Deed(scheme, prepared, CREDENTIALS, claims))
    trace = deed.scheme.trace(deed.request, deed.credentials, deed.claims)
    sent: Request = scheme.attach(prepared, CREDENTIALS, trace)
    return sent


@pytest.mark.parametrize(("name", "mistake"), CASES)
def test_a_mistake_is_found_by_signing_again_with_it(name: str, mistake: str) -> None:
    scheme: Any = schemes.build(name, region="us-east-1", service="polly")
    known = {**EVERYWHERE, **OF_ONE[name]}
    sent = wrongly_signed(scheme, known[mistake])

    form = scheme.for_request(sent)
    right = Deed(form, sent, CREDENTIALS, form.claims(sent))
    wanted = right.claims.signature
    found = [key for key, change in known.items() if change(right).signature == wanted]

    assert right.signature != wanted
    assert found == [mistake]


def test_two_mistakes_at_once_are_two_changes() -> None:
    scheme: Any = schemes.build("aws-sigv4", region="us-east-1", service="polly")
    first, second = EVERYWHERE["enc-space-plus"], V4_ONLY["key-hex-chain"]
    sent = wrongly_signed(scheme, lambda deed: second(first(deed)))
    right = Deed(scheme, sent, CREDENTIALS, scheme.claims(sent))
    assert first(second(right)).signature == right.claims.signature
    assert first(right).signature != right.claims.signature


def test_a_changed_scheme_leaves_the_first_as_it_was() -> None:
    scheme: Any = schemes.build("aws-sigv4", region="us-east-1", service="polly")
    before = scheme.sign(REQUEST, CREDENTIALS, AT)
    replace(scheme, method=str.lower, string_end="\n")
    assert scheme.sign(REQUEST, CREDENTIALS, AT) == before
