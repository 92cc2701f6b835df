"""Objects of OSS, S3 and TOS come by requests that the vendors' own SDKs accept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.aliyun import OssJudge
from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account
from tests.cloud.server import Answer
from tests.cloud.store import Store, cut_after, says, with_crc64
from tests.cloud.volcengine import TosJudge
from tests.vendors.recordings import ACCOUNT, SOUND, TEMPORARY, Keeper, keeper, variables
from voicectl.core.errors import BrokenAnswer, ConfigError, CredentialError, NotFound, VendorRefused
from voicectl.core.recording import Fetched
from voicectl.core.vendor import NotSent

BUCKET, KEYS = "voicectl-rec", ("a.wav", "day 1/号码+1:2.wav", "x//y.wav")


@dataclass(frozen=True)
class Case:
    """A store: its judge, its region, what it says of its objects, and how those are checked."""

    vendor: str
    judge: Callable[..., Any]
    region: str
    headers: tuple[tuple[str, str], ...]
    etag: str
    checked_by: str


def oss(store: Store, bucket: str = "") -> Any:
    return OssJudge(accounts=(ACCOUNT, TEMPORARY), serve=store, bucket=bucket or None)  # type: ignore[arg-type]


def s3_judge(store: Store, bucket: str = "") -> Any:
    return AwsJudge(accounts=(ACCOUNT, TEMPORARY), serve=store, service="s3")


def tos_judge(store: Store, bucket: str = "") -> Any:
    return TosJudge(accounts=(ACCOUNT, TEMPORARY), serve=store)


TOS_CRC = tuple((name.replace("oss", "tos"), value) for name, value in with_crc64(SOUND))
CASES = (
    Case("aliyun", oss, "cn-shanghai", with_crc64(SOUND), '"v1"', "crc64"),
    Case("aws", s3_judge, "us-east-1", (), f'"{md5(SOUND).hexdigest()}"', "md5"),
    Case("volcengine", tos_judge, "cn-beijing", TOS_CRC, '"v1"', "crc64"),
)
EACH = pytest.mark.parametrize("case", CASES, ids=[case.vendor for case in CASES])


def store_of(case: Case) -> Store:
    return Store(SOUND, headers=case.headers, etag=case.etag)


def brought(at: Keeper, key: str = "a.wav", **params: str) -> Fetched:
    recordings = at.recordings
    recording = recordings.in_store(BUCKET, key)
    got = at.brought(recordings, replace(recording, params={**params, **recording.params}))
    assert got.fetched is not None
    return got.fetched


@EACH
@pytest.mark.parametrize("account", [ACCOUNT, TEMPORARY], ids=["lasting", "temporary"])
@pytest.mark.parametrize("key", KEYS)
def test_an_object_comes_signed_and_checked(case: Case, account: Account, key: str, tmp_path: Path) -> None:
    store = store_of(case)
    judge = case.judge(store)
    around = variables(case.vendor, account)
    with keeper(case.vendor, judge, tmp_path, around, region=case.region) as at:
        got = brought(at, key)
    assert judge.refusals == []
    assert got.checked_by == case.checked_by
    assert got.sha256 == sha256(SOUND).hexdigest()
    assert store.requests[0].path.startswith(f"/{BUCKET}/")


@EACH
def test_a_range_is_signed_as_well(case: Case, tmp_path: Path) -> None:
    store = store_of(case)
    store.faults = [cut_after(100_000)]
    judge = case.judge(store)
    around = variables(case.vendor)
    with keeper(case.vendor, judge, tmp_path, around, region=case.region) as at, pytest.raises(BrokenAnswer):
        brought(at)
    with keeper(case.vendor, judge, tmp_path, around, region=case.region) as at:
        got = brought(at)
    assert got.resumed_from == 100_000
    assert store.ranges[1] == f"bytes=100000-{len(SOUND) - 1}"
    assert judge.refusals == []


@pytest.mark.parametrize("case", [CASES[0], CASES[2]], ids=["aliyun", "volcengine"])
def test_a_domain_of_the_buckets_own_takes_the_key_alone(case: Case, tmp_path: Path) -> None:
    store = store_of(case)
    judge = case.judge(store, BUCKET)
    around = variables(case.vendor)
    with keeper(case.vendor, judge, tmp_path, around, region=case.region, endpoint=False) as at:
        brought(at, domain=at.server.url)
    assert judge.refusals == []
    assert store.requests[0].path == "/a.wav"


def unsent_url(case: Case, bucket: str, tmp_path: Path) -> str:
    """Return where the request would go without an endpoint of one's own."""
    around = variables(case.vendor)
    nobody = Store(b"")
    with keeper(
        case.vendor, nobody, tmp_path, around, region=case.region, endpoint=False, dry_run=True
    ) as at:
        recordings = at.recordings
        location = recordings.locate(recordings.in_store(bucket, "a/b.wav"))
        with pytest.raises(NotSent) as unsent, location.open(()):
            pass
    return unsent.value.signed.request.url


HOSTS = {
    "aliyun": "https://voicectl-rec.oss-cn-shanghai.aliyuncs.com/a/b.wav",
    "aws": "https://voicectl-rec.s3.us-east-1.amazonaws.com/a/b.wav",
    "volcengine": "https://voicectl-rec.tos-cn-beijing.volces.com/a/b.wav",
}


@EACH
def test_the_bucket_is_in_the_host_at_the_vendors_own_endpoint(case: Case, tmp_path: Path) -> None:
    assert unsent_url(case, BUCKET, tmp_path) == HOSTS[case.vendor]


def test_a_bucket_with_dots_is_in_the_path_of_s3(tmp_path: Path) -> None:
    assert unsent_url(CASES[1], "a.b", tmp_path) == "https://s3.us-east-1.amazonaws.com/a.b/a/b.wav"


@EACH
def test_a_wrong_secret_is_said(case: Case, tmp_path: Path) -> None:
    judge = case.judge(store_of(case))
    around = variables(case.vendor, Account(ACCOUNT.key_id, "EXAMPLE-wrong-secret"))
    with (
        keeper(case.vendor, judge, tmp_path, around, region=case.region) as at,
        pytest.raises(CredentialError),
    ):
        brought(at)
    assert list(tmp_path.iterdir()) == []


@EACH
def test_a_bucket_wants_its_region(case: Case, tmp_path: Path) -> None:
    with keeper(case.vendor, Store(b""), tmp_path, variables(case.vendor)) as at, pytest.raises(ConfigError):
        brought(at)


XML = "<Error><Code>{}</Code><Message>m</Message><RequestId>r-1</RequestId></Error>"
ABSENT = {
    "aliyun": ("application/xml", XML.format("NoSuchKey")),
    "aws": ("application/xml", XML.format("NoSuchKey")),
    "volcengine": ("application/json", '{"Code": "NoSuchKey", "Message": "m", "RequestId": "r-1"}'),
}


@EACH
def test_an_absent_object_is_not_found(case: Case, tmp_path: Path) -> None:
    kind, body = ABSENT[case.vendor]
    store = Store(SOUND, always=says(404, kind, body.encode()))
    around = variables(case.vendor)
    with (
        keeper(case.vendor, case.judge(store), tmp_path, around, region=case.region) as at,
        pytest.raises(NotFound) as absent,
    ):
        brought(at)
    assert absent.value.facts["vendor_code"] == "NoSuchKey"


def test_s3_names_the_region_of_a_bucket_that_is_elsewhere(tmp_path: Path) -> None:
    elsewhere = Answer(301, (("x-amz-bucket-region", "eu-west-1"),), XML.format("PermanentRedirect").encode())
    store = Store(SOUND, always=lambda store, request: elsewhere)
    with (
        keeper("aws", s3_judge(store), tmp_path, variables("aws"), region="us-east-1") as at,
        pytest.raises(VendorRefused) as refused,
    ):
        brought(at)
    assert refused.value.hint == "--region eu-west-1"
