"""The sandbox and the judges, which ask the vendors' own SDKs, come to the same verdict on the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.cloud.cases import CASES, LASTING, TEMPORARY, Case
from tests.cloud.court import Account, Court, Refused
from tests.cloud.server import RawRequest, parse
from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials, Secret
from voicectl.core.request import Request
from voicectl.gateway.sandbox import aliyun_rules, aws_rules, tencent_rules, volcengine_rules
from voicectl.gateway.sandbox import cloud as ours
from voicectl.gateway.sandbox.check import caller

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
HOST = "127.0.0.1:8787"
Check = Callable[[ours.Cloud, Request], Credentials]


def aws(service: str) -> Check:
    def check(cloud: ours.Cloud, request: Request) -> Credentials:
        aws_rules.refuse_unsigned(request, aws_rules.REST)
        return caller(cloud, aws_rules.rules(service, aws_rules.REST), request)

    return check


CHECKS: dict[str, Check] = {
    "polly": aws("polly"),
    "polly link": aws("polly"),
    "connect": aws("connect"),
    "nls token": aliyun_rules.check,
    "rpc form": aliyun_rules.check,
    "dyvms": aliyun_rules.check,
    "vms": lambda cloud, request: volcengine_rules.check(cloud, request, "vms"),
    "vms link": lambda cloud, request: volcengine_rules.check(cloud, request, "vms"),
    "tencent tts": lambda cloud, request: tencent_rules.check(cloud, request, "tts"),
    "tencent get": lambda cloud, request: tencent_rules.check(cloud, request, "tts"),
}
EVERY = pytest.mark.parametrize("name", list(CHECKS), ids=[name.replace(" ", "-") for name in CHECKS])


def vendor_of(case: Case) -> str:
    return case.scheme.partition("-")[0]


def cloud_with(account: Account, vendor: str, *, ends: datetime = NOW + timedelta(hours=1)) -> ours.Cloud:
    """Return a cloud that knows one key."""
    token = Secret(account.token) if account.token else None
    known = Credentials(key_id=account.key_id, secret=Secret(account.secret), security_token=token)
    cloud = ours.Cloud(keys={} if token else {vendor: known}, real_now=lambda: NOW)
    if token:
        cloud.sessions[account.key_id] = ours.Session(known, ends)
    return cloud


def raw_of(request: Request) -> bytes:
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    return "\r\n".join([*lines, "", ""]).encode() + request.body


def as_opened(raw: RawRequest) -> Request:
    """Return a request as the server hands it on: names of headers in lower case."""
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("utf-8", "surrogateescape"))
        for name, value in raw.headers
    )
    host = next((value for name, value in headers if name == "host"), "")
    return Request(
        method=raw.method,
        host=host,
        path=raw.path,
        query=raw.query,
        headers=headers,
        body=raw.body,
        scheme="http",
    )


def verdicts(
    case: Case, check: Check, account: Account, raws: Iterator[bytes]
) -> list[tuple[bytes, bool, bool]]:
    """Return what the judge and the sandbox say to each request."""
    found = []
    for raw in raws:
        request = parse(raw)
        court = case.court(now=lambda: NOW)
        court.accounts = [account]
        found.append((raw, judged(court, request), is_let_in(check, account, vendor_of(case), request)))
    return found


def judged(court: Court, request: RawRequest) -> bool:
    try:
        court.check(request)  # type: ignore[attr-defined]
    except Refused:
        return False
    return True


def is_let_in(check: Check, account: Account, vendor: str, request: RawRequest) -> bool:
    try:
        check(cloud_with(account, vendor), as_opened(request))
    except ours.Refused:
        return False
    return True


def signed(case: Case, account: Account = LASTING, at: datetime = NOW) -> bytes:
    return raw_of(case.signed(HOST, account, Moment(at, "nonce-EXAMPLE")).request)


def changed(raw: bytes) -> Iterator[bytes]:
    """Yield the request as it is, and with one byte changed at every fifth place."""
    yield raw
    for place in range(0, len(raw), 5):
        other = raw[place] ^ 1
        if raw[place] in b"\r\n: \t" or other in b"\r\n: \t":
            continue
        yield raw[:place] + bytes([other]) + raw[place + 1 :]


@EVERY
@pytest.mark.parametrize("account", [LASTING, TEMPORARY], ids=["lasting", "temporary"])
def test_both_judge_a_request_and_its_spoiled_copies_alike(name: str, account: Account) -> None:
    case = CASES[name]
    found = verdicts(case, CHECKS[name], account, changed(signed(case, account)))
    assert found[0][1:] == (True, True)
    assert [each for each in found if each[1] is not each[2]] == []
    assert sum(not each[1] for each in found) > 20


@EVERY
@pytest.mark.parametrize("minutes", [-1000, -16, -14, -6, -4, 0, 4, 6, 14, 16, 1000])
def test_both_judge_the_time_of_a_request_alike(name: str, minutes: int) -> None:
    case = CASES[name]
    raw = signed(case, at=NOW + timedelta(minutes=minutes))
    ((_, theirs, mine),) = verdicts(case, CHECKS[name], LASTING, iter((raw,)))
    assert theirs is mine


@EVERY
@pytest.mark.parametrize(
    "spoiled", [{"secret": "EXAMPLE/other"}, {"key_id": "AKIDNOBODY"}], ids=["secret", "key"]
)
def test_both_refuse_other_keys(name: str, spoiled: dict[str, str]) -> None:
    case = CASES[name]
    raw = signed(case, replace(LASTING, **spoiled))  # type: ignore[arg-type]
    ((_, theirs, mine),) = verdicts(case, CHECKS[name], LASTING, iter((raw,)))
    assert (theirs, mine) == (False, False)


@EVERY
@pytest.mark.parametrize("token", ["", "EXAMPLE/wrong"], ids=["missing", "wrong"])
def test_both_refuse_a_temporary_key_without_its_token(name: str, token: str) -> None:
    case = CASES[name]
    raw = signed(case, replace(TEMPORARY, token=token))
    ((_, theirs, mine),) = verdicts(case, CHECKS[name], TEMPORARY, iter((raw,)))
    assert (theirs, mine) == (False, False)


@EVERY
def test_a_session_that_has_ended_opens_nothing(name: str) -> None:
    case, cloud = CASES[name], cloud_with(TEMPORARY, vendor_of(CASES[name]), ends=NOW - timedelta(seconds=1))
    with pytest.raises(ours.Refused):
        CHECKS[name](cloud, as_opened(parse(signed(case, TEMPORARY))))


@pytest.mark.parametrize("name", ["nls token", "rpc form", "dyvms"])
def test_a_nonce_opens_once(name: str) -> None:
    case, cloud = CASES[name], cloud_with(LASTING, "aliyun")
    request = as_opened(parse(signed(case)))
    CHECKS[name](cloud, request)
    with pytest.raises(ours.Refused, match="SignatureNonceUsed"):
        CHECKS[name](cloud, request)


@pytest.mark.parametrize(
    ("name", "line"),
    [("polly", b"X-Amz-Target: b"), ("connect", b"X-Amz-Meta-A: b"), ("dyvms", b"x-acs-more: b")],
)
def test_both_refuse_a_header_of_the_vendors_that_nobody_signed(name: str, line: bytes) -> None:
    raw = signed(CASES[name]).replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n", 1)
    ((_, theirs, mine),) = verdicts(CASES[name], CHECKS[name], LASTING, iter((raw,)))
    assert (theirs, mine) == (False, False)


@pytest.mark.parametrize("name", ["polly", "polly link", "vms", "vms link", "tencent tts", "tencent get"])
def test_both_refuse_a_scope_that_names_another_service(name: str) -> None:
    raw = signed(replace(CASES[name], service="sts"))
    ((_, theirs, mine),) = verdicts(CASES[name], CHECKS[name], LASTING, iter((raw,)))
    assert (theirs, mine) == (False, False)
