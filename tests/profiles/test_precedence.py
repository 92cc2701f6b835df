"""Each vendor's own order of sources as rows of a table, and where and why ours is another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.profiles.outsides import Loopback, loopback
from tests.profiles.test_machines import Metadata
from voicectl.core.errors import CredentialError, VoicectlError
from voicectl.profiles.forms import form_of
from voicectl.profiles.sources import Around, source_for
from voicectl.profiles.tencent_files import TencentFiles
from voicectl.profiles.theirs import role_of_variables, theirs

VARIABLES = {
    "aws": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "aliyun": ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
    "volcengine": ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY"),
    "tencent": ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"),
}


def ini(name: str, key_id: str, secret: str, **more: str) -> str:
    lines = {key_id: name, secret: "CANARY-s", **more}
    return "[default]\n" + "".join(f"{key} = {text}\n" for key, text in lines.items())


def aws_keys(name: str) -> str:
    return ini(name, "aws_access_key_id", "aws_secret_access_key")


def aliyun_cli(name: str, profile: str = "default") -> str:
    keys = {"access_key_id": name, "access_key_secret": "CANARY-s", "mode": "AK", "name": profile}
    other = {**keys, "name": "other", "access_key_id": "cli-other"}
    return json.dumps({"current": profile, "profiles": [keys, other]})


def volcengine_cli(name: str) -> str:
    keys = {"mode": "AK", "access-key": name, "secret-key": "CANARY-s"}
    return json.dumps({"current": "a", "profiles": {"a": keys, "b": {**keys, "access-key": "cli-other"}}})


def tccli(name: str) -> str:
    return json.dumps({"secretId": name, "secretKey": "CANARY-s"})


@dataclass(frozen=True)
class Row:
    """What is there, by what it is called below; `theirs` is what the vendor's tool takes, "" for nothing.

    `why` says why ours is another.
    """

    tool: str
    vendor: str
    there: tuple[str, ...]
    theirs: str
    ours: str = ""
    why: str = ""
    environment: Mapping[str, str] = ()  # type: ignore[assignment]


FILES = {
    "aws credentials": (".aws/credentials", aws_keys("credentials")),
    "aws config": (".aws/config", aws_keys("config")),
    "aws process": (".aws/config", "[default]\ncredential_process = PROGRAM\n"),
    "aliyun cli": (".aliyun/config.json", aliyun_cli("cli")),
    "aliyun ini": (
        ".alibabacloud/credentials.ini",
        ini("ini", "access_key_id", "access_key_secret", type="access_key # or sts"),
    ),
    "aliyun plain": (
        ".alibabacloud/credentials",
        ini("plain", "access_key_id", "access_key_secret", type="access_key"),
    ),
    "volc ini": (".volc/credentials", ini("ini", "access_key_id", "secret_access_key")),
    "volc json": (".volc/config", json.dumps({"ak": "json", "sk": "CANARY-s"})),
    "volc cli": (".volcengine/config.json", volcengine_cli("cli")),
    "tencent sdk": (".tencentcloud/credentials", ini('"sdk"', "secret_id", "secret_key")),
    "tencent cli": (".tccli/default.credential", tccli("cli")),
    "tencent named": (".tccli/named.credential", tccli("named")),
}

ROWS = (
    Row("aws, boto3", "aws", ("variables", "aws credentials", "metadata"), "variables"),
    Row("aws, boto3", "aws", ("aws credentials", "aws process", "metadata"), "credentials"),
    Row("aws, boto3", "aws", ("aws credentials", "aws config"), "credentials"),
    Row("aws, boto3", "aws", ("aws process", "metadata"), "program"),
    Row("aws, boto3", "aws", ("aws config", "metadata"), "config"),
    Row("aws, boto3", "aws", ("metadata",), "ASIANEW"),
    Row(
        "aws, boto3",
        "aws",
        ("aws credentials",),
        "credentials",
        ours="other",
        why="botocore reads AWS_DEFAULT_PROFILE before AWS_PROFILE; all other SDKs know only the latter",
        environment={"AWS_PROFILE": "other", "AWS_DEFAULT_PROFILE": "default"},
    ),
    Row("aws, boto3", "aws", ("aws credentials",), "other", environment={"AWS_DEFAULT_PROFILE": "other"}),
    Row("aliyun SDKs", "aliyun", ("variables", "aliyun cli", "aliyun ini", "metadata"), "variables"),
    Row("aliyun SDKs", "aliyun", ("aliyun cli", "aliyun ini", "metadata"), "cli"),
    Row("aliyun SDKs", "aliyun", ("aliyun ini", "metadata"), "ini"),
    Row("aliyun SDKs", "aliyun", ("metadata",), "ASIANEW"),
    Row(
        "aliyun SDK (Python)",
        "aliyun",
        ("aliyun plain", "metadata"),
        "ASIANEW",
        ours="plain",
        why="the documentation and the SDKs of other languages name the file without its suffix",
    ),
    Row(
        "aliyun SDKs",
        "aliyun",
        ("aliyun cli", "aliyun ini"),
        "ini",
        environment={"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"},
    ),
    Row("aliyun CLI", "aliyun", ("aliyun cli",), "cli-other", environment={"ALIBABA_CLOUD_PROFILE": "other"}),
    Row("volc SDK (volcengine)", "volcengine", ("variables", "volc ini", "volc json"), "variables"),
    Row("volc SDK (volcengine)", "volcengine", ("volc ini", "volc json"), "ini"),
    Row("volc SDK (volcengine)", "volcengine", ("volc json",), "json"),
    Row("ve CLI, newer SDK", "volcengine", ("volc cli", "metadata"), "cli"),
    Row("ve CLI", "volcengine", ("volc cli",), "cli-other", environment={"VOLCENGINE_PROFILE": "b"}),
    Row(
        "ve CLI, newer SDK",
        "volcengine",
        ("volc json", "volc cli"),
        "cli",
        ours="json",
        why="the two SDKs do not know each other's files; the older one's are asked first",
    ),
    Row("newer volc SDK", "volcengine", ("metadata",), "ASIANEW"),
    Row("tencent SDK", "tencent", ("variables", "tencent sdk", "metadata"), "variables"),
    Row("tencent SDK", "tencent", ("tencent sdk", "metadata"), "sdk"),
    Row("tencent SDK", "tencent", ("metadata",), "ASIANEW"),
    Row("tccli", "tencent", ("variables", "tencent cli"), "variables"),
    Row("tccli", "tencent", ("tencent cli", "metadata"), "cli"),
    Row("tccli", "tencent", ("tencent named",), "named", environment={"TCCLI_PROFILE": "named"}),
    Row(
        "tccli",
        "tencent",
        ("tencent sdk", "tencent cli"),
        "cli",
        ours="sdk",
        why="SDK and tccli do not know each other's files; the SDK's is asked first",
    ),
    Row(
        "tccli",
        "tencent",
        ("variables", "tencent named"),
        "named",
        ours="variables",
        why="only a voicectl profile that was named goes before variables",
        environment={"TCCLI_PROFILE": "named"},
    ),
)


def found(world: Loopback, row: Row) -> str:
    told = dict(row.environment)
    program = world.program(
        "give", 'echo \'{"Version": 1, "AccessKeyId": "program", "SecretAccessKey": "CANARY-s"}\''
    )
    for name in row.there:
        if name in FILES:
            path, text = FILES[name]
            world.file(path, text.replace("PROGRAM", str(program)))
    if "aws credentials" in row.there:
        path_ = world.home / ".aws/credentials"
        path_.write_text(path_.read_text() + aws_keys("other").replace("[default]", "[other]"))
    if "variables" in row.there:
        told |= dict(zip(VARIABLES[row.vendor], ("variables", "CANARY-s"), strict=True))
    more = {} if "metadata" in row.there else {"metadata": "http://127.0.0.1:1"}
    outside = world.outside(row.vendor, told, **more)
    chain = source_for(
        form_of(row.vendor),
        environment=outside.environment,
        stores={},
        around=Around(last=(theirs(outside),)),
    )
    keys = chain.credentials(world.clock.now)
    return keys.key_id if keys else ""


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.tool}: {' > '.join(row.there)}" for row in ROWS])
def test_the_order_is_the_vendors_own_or_there_is_a_reason(tmp_path: Path, row: Row) -> None:
    assert bool(row.ours) == bool(row.why)
    with loopback(tmp_path, Metadata(row.vendor)) as world:
        assert found(world, row) == (row.ours or row.theirs)


@pytest.mark.parametrize(
    ("vendor", "environment", "said"),
    [
        ("aws", {"AWS_PROFILE": "gone"}, "AWS_PROFILE is 'gone'"),
        ("aliyun", {"ALIBABA_CLOUD_PROFILE": "gone"}, "ALIBABA_CLOUD_PROFILE is 'gone'"),
        ("volcengine", {"VOLCENGINE_PROFILE": "gone"}, "VOLCENGINE_PROFILE is 'gone'"),
        ("tencent", {"TCCLI_PROFILE": "gone"}, "TCCLI_PROFILE is 'gone'"),
    ],
)
def test_a_profile_of_theirs_that_is_named_and_not_there_is_an_error(
    tmp_path: Path, vendor: str, environment: dict[str, str], said: str
) -> None:
    with loopback(tmp_path, Metadata(vendor)) as world, pytest.raises(CredentialError, match=said):
        world.keys(vendor, environment)


BROKEN = {
    ".aws/config": ("aws", "[default\nCANARY"),
    ".aws/credentials": ("aws", "CANARY"),
    ".aliyun/config.json": ("aliyun", '{"CANARY'),
    ".alibabacloud/credentials.ini": ("aliyun", "CANARY"),
    ".volc/credentials": ("volcengine", "CANARY"),
    ".volc/config": ("volcengine", "[1]"),
    ".volcengine/config.json": ("volcengine", "CANARY"),
    ".tencentcloud/credentials": ("tencent", "CANARY"),
    ".tccli/default.credential": ("tencent", "CANARY"),
}


@pytest.mark.parametrize("name", list(BROKEN))
@pytest.mark.parametrize("how", ["text", "directory", "bytes"])
def test_a_file_of_theirs_that_is_broken_is_named_and_not_quoted(tmp_path: Path, name: str, how: str) -> None:
    vendor, text = BROKEN[name]
    with loopback(tmp_path, Metadata(vendor)) as world:
        path = world.file(name, text)
        if how == "directory":
            path.unlink()
            path.mkdir()
        if how == "bytes":
            path.write_bytes(b"\xff\xfeCANARY")
        with pytest.raises(VoicectlError) as caught:
            world.keys(vendor)
    assert caught.value.exit == 78
    assert name in str(caught.value)
    assert "CANARY" not in f"{caught.value} {caught.value.hint} {caught.value.facts}"


def test_the_system_wide_file_of_tencent_counts_where_there_is_none_at_home(tmp_path: Path) -> None:
    system = tmp_path / "etc"
    system.write_text(ini("system", "secret_id", "secret_key"))
    files = TencentFiles(environment={"HOME": str(tmp_path)}, system=system)
    assert next(way.place for way in files.ways()) == f"{system}, [default]"


def test_a_role_that_tencents_variables_name_goes_before_their_keys(tmp_path: Path) -> None:
    told = {"TENCENTCLOUD_ROLE_ARN": "qcs::cam::uin/1:roleName/r"}
    with loopback(tmp_path, Metadata("tencent")) as world:
        assert role_of_variables(world.outside("tencent", told)).credentials(world.clock.now) is None
        told |= {"TENCENTCLOUD_SECRET_ID": "AKID", "TENCENTCLOUD_SECRET_KEY": "CANARY-s"}
        with pytest.raises(CredentialError, match="TENCENTCLOUD_ROLE_ARN: the STS gives no keys"):
            role_of_variables(world.outside("tencent", told)).credentials(world.clock.now)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"secretId": "AKID", "secretKey": "CANARY-s", "expiresAt": 1577836800}, "have expired"),
        ({}, "no keys of its login"),
        ({"secretId": "AKID"}, "no secret"),
    ],
)
def test_what_a_login_of_tccli_has_left_serves_until_it_expires(
    tmp_path: Path, more: dict[str, object], said: str
) -> None:
    keys = {"type": "oauth", "secretId": "AKID", "secretKey": "CANARY-s", "token": "CANARY-t"}
    with loopback(tmp_path, Metadata("tencent")) as world:
        world.file(".tccli/default.credential", json.dumps({**keys, "oauth": {"expiresAt": 4070908800}}))
        assert world.keys("tencent").key_id == "AKID"
        world.file(".tccli/default.credential", json.dumps({"type": "oauth", **more}))
        with pytest.raises(CredentialError, match=f"tccli profile 'default'.*{said}"):
            world.keys("tencent")
