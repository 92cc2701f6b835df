"""Every vector at every step. Most were made by the vendors' own code; each names its oracle."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from voicectl.core.clock import Moment
from voicectl.core.request import Request
from voicectl.core.signature import Signed
from voicectl.signing import cases, schemes
from voicectl.signing.claims import Scheme

VECTORS = Path(__file__).parent.parent / "vectors"
FILES = ("aws", "aws-suite", "aliyun", "volcengine", "tencent", "published", "sdk")
"""`sdk`: seeded random requests, rich in what is rare, signed by the code that `oracle` names."""
NEVER = Moment(datetime(2000, 1, 1, tzinfo=UTC), "no-nonce-was-given")


def vectors(signer: str) -> list[Any]:
    found = [
        entry
        for file in FILES
        for entry in json.loads((VECTORS / f"{file}.json").read_text(encoding="utf-8"))
        if entry["signer"] == signer
    ]
    return [pytest.param(entry, id=entry["name"]) for entry in found]


def of(*signers: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", [vector for name in signers for vector in vectors(name)])


def lines(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in request.headers:
        found[name.lower()].append(value)
    return found


def check(entry: dict[str, Any]) -> None:
    case = cases.read(entry, NEVER)
    signed = case.signer.sign(case.request, case.credentials, case.moment)
    expect = entry["expect"]
    for step in ("canonical_request", "string_to_sign", "signature"):
        if step in expect:
            assert getattr(signed.trace, step) == (expect[step] or "")
    check_wire(entry, signed)
    check_reading(case, signed)


def check_wire(entry: dict[str, Any], signed: Signed) -> None:
    expect, sent = entry["expect"], lines(signed.request)
    for name, value in (expect.get("headers") or {}).items():
        assert sent[name.lower()] == [value]
    assert len(sent["host"]) == 1
    pairs = sorted(signed.request.pairs())
    if (wanted := expect.get("query")) is not None:
        wanted = sorted(map(tuple, wanted.items() if isinstance(wanted, dict) else wanted))
        assert set(wanted) <= set(pairs) if entry["signer"].startswith("aws") else wanted == pairs
    if url := expect.get("url"):
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) == (signed.request.scheme, signed.request.host)
        assert (parts.path or "/") == (signed.request.path or "/")
        assert sorted(parse_qsl(parts.query, keep_blank_values=True)) == pairs


def check_reading(case: cases.Case, signed: Signed) -> None:
    """What was signed says of itself all that is needed to sign it again."""
    scheme: Scheme = case.signer  # type: ignore[assignment]
    form = scheme.for_request(signed.request)
    claims = form.claims(signed.request)
    again = form.trace(signed.request, case.credentials, claims)
    assert again.signature == claims.signature == signed.trace.signature
    assert again.canonical_request == signed.trace.canonical_request


@of("aws-sigv4")
def test_aws_in_headers(entry: dict[str, Any]) -> None:
    check(entry)


@of("aws-sigv4-query")
def test_aws_in_the_query(entry: dict[str, Any]) -> None:
    check(entry)


@of("aws-sigv4-s3")
def test_aws_s3(entry: dict[str, Any]) -> None:
    check(entry)


@of("aliyun-rpc-v1")
def test_aliyun_rpc(entry: dict[str, Any]) -> None:
    check(entry)


@of("aliyun-acs3")
def test_aliyun_acs3(entry: dict[str, Any]) -> None:
    check(entry)


@of("aliyun-oss-v1")
def test_oss_v1(entry: dict[str, Any]) -> None:
    check(entry)


@of("aliyun-oss-v4")
def test_oss_v4(entry: dict[str, Any]) -> None:
    check(entry)


@of("volcengine-v4")
def test_volcengine_in_headers(entry: dict[str, Any]) -> None:
    check(entry)


@of("volcengine-v4-query")
def test_volcengine_in_the_query(entry: dict[str, Any]) -> None:
    check(entry)


@of("tos4")
def test_tos(entry: dict[str, Any]) -> None:
    check(entry)


@of("tencent-tc3")
def test_tencent(entry: dict[str, Any]) -> None:
    check(entry)


@of("bearer", "basic", "youdao-v3", "gateway-hmac")
def test_schemes_of_one_step(entry: dict[str, Any]) -> None:
    check(entry)


def test_every_built_in_scheme_has_a_vector() -> None:
    assert [name for name in schemes.names() if not vectors(name)] == []
