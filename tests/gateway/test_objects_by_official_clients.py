"""boto3, oss2 and TOS's kit get objects from the sandbox, and links that end by its clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import md5
from typing import Any, NamedTuple

import boto3
import oss2
import pytest
import tos
from botocore.config import Config
from fastcrc import crc64

from tests.gateway.running import Running, fetched, running
from voicectl.gateway.sandbox.accounts import ALIYUN, AWS, VOLCENGINE

pytestmark = pytest.mark.slow

BUCKET, KEY = "sandbox-recordings", "sample.wav"
AWKWARD = "day 1/号码+1:2~*.wav"


class Client(NamedTuple):
    """What a kit does: get an object or a part of it, tell its size, put one, sign a link."""

    get: Callable[..., bytes]
    size: Callable[[str], int]
    put: Callable[[str, bytes], object]
    link: Callable[[str, int], str]


def by_boto(sandbox: Running) -> Client:
    s3 = boto3.client(
        "s3",
        endpoint_url=sandbox.url,
        aws_access_key_id=AWS[0],
        aws_secret_access_key=AWS[1],
        region_name="us-east-1",
        config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}),
    )

    def get(key: str, part: tuple[int, int] | None = None) -> bytes:
        more = {"Range": f"bytes={part[0]}-{part[1]}"} if part else {}
        body: bytes = s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()
        return body

    return Client(
        get,
        lambda key: s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"],
        lambda key, data: s3.put_object(Bucket=BUCKET, Key=key, Body=data),
        lambda key, seconds: s3.generate_presigned_url(
            "get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=seconds
        ),
    )


def by_oss(auth: Any) -> Callable[[Running], Client]:
    def made(sandbox: Running) -> Client:
        bucket = oss2.Bucket(auth(*ALIYUN), sandbox.url, BUCKET, region="cn-shanghai")
        return Client(
            lambda key, part=None: bucket.get_object(key, byte_range=part).read(),
            lambda key: bucket.head_object(key).content_length,
            bucket.put_object,
            lambda key, seconds: bucket.sign_url("GET", key, seconds, slash_safe=True),
        )

    return made


def by_tos(sandbox: Running) -> Client:
    # An address has no room for a bucket in front of it, so that it goes into the key.
    client = tos.TosClientV2(*VOLCENGINE, sandbox.url, "cn-beijing", is_custom_domain=True)
    get_method = tos.HttpMethodType.Http_Method_Get

    def get(key: str, part: tuple[int, int] | None = None) -> bytes:
        more = {"range_start": part[0], "range_end": part[1]} if part else {}
        body: bytes = client.get_object(BUCKET, f"{BUCKET}/{key}", **more).read()
        return body

    return Client(
        get,
        lambda key: client.head_object(BUCKET, f"{BUCKET}/{key}").content_length,
        lambda key, data: client.put_object(BUCKET, f"{BUCKET}/{key}", content=data),
        lambda key, seconds: (
            client.pre_signed_url(get_method, BUCKET, f"{BUCKET}/{key}", expires=seconds).signed_url
        ),
    )


CLIENTS = {"boto3": by_boto, "oss2 v1": by_oss(oss2.Auth), "oss2 v4": by_oss(oss2.AuthV4), "tos": by_tos}
EACH = pytest.mark.parametrize("by", CLIENTS.values(), ids=CLIENTS)


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    with running() as found:
        yield found


@pytest.fixture
def sandbox(shared: Running) -> Iterator[Running]:
    yield shared
    shared.cloud.ahead *= 0


@EACH
def test_an_object_comes_whole_and_in_parts(sandbox: Running, by: Callable[[Running], Client]) -> None:
    client = by(sandbox)
    sound = client.get(KEY)
    assert sound[:4] == b"RIFF"
    assert client.size(KEY) == len(sound)
    assert client.get(KEY, (10, 19)) == sound[10:20]


@EACH
def test_what_was_put_is_there_under_any_name(sandbox: Running, by: Callable[[Running], Client]) -> None:
    client = by(sandbox)
    client.put(AWKWARD, b"hello")
    assert client.get(AWKWARD) == b"hello"


@EACH
def test_a_link_ends_by_the_sandboxs_clock(sandbox: Running, by: Callable[[Running], Client]) -> None:
    link = by(sandbox).link(KEY, 60)
    assert fetched(link)[0] == 200
    assert fetched(link.replace("sample", "sampla"))[0] == 403
    sandbox.advance(62)
    assert fetched(link)[0] == 403


@EACH
def test_an_object_that_is_not_there_is_called_so(sandbox: Running, by: Callable[[Running], Client]) -> None:
    with pytest.raises(Exception, match="NoSuchKey"):
        by(sandbox).get("none.wav")


def test_oss_tells_crc64_and_md5_also_with_a_part(sandbox: Running) -> None:
    bucket = oss2.Bucket(oss2.Auth(*ALIYUN), sandbox.url, BUCKET)
    whole = bucket.get_object(KEY).read()
    told = bucket.get_object(KEY, byte_range=(0, 9)).headers
    assert told["x-oss-hash-crc64ecma"] == str(crc64.xz(whole))
    assert told["ETag"] == f'"{md5(whole).hexdigest().upper()}"'
    assert told["Content-Range"] == f"bytes 0-9/{len(whole)}"


def test_nobody_gets_an_object_without_a_signature(sandbox: Running) -> None:
    status, body = fetched(f"{sandbox.url}/{BUCKET}/{KEY}")
    assert status == 403
    assert b"<Code>AccessDenied</Code>" in body
