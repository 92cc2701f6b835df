"""Keys from beside the machine, and from programs, on loopback: what is asked, and each way to be broken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cloud.server import Answer, RawRequest
from tests.profiles.outsides import Loopback, loopback, nothing_here, shown
from voicectl.core.errors import ConfigError, CredentialError, VoicectlError
from voicectl.profiles.theirs import theirs

EXPECTED = ("ASIANEW", "CANARY-s", "CANARY-t")
TOKEN_HEADERS = {
    "aws": "x-aws-ec2-metadata-token",
    "aliyun": "x-aliyun-ecs-metadata-token",
    "volcengine": "x-volc-ecs-metadata-token",
}
ROLES = {
    "aws": "/latest/meta-data/iam/security-credentials/",
    "aliyun": "/latest/meta-data/ram/security-credentials/",
    "volcengine": "/volcstack/latest/iam/security_credentials",
    "tencent": "/latest/meta-data/cam/security-credentials/",
}
KEYS = {
    "aws": {"AccessKeyId": "ASIANEW", "SecretAccessKey": "CANARY-s", "Token": "CANARY-t"},
    "aliyun": {"AccessKeyId": "ASIANEW", "AccessKeySecret": "CANARY-s", "SecurityToken": "CANARY-t"},
    "volcengine": {"AccessKeyId": "ASIANEW", "SecretAccessKey": "CANARY-s", "SessionToken": "CANARY-t"},
    "tencent": {"TmpSecretId": "ASIANEW", "TmpSecretKey": "CANARY-s", "Token": "CANARY-t"},
}
EVERY = pytest.mark.parametrize("vendor", list(KEYS))


@dataclass
class Metadata:
    """One vendor's metadata service, version 2 where it has one. `changed` answers before it does."""

    vendor: str
    version: int = 2
    changed: Callable[[RawRequest], Answer | None] = lambda request: None
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        self.asked.append(f"{request.method} {request.path}")
        if answer := self.changed(request):
            return answer
        header = TOKEN_HEADERS.get(self.vendor)
        if request.method == "PUT" and header and self.version == 2:
            is_right = (
                request.header(f"{header}-ttl-seconds") == "21600" and request.path == "/latest/api/token"
            )
            return Answer(200, (), b"t0ken") if is_right else Answer(400)
        if request.method != "GET" or (header and self.version == 2 and request.header(header) != "t0ken"):
            return Answer(401)
        if request.path == ROLES[self.vendor]:
            return Answer(200, (), b"my-role\n")
        if request.path == f"{ROLES[self.vendor].rstrip('/')}/my-role":
            end = {"Expiration": "2099-01-01T00:00:00Z", "ExpiredTime": 4070908800}
            return Answer(200, (), json.dumps({"Code": "Success", **KEYS[self.vendor], **end}).encode())
        return Answer(404)


@EVERY
def test_the_role_of_the_machine_is_the_last_resort(tmp_path: Path, vendor: str) -> None:
    service = Metadata(vendor)
    with loopback(tmp_path, service) as world:
        found = world.keys(vendor)
    assert shown(found) == EXPECTED
    assert found.expires_at is not None
    assert found.expires_at.year == 2099
    assert found.identity == "my-role"
    assert len(service.asked) == (2 if vendor == "tencent" else 3)


@EVERY
@pytest.mark.parametrize("answer", [Answer(404), Answer(500), Answer(200, (), b"<html>\r\n</html>")])
def test_a_machine_without_a_role_has_no_keys_and_that_is_no_error(
    tmp_path: Path, vendor: str, answer: Answer
) -> None:
    with loopback(tmp_path, Metadata(vendor, changed=lambda request: answer)) as world:
        outside = world.outside(vendor)
        assert theirs(outside).credentials(world.clock.now) is None


@EVERY
def test_nobody_listening_is_no_error(tmp_path: Path, vendor: str) -> None:
    with loopback(tmp_path, nothing_here) as world:
        outside = world.outside(vendor, metadata="http://127.0.0.1:1")
        assert theirs(outside).credentials(world.clock.now) is None


@EVERY
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"Code": "AssumeRoleUnauthorizedAccess"}'),
        (200, b'{"AccessKeyId": "a", "TmpSecretId": "a", "x": "CANARY-x"}'),
        (404, b""),
        (500, b""),
    ],
)
def test_a_role_whose_keys_are_broken_is_named(tmp_path: Path, vendor: str, status: int, body: bytes) -> None:
    def broken(request: RawRequest) -> Answer | None:
        return Answer(status, (), body) if request.path.endswith("my-role") else None

    with loopback(tmp_path, Metadata(vendor, changed=broken)) as world:
        with pytest.raises(CredentialError, match="metadata service") as caught:
            world.keys(vendor)
        assert "CANARY" not in f"{caught.value} {caught.value.hint}"


def test_aliyun_falls_back_to_version_1_unless_that_is_forbidden(tmp_path: Path) -> None:
    with loopback(tmp_path, Metadata("aliyun", version=1)) as world:
        assert shown(world.keys("aliyun")) == EXPECTED
        outside = world.outside("aliyun", {"ALIBABA_CLOUD_IMDSV1_DISABLED": "true"})
        assert theirs(outside).credentials(world.clock.now) is None


def test_aws_never_falls_back_to_version_1(tmp_path: Path) -> None:
    with loopback(tmp_path, Metadata("aws", version=1)) as world:
        assert theirs(world.outside("aws")).credentials(world.clock.now) is None


@pytest.mark.parametrize(
    ("vendor", "variable"),
    [
        ("aws", "AWS_EC2_METADATA_DISABLED"),
        ("aliyun", "ALIBABA_CLOUD_ECS_METADATA_DISABLED"),
        ("volcengine", "VOLCENGINE_ECS_METADATA_DISABLED"),
    ],
)
def test_the_service_is_left_alone_where_that_is_said(tmp_path: Path, vendor: str, variable: str) -> None:
    service = Metadata(vendor)
    with loopback(tmp_path, service) as world:
        assert theirs(world.outside(vendor, {variable: "true"})).credentials(world.clock.now) is None
    assert service.asked == []


@pytest.mark.parametrize(
    ("vendor", "variable"),
    [("aliyun", "ALIBABA_CLOUD_ECS_METADATA"), ("volcengine", "VOLCENGINE_ECS_METADATA")],
)
def test_a_role_that_is_named_is_not_looked_for_and_has_to_be_there(
    tmp_path: Path, vendor: str, variable: str
) -> None:
    service = Metadata(vendor)
    with loopback(tmp_path, service) as world:
        assert shown(world.keys(vendor, {variable: "my-role"})) == EXPECTED
        assert len(service.asked) == 2
        with pytest.raises(CredentialError, match="the ECS metadata service"):
            world.keys(vendor, {variable: "other"})
        with pytest.raises(CredentialError, match="the ECS metadata service"):
            world.keys(vendor, {variable: "my-role"}, metadata="http://127.0.0.1:1")


def test_keys_that_the_instance_renews_late_serve_on(tmp_path: Path) -> None:
    def late(request: RawRequest) -> Answer | None:
        body = json.dumps({**KEYS["aws"], "Code": "Success", "Expiration": "2020-01-01T00:00:00Z"})
        return Answer(200, (), body.encode()) if request.path.endswith("my-role") else None

    with loopback(tmp_path, Metadata("aws", changed=late)) as world:
        found = world.keys("aws")
        assert found.usable_at(world.clock.now + timedelta(minutes=14))


def test_no_metadata_service_is_asked_through_a_proxy_or_in_a_dry_run(tmp_path: Path) -> None:
    service = Metadata("aws")
    with loopback(tmp_path, service) as world:
        proxy = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:1")
        assert shown(world.keys("aws", proxy)) == EXPECTED
        service.asked.clear()
        offline = world.outside("aws", is_offline=True)
        assert theirs(offline).credentials(world.clock.now) is None
    assert service.asked == []


def container(request: RawRequest) -> Answer:
    if request.header("authorization") != "Bearer x" or request.target != "/v1/credentials?id=7":
        return Answer(403)
    return Answer(200, (), json.dumps(KEYS["aws"]).encode())


def test_the_container_gives_keys_for_its_token_which_is_read_from_the_file_first(tmp_path: Path) -> None:
    with loopback(tmp_path, container) as world:
        told = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{world.server.url}/v1/credentials?id=7",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer old",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(world.file("token", "Bearer x\n")),
        }
        assert shown(world.keys("aws", told)) == EXPECTED
        world.file("token", "Bearer y")
        with pytest.raises(CredentialError, match=r"the container's credentials gave no keys: HTTP 403"):
            world.keys("aws", told)
        world.file("token", "Bearer x\r\nX-Other: 1")
        with pytest.raises(CredentialError, match="line break"):
            world.keys("aws", told)
        (world.home / "token").unlink()
        with pytest.raises(ConfigError, match="the container's credentials: cannot read"):
            world.keys("aws", told)
        with pytest.raises(CredentialError, match="the container's credentials gave no keys"):
            world.keys("aws", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"})


def test_aliyuns_credentials_uri_is_asked_last_and_never_over_plain_http_far_away(tmp_path: Path) -> None:
    def at_address(request: RawRequest) -> Answer:
        body = json.dumps({"Code": "Success", **KEYS["aliyun"]}).encode()
        return Answer(200, (), body) if request.path == "/mine" else Answer(404)

    with loopback(tmp_path, at_address) as world:
        found = world.keys("aliyun", {"ALIBABA_CLOUD_CREDENTIALS_URI": f"{world.server.url}/mine"})
        assert shown(found) == EXPECTED
        with pytest.raises(CredentialError, match=r"ALIBABA_CLOUD_CREDENTIALS_URI.*over http"):
            world.keys("aliyun", {"ALIBABA_CLOUD_CREDENTIALS_URI": "http://agent.example/mine"})


def test_a_profile_of_awss_own_may_have_a_program(tmp_path: Path) -> None:
    keys = {"Version": 1, "AccessKeyId": "ASIANEW", "SecretAccessKey": "CANARY-s", "SessionToken": "CANARY-t"}
    with loopback(tmp_path, nothing_here) as world:
        program = world.program("give", f"echo '{json.dumps(keys)}'")
        world.file(".aws/config", f"[profile p]\ncredential_process = {program} --of 'this one'\n")
        assert shown(world.keys("aws", {"AWS_PROFILE": "p"})) == EXPECTED
        world.program("give", "echo CANARY-x; exit 4")
        with pytest.raises(CredentialError, match=r"AWS profile 'p', credential_process: .*exit code 4"):
            world.keys("aws", {"AWS_PROFILE": "p"})


def aliyun_profile(world: Loopback, **profile: object) -> None:
    listed = [{"name": "p", **profile}]
    world.file(".aliyun/config.json", json.dumps({"current": "p", "profiles": listed}))


@pytest.mark.parametrize("mode", ["EcsRamRole", "CredentialsURI", "External", "OAuth", "CloudSSO"])
def test_aliyuns_modes_that_need_no_request_to_an_sts(tmp_path: Path, mode: str) -> None:
    keys = {"mode": "StsToken", "access_key_id": EXPECTED[0], "access_key_secret": EXPECTED[1]}
    whole = {**keys, "sts_token": EXPECTED[2]}
    with loopback(tmp_path, Metadata("aliyun")) as world:
        program = world.program("give", f"echo '{json.dumps(whole)}'")
        match mode:
            case "EcsRamRole":
                aliyun_profile(world, mode=mode, ram_role_name="my-role")
            case "CredentialsURI":
                # Whoever serves it answers in the shape of the metadata service.
                path = ROLES["aliyun"] + "my-role"
                with loopback(tmp_path, Metadata("aliyun", version=1)) as other:
                    aliyun_profile(world, mode=mode, credentials_uri=f"{other.server.url}{path}")
                    assert shown(world.keys("aliyun")) == EXPECTED
                return
            case "External":
                aliyun_profile(world, mode=mode, process_command=str(program))
            case _:
                aliyun_profile(world, **{**whole, "mode": mode, "sts_expiration": 4070908800})
        assert shown(world.keys("aliyun")) == EXPECTED


@pytest.mark.parametrize(
    ("profile", "problem"),
    [
        ({"mode": "OAuth", "access_key_id": "STS.1"}, "no secret"),
        ({"mode": "OAuth"}, "no keys of its login"),
        ({"mode": "StsToken", "access_key_id": "STS.1", "access_key_secret": "s"}, "without its token"),
        ({"mode": "RamRoleArn", "ram_role_arn": "r"}, "no keys to ask"),
        ({"mode": "RamRoleArn", "access_key_id": "a", "access_key_secret": "s"}, "no ram_role_arn"),
        ({"mode": "ChainableRamRoleArn", "source_profile": "p"}, "circle: p -> p"),
        ({"mode": "ChainableRamRoleArn", "source_profile": "gone"}, "no Aliyun profile 'gone'"),
        ({"mode": "External"}, "no process_command"),
        ({"mode": "External", "process_command": "false"}, "exit code 1"),
        ({"mode": "OIDC", "ram_role_arn": "r"}, "no oidc_token_file"),
        ({"mode": "BearerToken"}, "mode 'BearerToken', which is not supported"),
        ({"mode": "EcsRamRole", "ram_role_name": "x"}, "ECS metadata gave no keys"),
        (
            {
                "mode": "CloudSSO",
                "access_key_id": "STS.1",
                "access_key_secret": "s",
                "sts_token": "t",
                "sts_expiration": 1577836800,
            },
            "have expired",
        ),
    ],
)
def test_a_broken_profile_of_aliyuns_is_named(
    tmp_path: Path, profile: dict[str, object], problem: str
) -> None:
    with loopback(tmp_path, nothing_here) as world:
        aliyun_profile(world, **profile)
        with pytest.raises(VoicectlError, match=problem) as caught:
            world.keys("aliyun")
        assert caught.value.exit in {77, 78}
        assert "Aliyun profile" in str(caught.value)


def test_the_address_of_awss_service_can_be_told_in_its_own_variable(tmp_path: Path) -> None:
    with loopback(tmp_path, Metadata("aws")) as world:
        told = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": world.server.url}
        assert shown(world.keys("aws", told, metadata="")) == EXPECTED


def test_a_name_that_nobody_knows_is_given_up_after_a_second(tmp_path: Path) -> None:
    with loopback(tmp_path, nothing_here) as world:
        began = time.monotonic()
        outside = world.outside("tencent", metadata="http://metadata.invalid")
        assert theirs(outside).credentials(world.clock.now) is None
        assert time.monotonic() - began < 2
