"""Roles of all four vendors: the vendors' own code judges what is asked, broken answers name the source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.aliyun import AliyunJudge
from tests.cloud.aws import AwsJudge
from tests.cloud.court import Account, Court, pairs_of
from tests.cloud.server import Answer, RawRequest
from tests.cloud.tencent import TencentJudge
from tests.cloud.volcengine import VolcengineJudge
from tests.profiles.outsides import Loopback, loopback, shown
from voicectl.core.errors import ConfigError, CredentialError, TryLater, VoicectlError
from voicectl.profiles.forms import FORMS
from voicectl.profiles.sources import Chain, EnvironmentSource, LaterSource
from voicectl.profiles.theirs import session_of, theirs

ACCOUNT = Account("AKIAEXAMPLE", "CANARY-s-EXAMPLE")
NEW = ("ASIANEW", "CANARY-new-EXAMPLE", "CANARY-token-EXAMPLE")
JSON = (("Content-Type", "application/json"),)
COURTS: dict[str, type[Court]] = {
    "aws": AwsJudge,
    "aliyun": AliyunJudge,
    "volcengine": VolcengineJudge,
    "tencent": TencentJudge,
}
PLACES = {
    "aws": {"service": "sts", "region": "eu-west-1"},
    "volcengine": {"service": "sts", "region": "cn-north-1"},
    "tencent": {"service": "sts"},
}


@dataclass
class Sts:
    """One vendor's STS: a judge in front, and what it gives behind."""

    vendor: str
    clock: Any
    seconds: int = 3600
    broken: Answer | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, request: RawRequest) -> Answer:
        unsigned = request.header("authorization") in {None, "SKIP"} and "Signature=" not in request.target
        if unsigned:
            return self.give(request)
        court = COURTS[self.vendor](
            (ACCOUNT,), now=lambda: self.clock.now, serve=self.give, **PLACES.get(self.vendor, {})
        )
        return court(request)  # type: ignore[operator]

    def give(self, request: RawRequest) -> Answer:
        text = request.body.decode()
        form = json.loads(text) if text.startswith("{") else dict(pairs_of(text))
        self.asked.append({**dict(pairs_of(request.query)), **form, **dict(request.texts)})
        if self.broken:
            return self.broken
        end = self.clock.now + timedelta(seconds=self.seconds)
        return Answer(200, JSON, SHAPES[self.vendor](end, len(self.asked)).encode())


def aws(end: datetime, count: int) -> str:
    return (
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
        f"<AccessKeyId>{NEW[0]}</AccessKeyId><SecretAccessKey>{NEW[1]}</SecretAccessKey>"
        f"<SessionToken>{NEW[2]}{count}</SessionToken><Expiration>{end:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )


def aliyun(end: datetime, count: int) -> str:
    keys = {"AccessKeyId": NEW[0], "AccessKeySecret": NEW[1], "SecurityToken": f"{NEW[2]}{count}"}
    return json.dumps({"Credentials": {**keys, "Expiration": f"{end:%Y-%m-%dT%H:%M:%SZ}"}, "RequestId": "1"})


def volcengine(end: datetime, count: int) -> str:
    keys = {"AccessKeyId": NEW[0], "SecretAccessKey": NEW[1], "SessionToken": f"{NEW[2]}{count}"}
    result = {"Credentials": {**keys, "ExpiredTime": end.isoformat()}}
    return json.dumps({"ResponseMetadata": {"RequestId": "1"}, "Result": result})


def tencent(end: datetime, count: int) -> str:
    keys = {"TmpSecretId": NEW[0], "TmpSecretKey": NEW[1], "Token": f"{NEW[2]}{count}"}
    return json.dumps({"Response": {"Credentials": keys, "ExpiredTime": int(end.timestamp())}})


SHAPES = {"aws": aws, "aliyun": aliyun, "volcengine": volcengine, "tencent": tencent}


def set_up_role(world: Loopback, vendor: str) -> Mapping[str, str]:
    """Write what makes the vendor's own tool ask for a role with keys; return the variables it needs."""
    match vendor:
        case "aws":
            keys = f"aws_access_key_id={ACCOUNT.key_id}\naws_secret_access_key={ACCOUNT.secret}\n"
            world.file(".aws/credentials", f"[base]\n{keys}")
            role = "role_arn=arn:aws:iam::1:role/r\nsource_profile=base\nregion=eu-west-1\nexternal_id=x\n"
            world.file(".aws/config", f"[profile dev]\n{role}duration_seconds=3600\n")
            return {"AWS_PROFILE": "dev"}
        case "aliyun":
            profile = {"name": "dev", "mode": "RamRoleArn", "ram_role_arn": "acs:ram::1:role/r"}
            keys_ = {"access_key_id": ACCOUNT.key_id, "access_key_secret": ACCOUNT.secret}
            listed = [{**profile, **keys_, "ram_session_name": "s", "expired_seconds": 3600}]
            world.file(".aliyun/config.json", json.dumps({"current": "dev", "profiles": listed}))
            return {}
        case "volcengine":
            keys_ = {"access-key": ACCOUNT.key_id, "secret-key": ACCOUNT.secret}
            role_ = {"mode": "RamRoleArn", "account-id": "1", "role-name": "r", **keys_}
            text = json.dumps({"current": "dev", "profiles": {"dev": role_}})
            world.file(".volcengine/config.json", text)
            return {}
    keys_ = {
        "secretId": ACCOUNT.key_id,
        "secretKey": ACCOUNT.secret,
        "role-arn": "qcs::cam::uin/1:roleName/r",
    }
    world.file(".tccli/default.credential", json.dumps(keys_))
    return {}


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Any]:
    from contextlib import ExitStack

    with ExitStack() as stack:

        def make(vendor: str, **more: object) -> tuple[Loopback, Sts]:
            sts = Sts(vendor, clock=None, **more)  # type: ignore[arg-type]
            world = stack.enter_context(loopback(tmp_path, sts))
            sts.clock = world.clock
            return world, sts

        yield make


EVERY = pytest.mark.parametrize("vendor", list(COURTS))


@EVERY
def test_a_role_is_asked_for_as_the_vendor_wants_it(worlds: Any, vendor: str) -> None:
    world, sts = worlds(vendor)
    found = world.keys(vendor, set_up_role(world, vendor))
    assert shown(found) == (*NEW[:2], f"{NEW[2]}1")
    assert found.expires_at is not None
    assert abs(found.expires_at - world.clock.now - timedelta(hours=1)) < timedelta(seconds=1)
    assert found.identity.endswith("/s" if vendor == "aliyun" else "/voicectl")
    asked = sts.asked[0]
    assert (asked.get("RoleArn") or asked["RoleTrn"]).endswith("r")
    if vendor == "aws":
        assert (asked["ExternalId"], asked["DurationSeconds"]) == ("x", "3600")


@EVERY
def test_a_session_is_kept_between_runs_and_renewed_in_the_vendors_window(worlds: Any, vendor: str) -> None:
    world, sts = worlds(vendor)
    environment = set_up_role(world, vendor)
    for minutes, count in ((0, 1), (44, 1), (14, 2)):
        world.clock.now += timedelta(minutes=minutes)
        world.keys(vendor, environment)
        assert len(sts.asked) == count, minutes


def test_aws_keeps_the_old_session_while_it_may_and_not_longer(worlds: Any) -> None:
    world, sts = worlds("aws")
    environment = set_up_role(world, "aws")
    first = world.keys("aws", environment)
    sts.broken = Answer(503, (), b"")
    world.clock.now += timedelta(minutes=47)
    assert shown(world.keys("aws", environment)) == shown(first)
    assert "not renewed yet" in world.notes[0]
    world.clock.now += timedelta(minutes=5)
    with pytest.raises(TryLater, match="AWS profile 'dev'"):
        world.keys("aws", environment)


REFUSALS = [
    Answer(403, (), b"<Error><Code>AccessDenied</Code><Message>no way</Message></Error>"),
    Answer(200, JSON, b'{"Response": {"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}}'),
    Answer(403, JSON, b'{"ResponseMetadata": {"Error": {"Code": "AccessDenied", "Message": "no"}}}'),
    Answer(404, JSON, b'{"Code": "EntityNotExist.Role", "Message": "no"}'),
    Answer(400, JSON, b'{"Code": "SignatureDoesNotMatch", "Message": "it was: Token%3DCANARY-x"}'),
    Answer(200, (("Content-Type", "text/html"),), b"<html>log in</html>"),
    Answer(200, JSON, b'{"Credentials": {"AccessKeyId": "a"}}'),
    Answer(200, JSON, b'{"Credentials": {"AccessKeyId": "a", "SecretAccessKey": "CANARY-x"}}'),
    Answer(200, JSON, b"{"),
    Answer(200, JSON, b"[]"),
    Answer(200, JSON, b""),
]


@EVERY
@pytest.mark.parametrize("answer", REFUSALS, ids=range(len(REFUSALS)))
def test_a_broken_sts_is_named_with_the_source_and_shows_no_secret(
    worlds: Any, vendor: str, answer: Answer
) -> None:
    world, sts = worlds(vendor)
    environment = set_up_role(world, vendor)
    sts.broken = answer
    with pytest.raises(VoicectlError) as caught:
        world.keys(vendor, environment)
    assert caught.value.exit in {77, 78}
    assert any(name in str(caught.value) for name in ("'dev'", "'default'", "role/r", "roleName/r"))
    assert "CANARY" not in f"{caught.value} {caught.value.hint} {caught.value.facts}"


@EVERY
def test_a_wrong_secret_is_refused_by_the_vendors_own_code(worlds: Any, vendor: str) -> None:
    world, sts = worlds(vendor)
    environment = set_up_role(world, vendor)
    for path in [*world.home.glob(".*/*")]:
        path.write_text(path.read_text().replace(ACCOUNT.secret, "CANARY-wrong"))
    with pytest.raises(CredentialError, match=r"the STS gives no keys .*Signature"):
        world.keys(vendor, environment)
    assert sts.asked == []


@EVERY
def test_a_wrong_clock_is_put_right_once(worlds: Any, vendor: str) -> None:
    world, sts = worlds(vendor)
    environment = set_up_role(world, vendor)
    sts.clock = type("Ahead", (), {"now": datetime.now(UTC) + timedelta(hours=2)})
    assert world.keys(vendor, environment)


IDENTITIES = {
    "aws": {
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "FILE",
        "AWS_REGION": "eu-west-1",
    },
    "aliyun": {
        "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "FILE",
    },
    "volcengine": {
        "VOLCENGINE_OIDC_ROLE_TRN": "trn:iam::1:role/r",
        "VOLCENGINE_OIDC_TOKEN_FILE": "FILE",
    },
    "tencent": {
        "TKE_PROVIDER_ID": "p",
        "TKE_WEB_IDENTITY_TOKEN_FILE": "FILE",
        "TKE_ROLE_ARN": "qcs::cam::uin/1:roleName/r",
    },
}


def identity(world: Loopback, vendor: str, text: str = "CANARY-oidc") -> Mapping[str, str]:
    path = str(world.file("oidc", f"{text}\n"))
    return {name: path if value == "FILE" else value for name, value in IDENTITIES[vendor].items()}


@EVERY
def test_a_token_of_an_oidc_provider_is_read_anew_and_needs_no_key(worlds: Any, vendor: str) -> None:
    world, sts = worlds(vendor)
    # Tencent's own order has the machine's role before this: there is none.
    assert shown(world.keys(vendor, identity(world, vendor), metadata="http://127.0.0.1:1"))
    world.clock.now += timedelta(minutes=59)
    world.keys(vendor, identity(world, vendor, "CANARY-second"), metadata="http://127.0.0.1:1")
    sent = [asked.get("WebIdentityToken") or asked["OIDCToken"] for asked in sts.asked]
    assert sent == ["CANARY-oidc", "CANARY-second"]


@EVERY
@pytest.mark.parametrize("text", [None, "", "\n"])
def test_a_token_file_that_is_not_there_is_named(worlds: Any, vendor: str, text: str | None) -> None:
    world, _ = worlds(vendor)
    environment = identity(world, vendor, text or "")
    if text is None:
        (world.home / "oidc").unlink()
    with pytest.raises((ConfigError, CredentialError), match=r"TOKEN_FILE.*oidc"):
        world.keys(vendor, environment, metadata="http://127.0.0.1:1")


def test_a_code_is_asked_for_where_a_device_is_named(worlds: Any) -> None:
    world, sts = worlds("aws")
    environment = set_up_role(world, "aws")
    config = world.home / ".aws/config"
    config.write_text(config.read_text() + "mfa_serial=arn:aws:iam::1:mfa/me\n")
    with pytest.raises(CredentialError, match=r"MFA device arn:aws:iam::1:mfa/me.* none was given"):
        world.keys("aws", environment)
    world.answers.append("123456\n")
    world.keys("aws", environment)
    assert (sts.asked[0]["SerialNumber"], sts.asked[0]["TokenCode"]) == ("arn:aws:iam::1:mfa/me", "123456")
    world.clock.now += timedelta(minutes=46)
    world.keys("aws", environment)
    assert (len(sts.asked), world.notes) == (1, [])


def test_each_role_has_a_session_of_its_own(worlds: Any) -> None:
    world, sts = worlds("aws")
    set_up_role(world, "aws")
    config = world.home / ".aws/config"
    config.write_text(
        config.read_text() + config.read_text().replace("dev", "other").replace("1:role", "2:role")
    )
    tokens = {shown(world.keys("aws", {"AWS_PROFILE": name}))[2] for name in ("dev", "other", "dev")}
    assert (len(tokens), len(sts.asked)) == (2, 2)


def test_roles_upon_roles_each_use_the_one_before(worlds: Any) -> None:
    world, sts = worlds("aws")
    set_up_role(world, "aws")
    config = world.home / ".aws/config"
    second = "role_arn=arn:aws:iam::2:role/r\nsource_profile=dev\nregion=eu-west-1\n"
    config.write_text(f"{config.read_text()}[profile far]\n{second}")
    with pytest.raises(CredentialError, match="AWS profile 'far': the STS gives no keys"):
        world.keys("aws", {"AWS_PROFILE": "far"})
    assert [asked["RoleArn"] for asked in sts.asked] == ["arn:aws:iam::1:role/r"]


def test_nothing_on_the_way_to_a_role_shows_a_secret(worlds: Any) -> None:
    world, _ = worlds("aws")
    outside = world.outside("aws", {**set_up_role(world, "aws"), "AWS_SECRET_ACCESS_KEY": "CANARY-env"})
    source = theirs(outside)
    found = source.credentials(world.clock.now)
    shown_ = f"{outside!r} {source!r} {list(source.ways())!r} {session_of(outside)!r} {found!r} {found}"
    assert "CANARY" not in shown_


def test_offline_a_kept_session_serves_and_a_missing_one_is_named(worlds: Any) -> None:
    world, sts = worlds("aws")
    environment = set_up_role(world, "aws")
    with pytest.raises(CredentialError, match="no session at hand") as caught:
        world.keys("aws", environment, is_offline=True)
    assert "token refresh" in caught.value.hint
    world.keys("aws", environment)
    assert world.keys("aws", environment, is_offline=True).key_id == NEW[0]
    assert len(sts.asked) == 1


@EVERY
def test_a_session_that_was_revoked_is_made_anew_by_the_chain(worlds: Any, vendor: str) -> None:
    world, sts = worlds(vendor)
    source = theirs(world.outside(vendor, set_up_role(world, vendor)))
    chain = Chain(sources=(LaterSource("later", lambda: source),), vendor=vendor)
    first = chain.credentials(world.clock.now)
    renewed = chain.renew(world.clock.now)
    assert renewed is not None
    assert first is not None
    assert shown(first)[2] != shown(renewed)[2]
    assert shown(chain.credentials(world.clock.now)) == shown(renewed)
    assert len(sts.asked) == 2


def test_keys_without_an_end_are_not_made_anew() -> None:
    variables = EnvironmentSource(
        kind=FORMS["aws"].kinds[0],
        environment={"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "s"},
    )
    assert Chain(sources=(variables,)).renew(datetime(2026, 1, 1, tzinfo=UTC)) is None
