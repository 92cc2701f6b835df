"""The sandbox's object stores say to the same bytes what the judges say, which ask the vendors' own SDKs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.cloud.cases import CASES, LASTING, TEMPORARY
from tests.cloud.court import Account
from tests.gateway.test_sandbox_verdicts import NOW, changed, signed, verdicts
from voicectl.core.credentials import Credentials
from voicectl.core.request import Request
from voicectl.gateway.sandbox.check import caller
from voicectl.gateway.sandbox.cloud import Cloud
from voicectl.gateway.sandbox.objects_rules import OSS, S3, TOS, Own

pytestmark = pytest.mark.slow


def check(own: Own, bucket: str = "") -> Callable[[Cloud, Request], Credentials]:
    def checked(cloud: Cloud, request: Request) -> Credentials:
        cloud.keys = dict.fromkeys((own.vendor,), *cloud.keys.values()) if cloud.keys else {}
        return caller(cloud, own.rules(request, bucket), request)

    return checked


OSS_CHECK = check(OSS, "voicectl-rec")
CHECKS = {
    "s3": check(S3),
    "oss v1": OSS_CHECK,
    "oss v4": OSS_CHECK,
    "oss v1 link": OSS_CHECK,
    "oss v4 link": OSS_CHECK,
    "tos": check(TOS),
    "tos link": check(TOS),
}
EVERY = pytest.mark.parametrize("name", CHECKS, ids=[name.replace(" ", "-") for name in CHECKS])


@EVERY
@pytest.mark.parametrize("account", [LASTING, TEMPORARY], ids=["lasting", "temporary"])
def test_both_judge_a_request_and_its_spoiled_copies_alike(name: str, account: Account) -> None:
    found = verdicts(CASES[name], CHECKS[name], account, changed(signed(CASES[name], account)))
    assert found[0][1:] == (True, True)
    assert [each for each in found if each[1] is not each[2]] == []
    assert sum(not each[1] for each in found) > 20


@EVERY
@pytest.mark.parametrize("minutes", [-1000, -16, -14, -11, -9, 0, 14, 16, 1000])
def test_both_judge_the_time_of_a_request_alike(name: str, minutes: int) -> None:
    raw = signed(CASES[name], at=NOW + timedelta(minutes=minutes))
    ((_, theirs, mine),) = verdicts(CASES[name], CHECKS[name], LASTING, iter((raw,)))
    assert theirs is mine


@EVERY
@pytest.mark.parametrize(
    ("known", "used"),
    [
        (LASTING, replace(LASTING, secret="EXAMPLE/other")),
        (LASTING, replace(LASTING, key_id="AKIDNOBODY")),
        (TEMPORARY, replace(TEMPORARY, token="")),
        (TEMPORARY, replace(TEMPORARY, token="EXAMPLE/wrong")),
    ],
    ids=["secret", "key", "no token", "wrong token"],
)
def test_both_refuse_other_keys(name: str, known: Account, used: Account) -> None:
    ((_, theirs, mine),) = verdicts(CASES[name], CHECKS[name], known, iter((signed(CASES[name], used),)))
    assert (theirs, mine) == (False, False)


@EVERY
def test_both_refuse_a_header_of_the_vendor_that_was_not_signed(name: str) -> None:
    prefix = {"s3": "x-amz", "tos": "x-tos"}.get(name.partition(" ")[0], "x-oss")
    raw = signed(CASES[name]).replace(b"\r\n\r\n", f"\r\n{prefix}-meta-b: 1\r\n\r\n".encode(), 1)
    ((_, theirs, mine),) = verdicts(CASES[name], CHECKS[name], LASTING, iter((raw,)))
    assert (theirs, mine) == (False, False)
